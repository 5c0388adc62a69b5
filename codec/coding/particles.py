"""Bits-back with several particles for each data point (McBits): files that cost -log (1/N) sum_i w_i, w = p(x|z) p(z) / q(z|x).

    importance    N independent particles (IS):
                  pop z_1 ... z_N ~ q   pop j ~ w   push the others | q   push j | 1/N   push x | z_j   push z_j | p

    coupled       the same bound with the initial bits of one particle (CIS). Precision r, one uniform u per latent dimension:
                  pop u   z_i = the symbols at u + shift_i mod 2^r   pop j ~ w   push u_j - start(z_j) | 1/freq(z_j)
                  push j | 1/N   push x | z_j   push z_j | p

Weights come from the coders' own costs, in integers, so that the decoder finds the very same ones. As in bits_back.py
nothing is known of the three coders but what coders.py says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from codec.coding.bits_back import Likelihood
from codec.coding.coders import Coder, Costs, PosteriorCoder, Symbol
from codec.coding.distributions import Table, Uniform, categorical
from codec.coding.message import Message, Vector
from codec.coding.tables import COST_BITS, TABLE_BITS, exp2_table
from codec.errors import BadInterval
from codec.system.records import record

CHOICE_PRECISION = 24  # of the categorical over particles
WEIGHT_BITS = 26
MAX_PARTICLES = 1 << 12  # times 2^26 times 2^24 stays below 2^63

Posterior = Callable[[Symbol], PosteriorCoder]


@record(frozen=True)
class Importance:
    """McBits with N independent particles for each data point."""

    prior: Coder
    likelihood: Likelihood
    posterior: Posterior
    particles: int

    def push(self, message: Message, symbol: Symbol) -> None:
        posterior = self.posterior(symbol)
        latents = [posterior.pop(message) for _ in range(self.particles)]
        weights = choice([self._log_cost(posterior, symbol, latent) for latent in latents])
        chosen = weights.pop(message)
        stacked = _stack(latents)
        for latent in reversed(_without(stacked, chosen, self.particles)):
            posterior.push(message, latent)
        latent = _pick(stacked, chosen)
        message.push(*any_of(self.particles, len(chosen)).span(chosen), CHOICE_PRECISION)
        self.likelihood(latent).push(message, symbol)
        self.prior.push(message, latent)

    def pop(self, message: Message) -> Symbol:
        latent = self.prior.pop(message)
        symbol = self.likelihood(latent).pop(message)
        posterior = self.posterior(symbol)
        chosen = any_of(self.particles, posterior.points).pop(message)
        others = [posterior.pop(message) for _ in range(self.particles - 1)]
        latents = _with(others, latent, chosen)
        weights = choice([self._log_cost(posterior, symbol, each) for each in latents])
        message.push(*weights.span(chosen), weights.precision)
        for each in reversed(latents):
            posterior.push(message, each)
        return symbol

    def _log_cost(self, posterior: PosteriorCoder, symbol: Symbol, latent: Symbol) -> Costs:
        return self.likelihood(latent).cost(symbol) + self.prior.cost(latent) - posterior.cost(latent)


def importance(prior: Coder, likelihood: Likelihood, posterior: Posterior, particles: int) -> Importance:
    """N independent particles (IS): the initial bits grow with N."""
    return Importance(prior, likelihood, posterior, _checked_particles(particles))


@record(frozen=True)
class Coupled:
    """McBits with N coupled particles for each data point; the points of the batch have indices first, first + 1 ..."""

    prior: Coder
    likelihood: Likelihood
    posterior: Posterior
    particles: int
    first: int

    def push(self, message: Message, symbol: Symbol) -> None:
        posterior = self.posterior(symbol)
        common = _everything(posterior).pop(message).view(np.uint64)
        weights = choice([self._log_cost(posterior, symbol, common, i) for i in range(self.particles)])
        chosen = weights.pop(message)
        points = (common + self._shifts(posterior, chosen)) & _mask(posterior)
        latent = posterior.find(points)
        starts, freqs = posterior.span(latent)
        rest = _within(posterior, freqs)
        message.push(*rest.span(points - starts), rest.precision)
        message.push(*any_of(self.particles, len(chosen)).span(chosen), CHOICE_PRECISION)
        self.likelihood(latent).push(message, symbol)
        self.prior.push(message, latent)

    def pop(self, message: Message) -> Symbol:
        latent = self.prior.pop(message)
        symbol = self.likelihood(latent).pop(message)
        posterior = self.posterior(symbol)
        chosen = any_of(self.particles, posterior.points).pop(message)
        starts, freqs = posterior.span(latent)
        points = starts + _within(posterior, freqs).pop(message).view(np.uint64)
        common = (points - self._shifts(posterior, chosen)) & _mask(posterior)
        weights = choice([self._log_cost(posterior, symbol, common, i) for i in range(self.particles)])
        message.push(*weights.span(chosen), weights.precision)
        everything = _everything(posterior)
        message.push(*everything.span(common), everything.precision)
        return symbol

    def _log_cost(self, posterior: PosteriorCoder, symbol: Symbol, common: Vector, particle: int) -> Costs:
        shifts = self._shifts(posterior, np.full(posterior.points, particle))
        latent = posterior.find((common + shifts) & _mask(posterior))
        return self.likelihood(latent).cost(symbol) + self.prior.cost(latent) - posterior.cost(latent)

    def _shifts(self, posterior: PosteriorCoder, particles: NDArray[np.int64]) -> Vector:
        return shifts(self.first, particles, posterior.width) & _mask(posterior)


def coupled(prior: Coder, likelihood: Likelihood, posterior: Posterior, particles: int, first: int = 0) -> Coupled:
    """N coupled particles (CIS) for data points number `first` and following; the posterior's precision is at most 24."""
    if first < 0:
        raise BadInterval(f"the first data point has number {first}: numbers start at 0")
    return Coupled(prior, likelihood, posterior, _checked_particles(particles), first)


def shifts(first: int, particles: NDArray[np.int64], width: int) -> Vector:
    """uint64[points, width]: how far particle particles[p] of data point first + p is shifted in each dimension.

    Particle 0 stays. The others: three rounds of the SplitMix64 finalizer over (data point, particle, dimension).
    """
    numbers = np.arange(first, first + len(particles), dtype=np.uint64)[:, None]
    which = particles.astype(np.uint64)[:, None]
    mixed = _mix(_mix(_mix(numbers) + which) + np.arange(width, dtype=np.uint64)[None, :])
    return np.where(which == 0, np.uint64(0), mixed)


def _mix(values: Vector) -> Vector:
    """SplitMix64's output function: arithmetic modulo 2^64."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def choice(costs: Sequence[Costs]) -> Table:
    """The categorical over N particles whose log-weights are -costs[i][point]: a distribution of shape (points,)."""
    return categorical(relative_weights(np.stack(costs, -1)), CHOICE_PRECISION)


def any_of(particles: int, points: int) -> Uniform:
    """The uniform over N particles, shape (points,)."""
    return Uniform(np.full(points, particles), CHOICE_PRECISION)


def relative_weights(costs: Costs) -> NDArray[np.int64]:
    """2^-(cost - smallest cost of the row), int64[points, N] in units of 2^-26."""
    above = costs - costs.min(-1, keepdims=True)
    whole, rest = np.minimum(above >> COST_BITS, 31), above & ((1 << COST_BITS) - 1)
    table, step = exp2_table(), COST_BITS - TABLE_BITS
    entry, part = rest >> step, rest & ((1 << step) - 1)
    power = table[entry] - ((table[entry] - table[entry + 1]) * part >> step)
    weights: NDArray[np.int64] = power >> (whole + 30 - WEIGHT_BITS)
    return weights


def _everything(posterior: PosteriorCoder) -> Uniform:
    """The uniform over all points of a posterior's rows."""
    return Uniform(np.full((posterior.points, posterior.width), 1 << posterior.precision), posterior.precision)


def _within(posterior: PosteriorCoder, freqs: Vector) -> Uniform:
    """The uniform inside the chosen intervals. Half way between too coarse for a count of 2^r and too fine for a head."""
    return Uniform(freqs, (31 + posterior.precision) // 2)


def _mask(posterior: PosteriorCoder) -> np.uint64:
    return np.uint64((1 << posterior.precision) - 1)


def _stack(parts: Sequence[Symbol]) -> Symbol:
    """Latents of N particles as arrays [N, points, ...], or tuples of them for several layers."""
    return tuple(_stack(layer) for layer in zip(*parts, strict=True)) if isinstance(parts[0], tuple) else np.stack(parts)


def _pick(stacked: Symbol, which: NDArray[np.int64]) -> Symbol:
    """For each data point the latent of particle which[point]."""
    if isinstance(stacked, tuple):
        return tuple(_pick(layer, which) for layer in stacked)
    return stacked[which, np.arange(len(which))]


def _without(stacked: Symbol, chosen: NDArray[np.int64], count: int) -> list[Symbol]:
    """count - 1 latents: for each data point all particles but the chosen one, in order."""
    return [_pick(stacked, i + (chosen <= i)) for i in range(count - 1)]


def _with(others: Sequence[Symbol], latent: Symbol, chosen: NDArray[np.int64]) -> list[Symbol]:
    """The inverse of `_without`: all particles in order."""
    stacked, last = _stack([*others, latent]), len(others)
    return [_pick(stacked, np.where(chosen == i, last, i - (chosen < i))) for i in range(last + 1)]


def _checked_particles(particles: int) -> int:
    if not 1 <= particles <= MAX_PARTICLES:
        raise BadInterval(f"{particles} particles: take from 1 to {MAX_PARTICLES}")
    return particles
