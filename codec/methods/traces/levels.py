"""Pixels whose histogram has holes, as pictures have that were stretched: each value is coded as its rank among those that occur."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.colour import Bytes
from codec.errors import BadFile
from codec.methods.traces.trace import packed, unpacked

WINDOW = 17  # levels among which the share of those that occur is taken
MAP_BYTES = 32


def find_levels(pixels: Bytes) -> tuple[bytes, Bytes] | None:
    """What a stripe says of its levels, and the ranks of its pixels; None if there are too few holes to pay for saying so."""
    maps = _useful_maps(pixels)
    if maps is None:
        return None
    ranks = np.maximum(np.cumsum(maps, 1) - 1, 0).astype(np.uint8)
    ranked = [ranks[c % len(maps)][pixels[:, :, c]] for c in range(pixels.shape[2])]
    return bytes([len(maps)]) + packed(np.packbits(maps, 1).tobytes()), np.stack(ranked, 2)


def _useful_maps(pixels: Bytes) -> NDArray[np.bool_] | None:
    """Which levels occur, [1 or channels, 256], if there are holes enough between them to pay for saying so."""
    counts = np.stack([np.bincount(pixels[:, :, c].reshape(-1), minlength=256) for c in range(pixels.shape[2])])
    together = counts.sum(0, keepdims=True)
    apart, shared = saved_by_maps(counts), saved_by_maps(together)
    chosen, saved = (together, shared) if shared >= 0.7 * apart else (counts, apart)
    return chosen > 0 if saved > 2 * 8 * MAP_BYTES * len(chosen) and saved > 0.02 * pixels.size else None


def saved_by_maps(counts: NDArray[np.int64]) -> float:
    """About how many bits it saves to leave out the levels that do not occur between the lowest and the highest.

    counts: of samples by level, for each map."""
    total = 0.0
    for row in counts:
        used = np.flatnonzero(row)
        inside = np.zeros(len(row) + WINDOW - 1)
        inside[used[0] + WINDOW // 2 : used[-1] + 1 + WINDOW // 2] = 1.0
        occurs = np.pad((row > 0).astype(float), WINDOW // 2)
        window = np.ones(WINDOW)
        share = np.convolve(occurs, window, "valid") / np.maximum(np.convolve(inside, window, "valid"), 1.0)
        total -= float((row[used] * np.log2(share[used])).sum())
    return total


def restore_levels(trace: bytes, ranks: Bytes) -> Bytes:
    """The pixels of ranks, by what find_levels said. Raises BadFile."""
    count, channels = trace[1], ranks.shape[2]
    if count not in (1, channels):
        raise BadFile("the file is damaged: a stripe has as many maps of levels as channels, or one")
    maps_bytes = unpacked(trace, 2, count * MAP_BYTES)
    if len(maps_bytes) != count * MAP_BYTES:
        raise BadFile("the file is damaged: a map of levels is cut off")
    maps = np.unpackbits(np.frombuffer(maps_bytes, np.uint8).reshape(count, MAP_BYTES), axis=1)
    levels = [np.flatnonzero(row).astype(np.uint8) for row in maps]
    if any(ranks[:, :, c].max() >= len(levels[c % count]) for c in range(channels)):
        raise BadFile("the file is damaged: a pixel of a level that does not occur")
    return np.stack([levels[c % count][ranks[:, :, c]] for c in range(channels)], 2)
