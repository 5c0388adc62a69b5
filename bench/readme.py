"""python -m bench readme: the tables of README.md, made anew from bench/results/*.json.

    python -m bench readme [--check] [--file README.md] [--results FOLDER]

A table stands between two comments of its own, <!-- table NAME --> and <!-- end NAME -->; what is between them is replaced. --check
changes nothing and fails where README.md and the results differ. `python -m bench readme --list` names the tables that the results give.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.measure.record import RESULTS
from bench.report.readme_tables import readme_tables
from bench.report.tables import Result, Table, read_results, tables_of
from codec.errors import BadInput

README = Path(__file__).parent.parent / "README.md"
PLACE = re.compile(r"<!-- table (?P<name>[\w.-]+) -->\n(?P<content>.*?)<!-- end (?P=name) -->", re.DOTALL)
OPENING = re.compile(r"<!-- (table|end) ([\w.-]+) -->")


def markdown(table: Table) -> str:
    """The table as lines of Markdown, with a heading and a line below it."""
    rows = [table.columns, ("---",) * len(table.columns), *((cell.text for cell in row) for row in table.rows)]
    return "".join("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |\n" for row in rows)


def filled(text: str, tables: Sequence[Table]) -> str:
    """The text with every table in its place. Raises BadInput for a place without a table, or one that does not end."""
    by_name = {table.name: markdown(table) for table in tables}
    places = [match["name"] for match in PLACE.finditer(text)]
    marks = [(kind, name) for kind, name in OPENING.findall(text)]
    if marks != [(kind, name) for name in places for kind in ("table", "end")]:
        raise BadInput("a table's place does not end with a comment of its own: <!-- table NAME --> ... <!-- end NAME -->")
    unknown = [name for name in places if name not in by_name]
    if unknown:
        raise BadInput(f"the results give no table called {', '.join(unknown)}: there are {', '.join(by_name)}")
    return PLACE.sub(lambda match: f"<!-- table {match['name']} -->\n{by_name[match['name']]}<!-- end {match['name']} -->", text)


def all_tables(results: Sequence[Result]) -> list[Table]:
    """All that README.md may show."""
    return [*readme_tables(results), *tables_of(results)]


def main(arguments: list[str]) -> int:
    """Replace the tables, or compare them."""
    parser = argparse.ArgumentParser(prog="python -m bench readme", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail where they differ")
    parser.add_argument("--list", action="store_true", help="name the tables that the results give")
    parser.add_argument("--file", type=Path, default=README, help="README.md of the project")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of results (bench/results)")
    chosen = parser.parse_args(arguments)
    tables = all_tables(read_results([chosen.results]))
    if chosen.list:
        print("\n".join(f"{table.name:<24}{table.title}" for table in tables))
        return 0
    text = chosen.file.read_text(encoding="utf-8")
    new = filled(text, tables)
    if new == text:
        print(f"{chosen.file.name}: {len(PLACE.findall(text))} tables, as the results have them")
        return 0
    if chosen.check:
        print(f"{chosen.file.name}: differs from the results: run python -m bench readme", file=sys.stderr)
        return 1
    chosen.file.write_text(new, encoding="utf-8")
    print(f"{chosen.file.name}: {len(PLACE.findall(text))} tables are new")
    return 0
