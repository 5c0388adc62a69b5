"""Reads the command lines of benches of sets: `[NAME=]DIR|FILE|DATASET ...`, and where finished rows and results go."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.data.places import KNOWN, Place
from bench.measure.results import RESULTS


def set_parser(bench: str, description: str) -> argparse.ArgumentParser:
    """A parser of the options of every bench of sets; the bench adds its own."""
    parser = argparse.ArgumentParser(prog=f"python -m bench {bench}", description=description.split("\n")[0])
    said = f"folders, pictures, arrays, or {', '.join(KNOWN)}"
    parser.add_argument("sets", type=Place.parse, nargs="+", metavar="[NAME=]DIR|FILE|DATASET", help=said)
    parser.add_argument("--split", default="val", help="of folders with a manifest.csv (default val)")
    parser.add_argument("--most", type=int, help="pictures of a folder, images of an array (all)")
    parser.add_argument("--quick", action="store_true", help="few and small pictures: to see that it runs, not to report")
    parser.add_argument("--work", type=Path, default=Path("runs", bench), help=f"where finished pictures are kept (runs/{bench})")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where NAME.json goes (bench/results)")
    parser.add_argument("--name", default=bench, help=f"of the result: {bench}, or {bench}-SOMETHING for one beside it")
    return parser


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str], bench: str) -> argparse.Namespace:
    """The arguments; a usage error for a name that belongs to another bench, or for no pictures."""
    chosen = parser.parse_args(arguments)
    if chosen.name != bench and not chosen.name.startswith(f"{bench}-"):
        parser.error(f"--name: {bench}, or {bench}-SOMETHING")
    if chosen.most is not None and chosen.most < 1:
        parser.error("--most: at least 1")
    return chosen


def command_of(chosen: argparse.Namespace, bench: str, own: Sequence[str]) -> str:
    """What to type to get the figures again, `own` being the bench's own options; of folders only the names, as places differ."""
    words = [f"python -m bench {bench}", *map(str, chosen.sets), *own]
    words += [f"--split {chosen.split}"] if chosen.split != "val" else []
    words += [f"--most {chosen.most}"] if chosen.most is not None else []
    words += [f"--name {chosen.name}"] if chosen.name != bench else []
    return " ".join([*words, *(["--quick"] if chosen.quick else [])])
