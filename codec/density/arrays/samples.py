"""Draws images from a model of arrays, and shows what its latents hold: reconstructions, images between two others, bits of each layer.

A message of random bits, decoded, is a sample: pop latents from the prior, pop pixels given them. A reconstruction is the mean of a few
samples given the latents in the middle of an image's posterior.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import interval_costs
from codec.coding.message import Message
from codec.coding.tables import COST_BITS
from codec.density.arrays.model import (
    ArrayModel,
    Images,
    Latent,
    eps_values,
    features_of,
    likelihood_coder,
    posterior_of_features,
    prior_coder,
)
from codec.density.density import LayerCosts
from codec.density.latents import FULL_BITS
from codec.errors import BadInput

WORDS_OF_SAMPLE = 1  # of 32 bits, that popping a pixel or a latent takes at most
DRAWS = 16  # of a reconstruction
ACTIVE = 0.01  # variance of a latent's posterior median over images, beyond which it is in use
ONE = 1 << 10  # of a latent's value, as integers

Means = NDArray[np.float64]  # [points, pixels], in levels


def draw_images(model: ArrayModel, count: int, rng: np.random.Generator) -> Images:
    """Samples of the model, uint8 [count, pixels]."""
    message, depth = _random_message(model, count, rng), model.depths[0]
    latent = prior_coder(model, count, depth).pop(message)
    images: Images = likelihood_coder(model, count, latent, depth).pop(message).astype(np.uint8)
    return images


def reconstruct(model: ArrayModel, images: Images, rng: np.random.Generator) -> Means:
    """What the latents of images [n, pixels] hold of them. Raises BadInput for a model without latents."""
    return _means(model, _middles(model, images), rng)


def interpolate(model: ArrayModel, images: Images, steps: int, rng: np.random.Generator) -> Means:
    """[n - 1, steps, pixels]: from each of n images to the next, in equal steps of the latents' values. Raises BadInput as reconstruct."""
    latent, depth = _middles(model, images), model.depths[0]
    values = eps_values(model, latent, depth)
    parts, shares = list[NDArray[np.int64]](), np.linspace(0.0, 1.0, steps)[None, :, None]
    assert model.normal is not None, "there are latents"
    middles = model.normal.values[1::2].astype(np.float64)
    for layer in range(len(model.sizes)):
        value = values[f"eps{layer}"].astype(np.float64)
        between = value[:-1, None] * (1.0 - shares) + value[1:, None] * shares
        bins = np.searchsorted(middles, between.reshape(-1, between.shape[2]))
        parts.append(np.minimum(bins, (1 << FULL_BITS) - 1).astype(np.int64))
    return _means(model, tuple(parts), rng).reshape(len(images) - 1, steps, model.pixels)


def layer_costs(model: ArrayModel, images: Images, rng: np.random.Generator) -> LayerCosts:
    """What images [n, pixels] cost, bits/dim in the mean: latents of each layer, drawn from the posterior, and pixels."""
    depth, dimensions = model.depths[0], len(images) * model.pixels
    if not model.sizes:
        pixels = likelihood_coder(model, len(images), (), depth).cost(images)
        return LayerCosts((), (), (), float(pixels.sum()) / (1 << COST_BITS) / dimensions)
    posterior = posterior_of_features(model, len(images), features_of(model, images), depth)
    latent = posterior.find(rng.integers(0, 1 << posterior.precision, (len(images), posterior.width), dtype=np.uint64))
    _, freqs = posterior.span(latent)
    ends = np.cumsum(model.sizes)
    bits = []
    for size, end in zip(model.sizes, ends, strict=True):
        spent = interval_costs(np.ascontiguousarray(freqs[:, end - size : end]), posterior.precision)
        bits.append(FULL_BITS * size * len(images) - float(spent.sum()) / (1 << COST_BITS))
    pixels = likelihood_coder(model, len(images), latent, depth).cost(images)
    means = eps_values(model, _middles(model, images), depth)
    active = tuple(int((means[f"eps{layer}"].astype(np.float64).var(0) > ACTIVE * ONE**2).sum()) for layer in range(len(model.sizes)))
    return LayerCosts(model.sizes, active, tuple(one / dimensions for one in bits), float(pixels.sum()) / (1 << COST_BITS) / dimensions)


def _middles(model: ArrayModel, images: Images) -> Latent:
    """The latents in the middle of the posterior of images."""
    if not model.sizes:
        raise BadInput("a model without latents reconstructs nothing: its pixels see those before them")
    depth = model.depths[0]
    posterior = posterior_of_features(model, len(images), features_of(model, images), depth)
    found: Latent = posterior.find(np.full((len(images), posterior.width), 1 << (posterior.precision - 1), np.uint64))
    return found


def _means(model: ArrayModel, latent: Latent, rng: np.random.Generator) -> Means:
    """The mean of some samples given latents."""
    points, depth = len(latent[0]), model.depths[0]
    sums = np.zeros((points, model.pixels))
    for _ in range(DRAWS):
        sums += likelihood_coder(model, points, latent, depth).pop(_random_message(model, points, rng))
    return sums / DRAWS


def _random_message(model: ArrayModel, points: int, rng: np.random.Generator) -> Message:
    return Message.random(points * (model.pixels + sum(model.sizes)) * WORDS_OF_SAMPLE + 16, rng)
