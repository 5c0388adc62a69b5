"""The arithmetic of nets for fused kernels: dense layers, their modulated activation, and the bits of a pixel or coefficient.

Integers of the kernels, as multiples of 2^-f (f fraction bits); `acc` is an exact sum below 2^24 in magnitude:

    sum          v = clamp((acc + half) >> shift, +-8191)                       f = 8
    modulated    u = ((v * m + 256) >> 9) + c                                   f = 6; m has f = 7, c has f = 6; a z sets both
    activation   u >= 0 ? u : u >> 3, then clamp +-1023
    output       o = clamp((acc + half) >> shift, +-511)                        f = 6

When `quantised`, these layers compute the same numbers as dyadic floats (float32 is enough: no sum reaches 2^24), with the gradients
of the identity for rounding and zero for what is clamped. Otherwise they compute in plain floats, and only outputs are clamped.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.errors import BadModel
from codec.learn.common.autograd import Context, apply
from codec.learn.common.quantise import ExactLayer, Grid, to_grid
from codec.nets.layers import FLOAT32_LIMIT

INPUT_BITS, SUM_BITS, SCALE_BITS, UNIT_BITS = 5, 8, 7, 6
INPUT_LIMIT, SUM_LIMIT, UNIT_LIMIT, OUTPUT_LIMIT = 352, 8191, 1023, 511
WEIGHT_LIMIT = 2047
MARGIN = 1.1  # room that calibration leaves for weights to grow while they are trained on the grid

OUTPUT = Grid(UNIT_BITS, -OUTPUT_LIMIT / 64, OUTPUT_LIMIT / 64)
SCALE = Grid(SCALE_BITS, -1.0, 383 / 128)  # m - 1
SHIFT = Grid(UNIT_BITS, -UNIT_LIMIT / 64, UNIT_LIMIT / 64)  # c
LOG2_SCALES = (-5.0, 11.0)  # of a component, in levels
FLOOR = 2.0**-24


class KernelLayer(ExactLayer):
    """The sums of a dense layer: [..., inputs] with `input_bits` fraction bits and at most `largest` (an integer) in magnitude."""

    fraction_bits: Tensor

    def __init__(self, inputs: int, outputs: int, input_bits: int, largest: int, output_bits: int) -> None:
        super().__init__()
        self.input_bits, self.largest, self.output_bits = input_bits, largest, output_bits
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.uniform_(self.weight, -(inputs**-0.5), inputs**-0.5)
        self.register_buffer("fraction_bits", torch.tensor(8))

    @property
    def shift(self) -> int:
        """By which the kernels divide a sum: 2^shift."""
        return int(self.fraction_bits) + self.input_bits - self.output_bits

    def parameters_used(self) -> tuple[Tensor, Tensor]:
        """(weight [outputs, inputs], bias [outputs]), on their grids if the layer is quantised."""
        if not self.quantised:
            return self.weight, self.bias
        bits = int(self.fraction_bits)
        limit = WEIGHT_LIMIT / 2.0**bits
        return to_grid(self.weight, Grid(bits, -limit, limit)), to_grid(self.bias, Grid(bits + self.input_bits, -torch.inf, torch.inf))

    def integers(self) -> tuple[Tensor, Tensor]:
        """(weight int64 [outputs, inputs], bias int64 [outputs]) as the kernels use them."""
        scale = 2.0 ** int(self.fraction_bits)
        weight = torch.floor(self.weight.detach().double() * scale + 0.5).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT)
        bias = torch.floor(self.bias.detach().double() * scale * 2.0**self.input_bits + 0.5)
        return weight.long(), bias.long()

    def bound(self) -> int:
        """The most that a sum, with what rounds it and more, can be in magnitude."""
        weight, bias = self.integers()
        return int((weight.abs().sum(1) * self.largest + bias.abs()).max()) + (1 << self.shift)

    def calibrate(self, margin: float = MARGIN) -> None:
        """Choose the finest grid on which weights and sums, `margin` times as large, are within their limits. Raises BadModel."""
        lowest = max(1, self.output_bits + 1 - self.input_bits)  # a shift is at least 1
        for bits in range(14, lowest - 1, -1):
            self.fraction_bits.fill_(bits)
            if margin * float(self.weight.detach().abs().max()) * 2.0**bits <= WEIGHT_LIMIT and margin * self.bound() < FLOAT32_LIMIT:
                return
        raise BadModel("a layer's weights are too large for exact sums on any grid")

    def forward(self, x: Tensor) -> Tensor:
        """[..., inputs] -> [..., outputs], not yet rounded."""
        return functional.linear(x, *self.parameters_used())


class _ExactActivation(torch.autograd.Function):
    """The integer activation of sums, straight through. Modulations may be None; they broadcast against the sums."""

    @staticmethod
    def forward(ctx: Context, sums: Tensor, scale: Tensor | None, shift: Tensor | None) -> Tensor:
        whole = (sums * 2.0**SUM_BITS).add_(0.5).floor_().clamp_(-SUM_LIMIT, SUM_LIMIT)
        if scale is None or shift is None:
            unit = (whole * 0.25).add_(0.5).floor_()
        else:  # ((v m + 256) >> 9) + c: below 2^24 with its nine fraction bits, so exact in float32
            unit = torch.addcmul(64.0 * shift + 0.5, whole, 0.25 + 0.25 * scale).floor_()
        unit = torch.maximum(unit, (unit * 0.125).floor_())
        ctx.save_for_backward(unit, whole, scale)
        return unit.clamp(-UNIT_LIMIT, UNIT_LIMIT).mul_(2.0**-UNIT_BITS)

    @staticmethod
    def backward(ctx: Context, *grads: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        unit, whole, scale = ctx.saved_tensors
        gradient = _clamped(grads[0], unit, UNIT_LIMIT)
        gradient = torch.ops.aten.leaky_relu_backward(gradient, unit + 0.5, 0.125, False)
        if scale is None:
            return _clamped(gradient, whole, SUM_LIMIT), None, None
        of_scale = (gradient * whole).sum_to_size(scale.shape) * 2.0**-SUM_BITS
        of_shift = gradient.sum_to_size(scale.shape)
        return _clamped((gradient * (1.0 + scale)).sum_to_size(whole.shape), whole, SUM_LIMIT), of_scale, of_shift


def _clamped(gradient: Tensor, values: Tensor, limit: int) -> Tensor:
    """The gradient before a clamp of whole numbers to +-limit, where a value at the limit may have been beyond it."""
    passed: Tensor = torch.ops.aten.hardtanh_backward(gradient, values, -float(limit), float(limit))
    return passed


class Modulations(NamedTuple):
    """What a z does to hidden units: m - 1 and c, [..., 1, units] each."""

    scale: Tensor
    shift: Tensor


def activate(sums: Tensor, modulations: Modulations | None, exact: bool) -> Tensor:
    """Hidden units of sums [..., units]; the modulations broadcast, None is the identity."""
    scale, shift = modulations or (None, None)
    if exact:
        return apply(_ExactActivation, sums, scale, shift)
    if scale is not None and shift is not None:
        sums = torch.addcmul(shift, sums, 1.0 + scale)
    return functional.leaky_relu(sums, 0.125)


def mixture_bits(outputs: Tensor, facts: Tensor, levels: Tensor, exact: bool) -> Tensor:
    """-log2 p of pixels under their mixtures of discretised logistics whose end bins take the tails, [..., channels].

    outputs: [..., channels, (2 + P) K]: logits, offsets in local scales, log2 scales in local scales, ways from prediction 0 to the
    others (logits). facts: [..., channels, 2 + P]: pixel - prediction 0 in levels, log2 of the local scale in levels, -1 / 1 / 0 for the
    lowest / highest / any other pixel value, the other predictions less the first in levels. levels: [channels], how many values a
    pixel of each may have.
    """
    outputs = to_grid(outputs, OUTPUT) if exact else outputs.clamp(OUTPUT.low, OUTPUT.high)
    further = facts.shape[-1] - 3
    weight, offset, level, *ways = torch.unflatten(outputs, -1, (3 + further, -1)).unbind(-2)
    error, local, end, *differences = torch.split(facts, 1, -1)
    if exact:
        level = to_grid(level - 2.0**-6, Grid(INPUT_BITS, -torch.inf, torch.inf))
    steepness = torch.exp2(-(local + level).clamp(*LOG2_SCALES))
    distance = error - offset * torch.exp2(local)
    for way, difference in zip(ways, differences, strict=True):
        distance = torch.addcmul(distance, torch.sigmoid(way), difference, value=-1.0)
    distance = distance * steepness
    half = 0.5 * steepness
    # sigmoid(a) - sigmoid(b) = (1 - exp(b - a)) sigmoid(a) sigmoid(-b): no difference of nearly equal numbers
    above, below = torch.sigmoid(half + distance), torch.sigmoid(half - distance)
    inside = -torch.expm1(-steepness) * above * below
    mass = torch.where(end == 0.0, inside, torch.where(end < 0.0, above, below))
    weight = torch.exp(weight)
    total = (weight * mass).sum(-1) / weight.sum(-1)
    return -torch.log2(total * (1.0 - FLOOR * levels) + FLOOR)
