"""Estimates what data cost naively: with latents from the prior, not from the posterior, as a codec would need without its encoder."""

from __future__ import annotations

import numpy as np

from bench.measure.peer import Pixels
from codec.density.density import ImagesDensity, ImagesForm, PlanesDensity, PlanesForm
from codec.density.estimates import Estimate
from codec.media.picture import Picture, form_of
from codec.methods.photo import groups


def prior_of_picture(picture: Picture, density: PlanesDensity, particles: int, seed: int = 0) -> float:
    """-log2 of (1/N) sum p(x|z_i) of a picture in bits, N latents of each data point from the prior."""
    form, bits = form_of(picture), 0.0
    for number, pixels in enumerate(picture.bands(density.plan(PlanesForm(picture.height, picture.width)))):
        rng = np.random.Generator(np.random.PCG64([seed, number]))
        for planes in (planes for _, parts in groups(pixels, form, density) for planes in parts):
            height, width = planes.shape[1:]
            (found,) = density.estimate(PlanesForm(height, width), slice(0, height), planes, [particles], rng, from_prior=True)
            bits -= found.bits
    return bits


def prior_of_images(images: Pixels, density: ImagesDensity, particles: int, seed: int = 0) -> Estimate:
    """The estimate of log p of images uint8 [n, pixels], N latents of each from the prior."""
    rng = np.random.Generator(np.random.PCG64(seed))
    (found,) = density.estimate(ImagesForm(len(images), b""), slice(0, len(images)), images, [particles], rng, from_prior=True)
    return found
