"""Convolutions of the integer graph: trained in floats, rounded to integers when a net is exported.

The runtime's convolution (nets/program.py) is what `forward` computes, up to rounding: weights of at most `limit` as integers with w_f
fraction bits, one w_f per layer, biases at the scale of the sums, and outputs on the layer's grid.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.learn.common.quantise import SLOPE_SHIFT, ExactLayer, Grid

WEIGHTS = (1 << 11) - 1  # as integers
STREAM = Grid(8, -(2**18 - 1) / 256, (2**18 - 1) / 256)  # of features: a few run into the hundreds
ROUNDINGS = range(3, 15)  # fraction bits that weights may have


class Convolution(ExactLayer):
    """A square convolution on [n, inputs, height, width]; padding: zeros before and after, in both directions; `leaky` adds the activation
    function. gain: of its fresh weights, 1 keeps the size of features."""

    fraction_bits: Tensor

    def __init__(
        self, inputs: int, outputs: int, size: int = 1, stride: int = 1, padding: tuple[int, int] | None = None, grid: Grid = STREAM,
        leaky: bool = False, input_bits: int = STREAM.fraction_bits, gain: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.size, self.stride, self.padding = size, stride, padding or (size // 2, size // 2)
        self.grid, self.leaky, self.input_bits = grid, leaky, input_bits
        self.weight = nn.Parameter(torch.empty(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.normal_(self.weight, std=gain * (1.4 if leaky else 1.0) * (inputs * size * size) ** -0.5)
        self.register_buffer("fraction_bits", torch.tensor(7))

    def calibrate(self) -> None:
        """Choose w_f with the least squared error of the rounded weights."""
        with torch.no_grad():
            rounded = (self._rounded(bits) for bits in ROUNDINGS)
            errors = [(weight * 2.0**-bits - self.weight).square().sum().item() for bits, weight in zip(ROUNDINGS, rounded, strict=True)]
            self.fraction_bits.fill_(ROUNDINGS[min(range(len(errors)), key=errors.__getitem__)])

    def _rounded(self, bits: int) -> Tensor:
        return torch.floor(self.weight.detach().double() * 2.0**bits + 0.5).clamp(-WEIGHTS, WEIGHTS)

    def integers(self) -> tuple[Tensor, Tensor, int]:
        """(weight int64 [size * size * inputs, outputs], bias int64 [outputs], their fraction bits): what the runtime multiplies with."""
        chosen = int(self.fraction_bits)
        bits = max(chosen, self.grid.fraction_bits + 1 - self.input_bits)
        weight = self._rounded(chosen).long() << (bits - chosen)
        bias = torch.floor(self.bias.detach().double() * 2.0 ** (bits + self.input_bits) + 0.5).long()
        return weight.permute(2, 3, 1, 0).reshape(-1, weight.shape[0]), bias, bits

    def forward(self, x: Tensor) -> Tensor:
        """[n, inputs, height, width] -> [n, outputs, rows, columns]."""
        before, after = self.padding
        if before != after:
            x, before = functional.pad(x, (before, after, before, after)), 0
        out = functional.conv2d(x, self.weight, self.bias, self.stride, before)
        return functional.leaky_relu(out, 2.0**-SLOPE_SHIFT) if self.leaky else out
