"""Stripes that are coded from another side: mirrored, some take half a percent less.

A side is a number: 1 for left and right exchanged, and 2 for top and bottom. The density tells which is best.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.int16, np.float64)


def mirrored(planes: NDArray[Number], side: int) -> NDArray[Number]:
    """Planes [..., h, w] as they are seen from a side; what is seen so from there is the planes again."""
    return np.ascontiguousarray(planes[..., :: -1 if side & 2 else 1, :: -1 if side & 1 else 1])
