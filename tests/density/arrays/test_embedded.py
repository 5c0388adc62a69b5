"""The embedded digits models on real digits: chains cost what the models estimate."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from codec.density import library
from codec.density.density import Encoded, Images, ImagesDensity, ImagesForm, Options
from codec.learn.arrays.images import binarise
from codec.learn.common.data import read_idx

TITLES = ["digits-binary", "digits-gray"]
HIERARCHY = "mnist-binary"  # which is for many images: the first ones of a file pay for its latents
LIMITS = {2: 0.17, 256: 1.42}  # bits a pixel of the first 1,000 test images, by the model's levels


@pytest.fixture(scope="module", params=TITLES)
def density(request: pytest.FixtureRequest) -> ImagesDensity:
    return library.images_density(request.param)


@pytest.fixture(scope="module")
def images(density: ImagesDensity, shared_data: Path) -> Images:
    test = read_idx(shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")[:1000]
    chosen: Images = binarise(test, 0) if density.levels == 2 else test
    return chosen.reshape(len(chosen), density.pixels)


def encoded(density: ImagesDensity, images: Images, particles: int = 1) -> Encoded:
    return density.encode(ImagesForm(len(images), b""), slice(0, len(images)), images, Options(particles))


def decoded(density: ImagesDensity, count: int, coded: Encoded) -> Images:
    return density.decode(replace(ImagesForm(count, b""), batches=coded.batches), slice(0, count), coded.payload)


def lower_bound(density: ImagesDensity, images: Images, particles: int) -> float:
    """The estimate of the ELBO of these images, in bits, negative."""
    rng = np.random.default_rng(0)
    (found,) = density.estimate(ImagesForm(len(images), b""), slice(0, len(images)), images, [particles], rng)
    return float(found.lower_bound.sum()) / math.log(2.0)


def test_digits_come_back_at_the_rate_that_the_model_estimates(density: ImagesDensity, images: Images) -> None:
    coded = encoded(density, images)
    assert np.array_equal(decoded(density, 1000, coded), images)
    assert coded.bits["net"] == pytest.approx(-lower_bound(density, images, 4), rel=0.01)
    assert 8 * len(coded.payload) < LIMITS[density.levels] * images.size


def test_particles_make_payloads_smaller(density: ImagesDensity, images: Images) -> None:
    one, several = (encoded(density, images[:150], particles).bits["net"] for particles in (1, 16))
    assert several < one
    assert np.array_equal(decoded(density, 60, encoded(density, images[:60], 16)), images[:60])


def test_an_image_alone_costs_little_more_than_its_share(density: ImagesDensity, images: Images) -> None:
    excess = []
    for number in range(20):
        image = images[number : number + 1]
        share = -lower_bound(density, image, 100)
        excess.append((encoded(density, image).bits["net"] - share) / max(16.0, 0.05 * share))
    assert np.mean(excess) <= 1.0


def test_a_hierarchy_of_the_package_codes_with_particles(shared_data: Path) -> None:
    test = read_idx(shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")[:120]
    images, density = binarise(test, 0).reshape(120, -1), library.images_density(HIERARCHY)
    coded = encoded(density, images, 8)
    assert np.array_equal(decoded(density, 120, coded), images) and density.particles > 8
    assert sum(batch.images for batch in coded.batches if batch.particles == 1) < 40
    assert coded.bits["net"] < 0.165 * images.size
