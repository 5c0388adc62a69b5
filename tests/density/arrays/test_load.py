"""Models of arrays from their files: what is wrong with a file is found when it is loaded."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from helpers.changed_models import Change, changed, gone, tensor, tensor_gone, value
from helpers.laws import check_laws
from helpers.small_models import small_model

from codec.coding.coders import interval_costs
from codec.coding.distributions import Bernoulli
from codec.density.arrays.load import Bits, load_arrays
from codec.density.latents import PRECISION
from codec.errors import BadModel
from codec.nets.model_file import read_model

CHANGES = [
    value("kind", "other"),
    value("pixels", 15),
    value("levels", 3),
    value("latents", [4]),
    value("latents", []),
    value("latents", [3, 3]),
    value("colour", 1),
    value("depths", []),
    value("depths/0/0", 11),
    value("depths/1/0", 13),
    value("depths/1", [1]),
    value("fine_depths", 9),
    value("particles", 0),
    value("particles", 1 << 13),
    value("likelihood", {"kind": "other"}),
    value("likelihood", {"kind": "logistic", "curve_shift": 10, "location_shift": 4}),
    value("posterior/mean_shift", 17),
    value("posterior/curve_shift", 0),
    value("training", "yes"),
    gone("programs/decode"),
    value("programs/encode/outputs", ["x"]),
    value("programs/encode/inputs/x/high", 0),
    value("programs/decode/inputs/eps0/low", -100),
    value("programs/posterior0/outputs", ["mean"]),
    value("programs/posterior0/steps/0/shift", -1),
    tensor_gone("probe.x"),
    tensor("probe.x", lambda old: np.full((1, 16), 2, np.uint8)),
    tensor("normal.curve", lambda old: old[1:]),
    tensor("normal.edges", lambda old: old[::-1].copy()),
    tensor("normal.reciprocals", lambda old: old[1:]),
    tensor("normal.reciprocals", lambda old: old * 0),
    tensor("bernoulli.ones", lambda old: old * 0),
    tensor("bernoulli.ones", lambda old: old[1:]),
    tensor("e.weight", lambda old: old[1:]),
    tensor("e.bias", lambda old: np.full(12, 1 << 45)),
    tensor("e.bias", lambda old: np.full(12, -1 << 63)),
    tensor("e.weight", lambda old: np.full((16, 12), -1 << 63)),
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_damaged_model_is_refused(change: Change) -> None:
    data = changed(small_model(), change)
    with pytest.raises(BadModel):
        load_arrays(read_model(data))


TWO_LAYERS = [
    value("latents", [3]),
    value("depths/0", [12] * 3),
    gone("programs/posterior1"),
    value("programs/posterior0/outputs", ["mean"]),
    value("programs/posterior1/outputs", ["log_sigma"]),
    value("programs/posterior1/inputs/eps0/high", 100),
    value("programs/posterior1/steps/1/low", -191),
]


@pytest.mark.parametrize("change", TWO_LAYERS, ids=str)
def test_a_damaged_model_of_two_layers_is_refused(change: Change) -> None:
    data = changed(small_model(2, 2), change)
    with pytest.raises(BadModel):
        load_arrays(read_model(data))


LOGISTIC = [
    value("likelihood/kind", "bernoulli"),
    value("likelihood/location_shift", 17),
    value("likelihood/curve_shift", 0),
    value("levels", 255),
    value("programs/decode/outputs", ["weight", "location"]),
    tensor("logistic.curve", lambda old: old[1:]),
    tensor("logistic.edges", lambda old: old[1:]),
    tensor("logistic.reciprocals", lambda old: old[1:]),
    tensor("logistic.weights", lambda old: old[1:]),
    tensor("logistic.weights", lambda old: old * 0),
]


@pytest.mark.parametrize("change", LOGISTIC, ids=str)
def test_a_damaged_model_of_gray_values_is_refused(change: Change) -> None:
    data = changed(small_model(256), change)
    with pytest.raises(BadModel):
        load_arrays(read_model(data))


@pytest.mark.parametrize(("levels", "layers"), [(2, 1), (2, 2), (256, 1), (256, 2)])
def test_a_model_says_what_its_file_says(levels: int, layers: int) -> None:
    model = load_arrays(read_model(small_model(levels, layers)))
    assert (model.pixels, model.levels, model.sizes, model.fine_depths) == (16, levels, (3, 5)[:layers], 2)
    assert [np.concatenate(depth).tolist() for depth in model.depths] == model.file.metadata["depths"]


def test_binary_pixels_cost_what_their_distribution_says(rng: np.random.Generator) -> None:
    ones = rng.integers(1, 1 << PRECISION, 40).astype(np.uint64)
    costs = interval_costs(np.stack([(1 << PRECISION) - ones, ones]).reshape(-1, 1), PRECISION)
    indices, pixels = rng.integers(0, 40, (5, 16)).astype(np.int32), rng.integers(0, 2, (5, 16))
    coder = Bits(ones, costs, indices)
    assert np.array_equal(coder.cost(pixels), interval_costs(Bernoulli(ones[indices], PRECISION).span(pixels)[1], PRECISION))
    check_laws(coder, pixels, rng, 200)


def test_mutated_models_under_a_right_checksum_are_refused_or_proved() -> None:
    body, rng = small_model()[:-4], np.random.default_rng(11)
    metadata_end = 20 + int.from_bytes(body[8:12], "little")
    for _ in range(300):
        mutant = bytearray(body)
        for position in rng.integers(20, metadata_end, rng.integers(1, 3)):
            mutant[position] = rng.choice([*b'0123456789-,:[]{}"truefalsn', int(rng.integers(256))])
        data = bytes(mutant) + zlib.crc32(mutant).to_bytes(4, "little")
        try:
            load_arrays(read_model(data))
        except BadModel:
            continue
