"""The binary decisions that symbols become (symbols.py), and how their probabilities learn while they are coded.

The mixture that the network gives (shared/network.py) says how likely each decision is: x = ln(mass of yes + 1) - ln(mass of no + 1),
masses in 2^-24. What the file itself has taught comes to it: each decision has a set of weights, those of its kind, and

    t = sum of weights times (x, 1, 0 ... 0, hidden units)       p = curve at t, within 2^-16 of 0 and 1       (shared/logistic.py)
    then each weight grows by rate (bit - p) times its number

in ordered float32: products of 8 numbers are added from left to right into eight sums, these as ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)).
A decision may see no hidden units. A set keeps the numbers of hidden units first. What it begins with is in mixers.py. A model says with
which rate every set begins, towards which one it falls, and by which part of what is left each time; or else each weight has a rate of its
own (mixers.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import KINDS
from codec.density.jpeg.mixers import learn_set
from codec.density.jpeg.records import LEAST, PLACE, WHOLE, pop_bit, record_bit
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
    put_i64,
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
# rows of eight numbers, of lanes that code their decisions together: lanes, one after the other, and how likely yes is for each of these;
# then, of every lane, its block, its set of weights, x, the bit, if it is known, and the bit
ACTIVE, CHANCES, BLOCKS, CHOSEN, ODDS, WANTED, BITS = range(0, 7 * LANES, LANES)
GROUP = 7 * LANES


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
    tail_units: Any
    width: Any
    curve: Any
    logarithm: Any
    component_weights: Any
    locations: Any
    slopes: Any
    components: Any
    own_rates: Any
    group: Any


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
        tail_units=net.tail_units,
        width=net.width,
        curve=net.curve,
        logarithm=net.logarithm,
        component_weights=net.component_weights,
        locations=net.locations,
        slopes=net.slopes,
        components=net.components,
        own_rates=net.own_rates,
        group=net.group,
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
def odds_of(decider, yes, no):
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
def below_of(decider, number, edge):
    """The mixture's mass below an edge in 1/64, of one lane."""
    below, limit = np.int64(0), CURVE_REACH << CURVE_SHIFT
    for k in range(number, decider.components * LANES, LANES):
        position = ((edge - get_i64(decider.locations, k)) * get_i64(decider.slopes, k)) >> 12
        below += get_i64(decider.component_weights, k) * _curve(decider.curve, min(max(position, -limit), limit - 1))
    return below >> WEIGHT_BITS


@kernel
def beyond_of(decider, number, positive, magnitude):
    """The mixture's mass of what is further from 0 than so much, on one side."""
    if positive:
        return WHOLE - below_of(decider, number, 64 * magnitude + 32)
    return below_of(decider, number, -64 * magnitude - 32)


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
def decide_alone(decider, number, chosen, odds, wanted):
    """Code one decision of a lane, whose set of weights is `chosen`, and learn from it. wanted: the bit, if it is known; the bit."""
    chance = _chance(decider, number, chosen, odds, decider.units)
    bit = _code_bit(decider, number, chance, wanted)
    _learn(decider, number, chosen, odds, decider.units, bit, chance)
    return bit


@kernel
def decide_together(decider, count, units):
    """Code one decision of each of the first `count` ACTIVE lanes, which see so many hidden units, all of them before any learns: BITS."""
    group = decider.group
    for i in range(count):
        number = get_i64(group, ACTIVE + i)
        put_i64(group, CHANCES + i, _chance(decider, number, get_i64(group, CHOSEN + number), get_i64(group, ODDS + number), units))
    for i in range(count):
        number = get_i64(group, ACTIVE + i)
        bit = _code_bit(decider, number, get_i64(group, CHANCES + i), get_i64(group, WANTED + number))
        put_i64(group, BITS + number, bit)
    for i in range(count):
        number = get_i64(group, ACTIVE + i)
        chosen, odds, bit = get_i64(group, CHOSEN + number), get_i64(group, ODDS + number), get_i64(group, BITS + number)
        _learn(decider, number, chosen, odds, units, bit, get_i64(group, CHANCES + i))


@kernel(inline=True)
def _code_bit(decider, number, chance, wanted):
    if not decider.known:
        return pop_bit(decider, number, chance)
    put_i64(decider.numbers, PLACE, get_i64(decider.group, BLOCKS + number))
    return record_bit(decider, number, chance, wanted)


@kernel(inline=True)
def _extra(odds):
    """The numbers of a decision behind the hidden units."""
    return with_lane(with_lane(fill_f32(0.0), 0, np.float32(odds) * np.float32(1.0 / 8192.0)), 1, np.float32(1.0))


@kernel(inline=True)
def _chance(decider, number, chosen, odds, units):
    """How likely the yes of a decision is that sees so many hidden units, in 2^-24."""
    at, seen = chosen * decider.width, number * decider.units
    total = _extra(odds) * load_f32(decider.mixers, at + decider.units)
    for i in range(0, units, LANES):
        total = total + load_f32(decider.seen, seen + i) * load_f32(decider.mixers, at + i)
    total = in_pairs(total, total)
    total = in_pairs(total, total)
    total = in_halves(total, total)
    limit = fill_f32(LARGEST_SUM)
    total = select(total < limit, total, limit)
    total = select(fill_f32(-LARGEST_SUM) < total, total, fill_f32(-LARGEST_SUM))
    position = np.int64(lane(f32_i32((total + fill_f32(16.0)) * fill_f32(8192.0)), 0)) - (1 << 17)
    return min(max(_curve(decider.curve, position), LEAST), WHOLE - LEAST)


@kernel(inline=True)
def _learn(decider, number, chosen, odds, units, bit, chance):
    """Move the weights of a decision that sees so many hidden units."""
    at, seen, extra = chosen * decider.width, number * decider.units, _extra(odds)
    error = np.float32((bit << PRECISION) - chance) * np.float32(2.0**-24)
    if decider.own_rates:
        learn_set(decider, seen, chosen, extra, error, units)
        return
    rate = get_f32(decider.rates, chosen)
    put_f32(decider.rates, chosen, rate + (get_f32(decider.rates, SETS) - rate) * get_f32(decider.rates, SETS + 1))
    step = fill_f32(rate * error)
    store_f32(decider.mixers, at + decider.units, load_f32(decider.mixers, at + decider.units) + step * extra)
    for i in range(0, units, LANES):
        store_f32(decider.mixers, at + i, load_f32(decider.mixers, at + i) + step * load_f32(decider.seen, seen + i))
