"""Estimates -log p(x) of an array's images: what each costs in the mean, and how far another sample of as many would lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from codec.density.density import Images, ImagesDensity, ImagesForm
from codec.density.estimates import cross_entropy
from codec.system.records import record


@record(frozen=True)
class ArrayEstimate:
    """-log p(x) of the images with one number of particles: bits of a pixel with their 95 % interval, nats of an image, the estimator's own
    standard error (None for one particle), and how many particles count in effect."""

    particles: int
    bits_per_pixel: float
    interval_95: tuple[float, float]
    nats_per_image: float
    estimator_standard_error_nats: float | None
    effective_sample_size: float

    @property
    def bits_per_dimension(self) -> float:
        """As estimates of pictures call it: a pixel of these images is one sample."""
        return self.bits_per_pixel


@record(frozen=True)
class ArrayEstimates:
    """Estimates of an array's images. model: the SHA-256 of the model's file."""

    images: int
    pixels: int
    model: str
    estimates: tuple[ArrayEstimate, ...]


def estimate_images(images: Images, density: ImagesDensity, particles: Sequence[int], seed: int) -> ArrayEstimates:
    """Estimates of -log p(x) of images [n, pixels], n >= 1, one for each number of particles."""
    form, found = ImagesForm(len(images), b""), list[ArrayEstimate]()
    rng = np.random.Generator(np.random.PCG64(seed))
    for estimate in density.estimate(form, slice(0, len(images)), images, particles, rng):
        whole = cross_entropy(estimate.log_density, density.pixels)
        error = float(np.mean(estimate.standard_error)) if estimate.particles > 1 else None
        effective, interval = float(np.mean(estimate.effective_size)), (whole.low, whole.high)
        found.append(ArrayEstimate(estimate.particles, whole.bits_per_dimension, interval, whole.nats, error, effective))
    return ArrayEstimates(len(images), density.pixels, density.file.sha256, tuple(found))
