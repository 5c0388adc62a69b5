"""Models of arrays: their coders obey the laws at every depth, and cost what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.changed_models import changed, tensor
from helpers.laws import check_pop_then_push, check_push_then_pop, same
from helpers.small_models import PIXELS, small_images, small_model

from codec.coding.message import Message
from codec.coding.tables import COST_BITS
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import ArrayModel, eps_values, likelihood_coder, posterior_coder, prior_coder, probe_digest, step_coder
from codec.nets.model_file import read_model

KINDS = [(2, 1), (2, 2), (256, 1), (256, 2)]


@pytest.fixture(scope="module", params=KINDS, ids=str)
def model(request: pytest.FixtureRequest) -> ArrayModel:
    return load_arrays(read_model(small_model(*request.param)))


def images_of(model: ArrayModel, count: int) -> np.ndarray:
    return small_images(count, model.levels).reshape(count, PIXELS)


def random_message(seed: int = 5) -> Message:
    return Message.random(5000, np.random.default_rng(seed))


@pytest.mark.parametrize("depth", range(4))
def test_prior_likelihood_and_posterior_obey_the_laws_at_every_depth(model: ArrayModel, depth: int) -> None:
    images, message = images_of(model, 5), random_message()
    latent = check_pop_then_push(prior_coder(model, 5, model.depths[depth]), message)
    check_push_then_pop(likelihood_coder(model, len(images), latent, model.depths[depth]), images, message)
    latent = check_pop_then_push(posterior_coder(model, images, model.depths[depth]), message)
    check_push_then_pop(posterior_coder(model, images, model.depths[depth]), latent, message)


@pytest.mark.parametrize(("depth", "particles"), [(0, 1), (1, 1), (2, 1), (3, 1), (0, 4)])
def test_a_step_gives_back_images_and_message(model: ArrayModel, depth: int, particles: int) -> None:
    check_push_then_pop(step_coder(model, 6, model.depths[depth], particles, first=10), images_of(model, 6), random_message())


def test_the_length_of_a_message_is_the_sum_of_the_costs(model: ArrayModel) -> None:
    images, depth = images_of(model, 50), model.depths[0]
    message = random_message()
    latent = posterior_coder(model, images, depth).pop(message.copy())
    costs = likelihood_coder(model, len(images), latent, depth).cost(images) + prior_coder(model, 50, depth).cost(latent)
    costs = costs - posterior_coder(model, images, depth).cost(latent)
    before = message.content
    step_coder(model, 50, depth).push(message, images)
    assert message.content - before == pytest.approx(costs.sum() / (1 << COST_BITS), rel=2e-3)


def test_posterior_intervals_are_those_of_the_normal_distribution(model: ArrayModel) -> None:
    images, depth = images_of(model, 3), model.depths[0]
    outputs = model.posteriors[0]({"features": model.encode({"x": images})["features"]})
    mean, sigma = outputs["mean"] / 1024, np.exp(outputs["log_sigma"] / 32)
    edges = model.normal.edges[::2] / 65536
    coder = posterior_coder(model, images, depth).coder_at(0, ())
    for symbol in (1, 700, 2048, 4000):
        freqs = coder.span(np.full(mean.shape, symbol))[1] / 2**24
        erf = np.vectorize(math.erf)
        ends = [0.5 + 0.5 * erf((edges[symbol + i] - mean) / sigma / math.sqrt(2)) for i in (0, 1)]
        assert np.allclose(freqs, ends[1] - ends[0], atol=2e-5, rtol=2e-2)


def test_bins_have_the_values_of_their_middles(model: ArrayModel) -> None:
    bits = np.array([12, 3, 0])
    latent = np.array([[0, 7, 0], [4095, 0, 0], [2048, 4, 0]])
    values = eps_values(model, (latent,), (bits,))["eps0"] / 1024
    assert np.abs(values[:, 2]).max() == 0.0
    assert values[0, 1] == pytest.approx(1.5341, abs=1e-3) and values[1, 1] == pytest.approx(-1.5341, abs=1e-3)
    assert values[0, 0] == pytest.approx(-3.669, abs=2e-3) and values[2, 0] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_the_block_size_has_no_influence_on_the_probe(model: ArrayModel, rows: int) -> None:
    assert probe_digest(model, rows) == model.file.metadata["probe"]


def test_the_torch_engine_passes_the_probe(model: ArrayModel) -> None:
    engine = pytest.importorskip("codec.nets.torch_engine")
    assert probe_digest(load_arrays(model.file, engine.TorchEngine("cpu"))) == model.file.metadata["probe"]


def test_latents_and_images_come_back_as_what_they_were(model: ArrayModel) -> None:
    images, message = images_of(model, 4), random_message()
    before = message.copy()
    coder = step_coder(model, 4, model.depths[0], 3)
    coder.push(message, images)
    decoded = coder.pop(message)
    assert same(decoded, images) and message == before


def test_a_changed_weight_changes_the_probe() -> None:
    file = read_model(changed(small_model(), tensor("l.weight", lambda old: old + 1)))
    assert probe_digest(load_arrays(file)) != file.metadata["probe"]
