"""How a symbol becomes binary decisions (decisions.py).

    a coefficient c, less base      is it 0? (not asked of the last one)    is it positive?    |c| > 1?    |c| > 2?
                                    then |c| > 3, 5, 9, 17 ... until one is not so, and halves of what is left
    the place of the last one       its six bits from the highest down

Lanes whose coefficients are coded together (all of them, or one, as the model says) are asked a question at a time: all of them that have
to answer it, in their order, then the next question, halves of the highest ones first. If they are all of them, magnitudes of 3 and more
are asked for by their odds alone: they see no hidden units.
"""

from __future__ import annotations

import numpy as np

from codec.density.jpeg.decisions import (
    ACTIVE,
    BITS,
    CHOSEN,
    GROUP,
    LAST_TREE,
    LEVELS,
    ODDS,
    OF_A_KIND,
    SIGN,
    TAIL,
    THREE,
    TWO,
    WANTED,
    ZERO,
    below_of,
    beyond_of,
    decide_alone,
    decide_together,
    odds_of,
)
from codec.density.jpeg.records import WHOLE
from codec.lanes.vectors import LANES, get_i32, get_i64, put_i64
from codec.system.kernels import kernel

# further rows of a group: its lanes, those whose magnitudes are more than 1, and those of more than 2, each one after the other; of every
# lane its kind, whether it cannot be 0, its value, if it is known, and what is found: the sign, and then the value
MEMBERS, LARGER, TAILS, KIND, FORCED, VALUE, FOUND = range(GROUP, GROUP + 7 * LANES, LANES)
# of a magnitude: the lowest that it can be, its level, a middle, and the masses of what is beyond the first, the level, and the middle
LOW, LEVEL, MIDDLE, BEYOND, LEAST_OF, BETWEEN = range(GROUP + 7 * LANES, GROUP + 13 * LANES, LANES)
GROUP_NUMBERS = GROUP + 13 * LANES


@kernel
def code_last(decider, number, component, last):
    """Code the place of a lane's last coefficient (`last`, if it is known); component: 1 for the second one of chroma."""
    low, under, over = np.int64(0), np.int64(0), np.int64(WHOLE)
    for bit in range(5, -1, -1):
        node, middle = (1 << (5 - bit)) + (low >> (bit + 1)), low + (1 << bit)
        between = below_of(decider, number, 64 * middle - 32)
        odds = odds_of(decider, over - between, between - under)
        if decide_alone(decider, number, LAST_TREE + 64 * component + node, odds, last >= middle):
            low, under = middle, between
        else:
            over = between
    return low


@kernel
def code_coefficients(decider, odds, count):
    """Code the coefficients less base (VALUE, if known) of a group's first `count` MEMBERS; odds: as find_odds left them. FOUND."""
    group, active = decider.group, np.int64(0)
    for i in range(count):
        number = get_i64(group, MEMBERS + i)
        put_i64(group, BITS + number, 0)
        put_i64(group, FOUND + number, 0)
        chosen = get_i64(group, KIND + number) * OF_A_KIND + ZERO
        _ask(group, number, chosen, get_i32(odds, number), get_i64(group, VALUE + number) == 0)
        put_i64(group, ACTIVE + active, number)
        active += 1 - get_i64(group, FORCED + number)
    decide_together(decider, active, decider.units)
    active = np.int64(0)
    for i in range(count):
        number = get_i64(group, MEMBERS + i)
        chosen = get_i64(group, CHOSEN + number) + SIGN - ZERO
        _ask(group, number, chosen, get_i32(odds, LANES + number), get_i64(group, VALUE + number) > 0)
        put_i64(group, ACTIVE + active, number)
        active += 1 - get_i64(group, BITS + number)
    decide_together(decider, active, decider.units)
    for i in range(active):
        number = get_i64(group, ACTIVE + i)
        positive = get_i64(group, BITS + number)
        put_i64(group, FOUND + number, 2 * positive - 1)
        chosen = get_i64(group, CHOSEN + number) + TWO - SIGN
        _ask(group, number, chosen, get_i32(odds, (3 - positive) * LANES + number), abs(get_i64(group, VALUE + number)) > 1)
    decide_together(decider, active, decider.units)
    _code_larger(decider, active)


@kernel
def _ask(group, number, chosen, odds, wanted):
    put_i64(group, CHOSEN + number, chosen)
    put_i64(group, ODDS + number, odds)
    put_i64(group, WANTED + number, wanted)


@kernel
def _code_larger(decider, count):
    """Go on with those of the first `count` ACTIVE lanes whose magnitudes are more than 1."""
    group, active = decider.group, _keep_active(decider.group, count)
    for i in range(active):
        number = get_i64(group, ACTIVE + i)
        positive = get_i64(group, FOUND + number) > 0
        beyond, further = beyond_of(decider, number, positive, 1), beyond_of(decider, number, positive, 2)
        put_i64(group, BEYOND + number, further)
        put_i64(group, LOW + number, 2)
        chosen = get_i64(group, CHOSEN + number) + THREE - TWO
        _ask(group, number, chosen, odds_of(decider, further, beyond - further), abs(get_i64(group, VALUE + number)) > 2)
    decide_together(decider, active, decider.units)
    for i in range(active):
        put_i64(group, LARGER + i, get_i64(group, ACTIVE + i))
    more = _keep_active(group, active)
    if more > 0:
        _find_levels(decider, more)
        _find_halves(decider, more)
    for i in range(active):
        number = get_i64(group, LARGER + i)
        put_i64(group, FOUND + number, get_i64(group, FOUND + number) * get_i64(group, LOW + number))


@kernel
def _keep_active(group, count):
    """Of the first `count` ACTIVE lanes keep those whose bit is 1: how many they are."""
    active = np.int64(0)
    for i in range(count):
        number = get_i64(group, ACTIVE + i)
        put_i64(group, ACTIVE + active, number)
        active += get_i64(group, BITS + number)
    return active


@kernel
def _find_levels(decider, active):
    """Of the first `active` ACTIVE lanes, whose magnitudes are 3 or more: between which powers of two they are. They become TAILS."""
    group, level = decider.group, np.int64(0)
    for i in range(active):
        number = get_i64(group, ACTIVE + i)
        put_i64(group, TAILS + i, number)
        put_i64(group, LOW + number, 3)
        put_i64(group, LEVEL + number, 0)
    while active > 0 and level < LEVELS - 1:
        most = 1 + (np.int64(2) << level)
        for i in range(active):
            number = get_i64(group, ACTIVE + i)
            beyond, least = get_i64(group, BEYOND + number), beyond_of(decider, number, get_i64(group, FOUND + number) > 0, most)
            put_i64(group, LEAST_OF + number, least)
            _ask(group, number, TAIL + level, odds_of(decider, least, beyond - least), abs(get_i64(group, VALUE + number)) > most)
        decide_together(decider, active, decider.tail_units)
        active = _keep_active(group, active)
        level += 1
        for i in range(active):
            number = get_i64(group, ACTIVE + i)
            put_i64(group, LOW + number, most + 1)
            put_i64(group, BEYOND + number, get_i64(group, LEAST_OF + number))
            put_i64(group, LEVEL + number, level)


@kernel
def _find_halves(decider, count):
    """Of the first `count` TAILS: which of the magnitudes of their level they have."""
    group, turn = decider.group, np.int64(0)
    while True:
        active = np.int64(0)
        for i in range(count):
            number = get_i64(group, TAILS + i)
            put_i64(group, ACTIVE + active, number)
            active += 1 if get_i64(group, LEVEL + number) > turn else 0
        if active == 0:
            return
        for i in range(active):
            number = get_i64(group, ACTIVE + i)
            half = get_i64(group, LEVEL + number) - 1 - turn
            middle = get_i64(group, LOW + number) + (1 << half)
            between = beyond_of(decider, number, get_i64(group, FOUND + number) > 0, middle - 1)
            odds = odds_of(decider, between - get_i64(group, LEAST_OF + number), get_i64(group, BEYOND + number) - between)
            put_i64(group, MIDDLE + number, middle)
            put_i64(group, BETWEEN + number, between)
            _ask(group, number, TAIL + LEVELS + half, odds, abs(get_i64(group, VALUE + number)) >= middle)
        decide_together(decider, active, decider.tail_units)
        for i in range(active):
            number = get_i64(group, ACTIVE + i)
            if get_i64(group, BITS + number):
                put_i64(group, LOW + number, get_i64(group, MIDDLE + number))
                put_i64(group, BEYOND + number, get_i64(group, BETWEEN + number))
            else:
                put_i64(group, LEAST_OF + number, get_i64(group, BETWEEN + number))
        turn += 1
