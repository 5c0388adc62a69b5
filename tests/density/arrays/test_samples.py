"""Samples, reconstructions and what layers cost: drawn from the model itself, and what files take."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.small_contexts import small_context

from codec.density.arrays.family import load_density
from codec.density.density import ImagesDensity, ImagesForm
from codec.density.library import images_density
from codec.errors import BadInput
from codec.nets.model_file import read_model


@pytest.fixture(scope="module")
def digits() -> ImagesDensity:
    return images_density("digits-binary")


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize(("levels", "channels", "latents"), [(256, 3, False), (256, 1, True), (2, 1, False)])
def test_samples_cost_what_the_models_entropy_says(levels: int, channels: int, latents: bool) -> None:
    """A model knows its own samples better than uniform noise."""
    density = load_density(read_model(small_context(levels, channels, latents)))
    samples = density.draw(200, rng())
    noise = rng().integers(0, levels, samples.shape).astype(np.uint8)
    assert samples.shape == (200, density.pixels) and samples.max() < levels
    form = ImagesForm(200, b"")
    own, others = (density.price(form, slice(0, 200), images, 1.0) for images in (samples, noise))
    assert own < others


def test_reconstructions_are_near_their_images_and_samples_are_not(digits: ImagesDensity) -> None:
    images = digits.file.tensors["probe.x"].astype(np.uint8)
    found, samples = digits.reconstruct(images, rng()), digits.draw(len(images), rng())
    assert found.shape == images.shape
    assert np.abs(found - images).mean() < 0.08 < np.abs(samples.astype(float) - images).mean()


def test_interpolations_begin_and_end_with_reconstructions(digits: ImagesDensity) -> None:
    images = digits.file.tensors["probe.x"][:3].astype(np.uint8)
    between = digits.interpolate(images, 5, rng())
    assert between.shape == (2, 5, 784)
    for step, image in ((0, images[0]), (4, images[1])):
        assert np.abs(between[0, step] - image).mean() < 0.08
    assert np.abs(between[0, 2] - images[0]).mean() > np.abs(between[0, 0] - images[0]).mean()


def test_costs_of_layers_add_up_to_the_bound(digits: ImagesDensity) -> None:
    images = digits.draw(300, rng())
    costs = digits.layer_costs(images, rng())
    (bound,) = digits.estimate(ImagesForm(300, b""), slice(0, 300), images, [1], rng())
    wanted = -float(bound.log_density.mean()) / np.log(2.0) / digits.pixels
    assert sum(costs.bits) + costs.pixels == pytest.approx(wanted, rel=0.01)
    assert len(costs.bits) == len(costs.sizes) == len(costs.active) == 2
    assert all(0 < active <= size for active, size in zip(costs.active, costs.sizes, strict=True))


def test_a_model_without_latents_has_pixels_alone() -> None:
    density = load_density(read_model(small_context(256, 1)))
    images = density.draw(20, rng())
    costs = density.layer_costs(images, rng())
    assert costs.bits == () and costs.pixels == pytest.approx(density.price(ImagesForm(20, b""), slice(0, 20), images, 1.0) / images.size)
    with pytest.raises(BadInput, match="without latents"):
        density.reconstruct(images, rng())
    with pytest.raises(BadInput, match="without latents"):
        density.interpolate(images, 3, rng())
