"""python -m bench datasets: fetch public data sets into a local cache, or list them.

    python -m bench datasets [NAME ...] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from bench.data.download import digest_matches
from bench.data.public_sets import DATASETS, Dataset, cache_folder, fetch


def main(arguments: list[str], known: Mapping[str, Dataset] = DATASETS) -> int:
    """Fetch the named data sets; without a name, list what there is and what the cache already holds."""
    parser = argparse.ArgumentParser(prog="python -m bench datasets", description="Fetch public data sets into a local cache.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}; none lists them")
    parser.add_argument("--folder", type=Path, default=cache_folder(), help="where data sets are kept (%(default)s)")
    chosen = parser.parse_args(arguments)
    for name in chosen.names:
        if name not in known:
            parser.error(f"there is no data set {name!r}: choose from {', '.join(known)}")
    for name in chosen.names:
        paths = fetch(known[name], chosen.folder)
        print(f"{name}: {len(paths)} file{'s' * (len(paths) > 1)}, digests checked, in {paths[0].parent}")
    if not chosen.names:
        for dataset in known.values():
            here = sum(digest_matches(chosen.folder / dataset.name / source.name, source) for source in dataset.files)
            print(f"{dataset.name:<14} {dataset.size / 1e6:5.1f} MB, {here} of {len(dataset.files)} files here: {dataset.title}")
            print(f"{'':<14} {dataset.licence}; {dataset.page}")
    return 0
