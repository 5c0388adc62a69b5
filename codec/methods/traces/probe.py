"""Tells by a few pixels which colour map (maps.py) made them, if any: quickly, as it is asked of every picture."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.colour import Bytes
from codec.methods.traces.maps import MAPS, colour_map
from codec.methods.traces.samples import STEPS, Mask, chroma_of, inverse_of

FEW, PROBES, ON_LATTICE = 24, 256, 0.95  # pixels that are looked at first, and then; the share of them that a map must make
OF_ALL = 16  # times as many pixels are taken at first, since not all of them tell


def maps_of(pixels: Bytes) -> list[int]:
    """The numbers of the maps that may have made pixels, [h, w, 3], as some of them say: the most likely first, none for most pictures."""
    some = telling(pixels)
    if len(some) < FEW:
        return []
    likely = np.flatnonzero(_shares(some[:: len(some) // FEW]) >= ON_LATTICE).tolist()
    found = [(float(chroma_of(some[None], number)[1].mean()), number) for number in likely]
    return [number for share, number in sorted(found, key=lambda one: -one[0]) if share >= ON_LATTICE]


def tells(pixels: Bytes) -> bool:
    """Whether enough pixels could tell."""
    return len(telling(pixels)) >= FEW


def telling(pixels: Bytes) -> Bytes:
    """Some pixels [n, 3] that tell."""
    flat = pixels.reshape(-1, 3)
    some: Bytes = flat[:: max(1, len(flat) // (OF_ALL * PROBES))]
    some = some[can_tell(some)]
    found: Bytes = some[:: max(1, len(some) // PROBES)]
    return found


def can_tell(pixels: Bytes) -> Mask:
    """Whether pixels [..., 3] tell. Gray ones are on every lattice, and those at 0 or 255 may have been anywhere."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    lowest, highest = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    found: Mask = (lowest != highest) & (lowest > 0) & (highest < 255)
    return found


def _shares(some: Bytes) -> NDArray[np.float64]:
    """Of pixels [n, 3], those that each map makes: all maps at once, [maps]."""
    inverses, slopes, offsets, units, tables = _all_maps()
    guess = np.rint(some.astype(np.float32) @ inverses[:, :3, 1:] + inverses[:, 3:, 1:]).astype(np.int32)  # [maps, n, 2]
    u, v = np.clip(guess + np.array(STEPS, np.int32)[:, None, None], 0, 255).transpose(3, 0, 1, 2)  # [steps, maps, n]
    number = np.arange(len(MAPS))[:, None]
    terms = tables[number, 0, v], tables[number, 1, u] + tables[number, 2, v], tables[number, 3, u]
    lowest, highest = np.zeros(u.shape, np.int32), np.full(u.shape, 255, np.int32)
    for channel, term in enumerate(terms):
        needed = some[:, channel].astype(np.int32) * units - term - offsets
        lowest = np.maximum(lowest, -(-needed // slopes))
        highest = np.minimum(highest, (needed + units - 1) // slopes)
    shares: NDArray[np.float64] = (lowest <= highest).any(0).mean(1)
    return shares


@cache
def _all_maps() -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Their inverses [maps, 4, 3], slopes, offsets and units [maps, 1], and tables [maps, 4, 256]."""
    maps = [colour_map(number) for number in range(len(MAPS))]
    numbers = np.array([(one.slope, one.offset, one.unit) for one in maps], np.int32)[:, :, None]
    inverses = np.stack([inverse_of(number) for number in range(len(maps))])
    return inverses, numbers[:, 0], numbers[:, 1], numbers[:, 2], np.stack([one.tables for one in maps])
