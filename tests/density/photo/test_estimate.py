"""What a photo model says that a stripe costs: estimates, a quick price, and where the bits went."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.photo_planes import planes_of
from helpers.small_photos import small_photo_model

from codec.density.estimates import Estimate
from codec.density.photo.area import PhotoArea
from codec.density.photo.estimate import estimate_stripe, place_costs, price_stripe
from codec.density.photo.model import load_photo
from codec.density.photo.stripe import encode_stripe, message_lanes
from codec.density.shared.step import push_area, usual_funding
from codec.nets.model_file import read_model

MODELS = {channels: load_photo(read_model(small_photo_model(channels))) for channels in (1, 3)}


def area_of(kind: str, channels: int, height: int, width: int) -> PhotoArea:
    return PhotoArea.known(MODELS[channels], planes_of(kind, channels, height, width))


def estimates(area: PhotoArea, particles: list[int], from_prior: bool = False) -> list[Estimate]:
    rows = usual_funding(area, message_lanes(area.height * area.width))
    return estimate_stripe(area, rows, particles, np.random.default_rng(1), from_prior)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_estimate_is_what_coding_costs(channels: int) -> None:
    """The cost with one particle is an ELBO: in the mean no less than the densities with more."""
    area = area_of("random walk", channels, 60, 60)
    one, many = estimates(area, [1, 16])
    assert encode_stripe(MODELS[channels], area.inner()).bits["estimate"] == pytest.approx(-one.bits, rel=0.02)
    assert many.bits > one.bits


def test_a_stripe_is_a_single_data_point() -> None:
    for found in estimates(area_of("random walk", 3, 40, 700), [1, 4]):
        assert found.log_density.shape == found.standard_error.shape == found.effective_size.shape == found.lower_bound.shape == (1,)


def test_one_particle_claims_no_accuracy_and_more_do() -> None:
    one, many = estimates(area_of("random walk", 1, 40, 50), [1, 8])
    assert np.isinf(one.standard_error).all() and 0 < many.standard_error[0] < 100
    assert one.effective_size[0] == 1.0 and 1.0 <= many.effective_size[0] <= 8.0


def test_numbers_of_particles_come_back_in_their_order() -> None:
    assert [found.particles for found in estimates(area_of("random walk", 1, 40, 50), [8, 1, 3])] == [8, 1, 3]


def test_the_density_lies_between_the_bound_and_what_the_best_particle_says() -> None:
    (found,) = estimates(area_of("random walk", 3, 60, 60), [16])
    assert found.lower_bound[0] <= found.log_density[0] <= 0.0


def test_without_latents_there_is_nothing_to_estimate() -> None:
    area = area_of("random walk", 3, 3, 20)
    for found in estimates(area, [1, 16]):
        assert found.standard_error[0] == 0.0 and found.effective_size[0] == found.particles
        assert -found.bits == pytest.approx(encode_stripe(MODELS[3], area.inner()).bits["estimate"])


def test_particles_from_the_prior_estimate_the_same_density() -> None:
    area = area_of("random walk", 1, 40, 50)
    (guided,), (blind,) = (estimates(area, [200], from_prior) for from_prior in (False, True))
    assert blind.bits == pytest.approx(guided.bits, rel=0.01)


@pytest.mark.parametrize("share", [1.0, 0.3, 0.1])
def test_a_price_is_the_cost_without_latents(share: float) -> None:
    area = area_of("random walk", 3, 200, 50)
    coder = area.rows(0, 200)
    coder.cost(area)
    assert price_stripe(MODELS[3], area.inner(), share) == pytest.approx(coder.total_bits, rel=0.15)


def test_a_flat_stripe_is_cheaper_than_noise() -> None:
    flat, noise = (planes_of(kind, 1, 40, 50) for kind in ("flat", "noise"))
    assert price_stripe(MODELS[1], flat, 0.2) < 0.6 * price_stripe(MODELS[1], noise, 0.2)


def test_places_hold_the_pixels_as_they_were_coded_and_the_latents_of_their_tiles() -> None:
    area = area_of("random walk", 3, 60, 700)
    coded = push_area(area, 8, 1)
    places = place_costs(area, coded)
    assert places.bits.shape == (60, 700) and coded.main is not None
    assert places.bits.sum() == pytest.approx(coded.bits["likelihood"] + coded.bits["funding"], rel=1e-6)
    assert places.bits[60 - coded.funding_rows :].sum() == pytest.approx(coded.bits["funding"], rel=1e-6)
    assert [(tile.left, tile.left + tile.width) for tile in places.tiles] == [(part.start, part.stop) for part in area.columns]
    latents = sum(tile.bits for tile in places.tiles)
    assert latents == pytest.approx(coded.bits["prior"] - coded.bits["posterior"], abs=0.4 * coded.bits["prior"])


def test_a_stripe_without_latents_has_tiles_that_cost_nothing() -> None:
    area = area_of("random walk", 3, 3, 20)
    places = place_costs(area, push_area(area, 1, 1))
    assert [tile.bits for tile in places.tiles] == [0.0] and places.bits.shape == (3, 20)
