"""The naive estimate of what a photo costs: latents from the prior, not from the posterior, as the codec would need without its encoder."""

from __future__ import annotations

import math

import numpy as np

from codec.density.arrays.model import FULL_BITS
from codec.density.photo.model import PhotoModel
from codec.density.photo.stripe import BIT, Area, Planes, Rows, Step, _funding_plans
from codec.density.shared.tiles import stripe_rows
from codec.media.picture import PHOTO_PLANES, Picture
from codec.methods.method import groups, model_planes
from codec.system.executor import cores, in_order


def prior_picture(picture: Picture, model: PhotoModel, particles: int, seed: int = 0) -> float:
    """-log2 of (1/N) sum p(x|z_i) of a picture, N latents of each data point from the prior; funding rows as the codec has them."""
    work = []
    for number, pixels in enumerate(picture.bands(stripe_rows(picture.height, picture.width))):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        work += [(model_planes(part, model)[1], rng) for part in groups(pixels[:, :, : PHOTO_PLANES[picture.mode]], picture.mode, model)]
    return sum(in_order(lambda item: prior_stripe(model, item[0], particles, item[1]), work, cores()))


def prior_stripe(model: PhotoModel, planes: Planes, particles: int, rng: np.random.Generator) -> float:
    """The same of a stripe, int16 [channels, h, w]."""
    area = Area.known(model, planes)
    rows = next(_funding_plans(area, area.tiles * model.latents * float(FULL_BITS)))
    fixed = float(Rows(area, rows, area.height - rows).cost(area).sum()) / BIT
    if rows == area.height:
        return fixed
    step = Step(area, area.height - rows)
    latents = [rng.integers(0, 1 << FULL_BITS, step.shape) for _ in range(particles)]
    weights = np.array([-step.likelihood(latent).cost(area) / BIT for latent in latents])
    return fixed - float((np.logaddexp2.reduce(weights, 0) - math.log2(particles)).sum())
