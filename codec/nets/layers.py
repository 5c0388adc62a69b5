"""Runs exact layers: whole numbers in, whole numbers out, the same on every machine.

Values are int32 arrays whose last axes are the layer's (features; or height, width, channels) and whose leading axes are anything:
data points, particles. Matrix products run in the narrowest arithmetic in which they are provably exact:

    every partial sum below 2^24: float32    below 2^53: float64    below 2^62: int64    else: the layer is refused

where a partial sum, in any order, is at most sum |weight| * max |input| + |bias| + rounding, per output channel. Whatever order,
blocking, vector width or fused multiply-add a BLAS uses, sums of whole numbers below these limits have no rounding. All that
follows a product is exact too: adding a whole number, multiplying by 2^-shift, floor, comparisons.

    requantise:  floor((sum + bias) / 2^shift + 1/2), clamped to [low, high]        leaky:  v if v >= 0 else floor(v / 8)

An engine is the machinery that does this. NumpyEngine is what coding uses; torch_engine.py has one on torch for batches on a GPU, which
must give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadModel
from codec.system.records import record

LEAKY_SHIFT = 3
FLOAT32_LIMIT = 1 << 24
FLOAT64_LIMIT = 1 << 53
INT64_LIMIT = 1 << 62
VALUE_LIMIT = (1 << 31) - 1

Array = Any  # whatever an engine computes with
Integers = NDArray[np.integer]
Values = NDArray[np.int32]
Sums = NDArray[Any]  # of products: float32, float64 or int64, whatever is exact


class Engine(Protocol):
    """What a layer needs of the machinery. Arrays that it makes are its own; `constant` and `fetch` are the way in and out."""

    def constant(self, array: NDArray[np.generic]) -> Array:
        """An integer or float array, as this engine keeps it."""

    def fetch(self, values: Array) -> Values:
        """Values as a numpy array."""

    def product(self, values: Array, weight: Array) -> Array:
        """values [..., n] times weight [n, m], in the weight's arithmetic."""

    def finish(self, sums: Array, addend: Array, scale: Requantise) -> Array:
        """Requantise sums (which may be overwritten); addend holds bias plus rounding in their arithmetic."""

    def rescale(self, values: Array, scale: Requantise) -> Array:
        """Requantise integers that are no sums of a layer."""

    def multiply(self, first: Array, second: Array, scale: Requantise) -> Array:
        """The elementwise product, requantised."""

    def take(self, table: Array, values: Array, low: int) -> Array:
        """table[values - low]."""

    def pad(self, values: Array, before: int, after: int, weight: Array) -> Array:
        """Zeros around the height and width of [..., height, width, channels], in the arithmetic of a weight if there are any."""

    def upsample(self, values: Array, factor: int) -> Array:
        """Every pixel of [..., height, width, channels] becomes factor x factor pixels."""

    def shuffle(self, values: Array, factor: int) -> Array:
        """Every pixel of [..., height, width, factor * factor * channels] becomes factor x factor pixels of so many channels."""

    def concatenate(self, values: Sequence[Array]) -> Array:
        """Along the last axis; leading axes must be equal."""


@record(frozen=True)
class Requantise:
    """Divide by 2^shift, rounding halves up; clamp to [low, high]; then the activation function, if there is one."""

    shift: int
    low: int
    high: int
    leaky: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.shift <= 40 or not -VALUE_LIMIT <= self.low <= self.high <= VALUE_LIMIT:
            raise BadModel(f"a requantisation by 2^-{self.shift} to [{self.low}, {self.high}] is beyond the limits")

    @property
    def rounding(self) -> int:
        return (1 << self.shift) >> 1

    def activated(self, value: int) -> int:
        """A clamped value after the activation function."""
        return max(value, value >> LEAKY_SHIFT) if self.leaky else value


def arithmetic(bound: int) -> np.dtype[np.generic]:
    """The narrowest type in which sums up to bound are exact. Raises BadModel if there is none."""
    if bound < FLOAT32_LIMIT:
        return np.dtype(np.float32)
    if bound < FLOAT64_LIMIT:
        return np.dtype(np.float64)
    if bound < INT64_LIMIT:
        return np.dtype(np.int64)
    raise BadModel(f"a layer's sums can reach {bound}: no arithmetic is exact there")


def most_of(values: Integers) -> int:
    """The largest magnitude among integers, of which there is at least one. In numpy -2^63 has none."""
    return max(int(values.max()), -int(values.min()))


def sum_bound(parts: Sequence[Integers], largest: Sequence[int], bias: Integers, rounding: int) -> int:
    """The most that any partial sum of any output channel can be.

    parts[i]: integers [inputs, outputs] of at most 32 bits; largest[i]: max |input| of that part; bias: integers [outputs].
    """
    sums = np.abs(bias.astype(np.int64)).astype(object)
    for part, most in zip(parts, largest, strict=True):
        sums = sums + np.abs(part.astype(np.int64)).sum(axis=0).astype(object) * most
    return int(sums.max(initial=0)) + rounding


class NumpyEngine:
    """The layers on numpy arrays."""

    def constant(self, array: NDArray[np.generic]) -> NDArray[np.generic]:
        return array

    def fetch(self, values: Values) -> Values:
        return values

    def product(self, values: Values, weight: Sums) -> Sums:
        rows = values.reshape(-1, weight.shape[0]).astype(weight.dtype, copy=False)
        return (rows @ weight).reshape(*values.shape[:-1], weight.shape[1])

    def finish(self, sums: Sums, addend: Sums, scale: Requantise) -> Values:
        sums += addend
        if sums.dtype == np.int64:
            sums >>= scale.shift
        elif scale.shift:
            sums *= sums.dtype.type(2.0**-scale.shift)
            np.floor(sums, out=sums)
        return self._clamp(sums, scale)

    def rescale(self, values: Values, scale: Requantise) -> Values:
        return self._clamp((values.astype(np.int64) + scale.rounding) >> scale.shift, scale)

    def multiply(self, first: Values, second: Values, scale: Requantise) -> Values:
        return self._clamp((first.astype(np.int64) * second + scale.rounding) >> scale.shift, scale)

    def take(self, table: Values, values: Values, low: int) -> Values:
        return table[values - low]

    def pad(self, values: Values, before: int, after: int, weight: Sums) -> Values | Sums:
        if not before + after:
            return values
        *leading, height, width, channels = values.shape
        padded = np.zeros((*leading, height + before + after, width + before + after, channels), weight.dtype)
        padded[..., before : before + height, before : before + width, :] = values
        return padded

    def upsample(self, values: Values, factor: int) -> Values:
        return values.repeat(factor, axis=-3).repeat(factor, axis=-2)

    def shuffle(self, values: Values, factor: int) -> Values:
        *leading, height, width, channels = values.shape
        fewer = channels // factor**2
        split = values.reshape(*leading, height, width, factor, factor, fewer)
        return np.swapaxes(split, -4, -3).reshape(*leading, height * factor, width * factor, fewer)

    def concatenate(self, values: Sequence[Values]) -> Values:
        return np.concatenate(values, axis=-1)

    @staticmethod
    def _clamp(values: Sums, scale: Requantise) -> Values:
        # min and max by limits of the values' own type: both are exact there (checked when the layer is made)
        np.clip(values, values.dtype.type(scale.low), values.dtype.type(scale.high), out=values)
        whole = values.astype(np.int32)
        if scale.leaky:
            np.maximum(whole, whole >> LEAKY_SHIFT, out=whole)
        return whole


@record(frozen=True)
class Linear:
    """The numbers of a dense or convolutional layer, as an engine keeps them.

    parts: one weight [inputs, outputs] per input of a dense layer, or per tap of a convolution, or one of all its taps.
    addend: bias + rounding, [outputs]. dtype: the arithmetic that the proof allows; bound: the proved one.
    """

    parts: tuple[Array, ...]
    addend: Array
    scale: Requantise
    dtype: np.dtype[np.generic]
    bound: int


def make_linear(
    engine: Engine, weight: Integers, bias: Integers, inputs: Sequence[tuple[int, int]], scale: Requantise, least: int = 0
) -> Linear:
    """Prove a layer's sums exact and hand its numbers to the engine.

    weight: integers [inputs, outputs]; bias: integers [outputs]; inputs: (width, max |value|) of each input, or of each tap.
    least: take an arithmetic that is exact up to this bound too (tests force the wider ones). Raises BadModel.
    """
    widths = [width for width, _ in inputs]
    if weight.ndim != 2 or bias.shape != weight.shape[1:] or sum(widths) != weight.shape[0] or weight.shape[1] == 0:
        raise BadModel(f"a layer's weight {weight.shape}, bias {bias.shape} and inputs {widths} do not fit together")
    if max(most_of(bias), most_of(weight) << 8) > 1 << 40:
        raise BadModel("a layer's weight or bias is beyond the limits")
    parts = np.split(weight, np.cumsum(widths)[:-1], axis=0)
    bound = sum_bound(parts, [most for _, most in inputs], bias, scale.rounding)
    # clamping happens in the sums' arithmetic, so its limits have to be exact there too
    dtype = arithmetic(max(bound, abs(scale.low), abs(scale.high), least))
    addend = (bias.astype(np.int64) + scale.rounding).astype(dtype)
    constants = tuple(engine.constant(np.ascontiguousarray(part, dtype)) for part in parts)
    return Linear(constants, engine.constant(addend), scale, dtype, bound)


def dense(engine: Engine, layer: Linear, inputs: Sequence[Array]) -> Array:
    """inputs[i]: [..., width i]; their leading axes may differ as far as they broadcast. Result: int32 [..., outputs]."""
    sums = engine.product(inputs[0], layer.parts[0])
    for values, part in zip(inputs[1:], layer.parts[1:], strict=True):
        sums = sums + engine.product(values, part)
    return engine.finish(sums, layer.addend, layer.scale)


def convolve(engine: Engine, layer: Linear, values: Array, size: int, stride: int, padding: tuple[int, int]) -> Array:
    """A size x size convolution on [..., height, width, channels]; padding: zeros before and after, in both directions.

    layer.parts are the taps in raster order, or all of them in one: products of few channels are too narrow to be quick. Result: int32
    [..., rows, columns, outputs].
    """
    padded = engine.pad(values, *padding, layer.parts[0])
    rows, columns = ((int(length) - size) // stride + 1 for length in padded.shape[-3:-1])
    windows = [
        padded[..., top : top + stride * (rows - 1) + 1 : stride, left : left + stride * (columns - 1) + 1 : stride, :]
        for top in range(size)
        for left in range(size)
    ]
    if len(layer.parts) == 1 and size > 1:
        windows = [engine.concatenate(windows)]
    sums = engine.product(windows[0], layer.parts[0])
    for window, part in zip(windows[1:], layer.parts[1:], strict=True):
        sums += engine.product(window, part)
    return engine.finish(sums, layer.addend, layer.scale)
