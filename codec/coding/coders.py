"""Coders: pairs of mirror images that put symbols on a message and take them off again, and say what that costs.

    push(message, symbol)            the message is the only thing that changes
    pop(message) -> symbol           undoes push; and push undoes pop
    cost(symbol) -> int64[points]    bits of each data point, in units of 2^-24 bit, the message untouched

A coder codes a batch of data points at once: the first axis of every array is the data point, and a cost has one entry
for each. A posterior coder also answers for the intervals themselves (`PosteriorCoder`), which coupled particles need.

A symbol is what the coder says: an array (leaf), a tuple (serial, autoregressive, conditional) or a list (repeat).
Pushing goes backwards through the parts, so that popping goes forwards and knows the earlier ones. Where a message runs
out of bits (EmptyMessage), the part that failed leaves it alone, but parts before it have been popped: work on a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from codec.coding.distributions import Distribution
from codec.coding.message import Message, Vector
from codec.coding.tables import COST_BITS, TABLE_BITS, log2_table
from codec.errors import BadInterval
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry
from codec.system.records import record

Symbol = Any  # what a coder codes: an array, or a tuple or list of symbols
Costs = NDArray[np.int64]
COST_BOUND = 2.0**-22  # of one symbol: how far a cost may be from -log2(freq / 2^precision), in bits


class Pair(Protocol):
    """Mirror images: what puts symbols on a message and takes them off."""

    def push(self, message: Message, symbol: Symbol) -> None: ...
    def pop(self, message: Message) -> Symbol: ...


class Coder(Pair, Protocol):
    """A pair, and its price."""

    def cost(self, symbol: Symbol) -> Costs: ...


class PosteriorCoder(Coder, Protocol):
    """A coder whose symbol is a row of intervals for each data point, all of one precision.

    width: intervals in a row; span and find work on uint64[points, width].
    """

    @property
    def points(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def precision(self) -> int: ...
    def span(self, symbol: Symbol) -> tuple[Vector, Vector]: ...
    def find(self, points: Vector) -> Symbol: ...


@entry(brief=True)
def _costs(freqs: Array2[np.uint64], precision: np.int64, table: Array1[np.int64], costs: Array1[np.int64]) -> None:
    """Add the cost of every interval of a row to the row's: precision - log2(freq), freq of at most 2^31."""
    for i in range(freqs.shape[0]):
        for j in range(freqs.shape[1]):
            mantissa, exponent = np.int64(freqs[i, j]), 31
            for step in (16, 8, 4, 2, 1):
                if mantissa < np.int64(1) << (32 - step):
                    mantissa, exponent = mantissa << step, exponent - step
            place = mantissa - (np.int64(1) << 31)
            entry, rest = place >> (31 - TABLE_BITS), place & ((1 << (31 - TABLE_BITS)) - 1)
            log = table[entry] + ((table[entry + 1] - table[entry]) * rest >> (31 - TABLE_BITS))
            costs[i] += ((precision - exponent) << COST_BITS) - ((log + (1 << (31 - COST_BITS))) >> (32 - COST_BITS))


def interval_costs(freqs: Vector, precision: int) -> Costs:
    """int64[points]: the sum of -log2(freq / 2^precision) over all but the first axis, in units of 2^-24 bit."""
    rows = freqs.reshape(freqs.shape[0], -1) if freqs.size else freqs.reshape(freqs.shape[0], 0)
    costs = np.zeros(rows.shape[0], np.int64)
    _costs(rows, np.int64(precision), log2_table(), costs)
    return costs


@record(frozen=True)
class Leaf:
    """An array of independent symbols of one distribution, shape (points, ...)."""

    dist: Distribution

    def __post_init__(self) -> None:
        if len(self.dist.shape) == 0:
            raise BadInterval("a leaf needs a distribution whose first axis is the data points, not a single symbol")

    def push(self, message: Message, symbol: Symbol) -> None:
        message.push(*self.dist.span(symbol), self.dist.precision)

    def pop(self, message: Message) -> Symbol:
        return self.dist.pop(message)

    def cost(self, symbol: Symbol) -> Costs:
        return interval_costs(self.dist.span(symbol)[1], self.dist.precision)

    @property
    def points(self) -> int:
        return self.dist.shape[0]

    @property
    def width(self) -> int:
        return int(np.prod(self.dist.shape[1:], dtype=np.int64))

    @property
    def precision(self) -> int:
        return self.dist.precision

    def span(self, symbol: Symbol) -> tuple[Vector, Vector]:
        starts, freqs = self.dist.span(symbol)
        return starts.reshape(self.points, self.width), freqs.reshape(self.points, self.width)

    def find(self, points: Vector) -> Symbol:
        return self.dist.find(points.reshape(self.dist.shape))


@record(frozen=True)
class Serial:
    """Coders one after the other, each of the same data points; symbol: a tuple."""

    coders: tuple[Coder, ...]

    def push(self, message: Message, symbol: tuple[Symbol, ...]) -> None:
        for coder, part in zip(reversed(self.coders), reversed(symbol), strict=True):
            coder.push(message, part)

    def pop(self, message: Message) -> tuple[Symbol, ...]:
        return tuple(coder.pop(message) for coder in self.coders)

    def cost(self, symbol: tuple[Symbol, ...]) -> Costs:
        return _total([coder.cost(part) for coder, part in zip(self.coders, symbol, strict=True)])


@record(frozen=True)
class Repeat:
    """One coder, `count` times; symbol: a list."""

    coder: Coder
    count: int

    def push(self, message: Message, symbol: Sequence[Symbol]) -> None:
        if len(symbol) != self.count:
            raise BadInterval(f"{len(symbol)} symbols for a coder of {self.count}")
        for part in reversed(symbol):
            self.coder.push(message, part)

    def pop(self, message: Message) -> list[Symbol]:
        return [self.coder.pop(message) for _ in range(self.count)]

    def cost(self, symbol: Sequence[Symbol]) -> Costs:
        return _total([self.coder.cost(part) for part in symbol])


@record(frozen=True)
class OnLanes:
    """A coder that uses lanes start ... stop - 1 of the message alone."""

    coder: Coder
    start: int
    stop: int

    def push(self, message: Message, symbol: Symbol) -> None:
        self.coder.push(message.lanes(self.start, self.stop), symbol)

    def pop(self, message: Message) -> Symbol:
        return self.coder.pop(message.lanes(self.start, self.stop))

    def cost(self, symbol: Symbol) -> Costs:
        return self.coder.cost(symbol)


@record(frozen=True)
class Autoregressive:
    """`count` parts, part i coded by coder_at(i, the parts before it); symbol: a tuple.

    Of posterior coders it is a posterior coder, whose rows are the parts' rows side by side: points, width and precision say which.
    """

    count: int
    coder_at: Callable[[int, tuple[Symbol, ...]], Any]
    points: int = 0
    width: int = 0
    precision: int = 0

    def push(self, message: Message, symbol: tuple[Symbol, ...]) -> None:
        for coder, part in reversed(self._parts(symbol)):
            coder.push(message, part)

    def pop(self, message: Message) -> tuple[Symbol, ...]:
        known: tuple[Symbol, ...] = ()
        for i in range(self.count):
            known += (self.coder_at(i, known).pop(message),)
        return known

    def cost(self, symbol: tuple[Symbol, ...]) -> Costs:
        return _total([coder.cost(part) for coder, part in self._parts(symbol)])

    def span(self, symbol: tuple[Symbol, ...]) -> tuple[Vector, Vector]:
        spans = [coder.span(part) for coder, part in self._parts(symbol)]
        return np.concatenate([starts for starts, _ in spans], 1), np.concatenate([freqs for _, freqs in spans], 1)

    def find(self, points: Vector) -> tuple[Symbol, ...]:
        known: tuple[Symbol, ...] = ()
        first = 0
        for i in range(self.count):
            coder = self.coder_at(i, known)
            known += (coder.find(points[:, first : first + coder.width]),)
            first += coder.width
        return known

    def _parts(self, symbol: tuple[Symbol, ...]) -> list[tuple[Any, Any]]:
        if len(symbol) != self.count:
            raise BadInterval(f"{len(symbol)} parts for a coder of {self.count}")
        return [(self.coder_at(i, symbol[:i]), part) for i, part in enumerate(symbol)]


def leaf(dist: Distribution) -> Leaf:
    """The coder of one distribution."""
    return Leaf(dist)


def serial(*coders: Coder) -> Serial:
    """Coders one after the other."""
    return Serial(coders)


def repeat(coder: Coder, count: int) -> Repeat:
    """One coder, `count` times."""
    return Repeat(coder, count)


def on_lanes(coder: Coder, start: int, stop: int) -> OnLanes:
    """A coder that uses lanes start ... stop - 1 of the message alone."""
    return OnLanes(coder, start, stop)


def autoregressive(
    count: int, coder_at: Callable[[int, tuple[Symbol, ...]], Any], points: int = 0, width: int = 0, precision: int = 0
) -> Autoregressive:
    """Parts of which each may look at those before it; points, width and precision are for a posterior coder."""
    return Autoregressive(count, coder_at, points, width, precision)


def conditional(first: Coder, second: Callable[[Symbol], Coder]) -> Autoregressive:
    """A pair: the first symbol, then one whose coder depends on it."""
    return Autoregressive(2, lambda i, known: second(known[0]) if i else first)


def _total(costs: list[Costs]) -> Costs:
    return np.sum(costs, axis=0, dtype=np.int64)
