"""Hierarchies: models whose layers lie on paths are loaded with all proofs, coded in one step for all layers, and cost their estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.changed_models import Change, changed, gone, tensor, tensor_gone, value
from helpers.laws import check_laws
from helpers.small_hierarchies import small_hierarchy, small_pictures
from hypothesis import given
from hypothesis import strategies as st

from codec.density.arrays.chain import decode_chain, encode_chain
from codec.density.arrays.colour import Recoloured, from_differences, to_differences
from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import Descent, likelihood_coder, posterior_coder, prior_coder
from codec.density.density import Batch, ImagesForm, Options
from codec.errors import BadFile, BadModel
from codec.nets.model_file import read_model

MODELS = {levels: load_arrays(read_model(small_hierarchy(levels))) for levels in (2, 256)}


def rows_of(count: int, levels: int) -> np.ndarray:
    return small_pictures(count, levels).reshape(count, -1)


@given(st.integers(0, 2**32 - 1))
def test_differences_of_colours_are_a_bijection(seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (3, 12)).astype(np.uint8)
    assert np.array_equal(from_differences(to_differences(pixels)), pixels)
    assert np.array_equal(to_differences(from_differences(pixels)), pixels)


def test_a_gray_pixel_is_its_value_between_two_middles() -> None:
    assert to_differences(np.array([[7, 7, 7, 9, 4, 3]], np.uint8)).tolist() == [[128, 7, 128, 133, 4, 127]]


@pytest.mark.parametrize("levels", MODELS)
def test_prior_likelihood_and_posterior_obey_the_laws(levels: int) -> None:
    model, images = MODELS[levels], rows_of(4, levels)
    depth = model.depths[0]
    latent = posterior_coder(model, images, depth).find(np.random.default_rng(0).integers(0, 1 << 24, (4, 44), np.uint64))
    rng = np.random.default_rng(1)
    check_laws(prior_coder(model, 4, depth), latent, rng, 400)
    check_laws(posterior_coder(model, images, depth), latent, rng, 400)
    check_laws(likelihood_coder(model, 4, latent, depth), images, rng, 2000)


def test_a_way_makes_again_only_what_hangs_on_another_latent() -> None:
    model, rng = MODELS[256], np.random.default_rng(0)
    latent = tuple(rng.integers(0, 4096, (2, size)) for size in model.sizes)
    descent = Descent(model, model.depths[0], None)
    first = descent.values(latent)
    other = (latent[0], latent[1], rng.integers(0, 4096, latent[2].shape))
    second = descent.values(other)
    assert second["h2"] is first["h2"] and not np.array_equal(second["h3"], first["h3"])
    assert np.array_equal(Descent(model, model.depths[0], None).values(other)["h3"], second["h3"])


@pytest.mark.parametrize("levels", MODELS)
@pytest.mark.parametrize("particles", [1, 3])
def test_a_chain_decodes_to_its_images(levels: int, particles: int) -> None:
    model, images, form = MODELS[levels], rows_of(40, levels), ImagesForm(40, b"prefix")
    coded = encode_chain(model, form, images, Options(particles))
    assert np.array_equal(decode_chain(model, replace(form, batches=coded.batches), coded.payload), images)


def test_blocks_have_no_influence_on_the_payload() -> None:
    model, images, form = MODELS[256], rows_of(20, 256), ImagesForm(20, b"prefix")
    assert encode_chain(model, form, images, Options(), 1).payload == encode_chain(model, form, images, Options()).payload


def test_a_long_chain_costs_what_is_estimated() -> None:
    model, images = MODELS[256], rows_of(400, 256)
    coded = encode_chain(model, ImagesForm(400, b"prefix"), images, Options())
    (found,) = log_densities(model, images, [20], np.random.default_rng(0))
    bound = -float(found.lower_bound.sum()) / np.log(2)
    first = sum(batch.images for batch in coded.batches if batch.depth)  # these cost more
    assert 0.99 * bound < 8 * len(coded.payload) < (1.01 + first / 400) * bound


def test_a_batch_that_is_too_large_for_the_memory_is_damage() -> None:
    model = MODELS[256]
    wide = replace(model, paths=(replace(model.paths[0], outputs={"h1": replace(model.paths[0].outputs["h1"], shape=(1 << 22,))}),))
    assert wide.largest_batch == 3
    with pytest.raises(BadFile, match="larger than the model"):
        decode_chain(wide, ImagesForm(4, b"", (Batch(4, 0, 1),)), bytes(1000))


CHANGES = [
    value("colours", "yuv"),
    value("colours", 3),
    value("levels", 255),
    value("depths", "list"),
    tensor_gone("depths"),
    tensor("depths", lambda old: old[:, 1:]),
    tensor("depths", lambda old: old.astype(np.int16)),
    tensor("depths", lambda old: np.repeat(old[:1], 33, 0)),
    tensor("depths", lambda old: old + 1),
    tensor("depths", lambda old: old[1:]),
    gone("programs/path1"),
    value("programs/path3", {}),
    value("programs/path0/outputs", ["eps0"]),
    value("programs/path0/outputs", ["wide"]),
    value("programs/path1/outputs", ["h1"]),
    value("programs/path1/inputs/h1/high", 0),
    value("programs/path2/outputs", ["z"]),
    value("programs/posterior0/inputs/h1", {"shape": [3, 3, 6], "low": -32767, "high": 32767}),
    value("programs/posterior1/inputs/eps0", {"shape": [8], "low": -4096, "high": 4096}),
    value("programs/posterior1/outputs", ["mean"]),
    value("programs/posterior2/inputs/h2/shape", [3, 3, 5]),
    value("programs/decode/inputs/x", {"shape": [90], "low": 0, "high": 255}),
    value("programs/path0/steps/1/padding", [64, 64]),
    value("programs/path0/steps/2/factor", 0),
    value("programs/path0/steps/3/height", 5),
    value("programs/path0/steps/3/width", 0),
    value("programs/decode/steps/1/factor", 3),
    value("latents", [8, 18, 17]),
    value("latents", [1 << 19, 18, 18]),
    tensor("prior.sigma", lambda old: old[1:]),
    tensor("spread0.weight", lambda old: old[1:]),
    tensor("e0.bias", lambda old: np.full(6, 1 << 45)),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_damaged_hierarchy_is_refused(change: Change) -> None:
    with pytest.raises(BadModel):
        load_arrays(read_model(changed(small_hierarchy(), change)))


def test_differences_want_three_channels_of_bytes() -> None:
    with pytest.raises(BadModel, match="colours"):
        load_arrays(read_model(changed(small_hierarchy(2), value("colours", "differences"))))


def test_recoloured_images_obey_the_laws_of_their_coder() -> None:
    model, images = MODELS[256], rows_of(2, 256)
    latent = tuple(np.full((2, size), 2048) for size in model.sizes)
    coder = likelihood_coder(model, 2, latent, model.depths[0])
    block = coder.coder_of(slice(0, 2))
    assert isinstance(block, Recoloured)
    check_laws(block, images, np.random.default_rng(1), 1000)
