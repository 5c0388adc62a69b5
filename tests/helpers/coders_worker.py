"""One fresh process that codes with every distribution and every form of bits-back, and prints a digest of all words.

python -m helpers.coders_worker
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

import bits_back as toy
import numpy as np

from codec.coding.bits_back import chain, growing
from codec.coding.coders import leaf
from codec.coding.distributions import Bernoulli, Distribution, Uniform, categorical
from codec.coding.message import Message
from codec.coding.mixture import Mixture, integer_weights
from codec.coding.tables import equal_mass_edges, grid_edges, make_curve, make_scales

COUNT = 30  # symbols of a distribution


def distributions(rng: np.random.Generator) -> list[Distribution]:
    """At least one of every class, with random parameters."""
    pixel, latent = make_curve("logistic"), make_curve("normal")
    wide, narrow = make_scales(np.full(1, 9000)), make_scales(np.exp(np.linspace(-2, 3, 20)) * 256)
    weights, even = integer_weights(rng.integers(1, 99, (COUNT, 3))), np.full((COUNT, 1), 1 << 16)
    places, far = rng.integers(0, 511 * 256, (COUNT, 3)), rng.integers(-200000, 200000, (COUNT, 1))
    return [
        Uniform(rng.integers(1, 1 << 24, COUNT)),
        Uniform(np.full(COUNT, 1 << 20), 20),
        Bernoulli(rng.integers(1, 1 << 24, COUNT), 24),
        categorical(rng.integers(0, 99, (COUNT, 40)) + 1, 22),
        Mixture(pixel, grid_edges(511, 256), narrow, weights, places, rng.integers(0, 20, (COUNT, 3)), 22),
        Mixture(latent, equal_mass_edges(8), wide, even, far, np.zeros((COUNT, 1), int), 24),
    ]


def coded_symbols() -> Iterator[bytes]:
    """Symbols popped from random messages and pushed again: costs, what is found at their intervals, and the words."""
    rng = np.random.default_rng(1)
    known = distributions(rng)
    for lanes in (1, 4):
        message = Message.random(400, rng, lanes)
        symbols = [distribution.pop(message) for distribution in known]
        for distribution, symbol in zip(known, symbols, strict=True):
            leaf(distribution).push(message, symbol)
            yield leaf(distribution).cost(symbol[...]).tobytes()
            yield distribution.find(distribution.span(symbol)[0]).tobytes()
        yield message.to_words().tobytes()


def coded_pictures() -> Iterator[bytes]:
    """Words of the example's pictures, coded by bits-back with and without particles."""
    world = toy.World()
    pictures = world.draw(12, np.random.default_rng(3))
    for kind in ("plain", "importance", "coupled"):
        coder = chain(partial(toy.batch, world, kind, 3), growing(12, largest=4))
        message = Message.random(40, np.random.default_rng(4))
        coder.push(message, pictures)
        yield message.to_words().tobytes()
        if not np.array_equal(coder.pop(message), pictures):
            raise SystemExit("the pictures do not come back")


if __name__ == "__main__":
    print(hashlib.sha256(b"".join([*coded_symbols(), *coded_pictures()])).hexdigest())
