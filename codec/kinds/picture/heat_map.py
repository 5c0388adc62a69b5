"""Draws where a file's bits go: what each pixel cost, and the latents of each tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codec.density.density import PlaceCosts
from codec.media.form import Form
from codec.media.picture import Picture
from codec.system.records import record

COLOURS = np.array([(4, 5, 20), (66, 14, 104), (147, 38, 103), (221, 81, 58), (252, 165, 10), (252, 255, 164)], np.float64)
SCALE_ROWS = 16  # of the legend below
BAR_ROWS, BITS_OF_BAR = 4, 2  # height of a tile's bar, and how many bits of its latents a pixel of the bar stands for


@record(frozen=True)
class StripePlaces:
    """The rows of a stripe, the bits of its payload, and where they went, if its method tells; else they went everywhere alike."""

    part: slice
    bits: int
    places: PlaceCosts | None


@record(frozen=True)
class DrawnTile:
    """A tile's place in the picture, and the bits that its latents cost, what the posterior gives back taken off."""

    left: int
    top: int
    width: int
    height: int
    bits: float


@record(frozen=True)
class Heat:
    """bits: float64 [height, width], of each pixel, all of its channels; without the latents of the tiles."""

    bits: NDArray[np.float64]
    tiles: Sequence[DrawnTile]


def heat_of(stripes: Sequence[StripePlaces], form: Form) -> Heat:
    """The heat of a picture of this form, from its stripes from the top down."""
    bits, tiles = list[NDArray[np.float64]](), list[DrawnTile]()
    for stripe in stripes:
        top, height = stripe.part.start, stripe.part.stop - stripe.part.start
        if stripe.places is None:
            bits.append(np.full((height, form.width), stripe.bits / (height * form.width)))
        else:
            bits.append(stripe.places.bits)
            tiles += [DrawnTile(tile.left, top, tile.width, height, tile.bits) for tile in stripe.places.tiles]
    return Heat(np.concatenate(bits), tiles)


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
