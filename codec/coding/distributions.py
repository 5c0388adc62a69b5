"""Distributions in exact integers: symbol -> (start, freq), point -> symbol.

A distribution stands for an array of independent symbols of one `shape` (first axis: data points), each with its own
parameters and alphabet 0 ... n - 1. For every one of them freq >= 1 and the intervals tile [0, 2^precision):

    0 |----freq 0----|--freq 1--|-------freq 2-------| ... | 2^precision
      start 0        start 1    start 2                ^ find(point) is the symbol whose interval holds the point

    span(symbols) -> (starts, freqs)      uint64, of the distribution's shape
    find(points)  -> symbols              int64, inverts span at every point
    pop(message)  -> symbols              peek, find and pop in one kernel

Mixtures of located and scaled curves are in mixture.py.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codec.coding.message import HEAD_LOW, ONE, WORD_BITS, Message, Vector, checked_precision, take, unsigned
from codec.errors import BadInterval
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry

MAX_COUNT = 1 << 24
MAX_SYMBOLS = 1 << 16

Symbols = Array1[np.int64]


class Distribution(Protocol):
    """What coders need to know of a distribution."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def precision(self) -> int: ...
    def span(self, symbols: ArrayLike) -> tuple[Vector, Vector]: ...
    def find(self, points: ArrayLike) -> Symbols: ...
    def pop(self, message: Message) -> Symbols: ...


def checked_symbols(symbols: ArrayLike, shape: tuple[int, ...], counts: Any) -> Symbols:
    """Flat int64 symbols, if they have the right shape and every one lies in [0, its count)."""
    array = np.asarray(symbols)
    if array.shape != shape:
        raise BadInterval(f"symbols of shape {array.shape} for a distribution of shape {shape}")
    flat = unsigned(array, "symbols")
    if flat.size and (flat >= counts).any():
        where = int(np.argmax(flat >= counts))
        raise BadInterval(f"symbol {flat[where]} at {where} lies outside its alphabet of {np.broadcast_to(counts, flat.shape)[where]}")
    return flat.view(np.int64)


def checked_points(points: ArrayLike, shape: tuple[int, ...], precision: int) -> Vector:
    """Flat uint64 points, if they have the right shape and lie in [0, 2^precision)."""
    array = np.asarray(points)
    if array.shape != shape:
        raise BadInterval(f"points of shape {array.shape} for a distribution of shape {shape}")
    flat = unsigned(array, "points")
    if flat.size and flat.max() >> np.uint64(precision):
        raise BadInterval(f"point {flat.max()} lies outside [0, 2^{precision})")
    return flat


# ---------------------------------------------------------------- uniform


@entry(brief=True)
def _uniform_span(counts: Vector, precision: np.uint64, symbols: Symbols, starts: Vector, freqs: Vector) -> None:
    for i in range(symbols.size):
        symbol, count = np.uint64(symbols[i]), counts[i]
        starts[i] = (symbol << precision) // count
        freqs[i] = ((symbol + ONE) << precision) // count - starts[i]


@entry(brief=True)
def _uniform_pop(heads: Vector, words: Array1[np.uint32], size: int, counts: Vector, precision: np.uint64, symbols: Symbols) -> int:
    lane, mask = 0, (ONE << precision) - ONE
    for i in range(symbols.size):
        count, point = counts[i], heads[lane] & mask
        symbol = (point * count + count - ONE) >> precision
        start = (symbol << precision) // count
        freq = ((symbol + ONE) << precision) // count - start
        head = take(heads[lane], start, freq, precision)
        if head < HEAD_LOW:
            size -= 1
            head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
        heads[lane], symbols[i] = head, symbol
        lane = lane + 1 if lane + 1 < heads.size else 0
    return size


class Uniform:
    """counts[...] equally likely symbols, 1 <= count <= 2^24: start(i) = floor(i 2^precision / count).

    The precision is 31 unless all counts fit into a smaller one; count = 2^precision is the exact way to code raw bits.
    """

    def __init__(self, counts: ArrayLike, precision: int = 31) -> None:
        self.precision = int(checked_precision(precision))
        self.shape = np.shape(counts)
        self.counts = unsigned(counts, "counts")
        most = min(MAX_COUNT, 1 << self.precision)
        if self.counts.size and (self.counts.min() < 1 or self.counts.max() > most):
            raise BadInterval(f"a uniform distribution has 1 to {most} symbols here, not {self.counts.min()} or {self.counts.max()}")

    def span(self, symbols: ArrayLike) -> tuple[Vector, Vector]:
        flat = checked_symbols(symbols, self.shape, self.counts)
        starts, freqs = np.empty((2, flat.size), np.uint64)
        _uniform_span(self.counts, np.uint64(self.precision), flat, starts, freqs)
        return starts.reshape(self.shape), freqs.reshape(self.shape)

    def find(self, points: ArrayLike) -> Symbols:
        flat = checked_points(points, self.shape, self.precision)
        # start(i) <= point  <=>  i 2^precision / count < point + 1  <=>  i 2^precision <= (point + 1) count - 1
        symbols = (flat * self.counts + self.counts - ONE) >> np.uint64(self.precision)
        return symbols.view(np.int64).reshape(self.shape)

    def pop(self, message: Message) -> Symbols:
        symbols = np.empty(self.counts.size, np.int64)
        message.run_pop(_uniform_pop, self.counts, np.uint64(self.precision), symbols)
        return symbols.reshape(self.shape)


# ---------------------------------------------------------------- Bernoulli


@entry(brief=True)
def _bernoulli_span(ones: Vector, total: np.uint64, symbols: Symbols, starts: Vector, freqs: Vector) -> None:
    for i in range(symbols.size):
        zeros = total - ones[i]
        starts[i] = zeros if symbols[i] else np.uint64(0)
        freqs[i] = ones[i] if symbols[i] else zeros


@entry(brief=True)
def _bernoulli_pop(heads: Vector, words: Array1[np.uint32], size: int, ones: Vector, precision: np.uint64, symbols: Symbols) -> int:
    lane, total = 0, ONE << precision
    for i in range(symbols.size):
        head, zeros = heads[lane], total - ones[i]
        symbol = (head & (total - ONE)) >= zeros
        head = take(head, zeros if symbol else np.uint64(0), ones[i] if symbol else zeros, precision)
        if head < HEAD_LOW:
            size -= 1
            head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
        heads[lane], symbols[i] = head, symbol
        lane = lane + 1 if lane + 1 < heads.size else 0
    return size


class Bernoulli:
    """Symbols 0 and 1; ones[...] is the frequency of a 1, from 1 to 2^precision - 1."""

    def __init__(self, ones: ArrayLike, precision: int) -> None:
        self.precision = int(checked_precision(precision))
        self.shape = np.shape(ones)
        self.ones = unsigned(ones, "frequencies")
        if self.ones.size and not 1 <= self.ones.min() <= self.ones.max() < 1 << precision:
            raise BadInterval(f"the frequency of a 1 must lie in [1, 2^{precision}), not at {self.ones.min()} or {self.ones.max()}")

    def span(self, symbols: ArrayLike) -> tuple[Vector, Vector]:
        flat = checked_symbols(symbols, self.shape, np.uint64(2))
        starts, freqs = np.empty((2, flat.size), np.uint64)
        _bernoulli_span(self.ones, ONE << np.uint64(self.precision), flat, starts, freqs)
        return starts.reshape(self.shape), freqs.reshape(self.shape)

    def find(self, points: ArrayLike) -> Symbols:
        flat = checked_points(points, self.shape, self.precision)
        return (flat >= (ONE << np.uint64(self.precision)) - self.ones).astype(np.int64).reshape(self.shape)

    def pop(self, message: Message) -> Symbols:
        symbols = np.empty(self.ones.size, np.int64)
        message.run_pop(_bernoulli_pop, self.ones, np.uint64(self.precision), symbols)
        return symbols.reshape(self.shape)


# ---------------------------------------------------------------- tables


@entry(brief=True)
def _table_span(cdfs: Array2[np.uint32], rows: Symbols, symbols: Symbols, starts: Vector, freqs: Vector) -> None:
    for i in range(symbols.size):
        starts[i] = cdfs[rows[i], symbols[i]]
        freqs[i] = np.uint64(cdfs[rows[i], symbols[i] + 1]) - starts[i]


@entry(brief=True)
def _table_guide(cdfs: Array2[np.uint32], shift: np.uint64, guide: Array2[np.uint16]) -> None:
    """guide[row, bucket]: the symbol whose interval holds the bucket's first point."""
    for row in range(cdfs.shape[0]):
        symbol = 0
        for bucket in range(guide.shape[1]):
            while np.uint64(cdfs[row, symbol + 1]) <= np.uint64(bucket) << shift:
                symbol += 1
            guide[row, bucket] = symbol


@entry(brief=True)
def _table_find(
    cdfs: Array2[np.uint32], guide: Array2[np.uint16], shift: np.uint64, rows: Symbols, points: Vector, symbols: Symbols
) -> None:
    for i in range(symbols.size):
        row, point = rows[i], points[i]
        symbol = np.int64(guide[row, np.int64(point >> shift)])
        while np.uint64(cdfs[row, symbol + 1]) <= point:
            symbol += 1
        symbols[i] = symbol


@entry(brief=True)
def _table_pop(
    heads: Vector, words: Array1[np.uint32], size: int, cdfs: Array2[np.uint32], guide: Array2[np.uint16], shift: np.uint64, rows: Symbols,
    precision: np.uint64, symbols: Symbols,
) -> int:  # fmt: skip
    lane, mask = 0, (ONE << precision) - ONE
    for i in range(symbols.size):
        head, row = heads[lane], rows[i]
        point = head & mask
        symbol = np.int64(guide[row, np.int64(point >> shift)])
        while np.uint64(cdfs[row, symbol + 1]) <= point:
            symbol += 1
        start = np.uint64(cdfs[row, symbol])
        head = take(head, start, np.uint64(cdfs[row, symbol + 1]) - start, precision)
        if head < HEAD_LOW:
            size -= 1
            head = (head << WORD_BITS) | np.uint64(words[max(size, 0)])
        heads[lane], symbols[i] = head, symbol
        lane = lane + 1 if lane + 1 < heads.size else 0
    return size


class Table:
    """Any distributions, from cumulative tables: cdfs[rows, 0] = 0 < cdfs[rows, 1] < ... < cdfs[rows, n] = 2^precision.

    cdfs: uint32[tables, n + 1]; rows[...]: the table of each symbol. Tables shorter than the longest one are filled up
    by the caller, with symbols of frequency 1.
    """

    def __init__(self, cdfs: ArrayLike, rows: ArrayLike, precision: int) -> None:
        self.precision = int(checked_precision(precision))
        table = np.asarray(cdfs)
        if table.ndim != 2 or table.shape[1] < 2 or table.dtype.kind not in "iu" or table.shape[1] > MAX_SYMBOLS + 1:
            raise BadInterval(f"tables are integers of shape (tables, symbols + 1), not {table.dtype} of shape {table.shape}")
        wide = table.astype(np.int64)
        if (wide[:, 0] != 0).any() or (wide[:, -1] != 1 << precision).any() or (np.diff(wide, axis=1) < 1).any():
            raise BadInterval(f"each table must rise from 0 to 2^{precision} by at least 1 a symbol")
        self.cdfs = np.ascontiguousarray(table, np.uint32)
        self.shape = np.shape(rows)
        self.rows = checked_symbols(rows, self.shape, np.uint64(table.shape[0]))
        self._guide: tuple[NDArray[np.uint16], np.uint64] | None = None

    def _guided(self) -> tuple[NDArray[np.uint16], np.uint64]:
        """Where to start looking: about four buckets a symbol. Made at the first pop or find."""
        if self._guide is None:
            bits = min(self.precision, (4 * self.cdfs.shape[1]).bit_length())
            guide, shift = np.empty((self.cdfs.shape[0], 1 << bits), np.uint16), np.uint64(self.precision - bits)
            _table_guide(self.cdfs, shift, guide)
            self._guide = guide, shift
        return self._guide

    def span(self, symbols: ArrayLike) -> tuple[Vector, Vector]:
        flat = checked_symbols(symbols, self.shape, np.uint64(self.cdfs.shape[1] - 1))
        starts, freqs = np.empty((2, flat.size), np.uint64)
        _table_span(self.cdfs, self.rows, flat, starts, freqs)
        return starts.reshape(self.shape), freqs.reshape(self.shape)

    def find(self, points: ArrayLike) -> Symbols:
        flat, symbols = checked_points(points, self.shape, self.precision), np.empty(self.rows.size, np.int64)
        _table_find(self.cdfs, *self._guided(), self.rows, flat, symbols)
        return symbols.reshape(self.shape)

    def pop(self, message: Message) -> Symbols:
        symbols = np.empty(self.rows.size, np.int64)
        message.run_pop(_table_pop, self.cdfs, *self._guided(), self.rows, np.uint64(self.precision), symbols)
        return symbols.reshape(self.shape)


def categorical(weights: ArrayLike, precision: int) -> Table:
    """K symbols each, from integer weights[..., K] >= 0: start(k) = floor((w_0 + ... + w_(k-1)) (2^precision - K) / total) + k.

    A symbol's weights must not all be 0; their total must stay below 2^(63 - precision), K at most 2^precision.
    """
    weight = np.asarray(weights)
    if weight.ndim < 1 or not 1 <= weight.shape[-1] <= min(MAX_SYMBOLS, 1 << int(checked_precision(precision))):
        raise BadInterval(f"weights of shape {weight.shape} do not fit into 2^{precision} intervals")
    shape, count, limit = weight.shape[:-1], weight.shape[-1], 1 << (63 - int(precision))
    flat = unsigned(weight, "weights").reshape(math.prod(shape), count)
    if flat.size and flat.max() > (limit - 1) // count:
        most = (limit - 1) // count
        raise BadInterval(f"a weight of {flat.max()}: each of {count} weights may be {most} at most at a precision of {precision}")
    sums = np.concatenate([np.zeros((len(flat), 1), np.uint64), np.cumsum(flat, axis=1, dtype=np.uint64)], 1)
    if not sums[:, -1].all():
        raise BadInterval("the weights of a symbol must not all be 0")
    cdfs = sums * np.uint64((1 << precision) - count) // np.maximum(sums[:, -1:], ONE) + np.arange(count + 1, dtype=np.uint64)
    return Table(cdfs, np.arange(len(flat)).reshape(shape), precision)
