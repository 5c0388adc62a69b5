"""Mixtures of located and scaled curves over bins: logistic pixels, Gaussian latents.

Symbol i is the bin between edges[i] and edges[i + 1]. With C the curve (tables.py), K components and
mixture weights that add up to 2^16:

    below(i) = sum_k weight_k C((edges[i] - location_k) reciprocals[scale_k] >> 20) >> 16       in units of 2^-30
    start(i) = (below(i) (2^precision - bins) >> 30) + i,   start(0) = 0,   start(bins) = 2^precision

so the outermost bins take the tails, every bin has a frequency of at least 1, and nothing but integers decides.
The edges are half integers for pixels, of equal prior mass or of equal width for latents; K = 1 is a plain
discretised logistic or Gaussian.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codec.coding.distributions import MAX_SYMBOLS, Symbols, checked_points, checked_symbols
from codec.coding.message import HEAD_LOW, ONE, WORD_BITS, Message, Vector, checked_precision, take, unsigned
from codec.coding.tables import LOCATION_LIMIT, MASS_BITS, RECIPROCAL_BITS, RECIPROCAL_LIMIT, Curve
from codec.errors import BadInterval
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

WEIGHT_BITS = 16
MAX_PRECISION = 30  # of mixtures: a curve knows no finer masses

BLOCK = 16
NO_HEADS, NO_WORDS = np.empty(0, np.uint64), np.empty(0, np.uint32)

Parameters = NDArray[np.int32]


@kernel
def curve_mass(curve, shift, position):
    """The curve at a position (int64), in units of 2^-30. Straight-line code, so that passing the array costs nothing."""
    half = np.int64(curve.size >> 1) << shift
    place = min(max(position + half, np.int64(0)), 2 * half - 1)
    entry, rest = place >> shift, place & ((np.int64(1) << shift) - 1)
    low = curve[np.uint64(entry)]
    return low + ((curve[np.uint64(entry + 1)] - low) * rest >> shift)


@entry(brief=True)
def _mixture_span(
    edges: Array1[np.int64], curve: Array1[np.int64], shift: np.int64, reciprocals: Array1[np.int64], weights: Array2[np.int32],
    locations: Array2[np.int32], scales: Array2[np.int32], precision: np.int64, symbols: Symbols, starts: Vector, freqs: Vector,
) -> None:  # fmt: skip
    bins = edges.size - 1
    total = np.int64(1) << precision
    for i in range(symbols.size):
        symbol, below, above = symbols[i], np.int64(0), np.int64(0)
        for k in range(weights.shape[1]):
            weight, location, reciprocal = np.int64(weights[i, k]), np.int64(locations[i, k]), reciprocals[scales[i, k]]
            below += weight * curve_mass(curve, shift, (edges[symbol] - location) * reciprocal >> RECIPROCAL_BITS)
            above += weight * curve_mass(curve, shift, (edges[symbol + 1] - location) * reciprocal >> RECIPROCAL_BITS)
        start = ((below >> WEIGHT_BITS) * (total - bins) >> MASS_BITS) + symbol if symbol > 0 else np.int64(0)
        stop = ((above >> WEIGHT_BITS) * (total - bins) >> MASS_BITS) + symbol + 1 if symbol + 1 < bins else total
        starts[i], freqs[i] = start, stop - start


@entry(brief=True)
def _mixture_search(
    heads: Vector, words: Array1[np.uint32], size: int, edges: Array1[np.int64], curve: Array1[np.int64], shift: np.int64,
    reciprocals: Array1[np.int64], weights: Array2[np.int32], locations: Array2[np.int32], scales: Array2[np.int32], precision: np.int64,
    points: Vector, symbols: Symbols, room: Array2[np.int64],
) -> int:  # fmt: skip
    """Bisection for the symbol of every point; without points (size 0) they are the message's, and popped. room: [5, BLOCK].

    A search is a chain of dependent steps: up to BLOCK neighbours, each in its own lane, go through it side by side.
    Long because an array handed to another function costs more than a step of the search.
    """
    bins, total, bits, popping = edges.size - 1, np.int64(1) << precision, np.uint64(precision), points.size == 0
    low, high, start, stop, point = room[0], room[1], room[2], room[3], room[4]
    first, lane = 0, 0
    while first < symbols.size:
        count = min(BLOCK, symbols.size - first)
        if popping:
            count = min(count, heads.size - lane)
        for b in range(count):
            point[b] = np.int64((heads[lane + b] & ((ONE << bits) - ONE)) if popping else points[first + b])
            low[b], high[b], start[b], stop[b] = 0, bins, 0, total
        width = bins
        while width > 1:
            width = (width + 1) >> 1
            for b in range(np.uint64(count)):
                middle, below, i = (low[b] + high[b]) >> 1, np.int64(0), np.uint64(first) + b
                edge = edges[np.uint64(middle)]
                for k in range(np.uint64(weights.shape[1])):
                    position = (edge - np.int64(locations[i, k])) * reciprocals[np.uint64(scales[i, k])] >> RECIPROCAL_BITS
                    below += np.int64(weights[i, k]) * curve_mass(curve, shift, position)
                value = ((below >> WEIGHT_BITS) * (total - bins) >> MASS_BITS) + middle if middle > 0 else np.int64(0)
                up = -np.int64(value <= point[b])  # all ones or zero: a branch here would be a coin toss
                low[b] ^= (low[b] ^ middle) & up
                start[b] ^= (start[b] ^ value) & up
                high[b] ^= (high[b] ^ middle) & ~up
                stop[b] ^= (stop[b] ^ value) & ~up
        for b in range(count):
            symbols[first + b] = low[b]
        if popping:
            for b in range(count):
                head = take(heads[lane], np.uint64(start[b]), np.uint64(stop[b] - start[b]), bits)
                if head < HEAD_LOW:
                    size -= 1
                    head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
                heads[lane] = head
                lane += 1
            lane = lane if lane < heads.size else 0
        first += count
    return size


class _Arguments(NamedTuple):
    """What both kernels take."""

    edges: NDArray[np.int64]
    curve: NDArray[np.int64]
    shift: np.int64
    reciprocals: NDArray[np.int64]
    weights: Parameters
    locations: Parameters
    scales: Parameters
    precision: np.int64


class Mixture:
    """One mixture for each symbol of an array: shape (...), parameters of shape (..., K).

    curve: Curve; edges: int64[bins + 1], non-decreasing; reciprocals: int64 (make_scales).
    weights: add up to 2^16; locations: in the units of the edges; scales: indices of reciprocals.
    2 * bins <= 2^precision, precision <= 30.
    """

    def __init__(
        self,
        curve: Curve,
        edges: NDArray[np.int64],
        reciprocals: NDArray[np.int64],
        weights: ArrayLike,
        locations: ArrayLike,
        scales: ArrayLike,
        precision: int,
    ) -> None:
        weight, location, scale = np.asarray(weights), np.asarray(locations), np.asarray(scales)
        if weight.ndim < 1 or not weight.shape == location.shape == scale.shape:
            raise BadInterval(f"weights, locations and scales of shapes {weight.shape}, {location.shape} and {scale.shape} differ")
        self.precision = int(checked_precision(precision))
        if edges.ndim != 1 or not 2 <= edges.size <= MAX_SYMBOLS + 1 or 2 * (edges.size - 1) > 1 << precision or precision > MAX_PRECISION:
            raise BadInterval(f"{edges.size - 1} bins and a precision of {precision}: at most 2^16 bins, 2^(precision - 1) bins, 30 bits")
        if np.abs(edges).max() >= LOCATION_LIMIT or (np.diff(edges) < 0).any():
            raise BadInterval(f"edges must not fall and stay inside +-{LOCATION_LIMIT}")
        if reciprocals.size == 0 or not 1 <= reciprocals.min() <= reciprocals.max() <= RECIPROCAL_LIMIT:
            raise BadInterval("the reciprocals of the scales are no table that make_scales makes")
        if location.size and (np.abs(location).max() >= LOCATION_LIMIT):
            raise BadInterval(f"locations must stay inside +-{LOCATION_LIMIT}")
        if weight.size and (unsigned(weight, "weights").reshape(weight.shape).sum(-1) != 1 << WEIGHT_BITS).any():
            raise BadInterval("the weights of a mixture must add up to 2^16: see integer_weights")
        self.shape, count = weight.shape[:-1], weight.shape[-1]
        scale = checked_symbols(scale, scale.shape, np.uint64(reciprocals.size))
        self.bins, self._size = edges.size - 1, math.prod(self.shape)
        weight, location, scale = (np.ascontiguousarray(array, np.int32).reshape(self._size, count) for array in (weight, location, scale))
        edges, reciprocals = np.ascontiguousarray(edges, np.int64), np.ascontiguousarray(reciprocals, np.int64)
        shift, bits = np.int64(curve.shift), np.int64(self.precision)
        self._arguments = _Arguments(edges, curve.values, shift, reciprocals, weight, location, scale, bits)

    def span(self, symbols: ArrayLike) -> tuple[Vector, Vector]:
        flat = checked_symbols(symbols, self.shape, np.uint64(self.bins))
        starts, freqs = np.empty((2, flat.size), np.uint64)
        _mixture_span(*self._arguments, flat, starts, freqs)
        return starts.reshape(self.shape), freqs.reshape(self.shape)

    def find(self, points: ArrayLike) -> Symbols:
        flat, symbols = checked_points(points, self.shape, self.precision), np.empty(self._size, np.int64)
        if flat.size:
            _mixture_search(NO_HEADS, NO_WORDS, 0, *self._arguments, flat, symbols, np.empty((5, BLOCK), np.int64))
        return symbols.reshape(self.shape)

    def pop(self, message: Message) -> Symbols:
        symbols = np.empty(self._size, np.int64)
        message.run_pop(_mixture_search, *self._arguments, NO_HEADS, symbols, np.empty((5, BLOCK), np.int64))
        return symbols.reshape(self.shape)


def integer_weights(raw: ArrayLike) -> Parameters:
    """Mixture weights int32[..., K] that add up to 2^16 exactly, in the proportions of raw[..., K] >= 0 (not all 0, below 2^44)."""
    weight = np.asarray(raw)
    flat = unsigned(weight, "weights").reshape(weight.shape)
    if flat.size and flat.max() >= 1 << 44:
        raise BadInterval("a raw weight is 2^44 or more")
    sums = np.cumsum(flat, axis=-1, dtype=np.uint64)
    if not sums[..., -1].all():
        raise BadInterval("the weights of a mixture must not all be 0")
    ends = (sums << np.uint64(WEIGHT_BITS)) // sums[..., -1:]
    return np.diff(ends, axis=-1, prepend=np.uint64(0)).astype(np.int32)
