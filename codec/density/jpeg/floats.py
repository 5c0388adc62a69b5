"""Small things that predictions do with eight float32 numbers side by side."""

from __future__ import annotations

from codec.lanes.vectors import fill_f32, in_halves, in_pairs, select
from codec.system.kernels import kernel


@kernel
def sum_of_eight(vector):
    """The sum of a vector's numbers, in all of them: ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))."""
    vector = in_pairs(vector, vector)
    vector = in_pairs(vector, vector)
    return in_halves(vector, vector)


@kernel
def kept_within(vector, limit):
    """Numbers of at least -limit and at most limit."""
    vector = select(vector < fill_f32(limit), vector, fill_f32(limit))
    return select(fill_f32(-limit) < vector, vector, fill_f32(-limit))
