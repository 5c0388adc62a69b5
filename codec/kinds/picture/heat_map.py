"""Where a picture's bits go: what each pixel costs, and the latents of each tile, as numbers and as a picture of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.model import PhotoModel
from codec.density.photo.stripe import bits_of_pixels, bits_of_tiles
from codec.density.shared.tiles import stripe_rows, tile_columns
from codec.media.picture import PHOTO_PLANES, Picture, Pixels, Rows
from codec.methods.method import groups
from codec.methods.traces.traces import find
from codec.system.executor import affordable, in_order

COLOURS = np.array([(4, 5, 20), (66, 14, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 164)], np.float64)
SCALE_ROWS = 16  # of the legend below
BAR_ROWS, BITS_OF_BAR = 4, 2  # height of a tile's bar, and how many bits of its latents a pixel of the bar stands for


@dataclass(frozen=True)
class Tile:
    """A tile's place, and the bits that its latents cost, what the posterior gives back taken off."""

    left: int
    top: int
    width: int
    height: int
    bits: float


@dataclass(frozen=True)
class Heat:
    """bits: float64 [height, width], of each pixel, all of its channels; without the latents of the tiles."""

    bits: NDArray[np.float64]
    tiles: Sequence[Tile]


def heat_picture(picture: Rows, model: PhotoModel, threads: int | None = None) -> Heat:
    """What the pixels and tiles of a picture cost under a model, its latents in the middle of their posterior."""
    rows, columns = stripe_rows(picture.height, picture.width), tile_columns(picture.width)

    def work(item: tuple[slice, Pixels]) -> tuple[NDArray[np.float64], list[Tile]]:
        part, pixels = item
        planes = [find(group, model.channels)[1] for group in groups(pixels[:, :, : PHOTO_PLANES[picture.mode]], picture.mode, model)]
        height = part.stop - part.start
        latents = np.sum([bits_of_tiles(model, some) for some in planes], 0)
        tiles = [Tile(at.start, part.start, at.stop - at.start, height, float(bits)) for at, bits in zip(columns, latents, strict=True)]
        return np.sum([bits_of_pixels(model, some) for some in planes], 0), tiles

    items = zip(rows, picture.bands(rows), strict=True)
    values = picture.width * (rows[0].stop - rows[0].start) * PHOTO_PLANES[picture.mode]
    found = list(in_order(work, items, threads or affordable(values, picture.held)))
    return Heat(np.concatenate([bits for bits, _ in found]), [tile for _, tiles in found for tile in tiles])


def hottest(heat: Heat) -> float:
    """Bits of a pixel that are drawn in the brightest colour: all but one pixel in 200 cost less."""
    return max(float(np.quantile(heat.bits, 0.995)), 1.0)


def draw(heat: Heat) -> Picture:
    """Pixels from dark (no bits) to bright (`hottest`), frames and bars of latents for the tiles, and the scale of colours below."""
    width = heat.bits.shape[1]
    pixels = _coloured(heat.bits / hottest(heat))
    for tile in heat.tiles:
        frame = pixels[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
        frame[0], frame[:, 0] = frame[0] // 2 + 64, frame[:, 0] // 2 + 64
        frame[1 : 1 + BAR_ROWS, 1 : 1 + round(tile.bits / BITS_OF_BAR)] = 255
    scale = np.broadcast_to(np.linspace(0.0, 1.0, width), (SCALE_ROWS, width))
    return Picture("RGB", np.concatenate([pixels, _coloured(scale)]))


def _coloured(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Colours uint8 [..., 3] of values from 0 to 1."""
    places = np.linspace(0.0, 1.0, len(COLOURS))
    return np.stack([np.interp(values, places, COLOURS[:, channel]) for channel in range(3)], -1).astype(np.uint8)
