"""Bits-back coding from three coders: a prior p(z), a likelihood p(x|z) and a posterior q(z|x), of which nothing else is known.

Read me first: encoding begins with pops. The message must hold enough bits before the first data point
(`Message.seeded`, `funded`, `growing`); they are not lost, decoding gives them back.

    one step      push x:  pop z ~ q(z|x)    push x | z        push z | p(z)        costs -log p(x|z) p(z) / q(z|x)
                  pop x:   pop z ~ p(z)      pop x | z         push z | q(z|x)

    Bit-Swap      for a Markov posterior q(z1|x) q(z2|z1) ...: pop z1, push x | z1, pop z2, push z1 | z2, ... , push zL.
                  A layer's pops are paid by the push of the layer below it: fewest initial bits.

Several layers without Bit-Swap need nothing of their own: prior and posterior are then `autoregressive` coders. Steps with
several particles are in particles.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Coder, Pair, Symbol
from codec.coding.message import Message
from codec.errors import BadInterval, EmptyMessage
from codec.system.records import record

Likelihood = Callable[[Symbol], Coder]
Posterior = Callable[[Symbol], Coder]


@record(frozen=True)
class BitSwap:
    """L layers with a Markov posterior, interleaved; one layer is a plain bits-back step.

    likelihoods: p(x|z1), p(z1|z2) ...; posteriors: q(z1|x), q(z2|z1) ...; prior: p(zL).
    """

    prior: Coder
    likelihoods: tuple[Likelihood, ...]
    posteriors: tuple[Posterior, ...]

    def push(self, message: Message, symbol: Symbol) -> None:
        for likelihood, posterior in zip(self.likelihoods, self.posteriors, strict=True):
            latent = posterior(symbol).pop(message)
            likelihood(latent).push(message, symbol)
            symbol = latent
        self.prior.push(message, symbol)

    def pop(self, message: Message) -> Symbol:
        latent = self.prior.pop(message)
        for likelihood, posterior in zip(reversed(self.likelihoods), reversed(self.posteriors), strict=True):
            symbol = likelihood(latent).pop(message)
            posterior(symbol).push(message, latent)
            latent = symbol
        return latent


def bits_back(prior: Coder, likelihood: Likelihood, posterior: Posterior) -> BitSwap:
    """One step: the coder of a batch of data points x."""
    return BitSwap(prior, (likelihood,), (posterior,))


def bit_swap(prior: Coder, likelihoods: Sequence[Likelihood], posteriors: Sequence[Posterior]) -> BitSwap:
    """The interleaved step for L layers, bottom layer first."""
    if not likelihoods or len(likelihoods) != len(posteriors):
        raise BadInterval(f"{len(likelihoods)} likelihoods and {len(posteriors)} posteriors are not the layers of one model")
    return BitSwap(prior, tuple(likelihoods), tuple(posteriors))


# ---------------------------------------------------------------- many data points, and who pays for the first


@record(frozen=True)
class Chain:
    """Batch after batch of data points on one message; symbol: an array whose first axis is the data point.

    step(first, count) codes data points first ... first + count - 1. The batch pushed first is popped last.
    """

    step: Callable[[int, int], Pair]
    batches: tuple[int, ...]

    def push(self, message: Message, symbol: NDArray[np.generic]) -> None:
        if len(symbol) != sum(self.batches):
            raise BadInterval(f"{len(symbol)} data points for a chain of {sum(self.batches)}")
        for first, count in self._parts():
            self.step(first, count).push(message, symbol[first : first + count])

    def pop(self, message: Message) -> NDArray[np.generic]:
        parts = [self.step(first, count).pop(message) for first, count in reversed(self._parts())]
        return np.concatenate(parts[::-1])

    def _parts(self) -> list[tuple[int, int]]:
        ends = np.cumsum((0, *self.batches)).tolist()
        return list(zip(ends[:-1], self.batches, strict=True))


def chain(step: Callable[[int, int], Pair], batches: Iterable[int]) -> Chain:
    """Code data points in batches of these sizes."""
    sizes = tuple(batches)
    if not sizes or min(sizes) < 1:
        raise BadInterval(f"batches of {sizes} data points: every batch needs at least one")
    return Chain(step, sizes)


def growing(total: int, first: int = 1, factor: int = 2, largest: int = 1024) -> list[int]:
    """Batch sizes first, first * factor ... up to `largest`, the last one cut, that add up to `total`."""
    if min(total, first, largest) < 1 or factor < 1:
        raise BadInterval(f"no batches of {first}, growing by {factor} to {largest}, make {total} data points")
    sizes: list[int] = []
    while total > 0:
        sizes.append(min(first, largest, total))
        total -= sizes[-1]
        first *= factor
    return sizes


@record(frozen=True)
class Funded:
    """Pairs (paying, rest): the paying part is coded first, without latents, and its bits pay for the rest's pops."""

    plain: Pair
    step: Pair

    def push(self, message: Message, symbol: tuple[Symbol, Symbol]) -> None:
        paying, rest = symbol
        self.plain.push(message, paying)
        self.step.push(message, rest)

    def pop(self, message: Message) -> tuple[Symbol, Symbol]:
        rest = self.step.pop(message)
        paying = self.plain.pop(message)
        return paying, rest


def funded(plain: Pair, step: Pair) -> Funded:
    """Data points, or parts of them, coded by `plain` (a likelihood at a fixed z, say), then the others by `step`."""
    return Funded(plain, step)


def least_funding(message: Message, amounts: Iterable[int], push: Callable[[Message, int], None]) -> int | None:
    """The first of `amounts` (in ascending order) with which push(message, amount) finds enough bits, or None.

    The winner's pushes stay on the message; of the failed ones nothing does.
    """
    for amount in amounts:
        trial = message.copy()
        try:
            push(trial, amount)
        except EmptyMessage:
            continue
        message.heads[:] = trial.heads
        message.stack.words, message.stack.size = trial.stack.words, trial.stack.size
        return amount
    return None
