"""Weights of decisions: what they begin with, and rates of their own, which fall by how much each has learnt.

Of a set of weights, with e = bit - p of a decision and x its numbers (decisions.py), in float32,

    square        REST to begin with; then square + (e x) (e x)
    rate          before the first decision of a set that learns, and after every PERIOD of them: FIRST_RATE / sqrt(square)
    weight        weight + rate (e x)

Of a decision rates come first, then squares, then weights.

A set begins with a weight of 1 for x of the decision and 0 for all else (decisions.py), or, in a model whose decisions have settled, with
what coding other files has taught: P.sets of its file, in units of SET_UNIT.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import EXTRA_INPUTS
from codec.lanes.vectors import LANES, fill_f32, get_f32, load_f32, put_f32, root, store_f32
from codec.system.kernels import kernel

FIRST_RATE, REST, PERIOD = 0.02, 16.0, 16
PARTS = 3  # of a set, one behind the other: weights, squares, rates
SHOWN = 2  # of EXTRA_INPUTS those that are not 0: x and 1
SET_UNIT = 2.0**-9


class Deciding(NamedTuple):
    """How the decisions of a model are coded: whether weights have rates of their own, whether sets begin with P.sets, and whether lanes
    decide together and magnitudes of 3 and more see no hidden units (symbols.py)."""

    own_rates: bool = False
    settled: bool = False
    together: bool = False


PLAIN, OWN_RATES, SETTLED, TOGETHER = "plain", "own", "settled", "together"
WAYS = {  # by names that stand in model files
    PLAIN: Deciding(),
    OWN_RATES: Deciding(own_rates=True),
    SETTLED: Deciding(own_rates=True, settled=True),
    TOGETHER: Deciding(own_rates=True, settled=True, together=True),
}


def first_sets(sets: int, units: int, given: NDArray[np.int16] | None = None) -> NDArray[np.float32]:
    """What so many sets of weights begin with, [sets, units + EXTRA_INPUTS]; given: P.sets, [sets, units + SHOWN]."""
    first = np.zeros((sets, units + EXTRA_INPUTS), np.float32)
    first[:, units] = 1.0
    if given is not None:
        first[:, : units + SHOWN] = given * SET_UNIT
    return first


@kernel
def learn_set(decider, seen, chosen, extra, error, units):
    """Move a set of weights. seen: where hidden units are, of which a decision sees so many; extra: the numbers behind them; error: e.
    decider.rates: how many decisions are left before rates of the set are due."""
    at, errors = chosen * decider.width, fill_f32(error)
    step, left = decider.units + EXTRA_INPUTS, get_f32(decider.rates, chosen)
    if left < np.float32(1.0):
        for i in range(at, at + step, LANES):
            store_f32(decider.mixers, i + 2 * step, fill_f32(FIRST_RATE) / root(load_f32(decider.mixers, i + step)))
        left = np.float32(PERIOD)
    put_f32(decider.rates, chosen, left - np.float32(1.0))
    _learn_eight(decider, at + decider.units, step, errors * extra)
    for i in range(0, units, LANES):
        _learn_eight(decider, at + i, step, errors * load_f32(decider.seen, seen + i))


@kernel
def _learn_eight(decider, at, step, slope):
    store_f32(decider.mixers, at + step, load_f32(decider.mixers, at + step) + slope * slope)
    store_f32(decider.mixers, at, load_f32(decider.mixers, at) + load_f32(decider.mixers, at + 2 * step) * slope)
