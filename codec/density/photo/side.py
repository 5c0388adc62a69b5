"""Finds the side from which a stripe is predicted best, by a small predictor: in a twentieth of the time that the smallest file takes.

What lies to the left and above predicts a pixel better in some pictures, what lies to the right or below in others.
"""

from __future__ import annotations

import numpy as np

from codec.density.density import Planes
from codec.density.photo.predictors import SETS, predict

SIDES = 4  # 1: left and right exchanged, 2: top and bottom


def best_side(planes: Planes) -> int:
    """The side from which planes int16 [c, h, w] are predicted best."""
    return int(np.argmin([_size(planes[:, :: -1 if side & 2 else 1, :: -1 if side & 1 else 1]) for side in range(SIDES)]))


def _size(planes: Planes) -> int:
    """About what the errors of the small predictor take, in 1/32 bit."""
    cost = np.rint(32.0 * np.log2(1.0 + np.abs(np.arange(-(1 << 15), 1 << 15)))).astype(np.int64)
    return int(cost[predict(np.ascontiguousarray(planes), SETS["one"]).astype(np.int64) + (1 << 15)].sum())
