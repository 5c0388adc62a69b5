"""Where decisions go while a part is encoded, as records that are pushed at its end, and where they come from while it is decoded.

A record says how likely a decision's yes was, what it was, and in which lane: chance in 2^-24, bit << 24, lane << 25. Bits of 1 lie below
those of 0 in a message.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from codec.coding.message import HEAD_LOW, ONE, WORD_BITS, Vector, put, take
from codec.density.jpeg.constants import SIZE
from codec.density.shared.intervals import cost_of
from codec.density.shared.logistic import PRECISION
from codec.lanes.vectors import LANES, get_i16, get_i32, get_i64, pointer, put_i32, put_i64
from codec.system.array_types import Array1
from codec.system.kernels import entry, kernel

COUNT, LEFT, PLACE, HEADS, STEPS_LEFT = 0, 1, 2, 3, 4  # numbers of a DecisionCoder
WHOLE = 1 << PRECISION
LEAST = 1 << 8  # of a probability, in 2^-24
LANE_SHIFT = 25  # of a record
SCALING = 512  # bits by which a likelihood is kept from becoming 0
TOGETHER = 16  # decisions, none of which is less likely than 2^-16, after which it is looked at


class DecisionCoder(NamedTuple):
    """Where decisions go to or come from.

    known: whether symbols are known, and their decisions become records; else they are popped from a message, its heads and the words of
    its stack, as coding/message.py has them. owners: the blocks of the records, if `owned`. numbers:
    how many records there are, how many words are left, the present block, how many heads there are, a power of 2, and how many steps of
    eight symbols are left.
    """

    known: bool
    owned: bool
    records: Array1[np.uint32]
    owners: Array1[np.int32]
    heads: Vector
    words: Array1[np.uint32]
    numbers: Array1[np.int64]


@kernel
def record_bit(decider, number, chance, wanted):
    """Keep a decision whose bit is 1 with this chance in 2^-24."""
    bit = np.int64(wanted)
    count = get_i64(decider.numbers, COUNT)
    put_i32(decider.records, count, chance | bit << PRECISION | number << LANE_SHIFT)
    if decider.owned:
        put_i32(decider.owners, count, get_i64(decider.numbers, PLACE))
    put_i64(decider.numbers, COUNT, count + 1)
    return bit


@kernel
def pop_bit(decider, number, chance):
    """Pop a bit that is 1 with this chance in 2^-24; bits of 1 lie below those of 0."""
    place, bits = number & (get_i64(decider.numbers, HEADS) - 1), np.uint64(PRECISION)
    head = np.uint64(get_i64(decider.heads, place))
    bit = np.int64(np.int64(head & ((ONE << bits) - ONE)) < chance)
    head = take(head, np.uint64(0 if bit else chance), np.uint64(chance if bit else WHOLE - chance), bits)
    if head < HEAD_LOW:
        left = get_i64(decider.numbers, LEFT) - 1
        put_i64(decider.numbers, LEFT, left)
        head = (head << WORD_BITS) | np.uint64(np.int64(get_i32(decider.words, max(left, 0))) & 0xFFFFFFFF)
    put_i64(decider.heads, place, np.int64(head))
    return bit


@entry
def push_records(
    heads: Vector, words: Array1[np.uint32], size: int, records: Array1[np.uint32], count: int, likelihood: Array1[np.float64]
) -> int:
    """Push decisions, the last one first; words must have room for `count` more. The new size. likelihood: p and e, with p 2^(-512 e) what
    decisions were pushed so far are likely with, together; (1, 0) at first."""
    product, scalings = likelihood[0], likelihood[1]
    for end in range(count, 0, -TOGETHER):
        for i in range(end - 1, max(end - TOGETHER, 0) - 1, -1):
            record = np.int64(records[i])
            chance, bit, number = record & (WHOLE - 1), record >> PRECISION & 1, record >> LANE_SHIFT & (LANES - 1)
            start, freq, place = 0 if bit else chance, chance if bit else WHOLE - chance, number & (heads.size - 1)
            heads[place], words[size], emitted = put(heads[place], np.uint64(start), np.uint64(freq), np.uint64(PRECISION))
            size += emitted
            product *= freq * 2.0**-PRECISION
        if product < 2.0**-SCALING:
            product, scalings = product * 2.0**SCALING, scalings + 1.0
    likelihood[0], likelihood[1] = product, scalings
    return size


@entry
def add_costs(records: Array1[np.uint32], owners: Array1[np.int32], log2: Array1[np.int64], costs: Array1[np.int64]) -> None:
    """Add what decisions cost, in units of 2^-24 bit, to the costs of their blocks."""
    table = pointer(log2)
    for i in range(owners.size):
        record = np.int64(records[i])
        chance = record & (WHOLE - 1)
        cost = cost_of(table, chance if record >> PRECISION & 1 else WHOLE - chance)
        costs[owners[i]] += cost


@entry
def most_of_values(coefficients: Array1[np.int16]) -> int:
    """No fewer than there are decisions about the signs and magnitudes of coefficients, whose blocks stand one after the other."""
    source, total = pointer(coefficients), 0
    for first in range(0, coefficients.size, SIZE):
        limit, found = 0, 1
        while found > 0:
            found = 0
            for i in range(first, first + SIZE):
                found += 1 if abs(np.int64(get_i16(source, i))) > limit else 0
            total += 2 * found
            limit = limit + 1 if limit < 3 else 2 * limit - 1
    return total
