"""Mixtures whose weights are still indices of a table, as likelihoods of pixels give them: made in one pass, and quick to pop.

The intervals are exactly those of a mixture.Mixture with integer_weights(table[indices]) as weights. Symbols are popped by a search that
begins at the location of the heaviest component and doubles its steps: on one lane, every pop waits for the one before it, so few steps
matter more than simple ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codec.coding.distributions import Symbols, checked_points, checked_symbols
from codec.coding.message import HEAD_LOW, ONE, WORD_BITS, Message, Vector, take
from codec.coding.mixture import WEIGHT_BITS, Mixture, curve_mass, integer_weights
from codec.coding.tables import LOCATION_LIMIT, MASS_BITS, RECIPROCAL_BITS, Curve
from codec.errors import BadInterval
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

MAX_COMPONENTS = 64
RAW_LIMIT = 1 << 40  # of a weight in the table: 64 of them, times 2^16, stay below 2^63


@kernel(inline=True)
def _mix(table, indices, i, weights):
    """Fill weights with pixel i's, which add up to 2^16."""
    total = np.int64(0)
    for k in range(weights.size):
        total += table[indices[i, k]]
    sums, before = np.int64(0), np.int64(0)
    for k in range(weights.size):
        sums += table[indices[i, k]]
        end = (sums << WEIGHT_BITS) // total
        weights[k] = end - before
        before = end


@kernel(inline=True)
def _start(symbol, edges, curve, shift, reciprocals, weights, locations, scales, i, total):
    """Where symbol begins; symbol = number of bins: the end of the last one."""
    bins, below = edges.size - 1, np.int64(0)
    for k in range(weights.size):
        position = (edges[symbol] - np.int64(locations[i, k])) * reciprocals[scales[i, k]] >> RECIPROCAL_BITS
        below += weights[k] * curve_mass(curve, shift, position)
    value = ((below >> WEIGHT_BITS) * (total - bins) >> MASS_BITS) + symbol
    return np.int64(0) if symbol == 0 else total if symbol == bins else value


@entry
def _span(
    edges: Array1[np.int64], curve: Array1[np.int64], shift: np.int64, reciprocals: Array1[np.int64], table: Array1[np.int64],
    indices: Array2[np.int32], locations: Array2[np.int32], scales: Array2[np.int32], precision: np.int64, weights: Array1[np.int64],
    symbols: Symbols, starts: Vector, freqs: Vector,
) -> None:  # fmt: skip
    total = np.int64(1) << precision
    for i in range(symbols.size):
        _mix(table, indices, i, weights)
        start = _start(symbols[i], edges, curve, shift, reciprocals, weights, locations, scales, i, total)
        starts[i] = start
        freqs[i] = _start(symbols[i] + 1, edges, curve, shift, reciprocals, weights, locations, scales, i, total) - start


@entry
def _search(
    heads: Vector, words: Array1[np.uint32], size: int, edges: Array1[np.int64], curve: Array1[np.int64], shift: np.int64,
    reciprocals: Array1[np.int64], table: Array1[np.int64], indices: Array2[np.int32], locations: Array2[np.int32],
    scales: Array2[np.int32], precision: np.int64, weights: Array1[np.int64], points: Vector, symbols: Symbols,
) -> int:  # fmt: skip
    """The symbol of every point; without points (size 0) they are the message's, and popped.

    Long because an array handed to another function costs more than a step of the search.
    """
    bins, total, bits, popping, lane = edges.size - 1, np.int64(1) << precision, np.uint64(precision), points.size == 0, 0
    step = max(edges[1] - edges[0], np.int64(1))
    for i in range(symbols.size):
        _mix(table, indices, i, weights)
        heaviest = 0
        for k in range(1, weights.size):
            if weights[k] > weights[heaviest]:
                heaviest = k
        point = np.int64((heads[lane] & ((ONE << bits) - ONE)) if popping else points[i])
        low = min(max((np.int64(locations[i, heaviest]) - edges[0]) // step, np.int64(0)), np.int64(bins - 1))
        start = _start(low, edges, curve, shift, reciprocals, weights, locations, scales, i, total)
        width = np.int64(1)
        if start <= point:
            high = low + 1
            stop = _start(high, edges, curve, shift, reciprocals, weights, locations, scales, i, total)
            while stop <= point:
                low, start, width = high, stop, 2 * width
                high = min(low + width, np.int64(bins))
                stop = _start(high, edges, curve, shift, reciprocals, weights, locations, scales, i, total)
        else:
            high, stop = low, start
            while start > point:
                high, stop = low, start
                low, width = max(high - width, np.int64(0)), 2 * width
                start = _start(low, edges, curve, shift, reciprocals, weights, locations, scales, i, total)
        while high - low > 1:
            middle = (low + high) >> 1
            value = _start(middle, edges, curve, shift, reciprocals, weights, locations, scales, i, total)
            if value <= point:
                low, start = middle, value
            else:
                high, stop = middle, value
        symbols[i] = low
        if popping:
            head = take(heads[lane], np.uint64(start), np.uint64(stop - start), bits)
            if head < HEAD_LOW:
                size -= 1
                head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
            heads[lane] = head
            lane = lane + 1 if lane + 1 < heads.size else 0
    return size


class _Arguments(NamedTuple):
    """What both kernels take."""

    edges: NDArray[np.int64]
    curve: NDArray[np.int64]
    shift: np.int64
    reciprocals: NDArray[np.int64]
    table: NDArray[np.int64]
    indices: NDArray[np.int32]
    locations: NDArray[np.int32]
    scales: NDArray[np.int32]
    precision: np.int64


class IndexedMixture:
    """The distribution of an array of pixels: shape (...), parameters (..., K).

    table: int64, from 1 to 2^40: the weight that an index stands for. indices, locations, scales: int32 [..., K]; indices of table and of
    reciprocals are trusted (programs guarantee their range). curve, edges, reciprocals, precision: as a Mixture takes them.
    """

    def __init__(
        self, curve: Curve, edges: NDArray[np.int64], reciprocals: NDArray[np.int64], table: NDArray[np.int64], precision: int,
        indices: NDArray[np.int32], locations: NDArray[np.int32], scales: NDArray[np.int32],
    ) -> None:  # fmt: skip
        self.shape, count = indices.shape[:-1], indices.shape[-1]
        self.precision = precision
        indices, locations, scales = (np.ascontiguousarray(array, np.int32).reshape(-1, count) for array in (indices, locations, scales))
        shift, bits = np.int64(curve.shift), np.int64(precision)
        self._arguments = _Arguments(edges, curve.values, shift, reciprocals, table, indices, locations, scales, bits)
        self.size = int(np.prod(self.shape, dtype=np.int64))

    @property
    def bins(self) -> int:
        return self._arguments.edges.size - 1

    def _room(self) -> NDArray[np.int64]:
        """For the weights of one pixel."""
        return np.empty(self._arguments.indices.shape[1], np.int64)

    def span(self, symbols: ArrayLike) -> tuple[Vector, Vector]:
        flat = checked_symbols(symbols, self.shape, np.uint64(self.bins))
        starts, freqs = np.empty((2, flat.size), np.uint64)
        _span(*self._arguments, self._room(), flat, starts, freqs)
        return starts.reshape(self.shape), freqs.reshape(self.shape)

    def find(self, points: ArrayLike) -> Symbols:
        flat, symbols = checked_points(points, self.shape, self.precision), np.empty(self.size, np.int64)
        if flat.size:
            _search(np.empty(0, np.uint64), np.empty(0, np.uint32), 0, *self._arguments, self._room(), flat, symbols)
        return symbols.reshape(self.shape)

    def pop(self, message: Message) -> Symbols:
        symbols = np.empty(self.size, np.int64)
        if symbols.size:
            message.run_pop(_search, *self._arguments, self._room(), np.empty(0, np.uint64), symbols)
        return symbols.reshape(self.shape)


def check_tables(
    curve: Curve,
    edges: NDArray[np.int64],
    reciprocals: NDArray[np.int64],
    table: NDArray[np.int64],
    precision: int,
    components: int,
    location: int,
) -> None:
    """Raise BadInterval for tables or ranges (the largest |location|) with which an IndexedMixture would not be exact."""
    if not 1 <= components <= MAX_COMPONENTS or location >= LOCATION_LIMIT or not 1 <= table.min() <= table.max() < RAW_LIMIT:
        raise BadInterval("a mixture of pixels has 1 to 64 components, weights from 1 to 2^40 and locations below 2^28")
    zeros = np.zeros((1, components), np.int64)
    Mixture(curve, edges, reciprocals, integer_weights(zeros + table[0]), zeros, zeros, precision)
