"""Dense layers whose forward pass is the integer graph: every tensor lies on a grid of 2^-f, clamped to a range.

A `Grid` (fraction bits f, low, high) says which numbers a tensor may hold. With `quantised` set, a layer computes

    weight -> integers of 8 bits with w_f fraction bits (one w_f per layer)        |w * 2^w_f| <= 127, or a limit of the layer's own
    bias   -> integers at the scale of the accumulator, 2^-(w_f + f_in)            (at least one bit finer than the output)
    out    =  clamp(floor((W a + b) * 2^f_out + 1/2) / 2^f_out, low, high)
    leaky  =  a if a >= 0 else floor(a * 2^f / 8) / 2^f                            (after the line above; slope 1/8)

in dyadic floats: a value times 2^f is exactly the integer that the runtime holds. In float64 all of it is exact (every sum is
below 2^53), so the graph equals the integer runtime bit for bit; in float32 it equals it up to the rounding of long sums.
With `light` as well, only weights and biases are on their grids (8-bit weights are exact in bfloat16: for training).
Without `quantised` the same layers compute in plain floats without clamps (whoever uses a head clamps it). Rounding has the gradient of
the identity, clamping has gradient zero outside of the range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.learn.common.autograd import Context, apply

WEIGHT_LIMIT = 127
SLOPE_SHIFT = 3


@dataclass(frozen=True)
class Grid:
    """The multiples of 2^-fraction_bits between `low` and `high`, which are such multiples themselves."""

    fraction_bits: int
    low: float
    high: float

    @property
    def limits(self) -> tuple[int, int]:
        """The integers of `low` and `high`."""
        return round(self.low * 2**self.fraction_bits), round(self.high * 2**self.fraction_bits)


HIDDEN = Grid(10, -(2**15 - 1) / 1024, (2**15 - 1) / 1024)


class _Round(torch.autograd.Function):
    """floor(x * scale + 1/2) / scale, with the gradient of the identity."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, scale: float) -> Tensor:
        return torch.floor(x * scale + 0.5) / scale

    @staticmethod
    def backward(ctx: Context, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0], None


class _LeakyFloor(torch.autograd.Function):
    """x for x >= 0, else floor(x * scale / 8) / scale: an arithmetic shift on integers at `scale`."""

    @staticmethod
    def forward(ctx: Context, x: Tensor, scale: float) -> Tensor:
        ctx.save_for_backward(x)
        return torch.where(x >= 0, x, torch.floor(x * (scale / 2**SLOPE_SHIFT)) / scale)

    @staticmethod
    def backward(ctx: Context, *grads: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return torch.where(x >= 0, grads[0], grads[0] / 2**SLOPE_SHIFT), None


def to_grid(x: Tensor, grid: Grid) -> Tensor:
    """The number of the grid nearest to each of x (halves upwards), straight-through gradient."""
    return apply(_Round, x, float(2**grid.fraction_bits)).clamp(grid.low, grid.high)


class Switched(nn.Module):
    """A module that computes otherwise when `quantised`; with `light` too, all but the weights stay floats."""

    quantised: bool = False
    light: bool = False

    @property
    def integral(self) -> bool:
        """Whether every tensor is on its grid."""
        return self.quantised and not self.light


class ExactLayer(Switched):
    """A layer with a weight grid of its own."""

    def calibrate(self) -> None:
        """Choose the grid from the present weights."""
        raise NotImplementedError


class Dense(ExactLayer):
    """A dense layer with its requantisation; `leaky` adds the activation function.

    Several inputs (all with `input_bits` fraction bits) act as their concatenation. They may have different leading shapes that
    broadcast: features of an image are then multiplied once, not once per particle.
    """

    fraction_bits: Tensor

    def __init__(
        self, inputs: int | tuple[int, ...], outputs: int, grid: Grid = HIDDEN, leaky: bool = True, input_bits: int = 10,
        limit: int = WEIGHT_LIMIT,
    ) -> None:  # fmt: skip
        super().__init__()
        self.limit = limit
        self.widths = (inputs,) if isinstance(inputs, int) else tuple(inputs)
        self.grid, self.leaky, self.input_bits = grid, leaky, input_bits
        self.weight = nn.Parameter(torch.empty(outputs, sum(self.widths)))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.normal_(self.weight, std=(1.6 if leaky else 0.8) * sum(self.widths) ** -0.5)
        self.register_buffer("fraction_bits", torch.tensor(7))

    def parameters_used(self) -> tuple[Tensor, Tensor]:
        """Weight and bias as the forward pass uses them: on their grids if the layer is quantised."""
        if not self.quantised:
            return self.weight, self.bias
        scale = 2.0 ** int(self.fraction_bits)
        weight = apply(_Round, self.weight, scale)
        bias = apply(_Round, self.bias, 2.0 ** (self.integer_bits() + self.input_bits))
        return weight.clamp(-self.limit / scale, self.limit / scale), bias

    def integer_bits(self) -> int:
        """Fraction bits of the runtime's weights: w_f, or more (the integers end in zero bits) where the shift would be below 1."""
        return max(int(self.fraction_bits), self.grid.fraction_bits + 1 - self.input_bits)

    def integers(self) -> tuple[Tensor, Tensor, int]:
        """(weight int64 [outputs, inputs], bias int64 [outputs], integer_bits()): what the runtime multiplies with, |weight| < 2^15."""
        scale, bits = 2.0 ** int(self.fraction_bits), self.integer_bits()
        weight = torch.floor(self.weight.detach().double() * scale + 0.5).clamp(-self.limit, self.limit)
        bias = torch.floor(self.bias.detach().double() * 2.0 ** (bits + self.input_bits) + 0.5)
        return weight.long() << (bits - int(self.fraction_bits)), bias.long(), bits

    def calibrate(self) -> None:
        """Choose w_f with the least squared error of the rounded weights, relative to each output's weights; clamp the weights to it.

        Outputs of tiny weights (dead latents) count little, so that they do not make the range too small for the others.
        """
        with torch.no_grad():
            norms = self.weight.square().sum(1)
            norms += 0.01 * norms.max() + 1e-12
            rounded = (_rounded(self.weight, bits, self.limit) for bits in range(3, 15))
            errors = [((weight - self.weight).square().sum(1) / norms).sum().item() for weight in rounded]
            bits = 3 + min(range(len(errors)), key=errors.__getitem__)
            self.fraction_bits.fill_(bits)
            self.weight.clamp_(-self.limit / 2.0**bits, self.limit / 2.0**bits)

    def forward(self, *inputs: Tensor) -> Tensor:
        """[..., inputs] (for each of the inputs) -> [..., outputs]."""
        weight, bias = self.parameters_used()
        parts = torch.split(weight, list(self.widths), dim=1) if len(self.widths) > 1 else (weight,)
        out = functional.linear(inputs[0], parts[0], bias)
        for x, part in zip(inputs[1:], parts[1:], strict=True):
            out = out + functional.linear(x, part)
        return finish(out, self.grid, self.leaky, self.integral)


def _rounded(weight: Tensor, bits: int, limit: int) -> Tensor:
    return torch.floor(weight * 2.0**bits + 0.5).clamp(-limit, limit) / 2.0**bits


def finish(out: Tensor, grid: Grid, leaky: bool, quantised: bool) -> Tensor:
    """From accumulator to output: requantise and clamp, then the activation function."""
    if quantised:
        out = to_grid(out, grid)
        return apply(_LeakyFloor, out, float(2**grid.fraction_bits)) if leaky else out
    return functional.leaky_relu(out, 2.0**-SLOPE_SHIFT) if leaky else out


def heads(features: Tensor, layers: Sequence[Dense]) -> list[Tensor]:
    """The outputs of several heads of the same features: the same numbers as one by one, from one product.

    In training with bfloat16 products biases are added in float32: a location near 1 would otherwise move in steps of a pixel value.
    """
    used = [layer.parameters_used() for layer in layers]
    out = functional.linear(features, torch.cat([weight for weight, _ in used]))
    out = out.to(wide(out)) + torch.cat([bias for _, bias in used])
    parts = torch.split(out, [len(bias) for _, bias in used], -1)
    return [finish(part, layer.grid, layer.leaky, layer.integral) for part, layer in zip(parts, layers, strict=True)]


def wide(x: Tensor) -> torch.dtype:
    """float64 if x is, else float32."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def set_quantised(net: nn.Module, quantised: bool, light: bool = False) -> None:
    """Switch every layer and the net itself."""
    for module in net.modules():
        if isinstance(module, Switched):
            module.quantised, module.light = quantised, light


def calibrate(net: nn.Module) -> None:
    """Choose every layer's weight grid from its present weights; needed once before the net is first quantised."""
    for module in net.modules():
        if isinstance(module, ExactLayer):
            module.calibrate()
