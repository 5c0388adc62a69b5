"""Numbers that all of the JPEG density shares: the zigzag order, the cosines, and how many inputs there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ZIGZAG = np.array(
    [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
     35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
    np.int64,
)  # fmt: skip
COSINE_BITS = 13  # fraction bits of EDGE and COSINES
EDGE = np.array([2896, 4017, 3784, 3406, 2896, 2276, 1567, 799], np.int64)  # what each frequency adds to the first pixel of a row
SIZE, FIELD = 64, 8  # coefficients of a block; numbers of a side of it
LAST = SIZE  # the kind of symbol that is the place of the last coefficient; kinds below it are places in the zigzag order
KINDS = SIZE + 1
CLASSES = 3  # of components: luma (and all that is neither of the others), the first chroma component, the second
LUMA_INPUTS, CHROMA_INPUTS, SOLVED_INPUTS = 30, 38, 2  # the last ones behind the others, where predictions are solved
PREDICTIONS = 3  # of a coefficient: from the block above, from the one to the left, and the learnt one
SIXTEENTH = 16  # predictions are in 1/16 coefficient
LARGEST_PREDICTION = 2047.0  # in coefficients, of linear ones
VALUE_LIMIT = 32767
EXTRA_INPUTS = 8  # of a decision's mixer, beside the hidden units


def inputs_of(kind: int, solves: bool) -> int:
    """How many inputs the network of a class of components has."""
    return (CHROMA_INPUTS if kind else LUMA_INPUTS) + (SOLVED_INPUTS if solves else 0)


def cosines() -> NDArray[np.int64]:
    """int64 [frequency, pixel]: the basis of the discrete cosine transform, made of EDGE by its symmetries."""
    whole = np.concatenate([[4096], EDGE[1:], [0]])  # 2^13 / 2 cos(i pi / 16)
    place = (2 * np.arange(8)[None] + 1) * np.arange(8)[:, None] % 32
    place = np.where(place > 16, 32 - place, place)
    sign = np.where(place > 8, -1, 1)
    basis: NDArray[np.int64] = sign * whole[np.where(place > 8, 16 - place, place)]
    basis[0] = EDGE[0]
    return basis
