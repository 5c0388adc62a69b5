"""Bits-back coding by hand, in a world so small that every exact value can be summed.

    python examples/bits_back.py [data points]

A picture is four symbols out of eight; a latent z with three states says which of three tables they come from. The
encoder's posterior q(z|x) is a blurred copy of the exact one, so plain bits-back coding costs more than -log2 p(x), by
the divergence between the two; N particles win some of it back. Printed for each coder:

    convergence     net cost against the entropy: how far the bound is from -log2 p(x)
    cleanliness     net cost against the exact expectation of its bound: what the coder itself wastes
    initial cost    total file against net cost: what the first pops had to borrow
"""

from __future__ import annotations

import hashlib
import math
import sys
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from codec.coding.bits_back import bits_back, chain, growing
from codec.coding.coders import Leaf, leaf
from codec.coding.distributions import Table, categorical
from codec.coding.message import Message
from codec.coding.particles import coupled, importance

STATES, PLACES, LETTERS = 3, 4, 8
PRECISION = 16


@dataclass(frozen=True)
class World:
    """The model: a prior over z, tables of letters for each z and place, a posterior for each of the 8^4 pictures."""

    seed: int = 1
    blur: float = 0.65

    @cached_property
    def prior_cdf(self) -> np.ndarray:
        return categorical([[5, 3, 2]], PRECISION).cdfs

    @cached_property
    def letter_cdfs(self) -> np.ndarray:
        """(states * places, letters + 1)"""
        weights = np.random.default_rng(self.seed).integers(1, 40, (STATES * PLACES, LETTERS))
        return categorical(weights**2, PRECISION).cdfs

    @cached_property
    def joint(self) -> np.ndarray:
        """p(x, z), float64[pictures, states]."""
        letters = np.diff(self.letter_cdfs.astype(float), axis=1).reshape(STATES, PLACES, LETTERS) / 2**PRECISION
        pictures = np.indices((LETTERS,) * PLACES).reshape(PLACES, -1)
        likelihood = np.prod([letters[:, place, pictures[place]] for place in range(PLACES)], axis=0)
        return (likelihood * np.diff(self.prior_cdf.astype(float)).T / 2**PRECISION).T

    @cached_property
    def posterior_cdfs(self) -> np.ndarray:
        blurred = (self.joint / self.joint.sum(1, keepdims=True)) ** self.blur
        return categorical(np.rint(blurred * 2**20).astype(np.int64) + 1, PRECISION).cdfs

    @cached_property
    def posterior_table(self) -> np.ndarray:
        """q(z|x), float64[pictures, states]."""
        return np.diff(self.posterior_cdfs.astype(float), axis=1) / 2**PRECISION

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Pictures from the model itself: int64[count, places]."""
        codes = rng.choice(len(self.joint), count, p=self.joint.sum(1) / self.joint.sum())
        return np.stack(np.unravel_index(codes, (LETTERS,) * PLACES), 1)

    def codes(self, pictures: np.ndarray) -> np.ndarray:
        return np.ravel_multi_index(tuple(pictures.T), (LETTERS,) * PLACES)

    # ------------------------------------------------------------ the three coders

    def prior(self, points: int) -> Leaf:
        return leaf(Table(self.prior_cdf, np.zeros((points, 1), np.int64), PRECISION))

    def likelihood(self, latents: np.ndarray) -> Leaf:
        return leaf(Table(self.letter_cdfs, latents * PLACES + np.arange(PLACES), PRECISION))

    def posterior(self, pictures: np.ndarray) -> Leaf:
        return leaf(Table(self.posterior_cdfs, self.codes(pictures)[:, None], PRECISION))

    # ------------------------------------------------------------ exact values, in bits

    def entropy(self, pictures: np.ndarray) -> float:
        """Mean of -log2 p(x) over these pictures."""
        return float(-np.log2(self.joint[self.codes(pictures)].sum(1)).mean())

    def bound(self, pictures: np.ndarray, particles: int) -> float:
        """Mean of -IWAE_N over these pictures; N = 1 is -ELBO. Sums over all the ways that N particles fall on the states."""
        codes, counts = np.unique(self.codes(pictures), return_counts=True)
        posterior = self.posterior_table[codes]
        weights = self.joint[codes] / posterior
        expected = np.zeros(len(codes))
        for first in range(particles + 1):
            second = np.arange(particles - first + 1)
            fall = np.stack([np.full(second.shape, first), second, particles - first - second])
            ways = math.lgamma(particles + 1) - np.array([[math.lgamma(n + 1) for n in row] for row in fall]).sum(0)
            chance = np.exp(ways + np.log(posterior) @ fall)
            expected += (chance * np.log2(weights @ fall / particles)).sum(1)
        return float(-(expected * counts).sum() / counts.sum())


def batch(world: World, kind: str, particles: int, first: int, count: int):  # type: ignore[no-untyped-def]
    """The coder of data points first ... first + count - 1."""
    if kind == "plain":
        return bits_back(world.prior(count), world.likelihood, world.posterior)
    if kind == "importance":
        return importance(world.prior(count), world.likelihood, world.posterior, particles)
    return coupled(world.prior(count), world.likelihood, world.posterior, particles, first)


@dataclass(frozen=True)
class Figures:
    """Bits per data point, and the total size of the message in bits."""

    net: float
    bound: float
    entropy: float
    total: int
    points: int

    def line(self, name: str) -> str:
        return (
            f"{name:18} net {self.net:8.4f}   convergence {100 * (self.net / self.entropy - 1):+7.3f} %   "
            f"cleanliness {100 * (self.net / self.bound - 1):+7.3f} %   initial cost {self.total - self.net * self.points:7.1f} bits"
        )


def measure(world: World, pictures: np.ndarray, kind: str, particles: int) -> Figures:
    """Code the pictures on one message that starts with a digest's bits, check that they come back, and weigh the message."""
    # what a batch pops before it pushes has to be there: a longer seed or smaller batches where several particles are popped
    digests, largest = {"plain": (1, 1024), "importance": (1 + particles // 2, 32), "coupled": (2, 32)}[kind]
    seed = hashlib.sha256(pictures.tobytes()).digest() * digests
    coder = chain(lambda first, count: batch(world, kind, particles, first, count), growing(len(pictures), largest=largest))
    message = Message.seeded(seed)
    start = message.content
    coder.push(message, pictures)
    net, total = (message.content - start) / len(pictures), message.bits
    assert np.array_equal(coder.pop(message), pictures)
    assert message == Message.seeded(seed)
    return Figures(net, world.bound(pictures, particles), world.entropy(pictures), total, len(pictures))


def main(points: int) -> None:
    world = World()
    pictures = world.draw(points, np.random.default_rng(2))
    print(f"{points} data points, entropy {world.entropy(pictures):.4f} bits each")
    print(measure(world, pictures, "plain", 1).line("one step"))
    for kind in ("importance", "coupled"):
        for particles in (1, 4, 16, 64):
            print(measure(world, pictures, kind, particles).line(f"{kind} N = {particles}"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
