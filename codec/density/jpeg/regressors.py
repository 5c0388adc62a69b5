"""What the solved prediction of a coefficient is made of: the numbers of solved.py, all but the first.

Of a coefficient at frequencies (v, u) and place j, dequantised; `less base` is nothing but for the DC, and `level` is the mean of what
continues both borders in their first frequency, or of the DC what base adds to a border:

     1 ...  6   W, N, NW, NE, WW, NN at its frequencies, less base
     7,  8      of chroma luma here, and of the second chroma component the first one here; of the DC less the mean of theirs in W and N
     9 ... 16   for every u what continues the border of the block above, less what is known of this block; the first one less level
    17 ... 24   for every v what continues the border of the block to the left, likewise
    25 ... 40   how the last two rows of the block above differ, and the last two columns of the one to the left
    41 ... 64   what continues the borders of NE and NW downwards, and of NW to the right; the first ones less level
    65 ... 80   of luma how the third and second rows and columns from these borders differ; of chroma those of 7 in W, N, NW, NE, then of 8
    81 ...      coefficients of this block at places 63, 62 ... j + 1
"""

from __future__ import annotations

import numpy as np

from codec.density.jpeg.blocks import (
    BLOCK,
    FADING_ERROR,
    LEFT,
    NORTH,
    NORTH2,
    NORTHEAST,
    NORTHWEST,
    PREDICTED,
    RISE,
    SLANT,
    STATE,
    TOP,
    WEST,
    WEST2,
    coefficient_at,
    log_of,
    within,
)
from codec.density.jpeg.constants import CHROMA_INPUTS, COSINE_BITS, EDGE, FIELD, LUMA_INPUTS, SIXTEENTH, SIZE, VALUE_LIMIT
from codec.density.jpeg.solved import GAIN, OWN, ROOM, learn_solved, solved_prediction
from codec.lanes.vectors import LANES, get_f32, get_i16, get_i32, get_i64, put_f32, put_i16, put_i32, put_i64
from codec.system.kernels import kernel

LUMA, CHROMA, ABOVE, ASIDE, RISES, SLANTS = 7, 8, 9, 17, 25, 33
OF_NORTHEAST, OF_NORTHWEST, OF_ITS_LEFT, FURTHER, FURTHER_ASIDE = 41, 49, 57, 65, 73
PIXEL = 2.0**-COSINE_BITS  # of sums of coefficients times cosines
LEVEL = float(EDGE[0]) * PIXEL  # what a DC adds to a border


@kernel
def begin_numbers(view, number):
    """The numbers that all coefficients of a lane's block have."""
    x, at, state = view.solver.numbers, number * ROOM, number * STATE
    north, west = get_i64(view.state, state + NORTH), get_i64(view.state, state + WEST)
    northeast, northwest = get_i64(view.state, state + NORTHEAST), get_i64(view.state, state + NORTHWEST)
    for i in range(FIELD):
        _put_pixel(x, at + RISES + i, get_i64(view.state, state + RISE + i))
        _put_pixel(x, at + SLANTS + i, get_i64(view.state, state + SLANT + i))
        _put_pixel(x, at + OF_NORTHEAST + i, get_i32(view.tops, northeast * FIELD + i))
        _put_pixel(x, at + OF_NORTHWEST + i, get_i32(view.tops, northwest * FIELD + i))
        _put_pixel(x, at + OF_ITS_LEFT + i, get_i32(view.lefts, northwest * FIELD + i))
        if view.kind == 0:
            _put_pixel(x, at + FURTHER + i, _further(view, north, i, FIELD))
            _put_pixel(x, at + FURTHER_ASIDE + i, _further(view, west, i * FIELD, 1))
    put_i64(view.state, state + FADING_ERROR, 0)
    for i in range(at + OWN, at + ROOM):
        put_f32(x, i, np.float32(0.0))


@kernel
def _further(view, block, first, stride):
    """How the third and second rows from the lower border differ, of a column of frequencies, or columns from the right one, of a row."""
    total = np.int64(0)
    for i in range(FIELD):
        k = first + i * stride
        total += get_i64(view.further, i) * within(coefficient_at(view, block, k) * get_i64(view.steps, k), VALUE_LIMIT)
    return total


@kernel
def _put_pixel(x, at, value):
    put_f32(x, at, np.float32(value) * np.float32(PIXEL))


@kernel
def last_errors(view, number, inputs):
    """The inputs of errors, of the place of the last coefficient: none."""
    first = _first_input(view)
    put_i32(inputs, first * LANES + number, 0)
    put_i32(inputs, (first + 1) * LANES + number, 0)


@kernel
def predict_coefficient(view, number, inputs, place, k, base, near):
    """The solved prediction of a lane's coefficient, less base, in 1/16. Its last inputs: how far off predictions were, of this place in W
    and N, twice, and in NW and NE; and of those of this block, a fading sum.
    """
    _put_numbers(view, number, place, k, base, near)
    first, state = _first_input(view), number * STATE
    errors = 2 * (_error_of(view, state + WEST, place) + _error_of(view, state + NORTH, place))
    errors += _error_of(view, state + NORTHWEST, place) + _error_of(view, state + NORTHEAST, place)
    put_i32(inputs, first * LANES + number, log_of(view.logs, errors))
    put_i32(inputs, (first + 1) * LANES + number, log_of(view.logs, get_i64(view.state, state + FADING_ERROR)))
    return solved_prediction(view.solver, number, place, get_i64(view.steps, k))


@kernel
def _first_input(view):
    """Which input is the first of those of errors."""
    return np.int64(CHROMA_INPUTS if view.kind > 0 else LUMA_INPUTS)


@kernel
def _error_of(view, who, place):
    return np.int64(get_i16(view.solver.errors, get_i64(view.state, who) * SIZE + place))


@kernel
def learn_coefficient(view, number, place, k, value):
    """A lane's coefficient less base is known: learn from it, and let it be one of the numbers of those below it."""
    x, at, state, step = view.solver.numbers, number * ROOM, number * STATE, get_i64(view.steps, k)
    error = min(abs(SIXTEENTH * value - get_i64(view.state, state + PREDICTED)), VALUE_LIMIT)
    fading = get_i64(view.state, state + FADING_ERROR)
    put_i16(view.solver.errors, get_i64(view.state, state + BLOCK) * SIZE + place, error)
    put_i64(view.state, state + FADING_ERROR, fading - (fading >> 2) + (error >> 1))
    put_f32(x, at, np.float32(value * step))
    learn_solved(view.solver, number, place)
    if place > 0:
        put_f32(x, at + OWN + SIZE - 1 - place, np.float32(value * step))


@kernel
def _put_numbers(view, number, place, k, base, near):
    """The other numbers of a lane's coefficient, and its gain."""
    x, at, state, step = view.solver.numbers, number * ROOM, number * STATE, get_i64(view.steps, k)
    put_f32(x, at, np.float32(0.0))
    for i, who in enumerate((WEST, NORTH, NORTHWEST, NORTHEAST, WEST2, NORTH2)):
        put_f32(x, at + 1 + i, np.float32((coefficient_at(view, get_i64(view.state, state + who), k) - base) * step))
    if view.kind > 0:
        _put_component(view, state, place, k, view.luma, np.int64(1), at + LUMA, at + FURTHER)
    if view.kind > 1:
        _put_component(view, state, place, k, view.chroma, step, at + CHROMA, at + FURTHER + 4)
    for i in range(FIELD):
        _put_pixel(x, at + ABOVE + i, get_i64(view.state, state + TOP + i))
        _put_pixel(x, at + ASIDE + i, get_i64(view.state, state + LEFT + i))
    level = np.float32(base * step) * np.float32(LEVEL)
    if place > 0:
        level = (get_f32(x, at + ABOVE) + get_f32(x, at + ASIDE)) * np.float32(0.5)
    put_f32(x, at + ABOVE, get_f32(x, at + ABOVE) - level)
    put_f32(x, at + ASIDE, get_f32(x, at + ASIDE) - level)
    northeast, northwest = get_i64(view.state, state + NORTHEAST), get_i64(view.state, state + NORTHWEST)
    _put_pixel(x, at + OF_NORTHEAST, get_i32(view.tops, northeast * FIELD))
    _put_pixel(x, at + OF_NORTHWEST, get_i32(view.tops, northwest * FIELD))
    _put_pixel(x, at + OF_ITS_LEFT, get_i32(view.lefts, northwest * FIELD))
    for i in range(at + OF_NORTHEAST, at + FURTHER, FIELD):
        put_f32(x, i, get_f32(x, i) - level)
    put_f32(view.solver.gains, number, np.float32(GAIN) / (np.float32(step) * np.float32(near + 4)))


@kernel
def _put_component(view, state, place, k, of, unit, here, around):
    """What another component has at these frequencies here, and in W, N, NW, NE."""
    x, west, north = view.solver.numbers, _at(view, of, state + WEST, k), _at(view, of, state + NORTH, k)
    base = (west + north) >> 1 if place == 0 else np.int64(0)
    put_f32(x, here, np.float32((_at(view, of, state + BLOCK, k) - base) * unit))
    put_f32(x, around, np.float32((west - base) * unit))
    put_f32(x, around + 1, np.float32((north - base) * unit))
    put_f32(x, around + 2, np.float32((_at(view, of, state + NORTHWEST, k) - base) * unit))
    put_f32(x, around + 3, np.float32((_at(view, of, state + NORTHEAST, k) - base) * unit))


@kernel
def _at(view, of, who, k):
    return np.int64(get_i16(of, get_i64(view.state, who) * SIZE + k))
