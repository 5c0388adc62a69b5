"""Statistics of some of a picture's pixels, by which methods are told apart before anything is coded."""

from __future__ import annotations

import numpy as np

from codec.media.form import Pixels

STEP = 15  # rows out of which two are looked at, odd as those of enlarged pictures repeat
COUNTED = 1 << 16  # samples by which levels are counted
BAND, LOOKED_AT = 8, 4  # rows that are taken together; rows of which one is looked at to see whether much happens there


def repeated(pixels: Pixels) -> float:
    """The share of pixels that equal their left or upper neighbour, in some of the rows."""
    rows = np.arange(1, len(pixels), STEP) if len(pixels) > 4 * STEP else np.arange(1, len(pixels))
    if not len(rows) or pixels.shape[1] < 2:
        return 0.0
    here, above = pixels[rows], pixels[rows - 1]
    same = (here[:, 1:] == here[:, :-1]).all(2) | (here[:, 1:] == above[:, 1:]).all(2)
    return float(same.mean())


def level_count(pixels: Pixels) -> int:
    """How many levels some of the samples have."""
    flat = pixels.reshape(-1)
    return int(np.count_nonzero(np.bincount(flat[:: max(1, flat.size // COUNTED)])))


def busy_rows(pixels: Pixels, share: float, least: int) -> Pixels:
    """A share of the rows, at least `least` pixels.

    Rows come in bands; where more pixels differ from their left and upper neighbours, more of the bands are taken."""
    bands = max(1, len(pixels) // BAND)
    number = max(round(bands * share), -(-least // (BAND * pixels.shape[1])))
    if number >= bands:
        return pixels
    rows = np.arange(bands * BAND)[1::LOOKED_AT]
    here, above, left = pixels[rows], pixels[rows - 1], pixels[rows, :-1]
    differ = np.zeros(here.shape[:2], np.bool_)
    beside = np.zeros(left.shape[:2], np.bool_)
    for channel in range(pixels.shape[2]):
        differ |= here[:, :, channel] != above[:, :, channel]
        beside |= here[:, 1:, channel] != left[:, :, channel]
    busy = 1.0 + (differ[:, 1:] & beside).sum(1).reshape(bands, -1).sum(1)
    ends = np.cumsum(busy)
    chosen = sorted(set(np.searchsorted(ends, (np.arange(number) + 0.5) * ends[-1] / number).tolist()))
    return np.concatenate([pixels[band * BAND : (band + 1) * BAND] for band in chosen])
