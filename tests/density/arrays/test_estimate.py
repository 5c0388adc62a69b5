"""Estimates of the density of images: in the very integers that code them, and a quick price."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.small_models import PIXELS, small_images, small_model

from codec.coding.tables import COST_BITS
from codec.density.arrays import estimate
from codec.density.arrays.estimate import ROWS, log_densities, log_weights, price_images, prior_weights
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import ArrayModel, likelihood_coder, posterior_coder, prior_coder
from codec.density.density import Images
from codec.nets.model_file import read_model


@pytest.fixture(scope="module", params=[(2, 1), (2, 2), (256, 1), (256, 2)], ids=str)
def model(request: pytest.FixtureRequest) -> ArrayModel:
    return load_arrays(read_model(small_model(*request.param)))


def images_of(model: ArrayModel, count: int) -> Images:
    return small_images(count, model.levels).reshape(count, PIXELS)


def test_a_weight_is_what_coding_with_that_latent_costs(model: ArrayModel) -> None:
    images, depth = images_of(model, 3), model.depths[0]
    posterior = posterior_coder(model, images, depth)
    points = np.random.default_rng(7).integers(0, 1 << posterior.precision, (3, posterior.width), dtype=np.uint64)
    latent = posterior.find(points)
    costs = likelihood_coder(model, len(images), latent, depth).cost(images) + prior_coder(model, 3, depth).cost(latent)
    costs = costs - posterior.cost(latent)
    (weights,) = np.asarray(log_weights(model, images, np.random.default_rng(7))(0, 1))
    assert np.allclose(weights / np.log(2.0), -costs / (1 << COST_BITS))


def test_draws_have_a_row_for_each_particle(model: ArrayModel, rng: np.random.Generator) -> None:
    for weights in (log_weights, prior_weights):
        assert np.shape(weights(model, images_of(model, 3), rng)(0, 5)) == (5, 3)


def test_there_is_an_estimate_for_each_number_of_particles_in_order(model: ArrayModel, rng: np.random.Generator) -> None:
    found = log_densities(model, images_of(model, 9), [1, 4, 16], rng)
    assert [one.particles for one in found] == [1, 4, 16] and all(one.log_density.shape == (9,) for one in found)
    assert found[2].bits > found[0].bits


def test_the_same_draws_give_the_same_estimates(model: ArrayModel) -> None:
    first, second = (log_densities(model, images_of(model, 5), [3], np.random.default_rng(2))[0] for _ in range(2))
    assert np.array_equal(first.log_density, second.log_density)


def test_images_are_estimated_in_parts_that_fit_into_memory(rng: np.random.Generator) -> None:
    binary = load_arrays(read_model(small_model()))
    (found,) = log_densities(binary, images_of(binary, ROWS + 5), [2], rng)
    assert all(getattr(found, name).shape == (ROWS + 5,) for name in ("log_density", "standard_error", "effective_size", "lower_bound"))


def test_the_prior_gives_the_same_density_with_particles_enough(rng: np.random.Generator) -> None:
    binary = load_arrays(read_model(small_model()))
    images = images_of(binary, 10)
    (guided,), (blind,) = (log_densities(binary, images, [4000], rng, from_prior) for from_prior in (False, True))
    assert guided.bits == pytest.approx(blind.bits, abs=5 * (guided.bits_error + blind.bits_error))


def test_a_share_of_the_images_gives_about_the_price_of_all(model: ArrayModel) -> None:
    images = images_of(model, 400)
    assert price_images(model, images, 0.25) == pytest.approx(price_images(model, images, 1.0), rel=0.1)
    assert price_images(model, np.tile(images, (2, 1)), 1.0) == pytest.approx(2 * price_images(model, images, 1.0))


def test_no_images_cost_nothing(model: ArrayModel) -> None:
    assert price_images(model, images_of(model, 0), 0.5) == 0.0


def test_a_unit_of_cost_is_a_small_part_of_a_nat() -> None:
    assert pytest.approx(np.log(2.0)) == estimate.NATS * (1 << COST_BITS)
