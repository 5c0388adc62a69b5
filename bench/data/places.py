"""Finds sets of data: folders of pictures, pictures, files of arrays, and public data sets that are only named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.pictures import MANIFEST
from bench.data.public_sets import DATASETS, TEST_IMAGES, Dataset, fetch
from bench.errors import Unusable
from codec.learn.common.data import read_idx

KNOWN = {"kodak": (), "mnist": (TEST_IMAGES,), "fashion-mnist": (TEST_IMAGES,)}  # data sets that a name stands for, and their files


@dataclass(frozen=True)
class Place:
    """Where a set is: a folder of pictures, a picture, a file of an array, or the name of a known data set; and what it is to be called,
    "" for a name made of that."""

    path: Path
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Place:
        """NAME=PATH, or PATH alone."""
        name, equals, path = text.rpartition("=")
        return cls(Path(path), name) if equals else cls(Path(text))

    def __str__(self) -> str:
        """As it is typed, without the folders around it."""
        return f"{self.name}={self.path.name}" if self.name else self.path.name

    @property
    def is_array(self) -> bool:
        """Whether it is a file of images, and not of a picture."""
        return self.path.suffix in (".npy", ".gz")

    def called(self, split: str) -> str:
        """A folder with a manifest.csv by its split, others by their name without endings, if nothing else was said."""
        return self.name or (split if (self.path / MANIFEST).exists() else self.path.name.split(".")[0])


Fetch = Callable[[Dataset, tuple[str, ...]], list[Path]]  # the files of a public data set with these names, or all


def fetched(dataset: Dataset, names: tuple[str, ...]) -> list[Path]:
    """The files of a data set in the cache folder, downloaded if missing."""
    return fetch(dataset, names=names)


def named_sets(places: Sequence[Place], split: str, bring: Fetch = fetched) -> list[tuple[str, Place]]:
    """The sets by their names; a data set that is only named is where it was fetched to. Raises Unusable where two have the same name."""
    names = [place.called(split) for place in places]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Unusable(f"two sets are called {twice[0]!r}: name them, as in other={twice[0]}")
    return [(name, replace(place, path=_located(place.path, bring))) for name, place in zip(names, places, strict=True)]


def _located(path: Path, bring: Fetch) -> Path:
    """The path, or, where there is nothing but a data set has this name, where that lies, fetched if it is not there yet."""
    if path.exists() or str(path) not in KNOWN:
        return path
    files = KNOWN[str(path)]
    first = bring(DATASETS[str(path)], files)[0]
    return first if files else first.parent


def read_images(path: Path) -> NDArray[np.uint8]:
    """Images uint8 [n, height, width] of a file of numpy (.npy) or of MNIST (idx, .gz). Raises Unusable."""
    try:
        array = read_idx(path) if path.suffix == ".gz" else np.load(path)
    except (OSError, ValueError) as error:
        raise Unusable(f"{path}: {error}") from error
    if array.dtype not in (np.uint8, np.bool_) or array.ndim != 3 or not array.size:
        raise Unusable(f"{path}: {array.dtype} {list(array.shape)}; what is measured here are images uint8 [n, height, width]")
    return array.astype(np.uint8)
