"""How a symbol becomes binary decisions, and how their probabilities learn while they are coded.

    a coefficient c, less base      is it 0? (not asked of the last one)    is it positive?    |c| > 1?    |c| > 2?
                                    then |c| > 3, 5, 9, 17 ... until one is not so, and halves of what is left
    the place of the last one       its six bits from the highest down

The mixture that the network gives (shared/network.py) says how likely each decision is: x = ln(mass of yes + 1) - ln(mass of no + 1),
masses in 2^-24. What the file itself has taught comes to it: each decision has a set of weights, those of its kind, and

    t = sum of weights times (x, 1, 0 ... 0, hidden units)       p = curve at t, within 2^-16 of 0 and 1       (shared/logistic.py)
    then each weight grows by rate (bit - p) times its number

in ordered float32: products of 8 numbers are added from left to right into eight sums, these as ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)).
A set keeps the numbers of hidden units first. What it begins with is in mixers.py. A model says with which rate every set
begins, towards which one it falls, and by which part of what is left each time; or else each weight has a rate of its own (mixers.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import KINDS
from codec.density.jpeg.mixers import learn_set
from codec.density.jpeg.records import LEAST, WHOLE, pop_bit, record_bit
from codec.density.shared.logistic import CURVE_REACH, CURVE_SHIFT, PRECISION, mass_below, position_of
from codec.density.shared.network import WEIGHT_BITS
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i64,
    gather_i32,
    get_f32,
    get_i32,
    get_i64,
    in_halves,
    in_pairs,
    lane,
    load_f32,
    load_i64,
    pointer,
    put_f32,
    select,
    store_f32,
    store_i32,
    with_lane,
)
from codec.system.kernels import kernel

ENTRIES = 1 << 11  # of each of the tables of logarithms
LARGEST_SUM = 15.0
ZERO, SIGN, TWO, THREE, OF_A_KIND = 0, 1, 2, 3, 4  # decisions
LEVELS, HALVES = 18, 18
TAIL = OF_A_KIND * 2 * KINDS  # where sets begin that are no kind's
LAST_TREE = TAIL + LEVELS + HALVES
SETS = LAST_TREE + 2 * 64


class Decider(NamedTuple):
    """All that a decision needs of a DecisionCoder and of a NetPointers (network.py), as pointers."""

    known: Any
    owned: Any
    records: Any
    owners: Any
    heads: Any
    words: Any
    numbers: Any
    seen: Any
    mixers: Any
    rates: Any
    units: Any
    width: Any
    curve: Any
    logarithm: Any
    component_weights: Any
    locations: Any
    slopes: Any
    components: Any
    own_rates: Any


@kernel(inline=True)
def decider_of(coder, net):
    """The pointers to a DecisionCoder and a NetPointers."""
    return Decider(
        known=coder.known,
        owned=coder.owned,
        records=pointer(coder.records),
        owners=pointer(coder.owners),
        heads=pointer(coder.heads),
        words=pointer(coder.words),
        numbers=pointer(coder.numbers),
        seen=net.seen,
        mixers=net.mixers,
        rates=net.rates,
        units=net.units,
        width=net.width,
        curve=net.curve,
        logarithm=net.logarithm,
        component_weights=net.component_weights,
        locations=net.locations,
        slopes=net.slopes,
        components=net.components,
        own_rates=net.own_rates,
    )


def logarithm_table() -> NDArray[np.int32]:
    """round(2^13 ln i) of masses i below 2^11; then of what greater ones are shifted to, by 5, 10 and 15 bits, in the middle."""
    index = np.arange(ENTRIES)
    parts = [np.log(np.maximum(index, 1)), *(np.log((index + 0.5) * 2.0**shift) for shift in (5, 10, 15))]
    return np.rint(np.concatenate(parts) * 8192).astype(np.int32)


# ---------------------------------------------------------------- what the mixture says


@kernel
def _logarithm(table, mass):
    """Of masses of eight lanes, int64 from 1 to 2^24 + 1; int32."""
    where = select(fill_i64(ENTRIES - 1) < mass, (mass >> 5) + fill_i64(ENTRIES), mass)
    where = select(fill_i64((ENTRIES << 5) - 1) < mass, (mass >> 10) + fill_i64(2 * ENTRIES), where)
    where = select(fill_i64((ENTRIES << 10) - 1) < mass, (mass >> 15) + fill_i64(3 * ENTRIES), where)
    return gather_i32(table, where)


@kernel
def _logarithm_of(table, mass):
    """Of one mass."""
    if mass < ENTRIES:
        return np.int64(get_i32(table, mass))
    if mass < ENTRIES << 5:
        return np.int64(get_i32(table, (mass >> 5) + ENTRIES))
    if mass < ENTRIES << 10:
        return np.int64(get_i32(table, (mass >> 10) + 2 * ENTRIES))
    return np.int64(get_i32(table, (mass >> 15) + 3 * ENTRIES))


@kernel
def _odds(decider, yes, no):
    """x of masses, which may be a little less than 0 by rounding."""
    return _logarithm_of(decider.logarithm, max(yes, 0) + 1) - _logarithm_of(decider.logarithm, max(no, 0) + 1)


@kernel
def _below(net, edge):
    """The mixtures' mass below an edge in 1/64, of eight lanes."""
    below = fill_i64(0)
    for k in range(0, net.components * LANES, LANES):
        position = position_of(fill_i64(edge), load_i64(net.locations, k), load_i64(net.slopes, k))
        below = below + load_i64(net.component_weights, k) * mass_below(net.curve, position)
    return below >> WEIGHT_BITS


@kernel
def _below_of(decider, number, edge):
    """The mixture's mass below an edge in 1/64, of one lane."""
    below, limit = np.int64(0), CURVE_REACH << CURVE_SHIFT
    for k in range(number, decider.components * LANES, LANES):
        position = ((edge - get_i64(decider.locations, k)) * get_i64(decider.slopes, k)) >> 12
        below += get_i64(decider.component_weights, k) * _curve(decider.curve, min(max(position, -limit), limit - 1))
    return below >> WEIGHT_BITS


@kernel
def _beyond(decider, number, positive, magnitude):
    """The mixture's mass of what is further from 0 than so much, on one side."""
    if positive:
        return WHOLE - _below_of(decider, number, 64 * magnitude + 32)
    return _below_of(decider, number, -64 * magnitude - 32)


@kernel
def _curve(curve, position):
    place = position + (CURVE_REACH << CURVE_SHIFT)
    step = get_i64(curve, place >> CURVE_SHIFT)
    return (step >> 32) + (((step & 0xFFFFFFFF) * (place & ((1 << CURVE_SHIFT) - 1))) >> CURVE_SHIFT)


@kernel
def find_odds(net):
    """x of the decisions that most coefficients have: is it 0, is it positive, is it more than 1 or less than -1."""
    one, table = fill_i64(1), net.logarithm
    under, below, above, over = _below(net, -96), _below(net, -32), _below(net, 32), _below(net, 96)
    positive, negative = fill_i64(WHOLE) - above, below
    store_i32(net.odds, 0, _logarithm(table, above - below + one) - _logarithm(table, positive + negative + one))
    store_i32(net.odds, LANES, _logarithm(table, positive + one) - _logarithm(table, negative + one))
    store_i32(net.odds, 2 * LANES, _logarithm(table, fill_i64(WHOLE) - over + one) - _logarithm(table, over - above + one))
    store_i32(net.odds, 3 * LANES, _logarithm(table, under + one) - _logarithm(table, below - under + one))


# ---------------------------------------------------------------- a decision


@kernel
def _decide(decider, number, chosen, odds, wanted):
    """Code one decision, whose set of weights is `chosen`, and learn from it. wanted: the bit, if it is known; the bit."""
    at, units = chosen * decider.width, decider.units
    seen = number * units
    extra = with_lane(with_lane(fill_f32(0.0), 0, np.float32(odds) * np.float32(1.0 / 8192.0)), 1, np.float32(1.0))
    total = extra * load_f32(decider.mixers, at + units)
    for i in range(0, units, LANES):
        total = total + load_f32(decider.seen, seen + i) * load_f32(decider.mixers, at + i)
    total = in_pairs(total, total)
    total = in_pairs(total, total)
    total = in_halves(total, total)
    limit = fill_f32(LARGEST_SUM)
    total = select(total < limit, total, limit)
    total = select(fill_f32(-LARGEST_SUM) < total, total, fill_f32(-LARGEST_SUM))
    position = np.int64(lane(f32_i32((total + fill_f32(16.0)) * fill_f32(8192.0)), 0)) - (1 << 17)
    chance = min(max(_curve(decider.curve, position), LEAST), WHOLE - LEAST)
    bit = record_bit(decider, number, chance, wanted) if decider.known else pop_bit(decider, number, chance)
    error = np.float32((bit << PRECISION) - chance) * np.float32(2.0**-24)
    if decider.own_rates:
        learn_set(decider, seen, chosen, extra, error)
        return bit
    rate = get_f32(decider.rates, chosen)
    put_f32(decider.rates, chosen, rate + (get_f32(decider.rates, SETS) - rate) * get_f32(decider.rates, SETS + 1))
    step = fill_f32(rate * error)
    store_f32(decider.mixers, at + units, load_f32(decider.mixers, at + units) + step * extra)
    for i in range(0, units, LANES):
        store_f32(decider.mixers, at + i, load_f32(decider.mixers, at + i) + step * load_f32(decider.seen, seen + i))
    return bit


# ---------------------------------------------------------------- symbols


@kernel
def code_last(decider, number, component, last):
    """Code the place of a lane's last coefficient (`last`, if it is known); component: 1 for the second one of chroma."""
    low, under, over = np.int64(0), np.int64(0), np.int64(WHOLE)
    for bit in range(5, -1, -1):
        node, middle = (1 << (5 - bit)) + (low >> (bit + 1)), low + (1 << bit)
        between = _below_of(decider, number, 64 * middle - 32)
        odds = _odds(decider, over - between, between - under)
        if _decide(decider, number, LAST_TREE + 64 * component + node, odds, last >= middle):
            low, under = middle, between
        else:
            over = between
    return low


@kernel
def code_coefficient(decider, odds, number, kind, forced, value):
    """Code a lane's coefficient less base (`value`, if it is known), which cannot be 0 if forced; odds: as find_odds left them."""
    chosen = kind * OF_A_KIND
    if not forced and _decide(decider, number, chosen + ZERO, get_i32(odds, number), value == 0):
        return np.int64(0)
    positive = _decide(decider, number, chosen + SIGN, get_i32(odds, LANES + number), value > 0)
    magnitude = abs(value)
    if not _decide(decider, number, chosen + TWO, get_i32(odds, (3 - positive) * LANES + number), magnitude > 1):
        return 2 * positive - 1
    beyond, further = _beyond(decider, number, positive, 1), _beyond(decider, number, positive, 2)
    if _decide(decider, number, chosen + THREE, _odds(decider, further, beyond - further), magnitude > 2):
        magnitude = _code_tail(decider, number, positive, further, magnitude)
    else:
        magnitude = np.int64(2)
    return magnitude * (2 * positive - 1)


@kernel
def _code_tail(decider, number, positive, beyond, magnitude):
    """Code a magnitude of 3 or more; beyond: the mass of these."""
    low, level, least = np.int64(3), np.int64(0), np.int64(0)
    while level < LEVELS - 1:
        most = low + (1 << level) - 1
        least = _beyond(decider, number, positive, most)
        if not _decide(decider, number, TAIL + level, _odds(decider, least, beyond - least), magnitude > most):
            break
        low, beyond, level = most + 1, least, level + 1
    for half in range(level - 1, -1, -1):
        middle = low + (1 << half)
        between = _beyond(decider, number, positive, middle - 1)
        if _decide(decider, number, TAIL + LEVELS + half, _odds(decider, between - least, beyond - between), magnitude >= middle):
            low, beyond = middle, between
        else:
            least = between
    return low
