"""Codes one component of a part by counters: the quick form, without a network, block by block in raster order.

    of a block           the place of the last coefficient that is not 0, six bits from the highest down; the coefficients from there down
    a coefficient c      is it not 0? (not asked of the last one)   is it positive?   |c| >= 2, 4, 8 ... until one is not so; then what
    less base            is left, from its highest bit down: two bits by plain decisions, the others as likely as not

A decision's seven contexts, and where their counters lie, are what the functions here say: `_contexts` of coefficients, `_code_sign`,
and `_code_last`. q(x) is the number of half octaves of x, 0 of 0. What is seen of the surroundings:

    near      2 W + 2 N + NW + NE + WW + NN, magnitudes at the same frequency         around    its sum at the four frequencies beside
    inner     of this block: 2 (v + 1, u) + 2 (v, u + 1) + (v + 1, u + 1) + (v + 2, u) + (v, u + 2), magnitudes
    top, left what continues the border of N and that of W, in 1/16 coefficient, as surroundings.py has them; base, of the DC, too
    relative  the sum of magnitudes so far against that of near, in half octaves
Long because its contexts stand in one place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from codec.density.jpeg.blocks import (
    FACTS,
    HIGH_OF,
    LAST_OF,
    CodedBlocks,
    coefficient_at,
    fact_of,
    last_of,
    log_of,
    value_at,
    view_of,
    within,
)
from codec.density.jpeg.constants import FIELD, SIXTEENTH, SIZE, VALUE_LIMIT
from codec.density.jpeg.counters import CounterArrays, code_bit, counting_of, decide_by, decide_plainly
from codec.density.jpeg.records import COUNT, LEFT, PLACE, STEPS_LEFT, WHOLE, DecisionCoder
from codec.lanes.vectors import (
    LANES,
    fill_i32,
    get_i16,
    get_i32,
    get_i64,
    high_of,
    load_sample,
    put_i16,
    put_i32,
    put_i64,
    store_i32,
)
from codec.system.kernels import entry, kernel

CONTEXTS = 7
WIDTHS = (320, 216, 192, 192, 256, 256, 256)  # of a coefficient's contexts
OWN_LEVELS, LEVELS = 5, 17  # decisions about a magnitude that each place has for itself; all of them
ROWS = SIZE * OWN_LEVELS + 2 * (LEVELS - OWN_LEVELS)  # of counters of a context: of places and levels, then of levels of the DC and others
SIGN_WIDTH, LAST_WIDTH = 208, 400
STARTS = tuple(ROWS * sum(WIDTHS[:i]) for i in range(CONTEXTS + 1))
SIGNS = STARTS[CONTEXTS]
LASTS = SIGNS + CONTEXTS * SIZE * SIGN_WIDTH
BITS = LASTS + CONTEXTS * SIZE * LAST_WIDTH
PLACES_OF_BITS, NEARS, NODES = 8, 20, 4
COUNTERS = BITS + PLACES_OF_BITS * LEVELS * NODES * NEARS
SIGN_SETS = ROWS
LAST_SETS = SIGN_SETS + SIZE
SETS = LAST_SETS + SIZE
# the state: whose turn it is (counters.py), the neighbours of a block, sums, its borders, and what is kept of them
NORTH, WEST, NORTHWEST, NORTHEAST, WEST2, NORTH2, BASE, SUM, EXPECTED, FADING, NONZERO, FROM_TOP, FROM_LEFT, GUESS = range(1, 15)
TOP, LEFT_BORDER, LOWER, RIGHT = 16, 24, 32, 40
STATE = 48


class CounterPlaces(NamedTuple):
    """The contexts of a coefficient: the places of its counters."""

    a: Any
    b: Any
    c: Any
    d: Any
    e: Any
    f: Any
    g: Any


@entry(ieee_division=True)
def count_component(blocks: CodedBlocks, arrays: CounterArrays, coder: DecisionCoder) -> int:
    """Code all blocks, whose coefficients are known or found, unless no steps are left. How many intervals there are; or words that are
    left, less than 0 if some were missing."""
    view, counting = view_of(blocks), counting_of(arrays, coder)
    for block in range(blocks.rows * blocks.columns):
        put_i64(counting.numbers, PLACE, block)
        _open(view, counting, block)
        last = _code_last(view, counting, block, last_of(view, block) if counting.known else np.int64(0))
        for place in range(last, -1, -1):
            _code_coefficient(view, counting, block, place, last)
        _close(view, counting, block, last)
        coder.numbers[STEPS_LEFT] = max(coder.numbers[STEPS_LEFT] - (last + 2) // LANES, 0)
        if coder.numbers[LEFT] < 0 or coder.numbers[STEPS_LEFT] == 0:
            break
    return coder.numbers[COUNT] if coder.known else coder.numbers[LEFT]


@kernel(inline=True)
def _state(counting, name):
    return get_i64(counting.state, name)


@kernel(inline=True)
def _open(view, counting, block):
    """Who the neighbours of a block are (blocks.py), and what is near at every frequency."""
    state, nothing = counting.state, view.rows * view.columns
    row, column = block // view.columns, block % view.columns
    north, west = block - view.columns, block - 1
    if row == 0:
        north = west if column > 0 else nothing
    if column == 0:
        west = north
    northwest = block - view.columns - 1 if row > 0 and column > 0 else west
    northeast = block - view.columns + 1 if row > 0 and column + 1 < view.columns else north
    west2 = block - 2 if column > 1 else west
    north2 = block - 2 * view.columns if row > 1 else north
    put_i64(state, NORTH, north)
    put_i64(state, WEST, west)
    put_i64(state, NORTHWEST, northwest)
    put_i64(state, NORTHEAST, northeast)
    put_i64(state, WEST2, west2)
    put_i64(state, NORTH2, north2)
    for i in range(BASE, GUESS + 1):
        put_i64(state, i, 0)
    for i in range(FIELD):
        put_i64(state, TOP + i, get_i32(view.tops, north * FIELD + i))
        put_i64(state, LEFT_BORDER + i, get_i32(view.lefts, west * FIELD + i))
        put_i64(state, LOWER + i, 0)
        put_i64(state, RIGHT + i, 0)
    for i in range(0, SIZE, LANES):
        close = _magnitudes(view, north, i) + _magnitudes(view, west, i)
        further = _magnitudes(view, northwest, i) + _magnitudes(view, northeast, i)
        further = further + _magnitudes(view, west2, i) + _magnitudes(view, north2, i)
        store_i32(counting.near, i, close + close + further)
        store_i32(counting.within, i, fill_i32(0))
    put_i32(counting.near, 0, 0)


@kernel(inline=True)
def _magnitudes(view, block, place):
    values = load_sample(view.coefficients, block * SIZE + place)
    return high_of(values, fill_i32(0) - values)


@kernel(inline=True)
def _q(view, value, most):
    """Half octaves of a number, no more than `most`."""
    return min(log_of(view.logs, value), most)


@kernel(inline=True)
def _signed_q(view, value):
    """13 more than the half octaves of a number, up to 12, with its sign."""
    size = _q(view, abs(value), 12)
    return 13 + size if value > 0 else 13 - size


@kernel(inline=True)
def _sign(value):
    """0, 1 or 2: less than 0, 0, more."""
    return np.int64(value > 0) - np.int64(value < 0) + 1


# ---------------------------------------------------------------- the place of the last coefficient


@kernel(inline=True)
def _code_last(view, counting, block, wanted):
    """Code the place of the last coefficient of a block that is not 0 (`wanted`, if it is known)."""
    north, west = fact_of(view, _state(counting, NORTH), LAST_OF), fact_of(view, _state(counting, WEST), LAST_OF)
    northwest, northeast = fact_of(view, _state(counting, NORTHWEST), LAST_OF), fact_of(view, _state(counting, NORTHEAST), LAST_OF)
    west2, north2 = fact_of(view, _state(counting, WEST2), LAST_OF), fact_of(view, _state(counting, NORTH2), LAST_OF)
    mean, luma = 2 * (north + west) + northwest + northeast, np.int64(get_i32(view.luma_facts, block * FACTS + LAST_OF))
    size = _q(view, fact_of(view, _state(counting, NORTH), HIGH_OF) + fact_of(view, _state(counting, WEST), HIGH_OF), 19)
    row, each = LASTS, SIZE * LAST_WIDTH
    a, b, c = row + (north >> 2) * 16 + (west >> 2), row + each + mean, row + 2 * each + ((northwest + northeast) >> 3) * 20 + size
    d, e = row + 3 * each + ((north2 + west2) >> 3) * 16 + ((north + west) >> 3), row + 4 * each + luma
    f, g = row + 5 * each + (luma >> 2) * 20 + mean // 24, row + 6 * each + (northwest >> 2) * 16 + (northeast >> 2)
    last = np.int64(0)
    for bit in range(5, -1, -1):
        node = (1 << (5 - bit)) + (last >> (bit + 1))
        at, higher = node * LAST_WIDTH, last + (1 << bit)
        if decide_by(counting, LAST_SETS + node, a + at, b + at, c + at, d + at, e + at, f + at, g + at, wanted >= higher):
            last = higher
    return last


# ---------------------------------------------------------------- a coefficient


@kernel(inline=True)
def _code_coefficient(view, counting, block, place, last):
    """Code the coefficient of a block at a place in the zigzag order, and keep what those that follow are shown of it."""
    k = get_i64(view.zigzag, place)
    v, u = k >> 3, k & 7
    _predict(view, counting, block, place, k, v, u)
    base = _state(counting, BASE)
    value = coefficient_at(view, block, k) - base if counting.known else np.int64(0)
    magnitude = abs(value)
    at = _contexts(view, counting, block, place, last, k, v, u)
    if place == 0 or place < last:
        row = place * OWN_LEVELS
        if not decide_by(counting, row, at.a, at.b, at.c, at.d, at.e, at.f, at.g, magnitude > 0):
            if place == 0:
                put_i16(view.coefficients, block * SIZE, within(base, VALUE_LIMIT))
            return
    positive = _code_sign(view, counting, block, place, k, value > 0)
    magnitude = _code_magnitude(counting, at, place, _q(view, np.int64(get_i32(counting.near, k)), NEARS - 1), magnitude)
    value = (magnitude if positive else -magnitude) + base
    put_i16(view.coefficients, block * SIZE + k, min(max(value, -32768), 32767))
    if place > 0:
        _keep(view, counting, k, v, u, value)


@kernel(inline=True)
def _predict(view, counting, block, place, k, v, u):
    """FROM_TOP and FROM_LEFT, less base of the DC; and GUESS, what they say together."""
    state, has_north, has_west = counting.state, block >= view.columns, block % view.columns > 0
    top = left = base = np.int64(0)
    if has_north and (u > 0 or v == 0):
        top = within((get_i64(state, TOP + u) * get_i64(view.from_top, k)) >> 24, VALUE_LIMIT)
    if has_west and (v > 0 or u == 0):
        left = within((get_i64(state, LEFT_BORDER + v) * get_i64(view.from_left, k)) >> 24, VALUE_LIMIT)
    guess = (top + left) >> 1
    if place == 0:
        if not (has_north and has_west):
            guess = top + left
        base = (guess + SIXTEENTH // 2) >> 4
        top, left = top - SIXTEENTH * base, left - SIXTEENTH * base
        guess = guess - SIXTEENTH * base
    elif v == 0 or u == 0:
        guess = left if v == 0 else top
    put_i64(state, BASE, base)
    put_i64(state, FROM_TOP, top)
    put_i64(state, FROM_LEFT, left)
    put_i64(state, GUESS, guess)


@kernel(inline=True)
def _contexts(view, counting, block, place, last, k, v, u):
    """Where the counters of the first decision about a coefficient are.

    Long because all contexts stand here.
    """
    state, row = counting.state, place * OWN_LEVELS
    north, west = get_i64(state, NORTH), get_i64(state, WEST)
    total, guess = get_i64(state, SUM), get_i64(state, GUESS)
    of_luma = np.int64(0)
    if view.kind > 0:
        of_luma = _q(view, abs(_luma(view, block, k)), 15)
    if place == 0:
        top, left = get_i64(state, FROM_TOP), get_i64(state, FROM_LEFT)
        apart = _q(view, abs(top - left) >> 2, 19)
        busy = _q(view, fact_of(view, north, HIGH_OF) + fact_of(view, west, HIGH_OF), 15)
        size = _q(view, total, 12)
        a, b, c = apart * 16 + busy, size * 16 + busy, min(apart, 11) * 16 + size
        d = _q(view, abs(top) >> 2, 11) * 16 + _q(view, abs(left) >> 2, 15)
        e, f = (last >> 2) * 16 + busy, _q(view, fact_of(view, north, 1), 15) * 16 + _q(view, fact_of(view, west, 1), 15)
        g = of_luma * 16 + min(apart, 15) if view.kind > 0 else min(_signed_q(view, guess), 15) * 16 + size
    else:
        close, inner = np.int64(get_i32(counting.near, k)), np.int64(get_i32(counting.within, k))
        near, both = _q(view, close, 19), _q(view, 2 * (close + inner), 23)
        around = np.int64(0)
        if v > 0:
            around += np.int64(get_i32(counting.near, k - FIELD))
        if v < 7:
            around += np.int64(get_i32(counting.near, k + FIELD))
        if u > 0:
            around += np.int64(get_i32(counting.near, k - 1))
        if u < 7:
            around += np.int64(get_i32(counting.near, k + 1))
        relative = within(log_of(view.logs, 8 * total) - log_of(view.logs, get_i64(state, EXPECTED)), 4) + 4
        of_west, of_north = min(abs(coefficient_at(view, west, k)), 3), min(abs(coefficient_at(view, north, k)), 3)
        a, b = near * 16 + _q(view, inner, 15), both * 9 + relative
        c, d = _q(view, around, 15) * 12 + min(get_i64(state, NONZERO), 11), _q(view, last - place, 11) * 16 + _q(view, total, 15)
        e = ((of_west * 4 + of_north) * 4 + min(inner >> 1, 3)) * 4 + min(get_i64(state, FADING) >> 2, 3)
        f = _q(view, abs(guess), 15) * 16 + min(near, 15)
        if view.kind == 0:
            further = abs(coefficient_at(view, get_i64(state, NORTHWEST), k)) + abs(coefficient_at(view, get_i64(state, NORTHEAST), k))
            g = min(further, 7) * 24 + both
        elif view.kind == 1:
            g = of_luma * 16 + min(near, 15)
        else:
            g = of_luma * 16 + _q(view, abs(np.int64(get_i16(view.chroma, block * SIZE + k))), 15)
        put_i64(state, EXPECTED, get_i64(state, EXPECTED) + close)
        put_i64(state, FADING, get_i64(state, FADING) - (get_i64(state, FADING) >> 2))
    return CounterPlaces(
        a=STARTS[0] + row * WIDTHS[0] + a,
        b=STARTS[1] + row * WIDTHS[1] + b,
        c=STARTS[2] + row * WIDTHS[2] + c,
        d=STARTS[3] + row * WIDTHS[3] + d,
        e=STARTS[4] + row * WIDTHS[4] + e,
        f=STARTS[5] + row * WIDTHS[5] + f,
        g=STARTS[6] + row * WIDTHS[6] + g,
    )


@kernel(inline=True)
def _luma(view, block, k):
    """Twice luma's coefficient in this component's steps."""
    return (np.int64(get_i16(view.luma, block * SIZE + k)) * get_i64(view.from_luma, k)) >> 19


@kernel(inline=True)
def _code_sign(view, counting, block, place, k, wanted):
    """Code whether a coefficient is positive (`wanted`, if it is known)."""
    state, guess = counting.state, get_i64(counting.state, GUESS)
    top, left = get_i64(state, FROM_TOP) >> 1, get_i64(state, FROM_LEFT) >> 1
    of_guess, of_top, of_left = _signed_q(view, guess), _signed_q(view, top), _signed_q(view, left)
    north, west = _sign(coefficient_at(view, get_i64(state, NORTH), k)), _sign(coefficient_at(view, get_i64(state, WEST), k))
    northwest, northeast = (
        _sign(coefficient_at(view, get_i64(state, NORTHWEST), k)),
        _sign(coefficient_at(view, get_i64(state, NORTHEAST), k)),
    )
    g = np.int64(0)
    if view.kind > 0:
        other = west if view.kind == 1 else _sign(np.int64(get_i16(view.chroma, block * SIZE + k)))
        g = _signed_q(view, _luma(view, block, k)) * 3 + other
    row, each = SIGNS + place * SIGN_WIDTH, SIZE * SIGN_WIDTH
    near = _q(view, np.int64(get_i32(counting.near, k)), 7)
    return decide_by(
        counting,
        SIGN_SETS + place,
        row + of_guess,
        row + each + (north * 3 + west) * 9 + northwest * 3 + northeast,
        row + 2 * each + of_guess * 8 + near,
        row + 3 * each + of_top,
        row + 4 * each + of_left,
        row + 5 * each + min(of_top >> 1, 13) * 14 + min(of_left >> 1, 13),
        row + 6 * each + g,
        wanted,
    )


@kernel(inline=True)
def _code_magnitude(counting, at, place, near, magnitude):
    """Code a magnitude that is not 0 (`magnitude`, if it is known)."""
    level = np.int64(1)
    while level < LEVELS:
        row = np.int64(level)
        if level >= OWN_LEVELS:  # these rows are counted from where the place's own ones begin
            row = (SIZE - place) * OWN_LEVELS + 2 * (level - OWN_LEVELS) + min(place, 1)
        if not decide_by(
            counting,
            place * OWN_LEVELS + row,
            at.a + row * WIDTHS[0],
            at.b + row * WIDTHS[1],
            at.c + row * WIDTHS[2],
            at.d + row * WIDTHS[3],
            at.e + row * WIDTHS[4],
            at.f + row * WIDTHS[5],
            at.g + row * WIDTHS[6],
            magnitude >> level > 0,
        ):
            break
        level += 1
    found, left = np.int64(1), level - 1
    row = BITS + (min(place, PLACES_OF_BITS - 1) * LEVELS + left) * NODES * NEARS + near
    for count in range(left):
        wanted = (magnitude >> (left - 1 - count)) & 1
        if count < 2:
            bit = decide_plainly(counting, row + found * NEARS, wanted)
        else:
            bit = code_bit(counting, np.int64(WHOLE >> 1), wanted)
        found = 2 * found + bit
    return found


@kernel(inline=True)
def _keep(view, counting, k, v, u, value):
    """A coefficient above the DC is not 0: what the borders and the other coefficients of its block are shown of it."""
    state, magnitude = counting.state, abs(value)
    put_i64(state, SUM, get_i64(state, SUM) + magnitude)
    put_i64(state, NONZERO, get_i64(state, NONZERO) + 1)
    put_i64(state, FADING, get_i64(state, FADING) + 4 * min(magnitude, 200))
    if v > 0:
        _add(counting, k - FIELD, 2 * magnitude)
    if u > 0:
        _add(counting, k - 1, 2 * magnitude)
    if v > 0 and u > 0:
        _add(counting, k - FIELD - 1, magnitude)
    if v > 1:
        _add(counting, k - 2 * FIELD, magnitude)
    if u > 1:
        _add(counting, k - 2, magnitude)
    size = within(value * get_i64(view.steps, k), VALUE_LIMIT)
    put_i64(state, TOP + u, get_i64(state, TOP + u) - size * get_i64(view.edge, v))
    put_i64(state, LEFT_BORDER + v, get_i64(state, LEFT_BORDER + v) - size * get_i64(view.edge, u))
    put_i64(state, LOWER + u, get_i64(state, LOWER + u) + size * get_i64(view.above, v))
    put_i64(state, RIGHT + v, get_i64(state, RIGHT + v) + size * get_i64(view.above, u))


@kernel(inline=True)
def _add(counting, k, more):
    put_i32(counting.within, k, np.int64(get_i32(counting.within, k)) + more)


@kernel(inline=True)
def _close(view, counting, block, last):
    """A block is known: what later blocks are shown of it."""
    state, dc = counting.state, value_at(view, block, 0)
    size = within(dc * get_i64(view.steps, 0), VALUE_LIMIT) * get_i64(view.above, 0)
    for i in range(FIELD):
        more = size if i == 0 else np.int64(0)
        put_i32(view.tops, block * FIELD + i, get_i64(state, LOWER + i) + more)
        put_i32(view.lefts, block * FIELD + i, get_i64(state, RIGHT + i) + more)
    put_i32(view.facts, block * FACTS + LAST_OF, last)
    put_i32(view.facts, block * FACTS + 1, abs(dc - get_i64(state, BASE)))
    put_i32(view.facts, block * FACTS + HIGH_OF, get_i64(state, SUM))
