"""Estimates the density that a model gives to images, by importance sampling in the very integers that code them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codec.coding.tables import COST_BITS
from codec.density.arrays.model import ArrayModel, features_of, likelihood_coder, posterior_of_features, prior_coder
from codec.density.estimates import Draw, Estimate, estimate

ROWS = 1024  # images times particles in one evaluation
NATS = math.log(2.0) / (1 << COST_BITS)  # of one unit of cost

Images = NDArray[np.uint8]


def log_weights(model: ArrayModel, images: Images, rng: np.random.Generator) -> Draw:
    """Draws of log p(x|z) p(z) / q(z|x) in nats for images uint8 [n, pixels], z from the model's posterior over its finest bins.

    These are the numbers that the codec pays: a draw of -log2 w bits is what coding this image with this z costs.
    """
    depth, features = model.depths[0], features_of(model, images)

    def draw(first: int, count: int) -> NDArray[np.float64]:
        rows = np.tile(images, (count, 1))
        tiled = {name: np.tile(array, (count, *[1] * (array.ndim - 1))) for name, array in features.items()}
        posterior = posterior_of_features(model, len(rows), tiled, depth)
        points = rng.integers(0, 1 << posterior.precision, (len(rows), posterior.width), dtype=np.uint64)
        latent = posterior.find(points)
        costs = likelihood_coder(model, len(rows), latent, depth).cost(rows) + prior_coder(model, len(rows), depth).cost(latent)
        weights: NDArray[np.float64] = (posterior.cost(latent) - costs).reshape(count, len(images)) * NATS
        return weights

    return draw


def prior_weights(model: ArrayModel, images: Images, rng: np.random.Generator) -> Draw:
    """Draws of log p(x|z) in nats, z from the prior over the model's finest bins: what a codec without a posterior would have."""
    depth = model.depths[0]

    def draw(first: int, count: int) -> NDArray[np.float64]:
        rows = np.tile(images, (count, 1))
        latent = tuple(rng.integers(0, 1 << np.broadcast_to(bits, (len(rows), len(bits)))) for bits in depth)
        costs = likelihood_coder(model, len(rows), latent, depth).cost(rows).reshape(count, len(images))
        return -NATS * costs.astype(np.float64)

    return draw


def log_densities(
    model: ArrayModel, images: Images, counts: Sequence[int], rng: np.random.Generator, from_prior: bool = False
) -> list[Estimate]:
    """Estimates of log p(x) for images uint8 [n, pixels], n >= 1, each number of particles in counts, in constant memory.

    from_prior: the particles are drawn from the prior, not from the posterior."""
    if not model.sizes:
        return _without_latents(model, images, counts)
    parts, weights = list[list[Estimate]](), prior_weights if from_prior else log_weights
    for start in range(0, len(images), ROWS):
        part = images[start : start + ROWS]
        parts.append(estimate(weights(model, part, rng), len(part), counts, max(1, ROWS // len(part))))
    return [_joined(column) for column in zip(*parts, strict=True)]


def _without_latents(model: ArrayModel, images: Images, counts: Sequence[int]) -> list[Estimate]:
    """What a model says of images that has no latents: log p(x) itself, whatever the number of particles."""
    parts = [images[start : start + ROWS] for start in range(0, len(images), ROWS)]
    costs = np.concatenate([likelihood_coder(model, len(part), (), model.depths[0]).cost(part) for part in parts])
    exact, none = -NATS * costs.astype(np.float64), np.zeros(len(images))
    return [Estimate(count, exact, none, np.full(len(images), float(count)), exact) for count in counts]


def price_images(model: ArrayModel, images: Images, share: float) -> float:
    """About how many bits images cost, judged by so large a share of them: latents in the middle of their posterior."""
    some, depth = images[:: max(1, round(1 / share))], model.depths[0]
    if not len(some):
        return 0.0
    if not model.sizes:
        return float(likelihood_coder(model, len(some), (), depth).cost(some).sum()) / (1 << COST_BITS) * len(images) / len(some)
    posterior = posterior_of_features(model, len(some), features_of(model, some), depth)
    latent = posterior.find(np.full((len(some), posterior.width), 1 << (posterior.precision - 1), np.uint64))
    costs = likelihood_coder(model, len(some), latent, depth).cost(some) + prior_coder(model, len(some), depth).cost(latent)
    return float((costs - posterior.cost(latent)).sum()) / (1 << COST_BITS) * len(images) / len(some)


def _joined(parts: Sequence[Estimate]) -> Estimate:
    names = ("log_density", "standard_error", "effective_size", "lower_bound")
    return Estimate(parts[0].particles, *(np.concatenate([getattr(part, name) for part in parts]) for name in names))
