"""Sets of pictures to measure on, and large photos made of small ones."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.public_sets import DATASETS, TEST_IMAGES, fetch, load_kodak
from codec.errors import BadInput
from codec.learn.common.data import read_idx
from codec.media.picture import Picture
from codec.media.read import read_picture

KODAK_COUNT = 24
KNOWN = {"kodak": (), "mnist": (TEST_IMAGES,), "fashion-mnist": (TEST_IMAGES,)}  # data sets that a name stands for, and their files


@dataclass(frozen=True)
class Named:
    """A picture and the name of its file."""

    name: str
    picture: Picture

    @property
    def values(self) -> int:
        """Pixels times channels: dimensions of its density."""
        return int(self.picture.pixels.size)


def kodak(folder: Path | None = None, most: int = KODAK_COUNT) -> list[Named]:
    """The Kodak pictures in a folder (every PNG in it, by name), or else in the cache of data sets, downloaded if missing."""
    paths = sorted(folder.glob("*.png")) if folder else load_kodak()
    if not paths:
        raise BadInput(f"{folder}: no PNG files in it")
    return [_read(path) for path in paths[:most]]


def split(folder: Path, name: str = "val", most: int | None = None) -> list[Named]:
    """The pictures of a split of a folder whose manifest.csv has the columns file and split. Raises BadInput."""
    return [_read(path) for path in _of_split(folder, name)[:most]]


def _of_split(folder: Path, name: str) -> list[Path]:
    """The paths of a split's pictures."""
    manifest = folder / "manifest.csv"
    try:
        with open(manifest, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row.get("split") == name]
    except OSError as error:
        raise BadInput(f"{manifest}: {error.strerror}") from error
    if not rows:
        raise BadInput(f"{manifest}: no picture of the split {name!r}")
    return [folder / row["file"] for row in rows]


def read_set(folder: Path, name: str = "val", most: int | None = None) -> tuple[list[Named], list[str]]:
    """The 8-bit pictures of a folder, all of one mode: its PNGs, or, where it has a manifest.csv, those of the named split; or one file.

    The mode is that of the first, RGB or L; also the names of those that are left out for having another. Raises BadInput.
    """
    if folder.is_file():
        paths = [folder]
    else:
        paths = _of_split(folder, name) if (folder / "manifest.csv").exists() else sorted(folder.glob("*.png"))
    pictures, left_out = list[Named](), list[str]()
    for path in paths[:most]:
        picture, _ = read_picture(path)
        if picture.bits == 8 and picture.mode in ([pictures[0].picture.mode] if pictures else ["RGB", "L"]):
            pictures.append(Named(path.name, picture))
        else:
            left_out.append(path.name)
    if not pictures:
        raise BadInput(f"{folder}: no 8-bit PNG files in RGB or gray in it")
    return pictures, left_out


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
        return self.path.suffix in (".npy", ".gz")

    def called(self, split: str) -> str:
        """A folder with a manifest.csv by its split, others by their name without endings, if nothing else was said."""
        return self.name or (split if (self.path / "manifest.csv").exists() else self.path.name.split(".")[0])


def named_sets(places: Sequence[Place], split: str) -> list[tuple[str, Place]]:
    """The sets by their names; a data set that is only named is where it was fetched to. Raises BadInput where two have the same name."""
    names = [place.called(split) for place in places]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BadInput(f"two sets are called {twice[0]!r}: name them, as in other={twice[0]}")
    return [(name, replace(place, path=_located(place.path))) for name, place in zip(names, places, strict=True)]


def _located(path: Path) -> Path:
    """The path, or, where there is nothing but a data set has this name, where that lies, fetched if it is not there yet."""
    if path.exists() or str(path) not in KNOWN:
        return path
    files = KNOWN[str(path)]
    first = fetch(DATASETS[str(path)], names=files)[0]
    return first if files else first.parent


def read_array(path: Path) -> NDArray[np.uint8]:
    """Images uint8 [n, height, width] of a file of numpy (.npy) or of MNIST (idx, .gz). Raises BadInput."""
    try:
        array = read_idx(path) if path.suffix == ".gz" else np.load(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: {error}") from error
    if array.dtype not in (np.uint8, np.bool_) or array.ndim != 3 or not array.size:
        raise BadInput(f"{path}: {array.dtype} {list(array.shape)}; what is measured here are images uint8 [n, height, width]")
    return array.astype(np.uint8)


def _read(path: Path) -> Named:
    picture, _ = read_picture(path)
    if picture.mode != "RGB":
        raise BadInput(f"{path}: mode {picture.mode}; what is measured here are RGB pictures")
    return Named(path.name, picture)


def cropped(named: Named, side: int) -> Named:
    """At most side x side pixels from its middle."""
    pixels = named.picture.pixels
    top, left = (max(0, length - side) // 2 for length in pixels.shape[:2])
    return Named(named.name, Picture(named.picture.mode, np.ascontiguousarray(pixels[top : top + side, left : left + side])))


def mosaic(parts: Sequence[Named], side: int) -> Picture:
    """A photo of side x side tiles, different pictures side by side and below each other; with too few of them, mirrored ones follow.

    Pictures in landscape format are taken, all cut to the smallest height and width among them; without any, the others.
    """
    wide = [part.picture for part in parts if part.picture.width >= part.picture.height] or [part.picture for part in parts]
    height, width = min(part.height for part in wide), min(part.width for part in wide)
    pixels = np.empty((side * height, side * width, wide[0].channels), np.uint8)
    for number in range(side * side):
        turn, which = divmod(number, len(wide))
        top, left = number // side * height, number % side * width
        pixels[top : top + height, left : left + width] = _mirrored(wide[which].pixels[:height, :width], turn)
    return Picture(wide[0].mode, pixels)


def _mirrored(pixels: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    return pixels[:: -1 if turn & 1 else 1, :: -1 if turn & 2 else 1]
