"""A yes or no by counters: seven counters, each of another context, say how likely yes is, and a mixer weighs what they say.

Integers, but the mixer's ordered float32. A decision has seven places among the counters, and a set of eight weights.

    counter    p in 21 bits << 10 | n, how often it was used, up to MOST_USES; the model says how it begins
    inputs     stretch(p) = ln(p / (1 - p)), of the top 11 bits of p, seven of them; and 0.25
    mixer      t = the sum of inputs times weights, as ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)), +-LARGEST_SUM
    chance     of yes, in 2^-24: squash(t), a table of steps of 1/64
    learning   weights + RATE (bit - chance) times inputs;  p + (bit - p) rates[n] / 2^16

A plain decision has one counter, whose p is its chance. The chances of both lie within 2^-16 of 0 and 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.records import LEAST, WHOLE, pop_bit, record_bit
from codec.density.shared.logistic import PRECISION
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    get_f32,
    get_i32,
    get_i64,
    in_halves,
    in_pairs,
    lane,
    load_f32,
    low_of,
    pointer,
    put_i32,
    put_i64,
    select,
    store_f32,
    with_lane,
)
from codec.system.array_types import Array1
from codec.system.kernels import kernel

COUNTER_BITS, USES_BITS, MOST_USES = 21, 10, 250
HALF = 1 << (COUNTER_BITS + USES_BITS - 1)
STRETCH_BITS, STEPS, LARGEST_SUM, RATE, BIAS = 11, 64.0, 12.0, 0.003, 0.25
TURN = 0  # of the state: whose turn it is among the heads
HALF_BITS = 11  # of the difference between a counter and its bit
HEADS = 8  # of a message, which decisions take in turns


class CounterArrays(NamedTuple):
    """What changes while a component is coded, and tables. counters: int32; weights: float32 [sets * 8]; near, within: int32 [64], of the
    present block; state: int64."""

    counters: Array1[np.int32]
    weights: Array1[np.float32]
    stretch: Array1[np.float32]
    squash: Array1[np.int32]
    rates: Array1[np.int32]
    near: Array1[np.int32]
    within: Array1[np.int32]
    state: Array1[np.int64]


class Counting(NamedTuple):
    """CounterArrays and a DecisionCoder (records.py) as pointers."""

    counters: Any
    weights: Any
    stretch: Any
    squash: Any
    rates: Any
    near: Any
    within: Any
    state: Any
    known: Any
    owned: Any
    records: Any
    owners: Any
    heads: Any
    words: Any
    numbers: Any


@kernel(inline=True)
def counting_of(arrays, coder):
    """The pointers to CounterArrays and a DecisionCoder."""
    return Counting(
        counters=pointer(arrays.counters),
        weights=pointer(arrays.weights),
        stretch=pointer(arrays.stretch),
        squash=pointer(arrays.squash),
        rates=pointer(arrays.rates),
        near=pointer(arrays.near),
        within=pointer(arrays.within),
        state=pointer(arrays.state),
        known=coder.known,
        owned=coder.owned,
        records=pointer(coder.records),
        owners=pointer(coder.owners),
        heads=pointer(coder.heads),
        words=pointer(coder.words),
        numbers=pointer(coder.numbers),
    )


def counter_rates() -> NDArray[np.int32]:
    """2^16 / (n + 1.6), of n up to MOST_USES."""
    found: NDArray[np.int32] = ((10 << 16) // (10 * np.arange(MOST_USES + 1) + 16)).astype(np.int32)
    return found


@kernel(inline=True)
def code_bit(counting, chance, wanted):
    """Write down or pop a bit that is 1 with this chance in 2^-24, from the next head."""
    turn = get_i64(counting.state, TURN)
    put_i64(counting.state, TURN, (turn + 1) & (HEADS - 1))
    return record_bit(counting, turn, chance, wanted) if counting.known else pop_bit(counting, turn, chance)


@kernel(inline=True)
def counter_at(counting, place):
    """A counter, as int64."""
    return np.int64(get_i32(counting.counters, place))


@kernel(inline=True)
def _stretched(counting, counter):
    return get_f32(counting.stretch, counter >> (COUNTER_BITS + USES_BITS - STRETCH_BITS))


@kernel(inline=True)
def _count(counting, place, counter, aim):
    """A counter that was used learns; aim: 2^21 times the bit."""
    uses = counter & ((1 << USES_BITS) - 1)
    p = counter >> USES_BITS
    p += ((aim - p) * np.int64(get_i32(counting.rates, uses))) >> 16
    put_i32(counting.counters, place, (p << USES_BITS) + min(uses + 1, MOST_USES))


@kernel(inline=True)
def _counted(counters, rates, aim):
    """Eight counters that were used learn as `_count` has it; products are made of halves of 11 bits, which fit into 32."""
    uses, p = counters & fill_i32((1 << USES_BITS) - 1), counters >> USES_BITS
    missing = fill_i32(aim) - p
    low = (missing & fill_i32((1 << HALF_BITS) - 1)) * rates
    p = p + (((missing >> HALF_BITS) * rates + (low >> HALF_BITS)) >> (16 - HALF_BITS))
    return (p << USES_BITS) + low_of(uses + fill_i32(1), fill_i32(MOST_USES))


@kernel(inline=True)
def _rate_of(counting, counter):
    return get_i32(counting.rates, counter & ((1 << USES_BITS) - 1))


@kernel(inline=True)
def decide_plainly(counting, place, wanted):
    """Code a decision of one counter (`wanted`, if it is known). The bit."""
    counter = counter_at(counting, place)
    chance = min(max((counter >> USES_BITS) << (PRECISION - COUNTER_BITS), LEAST), WHOLE - LEAST)
    bit = code_bit(counting, chance, wanted)
    _count(counting, place, counter, bit << COUNTER_BITS)
    return bit


@kernel
def decide_by(counting, chosen, a, b, c, d, e, f, g, wanted):
    """Code a decision by the counters at seven places and a set of weights (`wanted`, if it is known). The bit.

    Long because seven counters stay in registers.
    """
    p, q, r, s = counter_at(counting, a), counter_at(counting, b), counter_at(counting, c), counter_at(counting, d)
    t, u, v = counter_at(counting, e), counter_at(counting, f), counter_at(counting, g)
    inputs = fill_f32(BIAS)
    inputs = with_lane(inputs, 0, _stretched(counting, p))
    inputs = with_lane(inputs, 1, _stretched(counting, q))
    inputs = with_lane(inputs, 2, _stretched(counting, r))
    inputs = with_lane(inputs, 3, _stretched(counting, s))
    inputs = with_lane(inputs, 4, _stretched(counting, t))
    inputs = with_lane(inputs, 5, _stretched(counting, u))
    inputs = with_lane(inputs, 6, _stretched(counting, v))
    weights = load_f32(counting.weights, chosen * LANES)
    total = inputs * weights
    total = in_pairs(total, total)
    total = in_pairs(total, total)
    total = in_halves(total, total)
    total = select(total < fill_f32(LARGEST_SUM), total, fill_f32(LARGEST_SUM))
    total = select(fill_f32(-LARGEST_SUM) < total, total, fill_f32(-LARGEST_SUM))
    step = np.int64(lane(f32_i32((total + fill_f32(LARGEST_SUM)) * fill_f32(STEPS)), 0))
    chance = np.int64(get_i32(counting.squash, step))
    bit = code_bit(counting, chance, wanted)
    error = fill_f32(np.float32((bit << PRECISION) - chance) * np.float32(RATE * 2.0**-PRECISION))
    store_f32(counting.weights, chosen * LANES, weights + error * inputs)
    counted = rates = fill_i32(0)
    counted, rates = with_lane(counted, 0, np.int32(p)), with_lane(rates, 0, _rate_of(counting, p))
    counted, rates = with_lane(counted, 1, np.int32(q)), with_lane(rates, 1, _rate_of(counting, q))
    counted, rates = with_lane(counted, 2, np.int32(r)), with_lane(rates, 2, _rate_of(counting, r))
    counted, rates = with_lane(counted, 3, np.int32(s)), with_lane(rates, 3, _rate_of(counting, s))
    counted, rates = with_lane(counted, 4, np.int32(t)), with_lane(rates, 4, _rate_of(counting, t))
    counted, rates = with_lane(counted, 5, np.int32(u)), with_lane(rates, 5, _rate_of(counting, u))
    counted, rates = with_lane(counted, 6, np.int32(v)), with_lane(rates, 6, _rate_of(counting, v))
    counted = _counted(counted, rates, bit << COUNTER_BITS)
    put_i32(counting.counters, a, lane(counted, 0))
    put_i32(counting.counters, b, lane(counted, 1))
    put_i32(counting.counters, c, lane(counted, 2))
    put_i32(counting.counters, d, lane(counted, 3))
    put_i32(counting.counters, e, lane(counted, 4))
    put_i32(counting.counters, f, lane(counted, 5))
    put_i32(counting.counters, g, lane(counted, 6))
    return bit
