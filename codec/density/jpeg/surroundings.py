"""What the networks of the JPEG density see of a symbol's surroundings, and what is carried from block to block.

A pass codes one component of a part. Its symbols are, block by block, the place of the last coefficient in the zigzag order (0 if there is
none but the DC), then the coefficients from there down to the DC. For each symbol `last_inputs` or `coefficient_inputs` writes a column of
inputs in 1/32, at most 352: x is shown as log(x) = 32 log2(1 + |x|), with the sign of x where it says `signed`. Blocks that do not exist
are replaced: N by W, W by N, NW by W, NE by N, further ones by the nearer one; both N and W by a block of zeros.

    a coefficient at frequencies (v, u)   0 ... 3    signed W, N, NW, NE at its frequencies; of the DC less `base`
                                          4          the mean of 2 W, 2 N, NW, NE, WW, NN
                                          5, 6       sums over frequencies around its own: of N and W, of NW and NE
                                          7 ... 9    signed: the three predictions
                                          10 ... 14  of this block (v + 1, u), (v, u + 1), (v + 1, u + 1), (v + 2, u), (v, u + 2)
                                          15 ... 18  of this block: sum so far, that of input 4, a fading sum, how many are not 0
                                          19, 20     last - j, last          21, 22   step, running mean
                                          23 ... 25  last of N, W, NE, less j
                                          26, 27     sums of N and W below and above place 10
                                          28, 29     WW and NN; whether it is the last
    of chroma too                         30 ... 37  see `_chroma_inputs`
    where predictions are solved          30, 31 or 38, 39  see `regressors.predict_coefficient`

The predictions, in 1/16 coefficient: what would continue the border of the block above or of the one to the left, given the coefficients
that are known (0 where that needs others: for v > 0 = u the border above, for u > 0 = v the left one); and a linear one of
sixteen numbers, learnt as it goes (prediction.py), or of all that is known nearby (solved.py). Of the DC, `base` is the mean of the
first two, rounded.
"""

from __future__ import annotations

import numpy as np

from codec.density.jpeg.blocks import (
    BASE,
    BLOCK,
    COUNT,
    EXPECTED,
    FACTS,
    FADING,
    HAS_NORTH,
    HAS_WEST,
    HIGH_OF,
    LAST_OF,
    LAST_PLACE,
    LEFT,
    LOW_OF,
    MEAN_BITS,
    NORTH,
    NORTH2,
    NORTHEAST,
    NORTHWEST,
    PLACE,
    PREDICTED,
    RISE,
    SLANT,
    SLOPE_BITS,
    SLOPE_CHROMA,
    SLOPE_LUMA,
    STATE,
    SUM,
    TOP,
    WEST,
    WEST2,
    box_at,
    coefficient_at,
    fact_of,
    log_of,
    within,
)
from codec.density.jpeg.constants import COSINE_BITS, FIELD, SIXTEENTH, SIZE, VALUE_LIMIT
from codec.density.jpeg.prediction import learn_prediction, linear_prediction, show_numbers
from codec.density.jpeg.regressors import begin_numbers, last_errors, learn_coefficient, predict_coefficient
from codec.lanes.vectors import LANES, get_i16, get_i32, get_i64, put_i16, put_i32, put_i64
from codec.system.kernels import kernel

# ---------------------------------------------------------------- inputs


@kernel
def _signed_log(logs, sixteenths):
    magnitude = log_of(logs, abs(sixteenths))
    return magnitude if sixteenths >= 0 else -magnitude


@kernel
def _put(inputs, index, number, value):
    put_i32(inputs, index * LANES + number, value)


@kernel
def last_inputs(view, number, inputs):
    """The inputs of the place of the last coefficient; its predictions are the running mean, W and N.

    Long because it names all of them.
    """
    state = number * STATE
    west, north = get_i64(view.state, state + WEST), get_i64(view.state, state + NORTH)
    northwest, northeast = get_i64(view.state, state + NORTHWEST), get_i64(view.state, state + NORTHEAST)
    west2, north2 = get_i64(view.state, state + WEST2), get_i64(view.state, state + NORTH2)
    mean = np.int64(get_i32(view.means, SIZE))
    low_west, low_north = fact_of(view, west, LOW_OF), fact_of(view, north, LOW_OF)
    high_west, high_north = fact_of(view, west, HIGH_OF), fact_of(view, north, HIGH_OF)
    _put(inputs, 0, number, 4 * fact_of(view, west, LAST_OF))
    _put(inputs, 1, number, 4 * fact_of(view, north, LAST_OF))
    _put(inputs, 2, number, 4 * fact_of(view, northwest, LAST_OF))
    _put(inputs, 3, number, 4 * fact_of(view, northeast, LAST_OF))
    _put(inputs, 4, number, mean >> (MEAN_BITS - 2))
    _put(inputs, 5, number, log_of(view.logs, 8 * (low_west + low_north)))
    _put(inputs, 6, number, log_of(view.logs, 8 * (high_west + high_north)))
    _put(inputs, 7, number, 4 * fact_of(view, west2, LAST_OF))
    _put(inputs, 8, number, 4 * fact_of(view, north2, LAST_OF))
    _put(inputs, 9, number, log_of(view.logs, 16 * low_west))
    _put(inputs, 10, number, log_of(view.logs, 16 * low_north))
    _put(inputs, 11, number, log_of(view.logs, 16 * high_west))
    _put(inputs, 12, number, log_of(view.logs, 16 * high_north))
    _put(inputs, 13, number, log_of(view.logs, 16 * fact_of(view, northeast, LOW_OF)))
    _put(inputs, 14, number, log_of(view.logs, 16 * fact_of(view, northeast, HIGH_OF)))
    _put(inputs, 15, number, get_i64(view.step_logs, 1))
    _put(inputs, 16, number, get_i64(view.step_logs, 9))
    _put(inputs, 17, number, get_i64(view.step_logs, 36))
    above = left = np.int64(0)
    for i in range(2, FIELD):
        above += abs(get_i64(view.state, state + TOP + i))
        left += abs(get_i64(view.state, state + LEFT + i))
    _put(inputs, 18, number, log_of(view.logs, above >> (COSINE_BITS - 2)))
    _put(inputs, 19, number, log_of(view.logs, left >> (COSINE_BITS - 2)))
    for i in range(20, 30):
        _put(inputs, i, number, 0)
    if view.kind > 0:
        block = get_i64(view.state, state + BLOCK)
        for i in range(3):
            scale = 4 if i == LAST_OF else 1
            luma, chroma = np.int64(get_i32(view.luma_facts, block * FACTS + i)), np.int64(get_i32(view.chroma_facts, block * FACTS + i))
            _put(inputs, 30 + i, number, luma * scale if i == LAST_OF else log_of(view.logs, 16 * luma))
            _put(inputs, 33 + i, number, chroma * scale if i == LAST_OF else log_of(view.logs, 16 * chroma))
        _put(inputs, 36, number, 0)
        _put(inputs, 37, number, 0)
    if view.solver.solves:
        last_errors(view, number, inputs)
    put_i64(view.state, state + PREDICTED, mean >> (MEAN_BITS - 4))
    put_i64(view.state, state + PREDICTED + 1, SIXTEENTH * fact_of(view, west, LAST_OF))
    put_i64(view.state, state + PREDICTED + 2, SIXTEENTH * fact_of(view, north, LAST_OF))


@kernel(inline=True)
def coefficient_inputs(view, number, inputs):
    """The inputs and predictions of the coefficient at the lane's place, those that take_last leaves but for the others.

    Long because it names all of them.
    """
    state = number * STATE
    place, last = get_i64(view.state, state + PLACE), get_i64(view.state, state + LAST_PLACE)
    block = get_i64(view.state, state + BLOCK)
    k = get_i64(view.zigzag, place)
    v, u = k >> 3, k & 7
    west, north = get_i64(view.state, state + WEST), get_i64(view.state, state + NORTH)
    northwest, northeast = get_i64(view.state, state + NORTHWEST), get_i64(view.state, state + NORTHEAST)
    west2, north2 = get_i64(view.state, state + WEST2), get_i64(view.state, state + NORTH2)
    has_north, has_west = get_i64(view.state, state + HAS_NORTH), get_i64(view.state, state + HAS_WEST)
    from_top = from_left = np.int64(0)
    if has_north and (u > 0 or v == 0):
        from_top = within((get_i64(view.state, state + TOP + u) * get_i64(view.from_top, k)) >> 24, VALUE_LIMIT)
    if has_west and (v > 0 or u == 0):
        from_left = within((get_i64(view.state, state + LEFT + v) * get_i64(view.from_left, k)) >> 24, VALUE_LIMIT)
    base = np.int64(0)
    if place == 0:
        total = from_top * has_north + from_left * has_west
        base = (total + SIXTEENTH) >> 5 if has_north + has_west == 2 else (total + SIXTEENTH // 2) >> 4
        from_top, from_left = (from_top - SIXTEENTH * base) * has_north, (from_left - SIXTEENTH * base) * has_west
    put_i64(view.state, state + BASE, base)
    of_west, of_north = coefficient_at(view, west, k) - base, coefficient_at(view, north, k) - base
    of_northwest, of_northeast = coefficient_at(view, northwest, k) - base, coefficient_at(view, northeast, k) - base
    of_west2, of_north2 = coefficient_at(view, west2, k) - base, coefficient_at(view, north2, k) - base
    near = 2 * (abs(of_west) + abs(of_north)) + abs(of_northwest) + abs(of_northeast) + abs(of_west2) + abs(of_north2)
    from_luma, from_chroma = of_west2 * SIXTEENTH, of_north2 * SIXTEENTH
    if view.kind > 0:
        from_luma, from_chroma = _chroma_inputs(view, number, inputs, state, block, place, k)
    down, right = _higher(view, block, v + 1, u), _higher(view, block, v, u + 1)
    down2, right2 = _higher(view, block, v + 2, u), _higher(view, block, v, u + 2)
    diagonal = _higher(view, block, v + 1, u + 1)
    if view.solver.solves:
        linear = predict_coefficient(view, number, inputs, place, k, base, near)
    else:
        rise = within((get_i64(view.state, state + RISE + u) * get_i64(view.from_top, k)) >> 24, VALUE_LIMIT)
        slant = within((get_i64(view.state, state + SLANT + v) * get_i64(view.from_left, k)) >> 24, VALUE_LIMIT)
        show_numbers(view, number, 0, from_top, from_left, SIXTEENTH * of_west, SIXTEENTH * of_north)
        show_numbers(view, number, 4, SIXTEENTH * of_northwest, SIXTEENTH * of_northeast, from_luma, from_chroma)
        show_numbers(view, number, 8, down, right, down2, right2)
        show_numbers(view, number, 12, rise, slant, _higher(view, block, v + 3, u), _higher(view, block, v, u + 3))
        linear = linear_prediction(view, number, place)
    _put(inputs, 0, number, _signed_log(view.logs, SIXTEENTH * of_west))
    _put(inputs, 1, number, _signed_log(view.logs, SIXTEENTH * of_north))
    _put(inputs, 2, number, _signed_log(view.logs, SIXTEENTH * of_northwest))
    _put(inputs, 3, number, _signed_log(view.logs, SIXTEENTH * of_northeast))
    _put(inputs, 4, number, log_of(view.logs, 8 * near))
    _put(inputs, 5, number, log_of(view.logs, 4 * (box_at(view, north, k) + box_at(view, west, k))))
    _put(inputs, 6, number, log_of(view.logs, 4 * (box_at(view, northwest, k) + box_at(view, northeast, k))))
    _put(inputs, 7, number, _signed_log(view.logs, from_top))
    _put(inputs, 8, number, _signed_log(view.logs, from_left))
    _put(inputs, 9, number, _signed_log(view.logs, linear))
    _put(inputs, 10, number, log_of(view.logs, abs(down)))
    _put(inputs, 11, number, log_of(view.logs, abs(right)))
    _put(inputs, 12, number, log_of(view.logs, abs(diagonal)))
    _put(inputs, 13, number, log_of(view.logs, abs(down2)))
    _put(inputs, 14, number, log_of(view.logs, abs(right2)))
    _put(inputs, 15, number, log_of(view.logs, 16 * get_i64(view.state, state + SUM)))
    _put(inputs, 16, number, log_of(view.logs, 2 * get_i64(view.state, state + EXPECTED)))
    _put(inputs, 17, number, log_of(view.logs, get_i64(view.state, state + FADING)))
    _put(inputs, 18, number, 4 * get_i64(view.state, state + COUNT))
    _put(inputs, 19, number, 4 * (last - place))
    _put(inputs, 21, number, get_i64(view.step_logs, k))
    _put(inputs, 22, number, log_of(view.logs, 16 * np.int64(get_i32(view.means, place))))
    _put(inputs, 23, number, 4 * (fact_of(view, north, LAST_OF) - place))
    _put(inputs, 24, number, 4 * (fact_of(view, west, LAST_OF) - place))
    _put(inputs, 25, number, 4 * (fact_of(view, northeast, LAST_OF) - place))
    _put(inputs, 28, number, log_of(view.logs, 8 * (abs(of_west2) + abs(of_north2))))
    _put(inputs, 29, number, 32 if place == last else 0)
    put_i64(view.state, state + EXPECTED, get_i64(view.state, state + EXPECTED) + (near if place > 0 else 0))
    put_i64(view.state, state + PREDICTED, linear)
    put_i64(view.state, state + PREDICTED + 1, from_top)
    put_i64(view.state, state + PREDICTED + 2, from_left)


@kernel
def _higher(view, block, v, u):
    """A coefficient of this block at higher frequencies, in 1/16; 0 beyond the highest."""
    if v > 7 or u > 7:
        return np.int64(0)
    return SIXTEENTH * coefficient_at(view, block, v * FIELD + u)


@kernel
def _chroma_inputs(view, number, inputs, state, block, place, k):
    """Inputs 30 ... 37: of luma at these frequencies the mean magnitude of its blocks here, and its magnitude at this resolution; signed:
    what luma and the first chroma component predict; of these the magnitude, lasts less j, and luma's sum of low ones. The two predictions.
    """
    here = block * SIZE + k
    luma, first = np.int64(get_i16(view.luma, here)), np.int64(get_i16(view.chroma, here))
    from_luma = from_chroma = np.int64(0)
    if place > 0:
        scaled = (luma * get_i64(view.from_luma, k)) >> 12  # in 1/256 coefficient
        from_luma = within((scaled * get_i64(view.state, state + SLOPE_LUMA)) >> (SLOPE_BITS + 4), VALUE_LIMIT)
        from_chroma = within((SIXTEENTH * first * get_i64(view.state, state + SLOPE_CHROMA)) >> SLOPE_BITS, VALUE_LIMIT)
        _put(inputs, 30, number, log_of(view.logs, 4 * np.int64(get_i16(view.busy, here))))
        _put(inputs, 31, number, log_of(view.logs, abs(scaled) >> 4))
        _put(inputs, 34, number, log_of(view.logs, SIXTEENTH * abs(first)))
    else:
        _put(inputs, 30, number, 0)
        _put(inputs, 31, number, 0)
        _put(inputs, 34, number, 0)
    if view.kind == 1:
        from_chroma = np.int64(0)
    _put(inputs, 32, number, _signed_log(view.logs, from_luma))
    _put(inputs, 33, number, _signed_log(view.logs, from_chroma))
    _put(inputs, 35, number, 4 * (np.int64(get_i32(view.luma_facts, block * FACTS)) - place))
    _put(inputs, 36, number, 4 * (np.int64(get_i32(view.chroma_facts, block * FACTS)) - place) if view.kind > 1 else 0)
    _put(inputs, 37, number, log_of(view.logs, 16 * np.int64(get_i32(view.luma_facts, block * FACTS + LOW_OF))))
    return from_luma, from_chroma


# ---------------------------------------------------------------- a symbol is known


@kernel
def take_last(view, number, inputs, last):
    """The place of the lane's last coefficient is known: inputs 20, 26 and 27, which all coefficients of its block have."""
    state = number * STATE
    put_i64(view.state, state + LAST_PLACE, last)
    put_i64(view.state, state + PLACE, last)
    if view.solver.solves:
        begin_numbers(view, number)
    west, north = get_i64(view.state, state + WEST), get_i64(view.state, state + NORTH)
    _put(inputs, 20, number, 4 * last)
    _put(inputs, 26, number, log_of(view.logs, 8 * (fact_of(view, north, LOW_OF) + fact_of(view, west, LOW_OF))))
    _put(inputs, 27, number, log_of(view.logs, 8 * (fact_of(view, north, HIGH_OF) + fact_of(view, west, HIGH_OF))))


@kernel(inline=True)
def take_coefficient(view, number, value):
    """The coefficient at the lane's place is known: store it, and go down to the next place."""
    state = number * STATE
    place, block = get_i64(view.state, state + PLACE), get_i64(view.state, state + BLOCK)
    k = get_i64(view.zigzag, place)
    put_i16(view.coefficients, block * SIZE + k, value)
    base = get_i64(view.state, state + BASE)
    if view.solver.solves:
        learn_coefficient(view, number, place, k, value - base)
    else:
        learn_prediction(view, number, place, SIXTEENTH * (value - base) - get_i64(view.state, state + PREDICTED))
    magnitude = abs(value)
    if place > 0:
        fading = get_i64(view.state, state + FADING)
        put_i64(view.state, state + FADING, fading - (fading >> 2) + SIXTEENTH // 2 * magnitude)
        if value != 0:
            put_i64(view.state, state + SUM, get_i64(view.state, state + SUM) + magnitude)
            put_i64(view.state, state + COUNT, get_i64(view.state, state + COUNT) + 1)
            v, u = k >> 3, k & 7
            size = value * get_i64(view.steps, k)
            top, left = state + TOP + u, state + LEFT + v
            put_i64(view.state, top, get_i64(view.state, top) - size * get_i64(view.edge, v))
            put_i64(view.state, left, get_i64(view.state, left) - size * get_i64(view.edge, u))
    put_i64(view.state, state + PLACE, place - 1)
