"""Statistics of some of a picture's pixels, by which methods are told apart before anything is coded."""

from __future__ import annotations

import numpy as np

from codec.media.form import Pixels

STEP = 16  # rows out of which two are looked at


def repeated(pixels: Pixels) -> float:
    """The share of pixels that equal their left or upper neighbour, in some of the rows."""
    rows = np.arange(1, len(pixels), STEP) if len(pixels) > 4 * STEP else np.arange(1, len(pixels))
    if not len(rows) or pixels.shape[1] < 2:
        return 0.0
    here, above = pixels[rows], pixels[rows - 1]
    same = (here[:, 1:] == here[:, :-1]).all(2) | (here[:, 1:] == above[:, 1:]).all(2)
    return float(same.mean())


def colours(pixels: Pixels) -> int:
    """How many colours there are in some of the pixels."""
    some = pixels[::4, ::4].astype(np.uint64)
    keys = sum((some[:, :, channel] << np.uint64(8 * channel) for channel in range(some.shape[2])), np.zeros((), np.uint64))
    return len(np.unique(keys))


def levels(pixels: Pixels) -> int:
    """How many levels the channel of most levels has in some of the pixels."""
    return max(len(np.unique(pixels[::4, ::4, channel])) for channel in range(pixels.shape[2]))
