"""Estimates of -log p(x) from log-weights, against a linear Gaussian model whose density is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from codec.density.estimates import Estimate, Floats, LogMean, cross_entropy, estimate, nats_to_bits
from codec.errors import BadEstimate

NOISE, SLOPE = 0.7, 1.3


def log_normal(x: Floats, mean: Floats | float, deviation: float) -> Floats:
    found: Floats = -0.5 * ((x - mean) / deviation) ** 2 - math.log(deviation) - 0.5 * math.log(2 * math.pi)
    return found


class Model:
    """p(z) = N(0, 1), p(x|z) = N(1.3 z, 0.7), posterior off its true mean and width."""

    def __init__(self, images: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.x = SLOPE * rng.standard_normal(images) + NOISE * rng.standard_normal(images)
        self.truth = log_normal(self.x, 0.0, math.hypot(SLOPE, NOISE))
        precision = 1.0 + (SLOPE / NOISE) ** 2
        self.mean, self.deviation = SLOPE / NOISE**2 * self.x / precision + 0.15, 1.25 / math.sqrt(precision)

    def draw(self, first: int, count: int) -> Floats:
        z = self.mean + self.deviation * self.rng.standard_normal((count, self.x.size))
        return log_normal(self.x, SLOPE * z, NOISE) + log_normal(z, 0.0, 1.0) - log_normal(z, self.mean, self.deviation)

    def draw_from_prior(self, first: int, count: int) -> Floats:
        return log_normal(self.x, SLOPE * self.rng.standard_normal((count, self.x.size)), NOISE)


def test_streaming_in_pieces_gives_the_sums_of_one_piece(rng: np.random.Generator) -> None:
    weights = 40.0 * rng.standard_normal((64, 5)) - 700.0
    once, pieces = LogMean(5), LogMean(5)
    once.add(weights)
    for part in np.array_split(weights, [1, 2, 30, 31]):
        pieces.add(part)
    for name in ("log_mean", "lower_bound", "effective_size", "standard_error"):
        np.testing.assert_allclose(getattr(pieces, name)(), getattr(once, name)(), rtol=1e-9)
    peak = weights.max(0)
    np.testing.assert_allclose(once.log_mean(), peak + np.log(np.exp(weights - peak).mean(0)), rtol=1e-12)


def test_the_estimate_reaches_the_true_density(rng: np.random.Generator) -> None:
    model = Model(50, rng)
    (found,) = estimate(model.draw, 50, [4000])
    assert np.abs(found.log_density - model.truth).max() < 5 * found.standard_error.max()
    assert found.standard_error.max() < 0.03


def test_the_standard_error_covers_the_truth_at_its_rate(rng: np.random.Generator) -> None:
    model = Model(2000, rng)
    (found,) = estimate(model.draw, 2000, [400], chunk=100)
    covered = np.mean(np.abs(found.log_density - model.truth) < 1.96 * found.standard_error)
    assert 0.93 < covered < 0.97


def test_the_estimate_rises_with_the_particles_and_stays_a_bound(rng: np.random.Generator) -> None:
    model = Model(4000, rng)
    found = estimate(model.draw, 4000, [1, 2, 4, 16, 128])
    means = [part.log_density.mean() for part in found]
    spread = (found[0].log_density - model.truth).std() / math.sqrt(4000)
    assert all(later > earlier - spread for earlier, later in itertools.pairwise(means))
    assert means[-1] < model.truth.mean() + 3 * (found[-1].log_density - model.truth).std() / math.sqrt(4000)


def test_sampling_the_prior_agrees_but_needs_more_particles(rng: np.random.Generator) -> None:
    model = Model(200, rng)
    (guided,), (blind,) = estimate(model.draw, 200, [500]), estimate(model.draw_from_prior, 200, [500])
    assert np.abs(blind.log_density - model.truth).mean() < 0.2
    assert blind.effective_size.mean() < 0.6 * guided.effective_size.mean()


def test_the_effective_size_lies_between_one_and_the_particles() -> None:
    state = LogMean(2)
    state.add(np.array([[0.0, -1000.0], [0.0, 0.0], [0.0, -1000.0]]))
    np.testing.assert_allclose(state.effective_size(), [3.0, 1.0])


def test_weights_of_zero_are_allowed_and_leave_zero_density() -> None:
    state = LogMean(2)
    state.add(np.array([[-np.inf, -np.inf]]))
    state.add(np.array([[-np.inf, math.log(2.0)]]))
    np.testing.assert_allclose(state.log_mean(), [-np.inf, 0.0])
    assert state.effective_size()[0] == 0.0


def test_one_particle_claims_no_accuracy(rng: np.random.Generator) -> None:
    (found,) = estimate(Model(3, rng).draw, 3, [1])
    assert np.isinf(found.standard_error).all()
    np.testing.assert_array_equal(found.log_density, found.lower_bound)


@pytest.mark.parametrize("weights", [np.zeros(3), np.zeros((2, 4)), np.full((2, 3), np.nan), np.full((2, 3), np.inf)])
def test_what_is_no_log_weight_is_refused(weights: Floats) -> None:
    with pytest.raises(BadEstimate):
        LogMean(3).add(weights)


def test_numbers_of_particles_must_be_positive(rng: np.random.Generator) -> None:
    for counts in ([], [0, 3]):
        with pytest.raises(BadEstimate):
            estimate(Model(3, rng).draw, 3, counts)
    with pytest.raises(BadEstimate):
        LogMean(2).log_mean()


def test_the_cross_entropy_interval_covers_the_mean_at_its_rate(rng: np.random.Generator) -> None:
    hits = sum((e := cross_entropy(rng.normal(-100.0, 9.0, 60), 784)).low <= nats_to_bits(100.0, 784) <= e.high for _ in range(500))
    assert 0.91 < hits / 500 < 0.98


def test_bits_per_dimension_are_nats_over_log_two() -> None:
    assert nats_to_bits(784 * math.log(2.0), 784) == pytest.approx(1.0)
    found = cross_entropy([-10.0, -12.0], 4)
    assert (found.images, found.nats) == (2, 11.0)
    assert found.bits_per_dimension == pytest.approx(11.0 / math.log(2.0) / 4)


def test_the_bits_of_all_images_together_have_the_error_of_independent_ones() -> None:
    zeros = np.zeros(2)
    found = Estimate(3, np.array([-1.0, -2.0]) * math.log(2.0), np.array([3.0, 4.0]) * math.log(2.0), zeros, zeros)
    assert found.bits == pytest.approx(-3.0) and found.bits_error == pytest.approx(5.0)
