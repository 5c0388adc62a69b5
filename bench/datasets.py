"""python -m bench datasets: fetch public data sets into a local cache, or list them.

    python -m bench datasets [NAME ...] [--folder FOLDER] [--mirror OWNER/NAME=PATH ...]

`photos` are tiles of pictures in git repositories (bench/data/photo_set.py), which are cloned unless a mirror of them is given.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from bench.data.download import digest_matches
from bench.data.photo_set import REPOSITORIES, TITLE, build_photo_set, read_list
from bench.data.public_sets import DATASETS, Dataset, cache_folder, fetch

PHOTOS = "photos"


def main(arguments: list[str], known: Mapping[str, Dataset] = DATASETS) -> int:
    """Fetch the named data sets; without a name, list what there is and what the cache already holds."""
    parser = argparse.ArgumentParser(prog="python -m bench datasets", description="Fetch public data sets into a local cache.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(known)}, {PHOTOS}; none lists them")
    parser.add_argument("--folder", type=Path, default=cache_folder(), help="where data sets are kept (%(default)s)")
    parser.add_argument("--mirror", action="append", default=[], metavar="OWNER/NAME=PATH", help="a clone of a repository of photos")
    chosen = parser.parse_args(arguments)
    mirrors = dict(_mirror(text, parser) for text in chosen.mirror)
    for name in chosen.names:
        if name not in known and name != PHOTOS:
            parser.error(f"there is no data set {name!r}: choose from {', '.join(known)}, {PHOTOS}")
    for name in chosen.names:
        paths = fetch(known[name], chosen.folder) if name in known else build_photo_set(chosen.folder / PHOTOS, mirrors)
        print(f"{name}: {len(paths)} file{'s' * (len(paths) > 1)}, digests checked, in {paths[0].parent}")
    if not chosen.names:
        for dataset in known.values():
            here = sum(digest_matches(chosen.folder / dataset.name / source.name, source) for source in dataset.files)
            print(f"{dataset.name:<14} {dataset.size / 1e6:5.1f} MB, {here} of {len(dataset.files)} files here: {dataset.title}")
            print(f"{'':<14} {dataset.licence}; {dataset.page}")
        print(f"{PHOTOS:<14} {len(read_list())} {TITLE}")
        print(f"{'':<14} {'; '.join(f'{name}: {one.licence}' for name, one in REPOSITORIES.items())}")
    return 0


def _mirror(text: str, parser: argparse.ArgumentParser) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not equals or name not in REPOSITORIES:
        parser.error(f"--mirror {text}: give OWNER/NAME=PATH, for one of {', '.join(REPOSITORIES)}")
    return name, Path(path)
