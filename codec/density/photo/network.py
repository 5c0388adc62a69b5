"""The photo model's network: the arrays of its numbers, the buffers of a kernel, and both as the pointers that kernels take.

Its trunk sees the surroundings of a pixel (surroundings.py). The head of channel c sees the trunk's features and, for c > 0,

    apart     how far each predictor but the first is from the first, in 1/32 scale, twice
    known     of each channel before: the first predictor's error in 1/32 scale, twice; its magnitude; and the logarithm of its magnitude,
              twice

Its outputs are a mixture (shared/network.py). A model may have two networks of the same sizes, which see the same; z modulates the first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from codec.density.photo.surroundings import KNOWN_LIMIT, Surroundings, input_count, trunk_inputs
from codec.density.shared.learning import learner_floats, learner_of
from codec.density.shared.network import hidden, layer_sums, mixture
from codec.density.shared.plan import LAYER_FIELDS, OUTPUTS, TRUNK0, TRUNK1, head_of, output_of
from codec.density.shared.scales import Tables, log_of_sum, look_up, magnitude, ratio
from codec.density.shared.whole_learning import whole_ints, whole_of
from codec.lanes.neighbourhood import neighbourhoods
from codec.lanes.vectors import LANES, load_i32, pointer, store_i32
from codec.lanes.wavefront import lane_arrays
from codec.system.array_types import Array1, Array2
from codec.system.kernels import kernel

DIFFERENCE_LIMIT = 192
KNOWN_INPUTS = 3  # of a head, for each channel before its own


class Network(NamedTuple):
    """The integers of a model. plan: shared/plan.py. curve: value << 32 and rise of each step. learnt: [3, size], of the layers that learn
    (shared/learning.py) weights and squares to begin with, and rates; directions: those of shared/whole_learning.py, of all layers. pace,
    every, memory, whole: those of a Pace. networks: one, or two that are mixed; units: hidden ones of all networks."""

    weights: Array1[np.int32]
    biases: Array1[np.int32]
    plan: Array1[np.int64]
    exponential: Array1[np.int32]
    sigmoid: Array1[np.int32]
    curve: Array1[np.int64]
    precision: Array1[np.int64]
    log: Array1[np.int16]
    scale: Array1[np.int32]
    reciprocal: Array1[np.int32]
    log2: Array1[np.int64]
    learnt: Array2[np.float32]
    directions: Array1[np.float32]
    surroundings: Surroundings
    pace: int
    every: int
    memory: int
    whole: bool
    networks: int
    units: int
    components: int
    predictors: int


class Buffers(NamedTuple):
    """What a kernel writes while it works."""

    ints: Array1[np.int32]
    longs: Array1[np.int64]
    learnt: Array1[np.float32]
    weights: Array1[np.int32]
    biases: Array1[np.int32]
    whole: Array1[np.int32]
    lanes: Array1[np.int64]
    neighbourhoods: Array1[np.int16]


class Net(NamedTuple):
    """Network and Buffers as pointers: what shared/network.py asks for, and

    inputs, hidden, features, head    of a pixel, int32 [...][8]; behind the features stands what heads see besides; more_features: of a
                                      second network
    scales                            q of each channel, int32 [channels][8]
    """

    weights: Any
    biases: Any
    plan: Any
    exponential: Any
    sigmoid: Any
    curve: Any
    precision: Any
    tables: Any
    surroundings: Any
    inputs: Any
    hidden: Any
    features: Any
    more_features: Any
    head: Any
    pairs: Any
    sums: Any
    scales: Any
    modulation: Any
    guesses: Any
    component_weights: Any
    locations: Any
    slopes: Any
    tiles: Any
    learner: Any
    first: Any
    whole: Any
    ways: Any
    networks: Any
    layers: Any
    units: Any
    components: Any
    predictors: Any
    width_of_trunk: Any


def buffers(network: Network, channels: int) -> Buffers:
    """Room for one kernel at a time."""
    predictors, components, networks = network.predictors, network.components, network.networks
    layers = network.plan.reshape(-1, LAYER_FIELDS)
    inputs, row = input_count(channels, predictors, network.surroundings), int(layers[:, OUTPUTS].max()) + 2 * LANES
    activations = inputs + 2 * row + networks * (row + predictors + KNOWN_INPUTS * channels)
    ints = activations + max(row, inputs) + row + channels + 2 * network.units + predictors * (1 + networks * components)
    longs = 3 * networks * components + 2
    room = max(row, inputs) + 1
    learnt = learner_floats(network.learnt.shape[1], components, len(layers), room)
    whole = whole_ints(network.learnt.shape[1], len(layers), room, network.pace)
    return Buffers(
        ints=np.zeros(ints * LANES, np.int32),
        longs=np.zeros(longs * LANES, np.int64),
        learnt=np.zeros(learnt, np.float32),
        weights=np.zeros(network.weights.size if network.whole else 0, np.int32),
        biases=np.zeros(network.biases.size if network.whole else 0, np.int32),
        whole=np.zeros(whole if network.whole else 0, np.int32),
        lanes=lane_arrays(),
        neighbourhoods=neighbourhoods(channels * (1 + predictors)),
    )


input_count_of = kernel(input_count)


@kernel(inline=True)
def net_of(network, buffers, channels):
    """The pointers of a network and of its buffers.

    Long because it names every one of them.
    """
    layers, row = network.plan.size // LAYER_FIELDS, 0
    for layer in range(layers):
        row = max(row, network.plan[layer * LAYER_FIELDS + OUTPUTS] + 2 * LANES)
    count = input_count_of(channels, network.predictors, network.surroundings)
    # where the parts of each buffer begin, one after the other; a row holds what any layer gives
    ints, hidden = buffers.ints, count * LANES
    features = hidden + row * LANES
    length = (row + network.predictors + KNOWN_INPUTS * channels) * LANES
    more = features + (network.networks - 1) * length
    head = more + length
    pairs = head + row * LANES
    sums = pairs + max(row, count) * LANES
    scales = sums + row * LANES
    modulation = scales + channels * LANES
    guesses = modulation + 2 * network.units * LANES
    ways = guesses + network.predictors * LANES
    longs, locations = buffers.longs, network.networks * network.components * LANES
    slopes, tiles = 2 * locations, 3 * locations
    turn = tiles + LANES
    weights, biases = pointer(network.weights), pointer(network.biases)
    if network.whole:
        weights, biases = pointer(buffers.weights), pointer(buffers.biases)
    return Net(
        weights=weights,
        biases=biases,
        plan=pointer(network.plan),
        exponential=pointer(network.exponential),
        sigmoid=pointer(network.sigmoid),
        curve=pointer(network.curve),
        precision=pointer(network.precision),
        tables=Tables(pointer(network.log), pointer(network.scale), pointer(network.reciprocal)),
        surroundings=network.surroundings,
        inputs=pointer(ints),
        hidden=pointer(ints[hidden:]),
        features=pointer(ints[features:]),
        more_features=pointer(ints[more:]),
        head=pointer(ints[head:]),
        pairs=pointer(ints[pairs:]),
        sums=pointer(ints[sums:]),
        scales=pointer(ints[scales:]),
        modulation=pointer(ints[modulation:]),
        guesses=pointer(ints[guesses:]),
        component_weights=pointer(longs),
        locations=pointer(longs[locations:]),
        slopes=pointer(longs[slopes:]),
        tiles=pointer(longs[tiles:]),
        learner=learner_of(
            buffers.learnt,
            pointer(longs[turn:]),
            network.pace,
            network.every,
            network.memory,
            network.components,
            layers,
            max(row, count) + 1,
            network.learnt.shape[1],
        ),
        first=pointer(network.learnt),
        whole=whole_of(
            network.whole,
            network.weights,
            network.biases,
            network.directions,
            buffers.whole,
            layers,
            max(row, count) + 1,
            network.learnt.shape[1],
            network.pace,
        ),
        ways=pointer(ints[ways:]),
        networks=network.networks,
        layers=layers // network.networks,
        units=network.units,
        components=network.components,
        predictors=network.predictors,
        width_of_trunk=network.plan[TRUNK1 * LAYER_FIELDS + OUTPUTS],
    )


@kernel
def trunk(net, lanes, channels, pixel):
    """features: what the trunks make of the lanes' surroundings and `guesses`, the predictions of luma; scales: q of each channel."""
    trunk_inputs(net.tables, net.surroundings, lanes, channels, net.predictors, pixel, net.guesses, net.inputs, net.scales)
    for number in range(net.networks):
        for layer in (TRUNK0, TRUNK1):  # a loop, so that `hidden` becomes machine code once
            inputs = net.hidden if layer else net.inputs
            hidden(net, number * net.layers + layer, inputs, features_of_network(net, number) if layer else net.hidden)


@kernel
def channel_mixture(net, c):
    """The mixture of channel c, whose predictions are `guesses`."""
    q = load_i32(net.scales, c * LANES)
    for number in range(net.networks):
        features = features_of_network(net, number)
        if c > 0:
            first, reciprocal = load_i32(net.guesses, 0), look_up(net.tables.reciprocal, q)
            for k in range(1, net.predictors):
                apart = ratio(load_i32(net.guesses, k * LANES) - first, reciprocal, DIFFERENCE_LIMIT)
                store_i32(features, (net.width_of_trunk + k - 1) * LANES, apart << 1)
        hidden(net, number * net.layers + head_of(c), features, net.head)
        layer_sums(net, number * net.layers + output_of(c), net.head)
        mixture(net, number, q)


@kernel
def know(net, channels, c, value):
    """Add channel c's value to what the heads of later channels see."""
    if c + 1 < channels:
        error = (value << 6) - load_i32(net.guesses, 0)
        q = load_i32(net.scales, c * LANES)
        known = ratio(error, look_up(net.tables.reciprocal, q), KNOWN_LIMIT) << 1
        slot = (net.width_of_trunk + net.predictors - 1 + KNOWN_INPUTS * c) * LANES
        for number in range(net.networks):
            features = features_of_network(net, number)
            store_i32(features, slot, known)
            store_i32(features, slot + LANES, magnitude(known))
            store_i32(features, slot + 2 * LANES, log_of_sum(net.tables, magnitude(error) << 3) << 1)


@kernel
def features_of_network(net, number):
    """The features of a network."""
    return net.more_features if number else net.features
