"""python -m bench report: one page of results, for a browser or for paper.

    python -m bench report [RESULT.json|FOLDER ...] [-o report.html] [--title TITLE]

The page is made from the JSON of other benches alone (those of bench/results unless others are named): nothing is measured here, and
nothing is fetched when the page is looked at. It works offline, in light and dark, without scripts but for sorting, and prints.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.measure.results import RESULTS, read_results
from bench.report.page import page
from bench.report.sections import sections


def main(arguments: list[str]) -> int:
    """Read the results and write the page."""
    parser = argparse.ArgumentParser(prog="python -m bench report", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("results", type=Path, nargs="*", metavar="RESULT.json|FOLDER", help="files and folders of results (bench/results)")
    parser.add_argument("-o", "--output", type=Path, default=Path("report.html"), help="report.html unless said otherwise")
    parser.add_argument("--title", default="codec: what was measured")
    chosen = parser.parse_args(arguments)
    results = read_results(chosen.results or [RESULTS])
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(page(chosen.title, sections(results)), encoding="utf-8")
    print(f"{chosen.output}: {len(results)} results, {chosen.output.stat().st_size:,} bytes")
    return 0
