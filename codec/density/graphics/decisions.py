"""Codes a binary decision: counters in several contexts say how probable it is, a mixer weighs them, a table corrects the result.

Everything is an integer. A decision belongs to a stage (what is decided: a candidate, a run, a leaf of the tree of colours, a channel's
value) and has n contexts, each a hash of 32 bits, of which there is a line of 16 counters, and the place `pos` of its counter in these
lines.

    counter   32 bits: the top 16 are a probability p less 2^15, then 8 of history (how often 0 and 1 came, 4 bits each), 8 of a check: the
              top bits of the hash, xor `key`. Another check means a new counter: p = 1/2, no history.
    inputs    of each context two: stretch(what the map of this stage, context and history says), stretch(p), 0 if there is no history; and
              one of 1. stretch(p) = 256 ln(p / (1 - p)), of the top 12 bits of p.
    mixer     two sets of weights (16 fraction bits), one of the caller's choice, one by how many counters have a history; d = the sum of
              inputs times both weights, clamped to +-3071; p = squash(d), the inverse of stretch, in 16 bits
    table     25 values for each place that the caller gives, 256 apart in d, interpolated; the mean of that and p, from 1 to 2^16 - 1, is
              the probability of a 1, out of 2^16
    learning  weights by input times error, maps and tables by 1/64 of the difference, a counter by 1/(n + 1.5) of it, n the counts of its
              history. A history counts the bit that came up to 15, and lowers the other count if it is above 2.

What learns at once (maps, weights, tables) is one array, `learnt`; a model is what this array is in the beginning. Decisions of an encoder
are written down, (stage << 17) + (bit << 16) + probability of a 1, and pushed in reverse order when all are known; a decoder pops them
from a message of one lane as coding/message.py has it, of precision 16.

Every kernel here and beside takes the same arrays: learnt int32, counters int32 (a power of two of them, 16 a line), tables int32
(TABLES), inputs int32, state int64 (the places are named below), and words int64: of the message, from the bottom up, or where decisions
are written down. Kernels take arrays one by one, as what is unpacked in a kernel is counted, which costs more than to decide.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from codec.coding.message import put
from codec.lanes.vectors import prefetch
from codec.system.array_types import Array1
from codec.system.kernels import entry, kernel

MOST = 16  # contexts of a decision
INPUTS = 2 * MOST + 1
CANDIDATE, RUN, LEAF, CHANNEL = range(4)  # stages
STAGES = 4
A_SETS, B_SETS, PLACES = (80, 32, 36, 160), (272, 272, 306, 68), (1024, 32, 36, 160)  # of weights, and places of tables, of each stage
FIRST_A = tuple(sum(A_SETS[:stage]) for stage in range(STAGES))
FIRST_B = tuple(sum(A_SETS) + sum(B_SETS[:stage]) for stage in range(STAGES))
FIRST_PLACE = tuple(sum(PLACES[:stage]) for stage in range(STAGES))
POINTS = 25  # of a table
WEIGHTS_AT = STAGES * MOST * 256
TABLES_AT = WEIGHTS_AT + (sum(A_SETS) + sum(B_SETS)) * INPUTS
LEARNT = TABLES_AT + sum(PLACES) * POINTS
LARGEST = 3071  # of what stretch gives
STRETCH_AT = 2 * LARGEST + 1
HISTORY_AT = STRETCH_AT + 4096
RATE_AT = HISTORY_AT + 512
LINES, CHECKS, SLOTS, VALUES = 0, 16, 32, 48  # places in state: lines and checks of contexts, counters of a decision
HEAD, SIZE, COUNT, CONTEXTS, RATE, FREE = 64, 65, 66, 67, 71, 72  # the message, how much is written down, contexts of each
# stage, the rate at which weights learn, and what other modules hold
MAP_BITS, MAP_RATE, POINT_BITS, POINT_RATE = 22, 6, 20, 6
LARGEST_WEIGHT = 1 << 22
MULTIPLIER, MASK = 1540483477, (1 << 32) - 1
LOW, HIGH, PRECISION = 1 << 31, (1 << 16) - 1, 16

Integers = NDArray[np.int32]


@kernel(inline=True)
def mix(value, other):
    """A hash of 32 bits of two numbers of up to 32 bits, in order."""
    product = (value ^ other) * MULTIPLIER
    return (product ^ (product >> 32)) & MASK


@kernel(inline=True)
def bounded(value, low, high):
    return min(max(value, low), high)


@kernel(inline=True)
def length(value):
    """Bits of a number."""
    bits = 0
    while value > 0:
        value >>= 1
        bits += 1
    return bits


@kernel(inline=True)
def use(state, counters, context, hashed):
    """Make a hash the context of this number in the decisions that follow."""
    line = (hashed << 4) & (counters.size - 1)
    prefetch(counters, line)
    state[LINES + context] = line
    state[CHECKS + context] = hashed >> 24


@kernel
def decide(learnt, counters, tables, inputs, state, words, bit, stage, pos, key, a_set, b_set, place, decoding):
    """Code a decision, or decode it. Returns the bit.

    Long because its steps share all that they read. b_set: the first of the sets of which the number of histories chooses one."""
    contexts = int(state[CONTEXTS + stage])
    count, maps, known = 2 * contexts + 1, stage * MOST * 256, 0
    for i in range(contexts):
        slot, check = int(state[LINES + i]) + pos, int(state[CHECKS + i]) ^ key
        value = int(counters[np.uint64(slot)])
        value = value if (value & 255) == check else check
        history = (value >> 8) & 255
        seen = 1 if history else 0
        inputs[2 * i] = tables[np.uint64(STRETCH_AT + (int(learnt[np.uint64(maps + i * 256 + history)]) >> (MAP_BITS - 12)))]
        inputs[2 * i + 1] = int(tables[np.uint64(STRETCH_AT + (((value >> 16) + 32768) >> 4))]) * seen
        known += seen
        state[SLOTS + i], state[VALUES + i] = slot, value
    inputs[2 * contexts] = 256
    a, b, total = WEIGHTS_AT + a_set * INPUTS, WEIGHTS_AT + (b_set + known) * INPUTS, 0
    for i in range(count):
        total += int(inputs[i]) * int(learnt[np.uint64(a + i)])
    for i in range(count):
        total += int(inputs[i]) * int(learnt[np.uint64(b + i)])
    total = bounded(total >> 16, -LARGEST, LARGEST)
    p = int(tables[np.uint64(LARGEST + total)])
    point, part = TABLES_AT + place * POINTS + ((total + 3072) >> 8), (total + 3072) & 255
    refined = (int(learnt[np.uint64(point)]) * (256 - part) + int(learnt[np.uint64(point + 1)]) * part) >> (POINT_BITS - 8)
    one = bounded((p + refined + 1) >> 1, 1, HIGH)
    if decoding:
        head = int(state[HEAD])
        shown = head & HIGH
        bit = 1 if shown < one else 0
        head = one * (head >> 16) + shown if bit else (HIGH + 1 - one) * (head >> 16) + shown - one
        if head < LOW:
            state[SIZE] -= 1
            head = (head << 32) | int(words[max(int(state[SIZE]), 0)])
        state[HEAD] = head
    else:
        words[int(state[COUNT])] = (stage << 17) | (bit << 16) | one
        state[COUNT] += 1
    error = ((bit << 16) - p) * int(state[RATE])
    for i in range(count):
        step = (int(inputs[i]) * error + (1 << 17)) >> 18
        learnt[np.uint64(a + i)] = bounded(int(learnt[np.uint64(a + i)]) + step, -LARGEST_WEIGHT, LARGEST_WEIGHT)
    for i in range(count):
        step = (int(inputs[i]) * error + (1 << 17)) >> 18
        learnt[np.uint64(b + i)] = bounded(int(learnt[np.uint64(b + i)]) + step, -LARGEST_WEIGHT, LARGEST_WEIGHT)
    point += part >> 7
    learnt[np.uint64(point)] += (bit * ((1 << POINT_BITS) - 1) - int(learnt[np.uint64(point)])) >> POINT_RATE
    for i in range(contexts):
        value = int(state[VALUES + i])
        history, mapped = (value >> 8) & 255, (value >> 16) + 32768
        at = maps + i * 256 + history
        learnt[np.uint64(at)] += (bit * ((1 << MAP_BITS) - 1) - int(learnt[np.uint64(at)])) >> MAP_RATE
        mapped += ((bit * HIGH - mapped) * int(tables[RATE_AT + history])) >> 16
        after = int(tables[HISTORY_AT + bit * 256 + history])
        counters[np.uint64(state[SLOTS + i])] = ((mapped - 32768) << 16) | (after << 8) | (value & 255)
    return bit


@entry
def push_to(heads: Array1[np.uint64], words: Array1[np.uint32], size: int, decisions: Array1[np.int32]) -> int:
    """Push decisions to a message of one lane, the last one first. Returns the new size of its stack."""
    head = heads[0]
    for i in range(decisions.size - 1, -1, -1):
        ones = decisions[i] & HIGH
        start, freq = (0, ones) if decisions[i] >> 16 & 1 else (ones, HIGH + 1 - ones)
        head, words[size], emitted = put(head, np.uint64(start), np.uint64(freq), np.uint64(PRECISION))
        size += emitted
    heads[0] = head
    return size


@cache
def decision_tables() -> Integers:
    """squash of -3071 ... 3071, stretch of 2^12 probabilities, the history after a 0 and after a 1, the rates of counters."""
    squash = _squashed()
    stretch = np.minimum(np.searchsorted(squash, 16 * np.arange(4096) + 8) - LARGEST, LARGEST)
    lower = (0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7)
    zero = [min(history >> 4, 14) + 1 << 4 | lower[history & 15] for history in range(256)]
    one = [lower[history >> 4] << 4 | min(history & 15, 14) + 1 for history in range(256)]
    rates = [(1 << 17) // (2 * ((history >> 4) + (history & 15)) + 3) for history in range(256)]
    found = np.array([*squash, *stretch, *zero, *one, *rates], np.int32)
    return found


def _squashed() -> list[int]:
    """2^16 / (1 + exp(-value / 256)) from 1 to 2^16 - 1, of all values: by integers, exp(-n/256) to 60 bits, by squaring."""
    factor, powers = EXPONENTIAL, [1 << 60]
    while len(powers) <= LARGEST:
        powers += [power * factor >> 60 for power in powers]
        factor = factor * factor >> 60
    small = [max(((power << 17) // ((1 << 60) + power) + 1) >> 1, 1) for power in powers[: LARGEST + 1]]
    return small[:0:-1] + [min((1 << 16) - one, HIGH) for one in small]


EXPONENTIAL = 1148426689630428643  # exp(-1/256) 2^60


def untrained() -> Integers:
    """`learnt` before anything was learnt: maps by counts, equal weights, tables that change nothing."""
    found = np.zeros(LEARNT, np.int32)
    counts = np.arange(256)
    zeros, ones = counts >> 4, counts & 15
    found[:WEIGHTS_AT] = np.tile((5 * ones + 2 << MAP_BITS) // (5 * (zeros + ones) + 4), STAGES * MOST)
    found[WEIGHTS_AT:TABLES_AT].reshape(-1, INPUTS)[:, :-1] = 2600
    squash = decision_tables()[: 2 * LARGEST + 1]
    curve = [int(squash[bounded(256 * point - 3072, -LARGEST, LARGEST) + LARGEST]) << POINT_BITS - 16 for point in range(POINTS)]
    found[TABLES_AT:] = np.tile(np.array(curve, np.int32), sum(PLACES))
    return found
