"""Cuts pictures into tiles for training a photo net, and keeps their predictions on disk, where they are computed once.

A picture gives tiles of up to 384x384 pixels that do not overlap; each is modelled as a stripe of one tile. The cache holds planes and
prediction errors as the network's inputs are gathered from them. Its name depends on the files (names and sizes) and on the predictions of
a test pattern, so that a cache that does not fit is never used.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.colour import to_planes
from codec.density.photo.predictors import NO_ERROR, SETS, pad_values, predict
from codec.density.photo.surroundings import USUAL, Surroundings
from codec.errors import BadData
from codec.lanes.wavefront import pad
from codec.learn.common.data import Pictures, list_folder, load_picture, picture_size
from codec.learn.common.progress import Say
from codec.system.executor import cores, in_order

TILE_SIDE, SMALLEST = 384, 64
MOST_TILES = 2000
TURNS = 8  # ways to look at a picture
EVERY = 20  # without a manifest every 20th picture is for validation


@dataclass(frozen=True)
class TilePlace:
    """A tile of a picture. turn: a sum of 1 (columns mirrored), 2 (rows mirrored), 4 (then rows and columns exchanged)."""

    file: Path
    top: int
    left: int
    height: int
    width: int
    validation: bool
    turn: int = 0


@dataclass(frozen=True)
class Tiles:
    """Tiles at the top left of padded arrays of one size (wavefront.py). planes: int16 [n, C, rows, columns], errors: int16
    [n, P, C, rows, columns]; sizes: int64 [n, 2], height and width; training, validation: their numbers; view: what a net is shown of a
    pixel's surroundings."""

    planes: NDArray[np.int16]
    errors: NDArray[np.int16]
    sizes: NDArray[np.int64]
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    view: Surroundings = USUAL

    @property
    def channels(self) -> int:
        return int(self.planes.shape[1])


def planes_of(picture: Pictures, channels: int) -> NDArray[np.int16]:
    """uint8 [h, w] or [h, w, 3] -> int16 [channels, h, w]; one channel of a colour picture is its Y."""
    if picture.ndim == 3:
        return to_planes(picture)[:channels]
    return to_planes(np.repeat(picture[..., None], channels, axis=2))


def padded(planes: NDArray[np.int16], predictors: str) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """(planes, errors of their predictions) of planes int16 [C, h, w], both padded as inputs are gathered from them."""
    errors = predict(planes, SETS[predictors])
    return pad(planes, pad_values(len(planes))), pad(errors, np.full(errors.shape[:2], NO_ERROR, np.int16))


def list_pictures(folder: Path) -> list[tuple[Path, bool]]:
    """The pictures of a folder and whether each is for validation: as manifest.csv says (columns file, split), else every 20th."""
    manifest = folder / "manifest.csv"
    if not manifest.exists():
        return [(file, i % EVERY == EVERY - 1) for i, file in enumerate(list_folder(folder))]
    with open(manifest, newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "split"} <= set(rows[0]):
        raise BadData(f"{manifest}: needs the columns file and split")
    return [(folder / row["file"], row["split"] == "val") for row in rows if row["split"] in ("train", "val")]


def tile_places(pictures: Sequence[tuple[Path, bool]], most: int = MOST_TILES, turned: int = 0) -> list[TilePlace]:
    """The tiles of pictures; a random choice of them if there are more than `most`. After them, each that is to train on `turned` times
    again, turned at random."""
    found = []
    for file, validation in pictures:
        height, width = picture_size(file)
        if min(height, width) < SMALLEST:
            continue
        (tall, tops), (wide, lefts) = _cut(height), _cut(width)
        found += [TilePlace(file, top, left, tall, wide, validation) for top in tops for left in lefts]
    if len(found) > most:
        chosen = np.random.default_rng(0).permutation(len(found))[:most]
        found = [found[i] for i in sorted(chosen)]
    if not any(not place.validation for place in found):
        raise BadData(f"no pictures to train on: each needs {SMALLEST} pixels or more to a side")
    of_training, rng = [place for place in found if not place.validation], np.random.default_rng(0)
    return found + [replace(place, turn=1 + int(rng.integers(TURNS - 1))) for _ in range(turned) for place in of_training]


def _cut(length: int) -> tuple[int, list[int]]:
    """Length and first pixels of the tiles along one side, in its middle."""
    count = length // TILE_SIDE
    if not count:
        return length, [0]
    first = (length - count * TILE_SIDE) // 2
    return TILE_SIDE, [first + i * TILE_SIDE for i in range(count)]


def predictor_digest(predictors: str) -> bytes:
    """SHA-256 of the predictions of a test pattern."""
    rows, columns = np.mgrid[0:24, 0:48]
    noise = np.random.default_rng(0).integers(-9, 10, (3, 24, 48))
    pattern = np.stack([128 + 3 * rows - columns, columns - 2 * rows, rows + columns]) + noise
    return hashlib.sha256(predict(pattern.astype(np.int16), SETS[predictors]).tobytes()).digest()


def tile_cache(checkpoint: Path, chosen: Path | None) -> Path:
    """Where a run's predictions are kept: in the chosen folder, or beside its checkpoint."""
    return chosen or checkpoint.parent / "photo-cache"


def load_tiles(
    folder: Path,
    cache: Path,
    channels: int,
    predictors: str = "two",
    view: Surroundings = USUAL,
    most: int = MOST_TILES,
    turned: int = 0,
    say: Say | None = None,
) -> Tiles:
    """The tiles of a folder's pictures with their predictions, which are computed unless the cache has them. Raises BadData."""
    found = tile_places(list_pictures(folder), most, turned)
    facts = [(*_facts(place), place.turn) if place.turn else _facts(place) for place in found]
    key = hashlib.sha256(repr((channels, _canvas(channels), predictor_digest(predictors), facts)).encode()).hexdigest()[:24]
    paths = [cache / f"{key}.{name}.npy" for name in ("planes", "errors", "sizes")]
    if not paths[2].exists():
        cache.mkdir(parents=True, exist_ok=True)
        _compute(found, channels, predictors, paths, say)
    # mapped copy-on-write: nothing writes, and compiled kernels take the arrays for ordinary ones
    planes, errors, sizes = (np.asarray(np.load(path, mmap_mode="c")) for path in paths)
    held_out = sizes[:, 2] == 1
    return Tiles(planes, errors, sizes[:, :2].copy(), np.flatnonzero(~held_out), np.flatnonzero(held_out), view)


def _facts(p: TilePlace) -> tuple[object, ...]:
    return p.file.name, p.file.stat().st_size, p.top, p.left, p.height, p.width, p.validation


def _turned(picture: Pictures, turn: int) -> Pictures:
    mirrored = picture[:: -1 if turn & 2 else 1, :: -1 if turn & 1 else 1]
    return np.ascontiguousarray(mirrored.swapaxes(0, 1) if turn & 4 else mirrored)


def _turned_size(place: TilePlace) -> tuple[int, int]:
    return (place.width, place.height) if place.turn & 4 else (place.height, place.width)


def _canvas(channels: int) -> tuple[int, ...]:
    """The shape of a tile's planes in the cache."""
    return pad(np.zeros((channels, TILE_SIDE, TILE_SIDE), np.int16), pad_values(channels)).shape


def _compute(found: Sequence[TilePlace], channels: int, predictors: str, paths: Sequence[Path], say: Say | None) -> None:
    """Write the cache's arrays beside their paths, then rename them, the sizes last."""
    temporary = [path.with_name(f"{path.name}.{os.getpid()}.tmp") for path in paths]
    shape = _canvas(channels)
    planes = np.lib.format.open_memmap(temporary[0], "w+", np.int16, (len(found), *shape))
    errors = np.lib.format.open_memmap(temporary[1], "w+", np.int16, (len(found), len(SETS[predictors]), *shape))

    def work(index: int) -> None:
        place = found[index]
        picture = load_picture(place.file)[place.top : place.top + place.height, place.left : place.left + place.width]
        of_planes, of_errors = padded(planes_of(_turned(picture, place.turn), channels), predictors)
        rows, columns = of_planes.shape[1:]
        planes[index, :, :rows, :columns] = of_planes
        errors[index, :, :, :rows, :columns] = of_errors

    for done, _ in enumerate(in_order(work, range(len(found)), cores()), 1):
        if say is not None and done % 50 == 0:
            say(f"predictions of {done} of {len(found)} tiles", True)
    with open(temporary[2], "wb") as file:
        np.save(file, np.array([(*_turned_size(place), place.validation) for place in found], np.int64))
    planes.flush()
    errors.flush()
    for path, written in zip(paths, temporary, strict=True):
        os.replace(written, path)
