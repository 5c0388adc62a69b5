"""Reads pictures to measure on: those of a folder, or of Kodak; cuts pieces, and makes large photos of small ones."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.public_sets import load_kodak
from bench.errors import Unusable
from codec.media.picture import Picture
from codec.media.read import read_picture

MANIFEST = "manifest.csv"  # of a folder of pictures: their files, and the split that each belongs to


@dataclass(frozen=True)
class NamedPicture:
    """A picture and the name of its file."""

    name: str
    picture: Picture

    @property
    def values(self) -> int:
        """Pixels times channels: dimensions of its density."""
        return int(self.picture.pixels.size)


def kodak(folder: Path | None = None) -> list[NamedPicture]:
    """The Kodak pictures in a folder (every PNG in it, by name), or else in the cache of data sets, downloaded if missing."""
    pictures, left_out = read_set(folder if folder is not None else load_kodak()[0].parent)
    if left_out or pictures[0].picture.mode != "RGB":
        raise Unusable(f"{folder}: what is measured here are RGB pictures of 8 bits")
    return pictures


def read_set(folder: Path, split: str = "val", most: int | None = None) -> tuple[list[NamedPicture], list[str]]:
    """The 8-bit pictures of a folder, all of one mode: its PNGs, or, where it has a manifest.csv, those of one split; or one file.

    The mode is that of the first, RGB or L; also the names of those that are left out for having another. Raises Unusable.
    """
    if folder.is_file():
        paths = [folder]
    else:
        paths = _of_split(folder, split) if (folder / MANIFEST).exists() else sorted(folder.glob("*.png"))
    pictures, left_out = list[NamedPicture](), list[str]()
    for path in paths[:most]:
        picture, _ = read_picture(path)
        if picture.bits == 8 and picture.mode in ([pictures[0].picture.mode] if pictures else ["RGB", "L"]):
            pictures.append(NamedPicture(path.name, picture))
        else:
            left_out.append(path.name)
    if not pictures:
        raise Unusable(f"{folder}: no 8-bit PNG files in RGB or gray in it")
    return pictures, left_out


def _of_split(folder: Path, split: str) -> list[Path]:
    """The paths of a split's pictures: the manifest has the columns file and split."""
    manifest = folder / MANIFEST
    try:
        with open(manifest, newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row.get("split") == split]
    except OSError as error:
        raise Unusable(f"{manifest}: {error.strerror}") from error
    if not rows:
        raise Unusable(f"{manifest}: no picture of the split {split!r}")
    return [folder / row["file"] for row in rows]


def cropped(named: NamedPicture, side: int) -> NamedPicture:
    """At most side x side pixels from its middle."""
    pixels = named.picture.pixels
    top, left = (max(0, length - side) // 2 for length in pixels.shape[:2])
    piece = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    return NamedPicture(named.name, Picture(named.picture.mode, piece))


def mosaic(parts: Sequence[NamedPicture], side: int) -> Picture:
    """A photo of side x side pictures, different ones side by side and below each other; with too few of them, mirrored ones follow.

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


def _mirrored(pixels: NDArray[np.generic], turn: int) -> NDArray[np.generic]:
    return pixels[:: -1 if turn & 1 else 1, :: -1 if turn & 2 else 1]
