"""Likelihoods whose pixels see those before them: they code, they cost what they code, and damaged ones are refused."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.changed_models import Change, changed, gone, tensor, tensor_gone, value
from helpers.laws import check_push_then_pop
from helpers.small_contexts import LATENTS, small_context

from codec.coding.message import Message
from codec.coding.tables import COST_BITS
from codec.density.arrays.chain import decode_chain, encode_chain, is_affordable
from codec.density.arrays.estimate import log_densities, price_images
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import ArrayModel, likelihood_coder, probe_digest
from codec.density.density import MAX_BATCH, Batch, ImagesForm, Options
from codec.errors import BadFile, BadModel
from codec.nets.model_file import read_model

KINDS = [(2, 1, False), (256, 1, False), (256, 3, False), (256, 2, True), (2, 1, True)]


@pytest.fixture(scope="module", params=KINDS, ids=str)
def model(request: pytest.FixtureRequest) -> ArrayModel:
    return load_arrays(read_model(small_context(*request.param)))


def images_of(model: ArrayModel, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, model.levels, (count, model.pixels)).astype(np.uint8)


def latent_of(model: ArrayModel, count: int) -> tuple[np.ndarray, ...]:
    return tuple(np.random.default_rng(1).integers(0, 4096, (count, size)) for size in model.sizes)


def test_it_is_a_coder(model: ArrayModel) -> None:
    coder = likelihood_coder(model, 7, latent_of(model, 7), model.depths[0])
    check_push_then_pop(coder, images_of(model, 7), Message.random(500, np.random.default_rng(2)))


def test_a_message_grows_by_what_the_images_cost(model: ArrayModel) -> None:
    images = images_of(model, 40)
    coder = likelihood_coder(model, 40, latent_of(model, 40), model.depths[0])
    message = Message.random(500, np.random.default_rng(2))
    before = message.content
    coder.push(message, images)
    assert message.content - before == pytest.approx(coder.cost(images).sum() / (1 << COST_BITS), rel=1e-3)


def test_an_image_costs_the_same_whatever_comes_with_it(model: ArrayModel) -> None:
    images, latent = images_of(model, 9), latent_of(model, 9)
    together = likelihood_coder(model, 9, latent, model.depths[0]).cost(images)
    for i in range(9):
        alone = likelihood_coder(model, 1, tuple(part[i : i + 1] for part in latent), model.depths[0])
        assert alone.cost(images[i : i + 1]) == together[i]


@pytest.mark.parametrize("particles", [1, 3])
def test_a_chain_gives_the_images_back(model: ArrayModel, particles: int) -> None:
    images, form = images_of(model, 21), ImagesForm(21, b"prefix")
    coded = encode_chain(model, form, images, Options(particles))
    form = ImagesForm(21, b"prefix", coded.batches)
    assert np.array_equal(decode_chain(model, form, coded.payload), images)
    if not model.sizes:
        assert coded.batches == (Batch(21, 0, 1),)


def test_block_rows_make_no_difference(model: ArrayModel) -> None:
    images, form = images_of(model, 10), ImagesForm(10, b"")
    assert encode_chain(model, form, images, Options(), 3).payload == encode_chain(model, form, images, Options()).payload
    assert probe_digest(model, 1) == model.file.metadata["probe"]


def test_without_latents_an_estimate_is_the_density_itself() -> None:
    model = load_arrays(read_model(small_context()))
    images = images_of(model, 12)
    one, many = log_densities(model, images, [1, 64], np.random.default_rng(0))
    assert np.array_equal(one.log_density, many.log_density) and not many.standard_error.any()
    bits = 8 * len(encode_chain(model, ImagesForm(12, b""), images, Options()).payload) - 128
    assert -one.log_density.sum() / np.log(2) == pytest.approx(bits, abs=64)
    assert price_images(model, images, 1.0) == pytest.approx(bits, abs=64)


def test_what_takes_longer_is_worth_more_work() -> None:
    model = load_arrays(read_model(small_context()))
    assert is_affordable(model.work, [Batch(MAX_BATCH, 0, 1)], 1000) and not is_affordable(model.work, [Batch(1, 0, 1)] * 1000, 1000)
    with pytest.raises(BadFile, match="takes too long"):
        decode_chain(model, ImagesForm(1000, b"", (Batch(1, 0, 1),) * 1000), bytes(1000))


CHANGES = [
    value("latents", [LATENTS]),
    value("depths", [[], []]),
    value("shape", [4, 4]),
    value("shape", [48, 1]),
    value("shape", [4, 4, 3, 1]),
    value("shape", [48]),
    value("likelihood/reach", [2, 1]),
    value("likelihood/reach", [2, 2, 1]),
    value("likelihood/level_shift", -1),
    value("likelihood/lowest_scale", "low"),
    value("likelihood/colour", 1),
    gone("programs/channel1"),
    gone("programs/trunk"),
    value("programs/trunk/inputs/seen/high", 100),
    value("programs/trunk/outputs", ["features0"]),
    value("programs/channel1/inputs/off/low", -100),
    value("programs/channel0/outputs", ["weight", "scale"]),
    value("programs/channel2/steps/1/high", 255),
    tensor_gone("contrast.levels"),
    tensor("contrast.factors", lambda old: old[1:]),
    tensor("contrast.factors", lambda old: old * 0 + (1 << 30)),
    tensor("contrast.levels", lambda old: -old),
    tensor("contrast.spreads", lambda old: old * 0 + (1 << 20)),
    tensor("logistic.edges", lambda old: old[1:]),
    tensor("logistic.weights", lambda old: old[1:]),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_damaged_model_is_refused(change: Change) -> None:
    with pytest.raises(BadModel):
        load_arrays(read_model(changed(small_context(256, 3), change)))


@pytest.mark.parametrize("change", [tensor("bernoulli.ones", lambda old: old[1:]), tensor("bernoulli.ones", lambda old: old * 0)], ids=str)
def test_a_damaged_model_of_binary_images_is_refused(change: Change) -> None:
    with pytest.raises(BadModel):
        load_arrays(read_model(changed(small_context(2), change)))


def test_latents_that_do_not_reach_the_trunk_are_refused() -> None:
    with pytest.raises(BadModel, match="z"):
        load_arrays(read_model(changed(small_context(256, 1, True), value("programs/decode/outputs", ["flat"]))))
