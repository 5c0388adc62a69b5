"""Finds floats that are whole numbers, or these divided by one and the same number, as pictures of 8 to 16 bits are stored in floats.

A float of single precision is v / d, or v (1 / d) with 1 / d in single precision, for a whole number v of less than 2^24 and one of the
divisors; both are worked out in double precision and rounded to single precision once. A quotient's number in files is twice the place of
its divisor, and 1 more for the second way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from codec.media.form import Pixels

if TYPE_CHECKING:  # what a file is can be told without numpy
    import numpy as np
    from numpy.typing import NDArray

DIVISORS = (1, 255, 65535, 256, 65536, 10, 100, 1000, 10000, 1023, 4095, 16383, 127, 128, 32767, 32768)  # places stand in files
QUOTIENTS = 2 * len(DIVISORS)
TRIED, LARGEST = 1 << 10, 1 << 24


def numerators_of(pixels: Pixels) -> tuple[int, NDArray[np.int32]] | None:
    """The number of a quotient that all samples of single precision are, and their v; None if there is none."""
    for quotient in range(QUOTIENTS):
        if _numerators(pixels.reshape(-1)[:: max(1, pixels.size // TRIED)], quotient) is not None:
            found = _numerators(pixels, quotient)
            if found is not None:
                return quotient, found
    return None


def floats_of(numerators: NDArray[np.int32], quotient: int) -> Pixels:
    """The samples whose v these are."""
    import numpy as np

    values, divisor = numerators.astype(np.float64), float(DIVISORS[quotient >> 1])
    found: Pixels = (values * np.float64(np.float32(1.0 / divisor)) if quotient & 1 else values / divisor).astype("<f4")
    return found


def _numerators(samples: Pixels, quotient: int) -> NDArray[np.int32] | None:
    import numpy as np

    if not (np.abs(samples) < LARGEST).all():  # also what is no number
        return None
    values = samples.astype(np.float64) * DIVISORS[quotient >> 1]
    if not (np.abs(values) < LARGEST).all():
        return None
    found = np.rint(values).astype("<i4")
    same = floats_of(found, quotient).view("<u4") == np.ascontiguousarray(samples).view("<u4")
    return found if same.all() else None
