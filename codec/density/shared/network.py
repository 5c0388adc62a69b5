"""Layers and mixtures, eight pixels at a time: what the networks of all families compute once they have their inputs.

Integers with f fraction bits:

    hidden unit    v = clamp((sum + half) >> shift, +-8191), f = 8;   u = ((v m + 256) >> 9) + c, f = 6, m and c from the tile's z
                   u >= 0 ? u : u >> 3, clamped to +-1023
    output         o = clamp((sum + half) >> shift, +-511), f = 6: K logits, K offsets, K log2 scales, and for each predictor
                   but the first K logits of the way to its prediction

    weight k       E = exponential[o];  R = 2^40 // sum of E;  E R >> 28, the last one takes what is missing to 4096
    location k     prediction 0 + (offset scale + 32 >> 6) + for i = 1 ...: (sigmoid[o] (prediction i - prediction 0) + 128 >> 8),
                   in 1/64 level
    slope k        precision[q + (o >> 1)], the log scale clamped to what the table has

Two networks are mixed evenly: their components are those of one mixture, whose weights add up to 2 x 4096. Each learns by itself.

A layer's weights and inputs are integers of 16 bits, its sums stay below 2^24 (a model's loader proves both): products are added two by
two, in any order. Sums of layers that learn while they code are of real numbers (learning.py).

`net` is a family's NamedTuple of pointers and numbers, of which the kernels here use

    weights, biases (int32), plan (int64)            the layers of integers, as plan.py describes them
    pairs                                            room for the inputs of a layer, two of 16 bits in a lane, int32 [...][8]
    learner, first, whole                            those that learn (learning.py, whole_learning.py)
    units, modulation                                how many hidden units there are; m of each, then c of each, int32 [2 units][8]
    sums                                             of the layer that ran last, int32 [outputs][8]
    predictors, guesses                              how many predictions there are; in 1/64 level, int32 [predictors][8]
    tables, exponential, sigmoid, precision          tables of the model (scales.py for the first)
    networks, layers, components                     how many there are, and of each its layers and components: K
    component_weights, locations, slopes             the mixture, int64 [networks][K][8]
    ways                                             its sigmoids, int32 [networks][predictors - 1][K][8]
    tiles                                            the tile on which each lane stands, int64 [8]
"""

from __future__ import annotations

from codec.density.shared import learning
from codec.density.shared import whole_learning as whole
from codec.density.shared.plan import (
    BELOW,
    BIASES,
    EVERY,
    INPUTS,
    LEARNT,
    OUTPUTS,
    SHIFT,
    UNITS,
    WEIGHTS,
    field_of,
    output_of,
)
from codec.density.shared.scales import clamp, look_up
from codec.lanes.vectors import (
    LANES,
    f64_i64,
    fill_f64,
    fill_i32,
    fill_i64,
    gather_i32,
    gather_i64,
    get_i32,
    get_i64,
    high_of,
    i32_f64,
    i32_i64,
    i64_i32,
    load_i32,
    load_i64,
    low_of,
    multiply_pairs,
    pair_up,
    put_i32,
    put_i64,
    store_i32,
    store_i64,
)
from codec.system.kernels import kernel

SUM_LIMIT, UNIT_LIMIT, OUTPUT_LIMIT = 8191, 1023, 511
LOWEST_COMPONENT, HIGHEST_COMPONENT = -160, 352  # logarithms of scales in the table `precision`
WEIGHT_BITS = 12  # the weights of a network's components add up to 2^12
DEPTH, HEAD_DEPTH = 4, 1  # layers from outputs down to the trunk's first; where among these the head is

# ---------------------------------------------------------------- layers


@kernel
def layer_sums(net, layer, inputs):
    """sums: the rounded sums of a layer; inputs: int32 [count][8]."""
    learns = field_of(net.plan, layer, LEARNT) >= 0
    if not learns or net.whole.on:
        _integer_sums(net, layer, inputs)
        if learns and _learns(net, layer):
            whole.keep_inputs(net.whole, net.learner, layer, inputs, field_of(net.plan, layer, INPUTS))
    else:
        learning.sums(net.learner, net.plan, layer, inputs, net.sums)


@kernel
def _integer_sums(net, layer, inputs):
    """The sums of a layer of the model's own integers, eight outputs at a time in registers, two inputs at a time."""
    count, outputs = field_of(net.plan, layer, INPUTS), field_of(net.plan, layer, OUTPUTS)
    weight, bias, shift = field_of(net.plan, layer, WEIGHTS), field_of(net.plan, layer, BIASES), field_of(net.plan, layer, SHIFT)
    pairs = (count + 1) // 2 * LANES
    for i in range(0, pairs, LANES):
        store_i32(net.pairs, i, pair_up(load_i32(inputs, 2 * i), load_i32(inputs, 2 * i + LANES)))
    half = 1 << (shift - 1)
    for o in range(0, outputs, LANES):
        a, b = fill_i32(get_i32(net.biases, bias + o) + half), fill_i32(get_i32(net.biases, bias + o + 1) + half)
        c, d = fill_i32(get_i32(net.biases, bias + o + 2) + half), fill_i32(get_i32(net.biases, bias + o + 3) + half)
        e, f = fill_i32(get_i32(net.biases, bias + o + 4) + half), fill_i32(get_i32(net.biases, bias + o + 5) + half)
        g, h = fill_i32(get_i32(net.biases, bias + o + 6) + half), fill_i32(get_i32(net.biases, bias + o + 7) + half)
        at = weight + o
        for i in range(0, pairs, LANES):
            x = load_i32(net.pairs, i)
            a = multiply_pairs(fill_i32(get_i32(net.weights, at)), x, a)
            b = multiply_pairs(fill_i32(get_i32(net.weights, at + 1)), x, b)
            c = multiply_pairs(fill_i32(get_i32(net.weights, at + 2)), x, c)
            d = multiply_pairs(fill_i32(get_i32(net.weights, at + 3)), x, d)
            e = multiply_pairs(fill_i32(get_i32(net.weights, at + 4)), x, e)
            f = multiply_pairs(fill_i32(get_i32(net.weights, at + 5)), x, f)
            g = multiply_pairs(fill_i32(get_i32(net.weights, at + 6)), x, g)
            h = multiply_pairs(fill_i32(get_i32(net.weights, at + 7)), x, h)
            at += outputs
        to = o * LANES
        store_i32(net.sums, to, a >> shift)
        store_i32(net.sums, to + LANES, b >> shift)
        store_i32(net.sums, to + 2 * LANES, c >> shift)
        store_i32(net.sums, to + 3 * LANES, d >> shift)
        store_i32(net.sums, to + 4 * LANES, e >> shift)
        store_i32(net.sums, to + 5 * LANES, f >> shift)
        store_i32(net.sums, to + 6 * LANES, g >> shift)
        store_i32(net.sums, to + 7 * LANES, h >> shift)


@kernel
def hidden(net, layer, inputs, outputs):
    """A layer with its modulated activation: int32 [outputs][8]."""
    layer_sums(net, layer, inputs)
    scale = field_of(net.plan, layer, UNITS) * LANES
    shift = scale + net.units * LANES
    for o in range(0, field_of(net.plan, layer, OUTPUTS) * LANES, LANES):
        value = clamp(load_i32(net.sums, o), SUM_LIMIT)
        value = ((value * load_i32(net.modulation, scale + o) + fill_i32(256)) >> 9) + load_i32(net.modulation, shift + o)
        store_i32(outputs, o, clamp(high_of(value, value >> 3), UNIT_LIMIT))


# ---------------------------------------------------------------- mixtures


@kernel
def mixture(net, number, q):
    """Weights, locations and slopes of a network's components, from the sums of a layer of outputs; q: the logarithm of the local scale."""
    first, scale, total = load_i32(net.guesses, 0), look_up(net.tables.scale, q), fill_i64(0)
    # the outputs are [2 + predictors][K]: logits, offsets, log scales, and the ways to predictions 1 ...
    step = net.components * LANES
    mixed, ways = number * step, number * (net.predictors - 1) * step
    for k in range(0, step, LANES):
        power = i32_i64(gather_i32(net.exponential, _entry(net, k)))
        store_i64(net.component_weights, mixed + k, power)
        total = total + power
        location = first + ((_output(net, step + k) * scale + fill_i32(32)) >> 6)
        for i in range(1, net.predictors):
            way = gather_i32(net.sigmoid, _entry(net, (2 + i) * step + k))
            store_i32(net.ways, ways + (i - 1) * step + k, way)
            location = location + ((way * (load_i32(net.guesses, i * LANES) - first) + fill_i32(128)) >> 8)
        store_i64(net.locations, mixed + k, i32_i64(location))
        size = q + (_output(net, 2 * step + k) >> 1) - fill_i32(LOWEST_COMPONENT)
        size = low_of(high_of(size, fill_i32(0)), fill_i32(HIGHEST_COMPONENT - LOWEST_COMPONENT))
        store_i64(net.slopes, mixed + k, gather_i64(net.precision, i32_i64(size)))
    reciprocal = f64_i64(fill_f64(2.0**40) / i32_f64(i64_i32(total)))  # exact: rounding never reaches the next whole number
    rest = fill_i64(1 << WEIGHT_BITS)
    for k in range(mixed, mixed + step - LANES, LANES):
        weight = (load_i64(net.component_weights, k) * reciprocal) >> 28
        store_i64(net.component_weights, k, weight)
        rest = rest - weight
    store_i64(net.component_weights, mixed + step - LANES, rest)


@kernel
def _output(net, o):
    return clamp(load_i32(net.sums, o), OUTPUT_LIMIT)


@kernel
def _entry(net, o):
    """Where an output's value is in `exponential` and `sigmoid`."""
    return i32_i64(_output(net, o) + fill_i32(OUTPUT_LIMIT + 1))


# ---------------------------------------------------------------- learning


@kernel
def find_gradients(net, number, q, channels, c, value, lowest, highest, idle):
    """Gradients of a network's layers below channel c, whose mixture the net holds, from the pixel's value; of the trunk after the last
    channel.

    q, value: int32; lowest, highest: levels of the channel; idle: int64, 1 where there is no pixel.
    """
    layer, outputs = number * net.layers + output_of(c), (2 + net.predictors) * net.components
    if not _learns(net, layer):
        return
    scale, lowest, highest = look_up(net.tables.scale, q), fill_i32(lowest), fill_i32(highest)
    learning.mixture_gradient(net.learner, net, number, layer, value, scale, lowest, highest, idle)
    if net.whole.on:
        whole.keep_gradients(net.whole, net.learner, layer, outputs, field_of(net.plan, layer, OUTPUTS))
    for depth in range(DEPTH - 1):  # a loop, so that functions are compiled once and not for each layer
        head, below = depth == HEAD_DEPTH, field_of(net.plan, layer, BELOW)
        if field_of(net.plan, below, LEARNT) < 0 or not _learns(net, below):
            return
        units, weights = field_of(net.plan, below, OUTPUTS), field_of(net.plan, layer, LEARNT)
        if net.whole.on:
            whole.whole_back(net.whole, net.plan, net.learner, layer, below, units, head and c > 0)
        else:
            learning.back(net.learner, layer, below, weights, units, outputs, field_of(net.plan, layer, OUTPUTS), head and c > 0)
        if head and c + 1 < channels:
            return
        unit = field_of(net.plan, below, UNITS)
        if net.whole.on:
            whole.whole_through(net.whole, net.learner, below, layer, net.modulation, unit, units)
        else:
            learning.through(net.learner, below, layer, net.modulation, unit, units)
        layer, outputs = below, units


@kernel
def _learns(net, layer):
    """Whether a layer that learns does so from the present pixel."""
    return learning.teaches(net.learner) and get_i64(net.learner.turn, 3) % field_of(net.plan, layer, EVERY) == 0


@kernel
def learn_layers(net):
    """A step of all layers that learn from the present pixel."""
    if not learning.teaches(net.learner):
        return
    for layer in range(net.learner.layers):
        weights = field_of(net.plan, layer, LEARNT)
        if weights >= 0 and net.whole.on:
            if _learns(net, layer):
                whole.whole_learn(net.whole, net.plan, net.learner, layer, net.weights, net.biases, net.first)
        elif weights >= 0:
            learning.add_up(net.learner, layer, weights, field_of(net.plan, layer, INPUTS), field_of(net.plan, layer, OUTPUTS))
    if not net.whole.on:
        learning.learn(net.learner, net.first)


@kernel
def begin_learning(net):
    """Forget all that was learnt."""
    learning.begin(net.learner, net.first)
    if net.whole.on:
        whole.begin_whole(net.whole, net.plan, net.learner, net.weights, net.biases)


# ---------------------------------------------------------------- tiles


@kernel
def set_tiles(net, lanes, tile_of, modulations):
    """Load the modulations of tiles that lanes have just entered. tile_of: int64, by column; modulations: int32 [tiles, 2 units]."""
    for number in range(LANES):
        if get_i64(lanes.idle, number) == 0:
            tile = tile_of[get_i64(lanes.x, number)]
            if tile != get_i64(net.tiles, number):
                put_i64(net.tiles, number, tile)
                for unit in range(2 * net.units):
                    put_i32(net.modulation, unit * LANES + number, modulations[tile, unit])


@kernel
def forget_tiles(net):
    """Put the lanes on no tile."""
    for number in range(LANES):
        put_i64(net.tiles, number, -1)
