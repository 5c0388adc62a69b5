"""python -m bench readme: the tables of README.md, docs and bench/results/README.md, made anew from bench/results.

    python -m bench readme [FILE.md ...] [--check] [--list] [--results FOLDER]

A table stands between two comments of its own, <!-- table NAME --> and <!-- end NAME -->; what is between them is replaced. --check
changes nothing and fails where a file and the results differ. --list names the tables that the results give.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.errors import Unusable
from bench.measure.results import RESULTS, read_experiments, read_results
from bench.report.table import Table
from bench.report.tables import all_tables

ROOT = Path(__file__).parents[1]
PLACE = re.compile(r"<!-- table (?P<name>[\w.-]+) -->\n(?P<content>.*?)<!-- end (?P=name) -->", re.DOTALL)
OPENING = re.compile(r"<!-- (table|end) ([\w.-]+) -->")


def main(arguments: list[str]) -> int:
    """Replace the tables, or compare them."""
    parser = argparse.ArgumentParser(prog="python -m bench readme", description=(__doc__ or "").split("\n")[0])
    said = "pages with places for tables (README.md, docs/*.md and bench/results/README.md)"
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE.md", help=said)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where they differ")
    parser.add_argument("--list", action="store_true", help="name the tables that the results give")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of results (bench/results)")
    chosen = parser.parse_args(arguments)
    tables = all_tables(read_results([chosen.results]), read_experiments(chosen.results))
    if chosen.list:
        print("\n".join(f"{table.name:<24}{table.title}" for table in tables))
        return 0
    differ = [file for file in chosen.files or pages() if not _is_current(file, tables, chosen.check)]
    return 1 if differ and chosen.check else 0


def pages() -> list[Path]:
    """The pages of the project that have places for tables."""
    files = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), RESULTS / "README.md"]
    return [file for file in files if PLACE.search(file.read_text(encoding="utf-8"))]


def _is_current(file: Path, tables: Sequence[Table], check: bool) -> bool:
    """Whether a page has the tables as the results have them; if not, it is rewritten, unless it is only to be checked."""
    text = file.read_text(encoding="utf-8")
    new, count = filled(text, tables), len(PLACE.findall(text))
    if new == text:
        print(f"{file.name}: {count} tables, as the results have them")
    elif check:
        print(f"{file.name}: differs from the results: run python -m bench readme", file=sys.stderr)
    else:
        file.write_text(new, encoding="utf-8")
        print(f"{file.name}: {count} tables are new")
    return new == text


def filled(text: str, tables: Sequence[Table]) -> str:
    """The text with every table in its place. Raises Unusable for a place without a table, or one that does not end."""
    by_name = {table.name: markdown(table) for table in tables}
    places = [match["name"] for match in PLACE.finditer(text)]
    marks = [(kind, name) for kind, name in OPENING.findall(text)]
    if marks != [(kind, name) for name in places for kind in ("table", "end")]:
        raise Unusable("a table's place does not end with a comment of its own: <!-- table NAME --> ... <!-- end NAME -->")
    unknown = [name for name in places if name not in by_name]
    if unknown:
        raise Unusable(f"the results give no table called {', '.join(unknown)}: there are {', '.join(by_name)}")
    return PLACE.sub(lambda match: f"<!-- table {match['name']} -->\n{by_name[match['name']]}<!-- end {match['name']} -->", text)


def markdown(table: Table) -> str:
    """The table as lines of Markdown: a heading, a line below it, and the rows."""
    rows = [table.columns, ("---",) * len(table.columns), *((cell.text for cell in row) for row in table.rows)]
    return "".join("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |\n" for row in rows)
