"""The networks of the JPEG density: the arrays of a network's numbers, the buffers of a pass, and both as the pointers that kernels take.

Integers with f fraction bits, of eight lanes side by side, each lane with the biases of its kind of symbol:

    inputs         surroundings.py, f = 5
    hidden unit    v = clamp((sum + half) >> shift, +-8191), f = 8;   u = (v + 2) >> 2, f = 6;   u >= 0 ? u : u >> 3, clamped to +-1023
    output         as shared/network.py has them, f = 6: a mixture of K logistics

The local scale of a coefficient is 1/4 of the scale whose log is input 4; that of the place of the last one is 8.

Long because every array and pointer is named.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import EXTRA_INPUTS, PREDICTIONS
from codec.density.jpeg.learning import FIRST, LAYERS, MODULATION, OUT, SECOND, learnt_sums, whole_sums
from codec.density.jpeg.mixers import PARTS, REST
from codec.density.jpeg.symbols import GROUP_NUMBERS
from codec.density.shared.learning import learner_floats, learner_of
from codec.density.shared.network import SUM_LIMIT, UNIT_LIMIT
from codec.density.shared.plan import BIASES, INPUTS, LAYER_FIELDS, OUTPUTS, SHIFT, WEIGHTS, field_of
from codec.density.shared.scales import clamp
from codec.density.shared.whole_learning import whole_ints, whole_of
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    get_f32,
    get_i64,
    high_of,
    i32_f32,
    load_f32,
    load_i32,
    multiply_add,
    pointer,
    store_f32,
    store_i32,
    zip_high,
    zip_low,
)
from codec.system.array_types import Array1, Array2
from codec.system.kernels import kernel

SCALE_OF_NOTHING, LAST_SCALE = -64, 96  # in 1/32 octave


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


@kernel
def run_layers(net):
    """From `inputs` and `kinds` to `features`, these lane by lane in `seen`, and the sums of the outputs."""
    _sums(net, FIRST, net.inputs)
    _activate(net, FIRST, net.hidden)
    _sums(net, SECOND, net.hidden)
    _activate(net, SECOND, net.features)
    _show_units(net)
    _sums(net, OUT, net.features)


@kernel
def _sums(net, layer, inputs):
    """sums: the rounded sums of a layer; inputs: int32 [count][8]."""
    _load_biases(net, field_of(net.plan, layer, BIASES), field_of(net.plan, layer, OUTPUTS))
    if net.whole.on:
        whole_sums(net, layer, inputs)
    elif net.learner.size > 0:
        learnt_sums(net, layer, inputs)
    else:
        _integer_sums(net, layer, inputs)


@kernel
def _integer_sums(net, layer, inputs):
    """Those of a layer of the model's own integers."""
    count, outputs, shift = field_of(net.plan, layer, INPUTS), field_of(net.plan, layer, OUTPUTS), field_of(net.plan, layer, SHIFT)
    weight = field_of(net.plan, layer, WEIGHTS)
    half = fill_i32(1) << (shift - 1)
    for o in range(0, outputs, LANES):
        to = o * LANES
        a, b = load_f32(net.start, to), load_f32(net.start, to + LANES)
        c, d = load_f32(net.start, to + 2 * LANES), load_f32(net.start, to + 3 * LANES)
        e, f = load_f32(net.start, to + 4 * LANES), load_f32(net.start, to + 5 * LANES)
        g, h = load_f32(net.start, to + 6 * LANES), load_f32(net.start, to + 7 * LANES)
        at = weight + o
        for i in range(0, count * LANES, LANES):
            x = i32_f32(load_i32(inputs, i))
            a = multiply_add(fill_f32(get_f32(net.weights, at)), x, a)
            b = multiply_add(fill_f32(get_f32(net.weights, at + 1)), x, b)
            c = multiply_add(fill_f32(get_f32(net.weights, at + 2)), x, c)
            d = multiply_add(fill_f32(get_f32(net.weights, at + 3)), x, d)
            e = multiply_add(fill_f32(get_f32(net.weights, at + 4)), x, e)
            f = multiply_add(fill_f32(get_f32(net.weights, at + 5)), x, f)
            g = multiply_add(fill_f32(get_f32(net.weights, at + 6)), x, g)
            h = multiply_add(fill_f32(get_f32(net.weights, at + 7)), x, h)
            at += outputs
        store_i32(net.sums, to, (f32_i32(a) + half) >> shift)
        store_i32(net.sums, to + LANES, (f32_i32(b) + half) >> shift)
        store_i32(net.sums, to + 2 * LANES, (f32_i32(c) + half) >> shift)
        store_i32(net.sums, to + 3 * LANES, (f32_i32(d) + half) >> shift)
        store_i32(net.sums, to + 4 * LANES, (f32_i32(e) + half) >> shift)
        store_i32(net.sums, to + 5 * LANES, (f32_i32(f) + half) >> shift)
        store_i32(net.sums, to + 6 * LANES, (f32_i32(g) + half) >> shift)
        store_i32(net.sums, to + 7 * LANES, (f32_i32(h) + half) >> shift)


@kernel
def _activate(net, layer, outputs):
    for o in range(0, field_of(net.plan, layer, OUTPUTS) * LANES, LANES):
        unit = (clamp(load_i32(net.sums, o), SUM_LIMIT) + fill_i32(2)) >> 2
        store_i32(outputs, o, clamp(high_of(unit, unit >> 3), UNIT_LIMIT))


@kernel
def _load_biases(net, biases, outputs):
    """start: the biases of the lanes' kinds."""
    a, b = biases + get_i64(net.kinds, 0) * net.bias_row, biases + get_i64(net.kinds, 1) * net.bias_row
    c, d = biases + get_i64(net.kinds, 2) * net.bias_row, biases + get_i64(net.kinds, 3) * net.bias_row
    e, f = biases + get_i64(net.kinds, 4) * net.bias_row, biases + get_i64(net.kinds, 5) * net.bias_row
    g, h = biases + get_i64(net.kinds, 6) * net.bias_row, biases + get_i64(net.kinds, 7) * net.bias_row
    for o in range(0, outputs, LANES):
        p, q, r, s = load_f32(net.biases, a + o), load_f32(net.biases, b + o), load_f32(net.biases, c + o), load_f32(net.biases, d + o)
        t, u, v, w = load_f32(net.biases, e + o), load_f32(net.biases, f + o), load_f32(net.biases, g + o), load_f32(net.biases, h + o)
        _store_turned(net.start, o * LANES, LANES, p, q, r, s, t, u, v, w)


@kernel
def _show_units(net):
    """seen: what decisions see of the hidden units, which each lane has side by side."""
    for o in range(0, net.units, LANES):
        i = o * LANES
        a, b = _part(net, i), _part(net, i + LANES)
        c, d = _part(net, i + 2 * LANES), _part(net, i + 3 * LANES)
        e, f = _part(net, i + 4 * LANES), _part(net, i + 5 * LANES)
        g, h = _part(net, i + 6 * LANES), _part(net, i + 7 * LANES)
        _store_turned(net.seen, o, net.units, a, b, c, d, e, f, g, h)


@kernel
def _part(net, i):
    return i32_f32(load_i32(net.features, i)) * fill_f32(1.0 / 64.0)


@kernel
def _store_turned(to, at, step, a, b, c, d, e, f, g, h):
    """Store a square of numbers, given by its rows, column by column, the columns `step` apart."""
    for _ in range(3):  # each time the six bits of row and column turn by one
        p, q, r, s = zip_low(a, e), zip_high(a, e), zip_low(b, f), zip_high(b, f)
        t, u, v, w = zip_low(c, g), zip_high(c, g), zip_low(d, h), zip_high(d, h)
        a, b, c, d = p, q, r, s
        e, f, g, h = t, u, v, w
    store_f32(to, at, a)
    store_f32(to, at + step, b)
    store_f32(to, at + 2 * step, c)
    store_f32(to, at + 3 * step, d)
    store_f32(to, at + 4 * step, e)
    store_f32(to, at + 5 * step, f)
    store_f32(to, at + 6 * step, g)
    store_f32(to, at + 7 * step, h)
