"""The networks of the JPEG density: arrays of their numbers, buffers of a pass, and both as the pointers that kernels take (layers.py)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import EXTRA_INPUTS, PREDICTIONS
from codec.density.jpeg.learning import LAYERS, MODULATION, OUT, SECOND
from codec.density.jpeg.mixers import PARTS, REST
from codec.density.jpeg.symbols import GROUP_NUMBERS
from codec.density.shared.learning import learner_floats, learner_of
from codec.density.shared.plan import BIASES, INPUTS, LAYER_FIELDS, OUTPUTS
from codec.density.shared.whole_learning import whole_ints, whole_of
from codec.lanes.vectors import (
    LANES,
    pointer,
)
from codec.system.array_types import Array1, Array2
from codec.system.kernels import kernel


class JpegNetwork(NamedTuple):
    """The integers of luma's or chroma's network, and how its decisions learn.

    weights: of each layer [inputs, outputs], outputs a multiple of 8; biases: [kinds, outputs of all layers]; plan: shared/plan.py's fields
    of three layers, one above the other, all of whose hidden units have the same m; learnt: float32 [3, weights], what layers begin with
    that learn, of size 0 if none does; pace, every, memory, whole: those of a Pace (learning.py). Where layers learn in whole numbers,
    pairs are their weights, in pairs, and zeros the biases of all kinds, to begin with. Tables as in shared/network.py and
    shared/logistic.py; logarithm and rates: decisions.py; own_rates: whether weights of decisions have rates of their own (mixers.py).
    """

    weights: Array1[np.float32]
    biases: Array1[np.float32]
    pairs: Array1[np.int32]
    zeros: Array1[np.int32]
    plan: Array1[np.int64]
    exponential: Array1[np.int32]
    sigmoid: Array1[np.int32]
    curve: Array1[np.int64]
    precision: Array1[np.int64]
    scale: Array1[np.int32]
    logarithm: Array1[np.int32]
    rates: Array1[np.float32]
    learnt: Array2[np.float32]
    directions: Array1[np.float32]
    components: int
    pace: int
    every: int
    early: int
    memory: int
    whole: bool
    own_rates: bool
    together: int
    tail_units: int


class PassBuffers(NamedTuple):
    """What a pass writes while it works. mixers: float32 [sets, width], the weights of decisions; rates: of every set, and what JpegNetwork
    has of the second and third one; or nothing but 0, where weights have rates of their own (mixers.py)."""

    floats: Array1[np.float32]
    ints: Array1[np.int32]
    longs: Array1[np.int64]
    mixers: Array2[np.float32]
    rates: Array1[np.float32]
    learner: Array1[np.float32]
    pairs: Array1[np.int32]
    biases: Array1[np.int32]
    whole: Array1[np.int32]


class Scales(NamedTuple):
    """The table of scales, under the name that shared/network.py looks for."""

    scale: Any


class NetPointers(NamedTuple):
    """JpegNetwork and PassBuffers as pointers: what shared/network.py's mixtures ask for, and

    inputs, hidden, features        of the lanes' symbols, int32 [...][8]
    start                           biases of the lanes' kinds, float32 [outputs][8]
    kinds, sizes                    of the lanes' symbols and the logarithms of their local scales, int64 and int32 [8]
    odds                            of the first decisions, int32 [ODDS][8]
    seen                            hidden units of the lanes' symbols, / 64, float32 [8][units]
    mixers, rates, width            decisions.py; own_rates: mixers.py
    values, idle                    of the lanes' symbols, int32 and int64 [8]: what is learnt from (learning.py)
    whole_weights, whole_biases     those in use where layers learn in whole numbers
    pairs                           inputs of a layer, two of them in a lane, int32 [...][8]
    """

    weights: Any
    biases: Any
    plan: Any
    exponential: Any
    sigmoid: Any
    curve: Any
    precision: Any
    tables: Any
    logarithm: Any
    inputs: Any
    hidden: Any
    features: Any
    start: Any
    seen: Any
    sums: Any
    guesses: Any
    ways: Any
    sizes: Any
    odds: Any
    component_weights: Any
    locations: Any
    slopes: Any
    kinds: Any
    mixers: Any
    rates: Any
    components: Any
    predictors: Any
    units: Any
    width: Any
    values: Any
    idle: Any
    modulation: Any
    learner: Any
    first: Any
    every: Any
    early: Any
    own_rates: Any
    together: Any
    tail_units: Any
    group: Any
    bias_row: Any
    whole: Any
    whole_weights: Any
    whole_biases: Any
    pairs: Any


ODDS = 4


def make_buffers(network: JpegNetwork, first: NDArray[np.float32]) -> PassBuffers:
    """Room for one pass, whose decisions begin with these sets of weights (mixers.py)."""
    plan = network.plan.reshape(LAYERS, LAYER_FIELDS)
    inputs, widest, units = int(plan[0, INPUTS]), int(plan[:, OUTPUTS].max()), int(plan[SECOND, OUTPUTS])
    sets, step = first.shape
    mixers = np.zeros((sets, step * (PARTS if network.own_rates else 1)), np.float32)
    mixers[:, :step] = first
    mixers[:, step : 2 * step] = REST
    rates = np.concatenate([np.full(sets, network.rates[0]), network.rates[1:]]).astype(np.float32)
    rows = inputs + 4 * widest + PREDICTIONS + (PREDICTIONS - 1) * network.components + 2 + ODDS
    ints = np.zeros(rows * LANES, np.int32)
    ints[-widest * LANES :] = MODULATION
    size, room = network.learnt.shape[1], max(inputs, widest) + 1
    whole = whole_ints(size, LAYERS, room, network.pace) + room * LANES if network.whole else 0
    return PassBuffers(
        floats=np.zeros((widest + units) * LANES, np.float32),
        ints=ints,
        longs=np.zeros((3 * network.components + 3) * LANES + GROUP_NUMBERS, np.int64),
        mixers=mixers,
        rates=rates * np.float32(0.0 if network.own_rates else 1.0),
        learner=np.zeros(learner_floats(size, network.components, LAYERS, room), np.float32),
        pairs=np.zeros(network.pairs.size, np.int32),
        biases=np.zeros(network.zeros.size, np.int32),
        whole=np.zeros(whole, np.int32),
    )


@kernel(inline=True)
def net_pointers(network, buffers):
    """The pointers of a network and of its buffers.

    Long because it names all of them.
    """
    plan, components = network.plan, network.components
    inputs, units = plan[INPUTS], plan[SECOND * LAYER_FIELDS + OUTPUTS]
    widest = max(plan[OUTPUTS], max(units, plan[OUT * LAYER_FIELDS + OUTPUTS]))
    floats, row = buffers.floats, widest * LANES
    hidden = inputs * LANES
    sums = hidden + 2 * row
    ints, guesses = buffers.ints, sums + row
    ways = guesses + PREDICTIONS * LANES
    sizes = ways + (PREDICTIONS - 1) * components * LANES
    values = sizes + (1 + ODDS) * LANES
    longs, step = buffers.longs, components * LANES
    size, room = network.learnt.shape[1], max(inputs, widest) + 1
    width = (units + EXTRA_INPUTS) * (PARTS if network.own_rates else 1)
    pairs = max(buffers.whole.size - room * LANES, 0)
    return NetPointers(
        weights=pointer(network.weights),
        biases=pointer(network.biases),
        plan=pointer(plan),
        exponential=pointer(network.exponential),
        sigmoid=pointer(network.sigmoid),
        curve=pointer(network.curve),
        precision=pointer(network.precision),
        tables=Scales(pointer(network.scale)),
        logarithm=pointer(network.logarithm),
        inputs=pointer(ints),
        hidden=pointer(ints[hidden:]),
        features=pointer(ints[hidden + row :]),
        start=pointer(floats),
        seen=pointer(floats[row:]),
        sums=pointer(ints[sums:]),
        guesses=pointer(ints[guesses:]),
        ways=pointer(ints[ways:]),
        sizes=pointer(ints[sizes:]),
        odds=pointer(ints[sizes + LANES :]),
        component_weights=pointer(longs),
        locations=pointer(longs[step:]),
        slopes=pointer(longs[2 * step :]),
        kinds=pointer(longs[3 * step :]),
        mixers=pointer(buffers.mixers),
        rates=pointer(buffers.rates),
        components=components,
        predictors=PREDICTIONS,
        units=units,
        width=width,
        own_rates=network.own_rates,
        together=network.together,
        tail_units=network.tail_units,
        group=pointer(longs[3 * step + 3 * LANES :]),
        values=pointer(ints[values:]),
        idle=pointer(longs[3 * step + LANES :]),
        modulation=pointer(ints[values + LANES :]),
        learner=learner_of(
            buffers.learner,
            pointer(longs[3 * step + 2 * LANES :]),
            network.pace,
            1,
            network.memory,
            components,
            LAYERS,
            room,
            size,
        ),
        first=pointer(network.learnt),
        every=network.every,
        early=network.early,
        bias_row=plan[OUT * LAYER_FIELDS + BIASES] + plan[OUT * LAYER_FIELDS + OUTPUTS],
        whole=whole_of(network.whole, network.pairs, network.zeros, network.directions, buffers.whole, LAYERS, room, size, network.pace),
        whole_weights=pointer(buffers.pairs),
        whole_biases=pointer(buffers.biases),
        pairs=pointer(buffers.whole[pairs:]),
    )
