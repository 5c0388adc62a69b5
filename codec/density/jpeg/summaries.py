"""What is kept of a block once it is known, for those that come later: its continued borders, sums and means of magnitudes, and how it
rises with luma and with the first chroma component."""

from __future__ import annotations

import numpy as np

from codec.density.jpeg.blocks import (
    BASE,
    BLOCK,
    FACTS,
    HIGH_OF,
    LAST_OF,
    LAST_PLACE,
    LOW_OF,
    MEAN_BITS,
    SLOPES,
    STATE,
    SUM,
    coefficient_at,
    within,
)
from codec.density.jpeg.constants import FIELD, KINDS, SIZE, VALUE_LIMIT
from codec.lanes.vectors import get_i16, get_i32, get_i64, put_i16, put_i32, put_i64
from codec.system.kernels import kernel

LOW_PLACES = 10  # of a block's coefficients that count as low ones


@kernel
def close_block(view, number):
    """The lane's block is known: keep what later blocks are shown of it."""
    state = number * STATE
    block, last = get_i64(view.state, state + BLOCK), get_i64(view.state, state + LAST_PLACE)
    _keep_borders(view, block)
    _keep_boxes(view, block)
    _keep_means(view, block, last, get_i64(view.state, state + BASE))
    low = np.int64(0)
    for place in range(1, LOW_PLACES):
        low += abs(coefficient_at(view, block, get_i64(view.zigzag, place)))
    put_i32(view.facts, block * FACTS + LAST_OF, last)
    put_i32(view.facts, block * FACTS + LOW_OF, low)
    put_i32(view.facts, block * FACTS + HIGH_OF, get_i64(view.state, state + SUM) - low)
    if view.kind > 0:
        _keep_slopes(view, block)


@kernel
def _keep_borders(view, block):
    for i in range(FIELD):
        top = left = rise = slant = np.int64(0)
        for other in range(FIELD):
            weight, difference = get_i64(view.above, other), get_i64(view.differ, other)
            down, across = other * FIELD + i, i * FIELD + other
            value = within(coefficient_at(view, block, down) * get_i64(view.steps, down), VALUE_LIMIT)
            top, rise = top + weight * value, rise + difference * value
            value = within(coefficient_at(view, block, across) * get_i64(view.steps, across), VALUE_LIMIT)
            left, slant = left + weight * value, slant + difference * value
        put_i32(view.tops, block * FIELD + i, top)
        put_i32(view.lefts, block * FIELD + i, left)
        put_i32(view.rises, block * FIELD + i, rise)
        put_i32(view.slants, block * FIELD + i, slant)


@kernel
def _keep_boxes(view, block):
    """Sums of magnitudes over three by three frequencies, the DC left out."""
    for v in range(FIELD):
        before, here = np.int64(0), _column(view, block, v, 0)
        for u in range(FIELD):
            after = _column(view, block, v, u + 1) if u + 1 < FIELD else np.int64(0)
            put_i16(view.boxes, block * SIZE + v * FIELD + u, min(before + here + after, VALUE_LIMIT))
            before, here = here, after


@kernel
def _column(view, block, v, u):
    """The sum of magnitudes at v - 1, v and v + 1, the DC left out."""
    total = np.int64(0)
    for other in range(max(v - 1, 0), min(v + 2, FIELD)):
        if other + u > 0:
            total += abs(coefficient_at(view, block, other * FIELD + u))
    return total


@kernel
def _keep_means(view, block, last, base):
    count = np.int64(get_i32(view.means, KINDS))
    pace = 7
    for i in range(1, 7):
        if count < (2 << i) - 2:
            pace = i
            break
    put_i32(view.means, KINDS, min(count + 1, 1 << 20))
    for place in range(SIZE):
        value = coefficient_at(view, block, get_i64(view.zigzag, place)) - (base if place == 0 else 0)
        mean = np.int64(get_i32(view.means, place))
        put_i32(view.means, place, mean + (((abs(value) << MEAN_BITS) - mean) >> pace))
    mean = np.int64(get_i32(view.means, SIZE))
    put_i32(view.means, SIZE, mean + (((last << MEAN_BITS) - mean) >> pace))


@kernel
def _keep_slopes(view, block):
    for i in range(view.kind):
        products = squares = np.int64(0)
        for k in range(1, SIZE):
            here = block * SIZE + k
            value = np.int64(get_i16(view.coefficients, here))
            if i == 0:
                value = within(value * get_i64(view.steps, k), VALUE_LIMIT)
                other = np.int64(get_i16(view.luma, here))
            else:
                other = np.int64(get_i16(view.chroma, here))
            products += value * other
            squares += other * other
        put_i64(view.slopes, block * SLOPES + 2 * i, products)
        put_i64(view.slopes, block * SLOPES + 2 * i + 1, squares)
