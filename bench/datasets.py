"""python -m bench datasets: fetch public data sets into a local cache, or list them.

    python -m bench datasets [NAME ...] [--folder FOLDER] [--mirror OWNER/NAME=PATH ...] [--pictures FOLDER]

`photos` are tiles of pictures in git repositories (bench/data/photo_set.py), which are cloned unless a mirror of them is given. Others
become arrays for `python -m bench arrays` (bench/data/array_sets.py): cifar10-pictures, omniglot, frey-faces, crops-32, crops-64.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from bench.data.array_sets import GIT_SETS, TITLES, build_array_set
from bench.data.download import digest_matches
from bench.data.photo_set import REPOSITORIES, TITLE, build_photo_set, read_list
from bench.data.public_sets import DATASETS, Dataset, cache_folder, fetch

PHOTOS = "photos"


def main(arguments: list[str], known: Mapping[str, Dataset] = DATASETS) -> int:
    """Fetch the named data sets; without a name, list what there is and what the cache already holds."""
    parser = argparse.ArgumentParser(prog="python -m bench datasets", description="Fetch public data sets into a local cache.")
    built = [PHOTOS, *TITLES]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join([*known, *built])}; none lists them")
    parser.add_argument("--folder", type=Path, default=cache_folder(), help="where data sets are kept (%(default)s)")
    parser.add_argument("--mirror", action="append", default=[], metavar="OWNER/NAME=PATH", help="a clone of a repository of pictures")
    parser.add_argument("--pictures", type=Path, help="folder of pictures with a manifest.csv, for crops")
    chosen = parser.parse_args(arguments)
    mirrors = dict(_mirror(text, parser) for text in chosen.mirror)
    for name in chosen.names:
        if name not in known and name not in built:
            parser.error(f"there is no data set {name!r}: choose from {', '.join([*known, *built])}")
    for name in chosen.names:
        if name in known:
            paths = fetch(known[name], chosen.folder)
        elif name == PHOTOS:
            paths = build_photo_set(chosen.folder / PHOTOS, mirrors)
        else:
            paths = build_array_set(name, chosen.folder, mirrors, chosen.pictures)
        checked = "" if name in TITLES else ", digests checked"
        print(f"{name}: {len(paths)} file{'s' * (len(paths) > 1)}{checked}, in {paths[0].parent}")
    if not chosen.names:
        for dataset in known.values():
            here = sum(digest_matches(chosen.folder / dataset.name / source.name, source) for source in dataset.files)
            print(f"{dataset.name:<14} {dataset.size / 1e6:5.1f} MB, {here} of {len(dataset.files)} files here: {dataset.title}")
            print(f"{'':<14} {dataset.licence}; {dataset.page}")
        print(f"{PHOTOS:<14} {len(read_list())} {TITLE}")
        print(f"{'':<14} {'; '.join(f'{name}: {one.licence}' for name, one in REPOSITORIES.items())}")
        for name, title in TITLES.items():
            print(f"{name:<18} {title}")
    return 0


def _mirror(text: str, parser: argparse.ArgumentParser) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not equals or name not in (*REPOSITORIES, *GIT_SETS):
        parser.error(f"--mirror {text}: give OWNER/NAME=PATH, for one of {', '.join([*REPOSITORIES, *GIT_SETS])}")
    return name, Path(path)
