"""Makes the symbols that the core bench codes: of a 256-symbol table, of Bernoulli pixels and of mixtures of logistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.errors import RoundTripFailed
from bench.measure.timing import Contender
from codec.coding.coders import Leaf, leaf
from codec.coding.distributions import Bernoulli, Distribution, Table
from codec.coding.message import Message
from codec.coding.mixture import WEIGHT_BITS, Mixture, integer_weights
from codec.coding.tables import grid_edges, make_curve, make_scales

SEED = 20240607
BINS = 511  # one channel minus another, of 8 bits each
COMPONENTS = 3
FRACTION_BITS = 10  # of locations and edges, in pixels
SCALES = np.exp(np.linspace(np.log(0.5), np.log(64.0), 64))  # in pixels


@dataclass(frozen=True)
class Case:
    """Symbols int64[n] to code with a distribution of shape (n,).

    ideal_bits: the real-valued code length of these symbols, of all of them together.
    parameters: the distribution in floats, as other libraries take it (by name; see each function).
    """

    name: str
    distribution: Distribution
    symbols: NDArray[np.int64]
    ideal_bits: float
    parameters: dict[str, NDArray[np.float64]]

    @property
    def coder(self) -> Leaf:
        """The coder of all symbols as one vector."""
        return leaf(self.distribution)


def coding(case: Case, lanes: int) -> Contender:
    """Coding the symbols of a case on a message of so many lanes."""
    coder = case.coder

    def push(message: Message) -> Message:
        coder.push(message, case.symbols)
        return message

    def pop(message: Message) -> tuple[NDArray[np.int64], Message]:
        return coder.pop(message), message

    def verify(result: tuple[NDArray[np.int64], Message]) -> None:
        symbols, message = result
        if not np.array_equal(symbols, case.symbols):
            raise RoundTripFailed(f"the {case.name} coder does not return what it coded")
        check_empty(message, lanes)

    return Contender(f"codec, {lanes} lanes", case.symbols.size, lambda: Message.empty(lanes), push, pop, verify)


def check_empty(message: Message, lanes: int) -> None:
    """Raise RoundTripFailed unless a message is as empty as it began."""
    if message.stack.size or (message.heads != Message.empty(lanes).heads).any():
        raise RoundTripFailed("a message does not return to where it began")


def interval_bits(distribution: Distribution, symbols: NDArray[np.int64]) -> float:
    """Information content of the symbols' own intervals."""
    _, freqs = distribution.span(symbols)
    return float(np.sum(distribution.precision - np.log2(freqs.astype(np.float64))))


def table_case(count: int, precision: int, rng: np.random.Generator) -> Case:
    """One table of 256 symbols for all; parameters: "probabilities" [256]."""
    cuts = np.sort(rng.choice(np.arange(1, 1 << precision), 255, replace=False))
    cdf = np.concatenate([[0], cuts, [1 << precision]])
    probabilities = np.diff(cdf) / (1 << precision)
    symbols = rng.choice(256, count, p=probabilities)
    distribution = Table(cdf[None].astype(np.uint32), np.zeros(count, np.int64), precision)
    return Case("table", distribution, symbols, interval_bits(distribution, symbols), {"probabilities": probabilities})


def bernoulli_case(count: int, precision: int, rng: np.random.Generator) -> Case:
    """A probability of its own for each pixel, most of them near 0 or 1; parameters: "ones" [count]."""
    logits = rng.normal(0.0, 4.0, count)
    ones = np.clip(np.rint((1 << precision) / (1 + np.exp(-logits))), 1, (1 << precision) - 1).astype(np.int64)
    symbols = (rng.random(count) * (1 << precision) < ones).astype(np.int64)
    distribution = Bernoulli(ones, precision)
    return Case("bernoulli", distribution, symbols, interval_bits(distribution, symbols), {"ones": ones / (1 << precision)})


def mixture_case(count: int, precision: int, rng: np.random.Generator, low_scale: int = 8, high_scale: int = 48) -> Case:
    """511 symbols, three logistics whose scales are SCALES[low_scale:high_scale]; ideal_bits is that of the real-valued mixture.

    parameters: "weights", "locations" and "scales" [count, 3], the latter two in pixels.
    """
    unit = 1 << FRACTION_BITS
    middle = np.clip(rng.normal(BINS // 2, 60.0, (count, 1)), 20, BINS - 21)
    locations = np.rint((middle + rng.normal(0.0, 4.0, (count, COMPONENTS))) * unit).astype(np.int64)
    weights = integer_weights(rng.integers(1, 1000, (count, COMPONENTS)))
    scales = rng.integers(low_scale, high_scale, (count, COMPONENTS))
    floats = {"weights": weights / (1 << WEIGHT_BITS), "locations": locations / unit, "scales": SCALES[scales]}
    chosen = (rng.random((count, 1)) > np.cumsum(floats["weights"], axis=1)).sum(1, keepdims=True)
    location, scale = (np.take_along_axis(floats[name], chosen, 1)[:, 0] for name in ("locations", "scales"))
    where = location + scale * rng.logistic(size=count)
    symbols = np.clip(np.rint(where), 0, BINS - 1).astype(np.int64)
    edges = grid_edges(BINS, unit)
    distribution = Mixture(make_curve("logistic"), edges, make_scales(SCALES * unit), weights, locations, scales, precision)
    ideal = float(-np.sum(np.log2(logistic_masses(symbols[:, None], floats)[:, 0])))
    return Case("mixture", distribution, symbols, ideal, floats)


def logistic_masses(symbols: NDArray[np.int64], parameters: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Real-valued probabilities [count, n] of symbols[count or 1, n] under the mixtures; the outermost symbols take the tails."""
    lower = np.where(symbols == 0, -np.inf, symbols - 0.5)
    upper = np.where(symbols == BINS - 1, np.inf, symbols + 0.5)
    masses = np.zeros(np.broadcast_shapes(symbols.shape, (len(parameters["weights"]), 1)))
    for k in range(COMPONENTS):
        weight, location, scale = (parameters[name][:, k, None] for name in ("weights", "locations", "scales"))
        low, high = (lower - location) / scale, (upper - location) / scale
        flip = np.where(low > 0, -1.0, 1.0)  # differences of small tails, not of numbers near 1
        masses += weight * flip * (logistic(flip * high) - logistic(flip * low))
    return masses


def logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)) without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small, 1.0) / (1.0 + small)
