"""The sums with which the predictors of a small stripe begin: they were learnt from photos, where others begin with nothing.

start.npz beside this file has float32 for the predictors of each set in SETS and 1 or 3 channels ("two-3"): all entries that a row leaves
at a segment, in the order of least_squares.Sums. They stand for what the row above the first has left at each of its segments, and fade
as the sums of any row do. They decide predictions, so the file never changes; other sums will get another number in stripe.py.

Each is a mean over photos, whole and reduced to a third, of what their rows leave (learn/photo/start.py): of sums divided by the trace of
their matrix, times the median of the traces. Of pictures of 16x16, 32x32 and 64x64 they save 2.5, 0.8 and 0.2 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.least_squares import Predictor
from codec.density.photo.predictors import SETS

SUMS = Path(__file__).with_name("start.npz")


def starting_sums(predictors: Sequence[Predictor], channels: int) -> NDArray[np.float64] | None:
    """What a segment of the row above the first has left; None, for nothing, of predictors that have no such sums."""
    names = [name for name, one in SETS.items() if one == tuple(predictors)]
    return _read_sums(f"{names[0]}-{channels}") if names else None


@cache
def _read_sums(name: str) -> NDArray[np.float64] | None:
    with np.load(SUMS, allow_pickle=False) as found:
        return found[name].astype(np.float64) if name in found else None
