"""Layers that learn while a stripe is coded: they follow the gradient of -log p, in floats whose every sum has its order.

A model may let its output layers learn ("outputs"), also the heads' hidden layers before them ("heads"), or the trunk as well ("all").
Such a layer begins with the integers of the model as real numbers: a weight is 2^-f times its integer (f: fraction bits of the layer), an
input x is 2^-6 (of the trunk's first layer 2^-5) times its own. Then

    sum            b + x_0 w_0 + x_1 w_1 ... from left to right; times 2^6 (outputs) or 2^8 (hidden units), clamped to +-2^14, and
                   rounded, floor(sum + (2^15 + 1/2)) - 2^15, it is what the integer layer would call its rounded sum
    gradient       of the outputs of a pixel's mixture, from its integers (network.py): with its edges' positions p, p' (in scales) and the
                   curve there, F and F', and w the weight of a component

                       P = sum of w (F' - F) + 2^-24         h = F (1 - F), h' = F' (1 - F')
                       logit    w - w (F' - F) / P           log2 scale    ln 2 w (h' p' - h p) / P
                       offset   w (h' - h) / P times scale / component's scale
                       way i    w (h' - h) / P times (prediction i - prediction 0) / component's scale, times way (1 - way)

                   each clamped to +-2; of a hidden unit the sum over what it feeds (of the trunk's last layer: over the channels, too) of
                   gradient times weight, times m, an eighth of it if the unit is negative
    learning       every 8 pixels of a row (or 4, or 16: see PACES), in all segments of time or in every nth, beginning with the first of a
                   part that is coded on its own: with g the sum of gradient times input, lane by lane from the first of these pixels to
                   the last, then over the lanes ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)); 0 if g g is less than 2^-80,

                       v = (1 - 1 / m) v + (1 / m) g g       w = w - rate g / sqrt(v + TINY), clamped to +-1024

                   with m the memory of its pace (1 - 1 / m and 1 / m are rounded from double precision),

                   and v is 0 if it is less than 2^-60

All of this is in single precision, + - * / and square root in the order written here. No result depends on whether a
machine has numbers smaller than 2^-126. Every part of a stripe that is coded on its own begins with the model's weights again.
As these depend on all pixels before, whose latents may be those of other tiles, all tiles of a stripe are one data point for a model that
learns.

Long because this specification stands beside its kernels.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from codec.density.shared.logistic import mass_below, position_of
from codec.density.shared.plan import INPUTS, LEARNT, OUTPUTS, SUM_BITS, field_of, is_first
from codec.density.shared.scales import UNIT
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_i32,
    fill_i64,
    get_f32,
    get_i64,
    i32_f32,
    i32_i64,
    i64_i32,
    in_halves,
    in_pairs,
    load_f32,
    load_i32,
    load_i64,
    pointer,
    put_f32,
    put_i64,
    root,
    select,
    store_f32,
    store_i32,
)
from codec.lanes.wavefront import SEGMENT
from codec.system.kernels import kernel

TINY = 1e-6
FIRST_SQUARES = (6.4e-4, 6.4e-4, 6.4e-3)  # v at the start, of the trunk, of heads, of outputs
LARGEST_WEIGHT, LARGEST_GRADIENT = 1024.0, 2.0
SMALLEST_POWER, SMALLEST_SQUARE = 2.0**-80, 2.0**-60  # of g g and v: so no number here ever comes near the smallest ones
LN2 = 0.6931471805599453
FIRST_UNIT, INPUT_UNIT = 1.0 / 32.0, 1.0 / 64.0  # of the integers that are inputs of the trunk, and of all other layers
SUM_SCALE, OUTPUT_SCALE = 256.0, 64.0  # of hidden units' sums and of outputs
WEIGHT_UNIT, MASS_UNIT, WAY_UNIT = 2.0**-12, 2.0**-24, 2.0**-8  # of a mixture's integers
POSITION_UNIT, STEEPNESS_UNIT, MODULATION_UNIT = 2.0**-13, 2.0**-25, 2.0**-7
LARGEST_SUM, ROUNDING = float(1 << 14), 1 << 15


class Pace(NamedTuple):
    """Which layers learn, after how many pixels of a row (a divisor of 8, or 16 in whole numbers), and the rates of the trunk, of heads and
    of outputs; in every how manieth segment of time; whether in whole numbers (whole_learning.py), and then in every how manieth step the
    trunk, heads and outputs learn, each a multiple of the one above it, and whether their steps are shortened in directions; memory: over
    how many steps squares of slopes are taken together; second: what the rates of a second network are multiplied with; early: how many
    steps a JPEG file's layers learn from before they learn from every `every`-th one (jpeg/learning.py)."""

    layers: tuple[str, ...]
    pixels: int
    rates: tuple[float, float, float]
    every: int = 1
    whole: bool = False
    steps: tuple[int, int, int] = (1, 1, 1)
    directed: bool = False
    memory: int = 100
    second: float = 1.0
    early: int = 0


def _directed(
    steps: tuple[int, int, int],
    rates: tuple[float, float, float] = (5e-4, 1e-3, 2e-3),
    pixels: int = 16,
    memory: int = 100,
    second: float = 1.0,
) -> Pace:
    """All layers learn, in steps that are shortened in directions."""
    return Pace(("trunk", "head", "out"), pixels, rates, whole=True, steps=steps, directed=True, memory=memory, second=second)


PACES = {  # by names that stand in model files; a number says after how many pixels of a row, "half" that every second segment teaches,
    # and after "directed" numbers say in every how manieth step trunk and heads learn, "often" and "most often" that there are two and four
    # times as many
    "none": Pace((), 8, (0.0, 0.0, 0.0)),
    "outputs": Pace(("out",), 8, (0.0, 0.0, 1e-3)),
    "heads": Pace(("head", "out"), 8, (0.0, 5e-4, 1e-3)),
    "all": Pace(("trunk", "head", "out"), 4, (1.75e-4, 3.5e-4, 7e-4)),
    "outputs-4": Pace(("out",), 4, (0.0, 0.0, 1.5e-3)),
    "heads-4": Pace(("head", "out"), 4, (0.0, 5e-4, 1e-3)),
    "outputs-half": Pace(("out",), 4, (0.0, 0.0, 1.5e-3), every=2),
    "all-whole": Pace(("trunk", "head", "out"), 8, (2.625e-4, 5.25e-4, 1.05e-3), whole=True),
    "all-whole-16": Pace(("trunk", "head", "out"), 16, (3.5e-4, 7e-4, 1.4e-3), whole=True),
    "directed": _directed((1, 1, 1)),
    "directed-2": _directed((2, 2, 1)),
    "directed-3": _directed((3, 3, 1), (7e-4, 1.4e-3, 2.8e-3)),
    "directed-4": _directed((4, 4, 1)),
    "directed-4-1": _directed((4, 1, 1)),
    "directed-often": _directed((1, 1, 1), pixels=8),
    "directed-often-2": _directed((2, 2, 1), pixels=8),
    "directed-often-3": _directed((3, 3, 1), (7e-4, 1.4e-3, 2.8e-3), pixels=8),
    "directed-often-4": _directed((4, 4, 1), pixels=8),
    "directed-often-2-1": _directed((2, 1, 1), pixels=8),
    "directed-often-4-1": _directed((4, 1, 1), pixels=8),
    "directed-often-steadily": _directed((1, 1, 1), (3e-4, 6e-4, 1.2e-3), pixels=8, memory=500, second=0.6),
    "directed-most-often": _directed((1, 1, 1), (4e-4, 8e-4, 1.6e-3), pixels=4),
    "directed-most-often-gently": _directed((1, 1, 1), (3.5e-4, 7e-4, 1.4e-3), pixels=4),
    "directed-most-often-steadily": _directed((1, 1, 1), (2.625e-4, 5.25e-4, 1.05e-3), pixels=4, memory=500),
}


class Learner(NamedTuple):
    """The numbers of layers that learn. Pointers to floats, but turn.

    Of all these layers, one after the other: weights [inputs + 1][outputs] (biases last), squares (v) and slopes (g) alike.
    parts [3][K][8]: of a pixel's mixture. Of the pixels since the last step and all layers of the plan: given, their inputs
    [pixel][layer][room][8], and gradients of their outputs [pixel][layer][room][8]. turn: int64, the pixel's number among these, the
    segments so far, whether layers learn in the present one, and the steps so far. pace, every: those of a Pace; share: 1 / m. size: number
    of weights, rounded up to a multiple of 8; 0 if nothing learns.
    """

    weights: Any
    squares: Any
    slopes: Any
    parts: Any
    given: Any
    gradients: Any
    turn: Any
    pace: Any
    every: Any
    share: Any
    layers: Any
    room: Any
    size: Any


def learner_floats(size: int, components: int, layers: int, room: int) -> int:
    """How many floats the arrays of a Learner take, one after the other."""
    return 3 * size + (3 * components + 2 * SEGMENT * layers * room) * LANES if size else 0


@kernel(inline=True)
def learner_of(floats, turn, pace, every, memory, components, layers, room, size):
    """A Learner of an array of so many floats."""
    parts = 3 * size
    given = parts + 3 * components * LANES
    gradients = given + SEGMENT * layers * room * LANES
    return Learner(
        weights=pointer(floats),
        squares=pointer(floats[size:]),
        slopes=pointer(floats[2 * size :]),
        parts=pointer(floats[parts:]),
        given=pointer(floats[given:]),
        gradients=pointer(floats[gradients:]),
        turn=turn,
        pace=pace,
        every=every,
        share=1.0 / memory,
        layers=layers,
        room=room,
        size=size,
    )


@kernel
def begin(learner, first):
    """Forget all that was learnt. first: pointer to floats, the weights to begin with, then their v, then their rates."""
    for i in range(learner.size):
        put_f32(learner.weights, i, get_f32(first, i))
        put_f32(learner.squares, i, get_f32(first, learner.size + i))
    put_i64(learner.turn, 1, 0)


@kernel
def turn_to(learner, pixel):
    """Go on to a pixel of a segment."""
    segment = get_i64(learner.turn, 1)
    if pixel == 0:
        segment += 1
        put_i64(learner.turn, 1, segment)
        put_i64(learner.turn, 2, 1 if (segment - 1) % learner.every == 0 else 0)
    passed = (segment - 1) * SEGMENT + pixel
    put_i64(learner.turn, 0, passed % learner.pace)
    put_i64(learner.turn, 3, passed // learner.pace)


@kernel
def teaches(learner):
    """Whether layers learn from the present pixel."""
    return get_i64(learner.turn, 2) == 1


@kernel
def is_last(learner):
    """Whether layers take a step after the present pixel."""
    return get_i64(learner.turn, 0) == learner.pace - 1


@kernel
def place_of(learner, layer):
    """Where the numbers of a layer begin, of the present pixel."""
    return (get_i64(learner.turn, 0) % SEGMENT * learner.layers + layer) * learner.room * LANES


@kernel
def sums(learner, plan, layer, inputs, results):
    """The rounded sums (int32 [outputs][8]) of a layer that learns; inputs: int32 [count][8]."""
    count, outputs, weights = field_of(plan, layer, INPUTS), field_of(plan, layer, OUTPUTS), field_of(plan, layer, LEARNT)
    unit = fill_f32(FIRST_UNIT if is_first(plan, layer) else INPUT_UNIT)
    given = place_of(learner, layer)
    for i in range(0, count * LANES, LANES):
        store_f32(learner.given, given + i, i32_f32(load_i32(inputs, i)) * unit)
    store_f32(learner.given, given + count * LANES, fill_f32(1.0))
    bias, scale = weights + count * outputs, fill_f32(float(1 << field_of(plan, layer, SUM_BITS)))
    for o in range(0, outputs, LANES):
        a, b = fill_f32(get_f32(learner.weights, bias + o)), fill_f32(get_f32(learner.weights, bias + o + 1))
        c, d = fill_f32(get_f32(learner.weights, bias + o + 2)), fill_f32(get_f32(learner.weights, bias + o + 3))
        e, f = fill_f32(get_f32(learner.weights, bias + o + 4)), fill_f32(get_f32(learner.weights, bias + o + 5))
        g, h = fill_f32(get_f32(learner.weights, bias + o + 6)), fill_f32(get_f32(learner.weights, bias + o + 7))
        at = weights + o
        for i in range(0, count * LANES, LANES):
            x = load_f32(learner.given, given + i)
            a = a + fill_f32(get_f32(learner.weights, at)) * x
            b = b + fill_f32(get_f32(learner.weights, at + 1)) * x
            c = c + fill_f32(get_f32(learner.weights, at + 2)) * x
            d = d + fill_f32(get_f32(learner.weights, at + 3)) * x
            e = e + fill_f32(get_f32(learner.weights, at + 4)) * x
            f = f + fill_f32(get_f32(learner.weights, at + 5)) * x
            g = g + fill_f32(get_f32(learner.weights, at + 6)) * x
            h = h + fill_f32(get_f32(learner.weights, at + 7)) * x
            at += outputs
        to = o * LANES
        store_i32(results, to, rounded(a * scale))
        store_i32(results, to + LANES, rounded(b * scale))
        store_i32(results, to + 2 * LANES, rounded(c * scale))
        store_i32(results, to + 3 * LANES, rounded(d * scale))
        store_i32(results, to + 4 * LANES, rounded(e * scale))
        store_i32(results, to + 5 * LANES, rounded(f * scale))
        store_i32(results, to + 6 * LANES, rounded(g * scale))
        store_i32(results, to + 7 * LANES, rounded(h * scale))


@kernel
def rounded(value):
    """A sum, clamped, as an integer."""
    return f32_i32(_limited(value, LARGEST_SUM) + fill_f32(ROUNDING + 0.5)) - fill_i32(ROUNDING)


@kernel
def _limited(value, limit):
    value = select(value < fill_f32(limit), value, fill_f32(limit))
    return select(fill_f32(-limit) < value, value, fill_f32(-limit))


@kernel
def _put_gradient(learner, place, value):
    store_f32(learner.gradients, place, _limited(value, LARGEST_GRADIENT))


@kernel
def mixture_gradient(learner, net, number, layer, value, scale, lowest, highest, idle):
    """The gradients of the outputs of a pixel's mixture, that of network `number` in `net` (network.Net); layer: that of the outputs.

    value: int32; scale: the table's entry of its channel; lowest, highest: int32, levels of the channel; idle: int64, 1 where there is no
    pixel.
    """
    step, place = net.components * LANES, place_of(learner, layer)
    mixed, ways = number * step, number * (net.predictors - 1) * step
    edge, total = (i32_i64(value) << 6) - fill_i64(UNIT // 2), fill_f32(0.0)
    for k in range(0, step, LANES):
        location, slope = load_i64(net.locations, mixed + k), load_i64(net.slopes, mixed + k)
        low, high = position_of(edge, location, slope), position_of(edge + fill_i64(UNIT), location, slope)
        below = select(value == lowest, fill_f32(0.0), _curve(net, low))
        above = select(value == highest, fill_f32(1.0), _curve(net, high))
        weight = i32_f32(i64_i32(load_i64(net.component_weights, mixed + k))) * fill_f32(WEIGHT_UNIT)
        low_slope, high_slope = below * (fill_f32(1.0) - below), above * (fill_f32(1.0) - above)
        mass, unit = weight * (above - below), fill_f32(POSITION_UNIT)
        total = total + mass
        store_f32(learner.parts, k, mass)
        store_f32(learner.parts, step + k, weight * (high_slope - low_slope))
        spread = high_slope * (i32_f32(i64_i32(high)) * unit) - low_slope * (i32_f32(i64_i32(low)) * unit)
        store_f32(learner.parts, 2 * step + k, weight * spread)
    inverse = fill_f32(1.0) / (total + fill_f32(MASS_UNIT))
    inverse = select(idle == fill_i64(1), fill_f32(0.0), inverse)
    first = load_i32(net.guesses, 0)
    for k in range(0, step, LANES):
        weight = i32_f32(i64_i32(load_i64(net.component_weights, mixed + k))) * fill_f32(WEIGHT_UNIT)
        weight = select(idle == fill_i64(1), fill_f32(0.0), weight)
        moved = load_f32(learner.parts, step + k) * inverse
        steep = i32_f32(i64_i32(load_i64(net.slopes, mixed + k))) * fill_f32(STEEPNESS_UNIT)
        _put_gradient(learner, place + k, weight - load_f32(learner.parts, k) * inverse)
        _put_gradient(learner, place + step + k, moved * (i32_f32(scale) * steep))
        _put_gradient(learner, place + 2 * step + k, load_f32(learner.parts, 2 * step + k) * inverse * fill_f32(LN2))
        for i in range(1, net.predictors):
            way = i32_f32(load_i32(net.ways, ways + (i - 1) * step + k)) * fill_f32(WAY_UNIT)
            apart = i32_f32(load_i32(net.guesses, i * LANES) - first)
            _put_gradient(learner, place + (2 + i) * step + k, moved * (apart * steep) * (way * (fill_f32(1.0) - way)))


@kernel
def _curve(net, position):
    return i32_f32(i64_i32(mass_below(net.curve, position))) * fill_f32(MASS_UNIT)


@kernel
def back(learner, layer, below, weights, units, outputs, stride, again):
    """From the gradients of a layer's outputs to those of its first inputs, the outputs of layer `below`; `again`: add them to these."""
    gradients, found, zero = place_of(learner, layer), place_of(learner, below), fill_f32(0.0)
    for i in range(0, units, 8):
        a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
        at = weights + i * stride
        for o in range(outputs):
            gradient = load_f32(learner.gradients, gradients + o * LANES)
            a = a + gradient * fill_f32(get_f32(learner.weights, at))
            b = b + gradient * fill_f32(get_f32(learner.weights, at + stride))
            c = c + gradient * fill_f32(get_f32(learner.weights, at + 2 * stride))
            d = d + gradient * fill_f32(get_f32(learner.weights, at + 3 * stride))
            e = e + gradient * fill_f32(get_f32(learner.weights, at + 4 * stride))
            f = f + gradient * fill_f32(get_f32(learner.weights, at + 5 * stride))
            g = g + gradient * fill_f32(get_f32(learner.weights, at + 6 * stride))
            h = h + gradient * fill_f32(get_f32(learner.weights, at + 7 * stride))
            at += 1
        to = found + i * LANES
        if again:
            a, b = load_f32(learner.gradients, to) + a, load_f32(learner.gradients, to + LANES) + b
            c, d = load_f32(learner.gradients, to + 2 * LANES) + c, load_f32(learner.gradients, to + 3 * LANES) + d
            e, f = load_f32(learner.gradients, to + 4 * LANES) + e, load_f32(learner.gradients, to + 5 * LANES) + f
            g, h = load_f32(learner.gradients, to + 6 * LANES) + g, load_f32(learner.gradients, to + 7 * LANES) + h
        store_f32(learner.gradients, to, a)
        store_f32(learner.gradients, to + LANES, b)
        store_f32(learner.gradients, to + 2 * LANES, c)
        store_f32(learner.gradients, to + 3 * LANES, d)
        store_f32(learner.gradients, to + 4 * LANES, e)
        store_f32(learner.gradients, to + 5 * LANES, f)
        store_f32(learner.gradients, to + 6 * LANES, g)
        store_f32(learner.gradients, to + 7 * LANES, h)


@kernel
def through(learner, layer, above, modulation, first, units):
    """From the gradients of a layer's hidden units, inputs of layer `above`, to those of their sums; modulation: int32, their m begin with
    that of unit `first`."""
    gradients, given = place_of(learner, layer), place_of(learner, above)
    for i in range(0, units * LANES, LANES):
        m = i32_f32(load_i32(modulation, first * LANES + i)) * fill_f32(MODULATION_UNIT)
        scaled = load_f32(learner.gradients, gradients + i) * m
        negative = load_f32(learner.given, given + i) < fill_f32(0.0)
        store_f32(learner.gradients, gradients + i, select(negative, scaled * fill_f32(0.125), scaled))


@kernel
def add_up(learner, layer, weights, count, outputs):
    """The slopes of a layer's weights, from all pixels since the last step."""
    step, begin, zero = learner.layers * learner.room * LANES, layer * learner.room * LANES, fill_f32(0.0)
    for i in range(count + 1):
        for o in range(0, outputs, LANES):
            a, b, c, d, e, f, g, h = zero, zero, zero, zero, zero, zero, zero, zero
            at, to = begin + i * LANES, begin + o * LANES
            for _ in range(learner.pace):
                x = load_f32(learner.given, at)
                a = a + x * load_f32(learner.gradients, to)
                b = b + x * load_f32(learner.gradients, to + LANES)
                c = c + x * load_f32(learner.gradients, to + 2 * LANES)
                d = d + x * load_f32(learner.gradients, to + 3 * LANES)
                e = e + x * load_f32(learner.gradients, to + 4 * LANES)
                f = f + x * load_f32(learner.gradients, to + 5 * LANES)
                g = g + x * load_f32(learner.gradients, to + 6 * LANES)
                h = h + x * load_f32(learner.gradients, to + 7 * LANES)
                at, to = at + step, to + step
            left = in_pairs(in_pairs(a, b), in_pairs(c, d))
            right = in_pairs(in_pairs(e, f), in_pairs(g, h))
            store_f32(learner.slopes, weights + i * outputs + o, in_halves(left, right))


@kernel
def learn(learner, first):
    """One step of all weights. first: as `begin` has it."""
    for i in range(0, learner.size, LANES):
        step(learner, i, load_f32(learner.slopes, i), load_f32(first, 2 * learner.size + i))


@kernel
def step(learner, i, slope, rate):
    """One step of eight weights from weight i on: what they become."""
    keep, take, zero = fill_f32(1.0 - learner.share), fill_f32(learner.share), fill_f32(0.0)
    slope = select(slope * slope < fill_f32(SMALLEST_POWER), zero, slope)
    square = keep * load_f32(learner.squares, i) + take * (slope * slope)
    square = select(square < fill_f32(SMALLEST_SQUARE), zero, square)
    store_f32(learner.squares, i, square)
    weight = _limited(load_f32(learner.weights, i) - rate * slope / root(square + fill_f32(TINY)), LARGEST_WEIGHT)
    store_f32(learner.weights, i, weight)
    return weight
