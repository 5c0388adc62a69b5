"""python -m bench published: the figures of others (bench/data/published.toml), checked, as a result that reports can read.

    python -m bench published [--folder RESULTS]

Needs Python 3.11 or later, which reads TOML.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.errors import Unusable
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures

FILE = Path(__file__).parent / "data" / "published.toml"
NEEDED = {"set": str, "method": str, "value": float, "kind": str, "basis": str, "source": str}
OPTIONAL = {"note": str, "nats": float}
KINDS, BASES = ("actual", "estimate"), ("published", "recalled", "measured")


def figures(path: Path = FILE) -> list[Figures]:
    """The figures of a file in its order, each as published.toml says. Raises Unusable for one that is not."""
    if sys.version_info < (3, 11):
        raise Unusable("TOML is read by Python 3.11 and later: use one of these")
    import tomllib

    try:
        rows: list[Figures] = tomllib.loads(path.read_text(encoding="utf-8"))["figure"]
    except (OSError, ValueError, KeyError) as error:
        raise Unusable(f"{path}: {error}") from error
    for number, row in enumerate(rows, 1):
        wrong = [key for key, kind in NEEDED.items() if not isinstance(row.get(key), kind)]
        wrong += [key for key in row if key not in NEEDED and not isinstance(row[key], OPTIONAL.get(key, ()))]
        wrong += [key for key, allowed in (("kind", KINDS), ("basis", BASES)) if row.get(key) not in allowed]
        if wrong:
            raise Unusable(f"{path}: figure {number} ({row.get('method')}): wrong or missing: {', '.join(dict.fromkeys(wrong))}")
    places = [(row["set"], row["method"]) for row in rows]
    if len(set(places)) < len(places):
        raise Unusable(f"{path}: {next(place for place in places if places.count(place) > 1)} is there twice")
    return rows


def main(arguments: list[str]) -> int:
    """Check the figures and write published.json."""
    parser = argparse.ArgumentParser(prog="python -m bench published", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where published.json goes (bench/results)")
    chosen = parser.parse_args(arguments)
    rows = figures()
    print(f"{len(rows)} figures of {len({row['set'] for row in rows})} sets")
    print(f"written to {record('published', {'rows': rows}, 'python -m bench published', chosen.folder)}")
    return 0
