"""The layers of the networks of the JPEG density, of eight lanes side by side, each lane with the biases of its kind of symbol.

Integers with f fraction bits:

    inputs         surroundings.py, f = 5
    hidden unit    v = clamp((sum + half) >> shift, +-8191), f = 8;   u = (v + 2) >> 2, f = 6;   u >= 0 ? u : u >> 3, clamped to +-1023
    output         as shared/network.py has them, f = 6: a mixture of K logistics

The local scale of a coefficient is 1/4 of the scale whose log is input 4; that of the place of the last one is 8.
"""

from __future__ import annotations

from codec.density.jpeg.learning import FIRST, OUT, SECOND, learnt_sums, whole_sums
from codec.density.shared.network import SUM_LIMIT, UNIT_LIMIT
from codec.density.shared.plan import BIASES, INPUTS, OUTPUTS, SHIFT, WEIGHTS, field_of
from codec.density.shared.scales import clamp
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
    store_f32,
    store_i32,
    zip_high,
    zip_low,
)
from codec.system.kernels import kernel

SCALE_OF_NOTHING, LAST_SCALE = -64, 96  # in 1/32 octave


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
