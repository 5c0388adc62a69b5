"""The sums with which the predictors of a small stripe begin: they were learnt from photos, where others begin with nothing.

Files beside this one have float32 for the predictors of each set in SETS and 1 or 3 channels (start-two-3.npy): all entries that a row
leaves at a segment, in the order of least_squares.Sums. They stand for what the row above the first has left at each of its segments, and
fade as the sums of any row do. They decide predictions, so the files never change; other sums will get another number in stripe.py.

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

HERE = Path(__file__).parent


def starting_sums(predictors: Sequence[Predictor], channels: int) -> NDArray[np.float64] | None:
    """What a segment of the row above the first has left; None, for nothing, of predictors that have no such sums."""
    names = [name for name, one in SETS.items() if one == tuple(predictors)]
    return _read_sums(HERE / file_name(names[0], channels)) if names else None


def file_name(predictors: str, channels: int) -> str:
    """Of the sums for a set of predictors."""
    return f"start-{predictors}-{channels}.npy"


@cache
def _read_sums(path: Path) -> NDArray[np.float64] | None:
    if not path.exists():
        return None
    found: NDArray[np.float64] = np.load(path, allow_pickle=False).astype(np.float64)
    return found
