"""Photo models: what is wrong with a file is found when it is loaded, and whatever is loaded codes."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest
from helpers.changed_models import Change, added, changed, copied, gone, numbers, tensor, tensor_gone, together, value
from helpers.photo_planes import planes_of
from helpers.small_photos import small_photo_model

from codec.density.photo.layers import with_weights
from codec.density.photo.model import load_photo
from codec.density.photo.stripe import decode_stripe, encode_stripe, probe_digest
from codec.density.photo.surroundings import input_count
from codec.density.shared.scales import UNIT
from codec.errors import BadModel
from codec.nets.model_file import ModelFile, read_model

FILES = {channels: small_photo_model(channels) for channels in (1, 3)}
DIRECTED = small_photo_model(3, 0, "two", "directed-2")
SHIFTS = read_model(FILES[3]).metadata["shifts"]


def colour_model(change: Change) -> ModelFile:
    """The small model of colours with one thing changed."""
    return read_model(changed(FILES[3], change))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_model_says_what_its_file_says(channels: int) -> None:
    model = load_photo(read_model(FILES[channels]))
    assert (model.channels, model.latents) == (channels, 3)
    assert model.network.units == 16 + 8 + 8 * channels and model.network.components == 2
    assert input_count(channels, len(model.predictors), model.network.surroundings) == {1: 26, 3: 62}[channels]
    assert UNIT == 64


FIELDS = [
    value("kind", "vae"),
    value("channels", 1),
    value("channels", 2),
    value("channels", 4),
    value("surroundings", [16, 10, 6]),
    value("surroundings", [16, 10, 6, 21]),
    value("surroundings", [16, 10, 6, -1]),
    value("surroundings", [16, 10, 7, 0]),
    value("trunk", [16]),
    value("trunk", [16, 8, 8]),
    value("trunk", [16, 0]),
    value("trunk", [8, 16]),
    value("trunk", [1 << 20, 8]),
    value("head", 16),
    value("head", 8.0),
    value("components", 0),
    value("components", 1),
    value("components", 9),
    value("networks", 1),
    value("networks", 2),
    value("networks", 3),
    value("latents", 3),
    value("latents", []),
    value("latents", [4]),
    value("latents", [3, 3]),
    value("shifts", {}),
    gone("shifts/head2"),
    value("shifts/head3", 5),
    value("shifts/trunk0", 0),
    value("shifts/trunk0", 24),
    value("shifts/trunk0", True),
    value("shifts/trunk0", 5.0),
    value("posterior/mean_shift", 17),
    value("posterior/curve_shift", 0),
    value("posterior/more", 0),
    value("training", "yes"),
    value("probe", 5),
    value("colour", 1),
    gone("trunk"),
]  # fmt: skip

LAYERS = [
    tensor_gone("trunk0.weight"),
    tensor_gone("out2.bias"),
    tensor("trunk0.weight", lambda old: old[1:]),
    tensor("head1.weight", lambda old: old[:, 1:]),
    tensor("head2.bias", lambda old: old[1:]),
    tensor("head0.weight", lambda old: old[None]),
    numbers("trunk0.weight", np.s_[:], 800),
    numbers("trunk1.weight", np.s_[:], 1100),
    numbers("head2.weight", np.s_[:], -1100),
    numbers("out0.weight", np.s_[:, 5], 2100),
    numbers("out1.bias", 3, 1 << 24),
    numbers("out1.bias", 3, -1 << 31),
    tensor("trunk0.bias", lambda old: np.full(16, -1 << 63)),
    tensor("trunk0.weight", lambda old: np.full((62, 16), -1 << 63)),
    tensor("trunk0.weight", lambda old: np.full((62, 16), 1 << 58)),
    together(
        value("head", 4),
        *(tensor(f"head{c}.{part}", lambda old: old[..., :4]) for c in range(3) for part in ("weight", "bias")),
        *(tensor(f"out{c}.weight", lambda old: old[:4]) for c in range(3)),
    ),
]  # fmt: skip

NAMES = ("log", "scale", "reciprocal", "exponential", "sigmoid", "curve", "precision")
TABLES = [
    *(tensor_gone(f"table.{name}") for name in NAMES),
    *(tensor(f"table.{name}", lambda old: old[1:]) for name in NAMES),
    tensor("table.precision", lambda old: np.append(old, 1)),
    tensor("table.precision", lambda old: old[None]),
    numbers("table.log", 700, 353),
    numbers("table.log", 0, -193),
    numbers("table.log", 30000, -192),
    numbers("table.scale", 7, 0),
    numbers("table.scale", 7, -1),
    numbers("table.scale", 7, (1 << 18) + 1),
    numbers("table.reciprocal", 7, 0),
    numbers("table.reciprocal", 400, (1 << 13) + 1),
    numbers("table.exponential", 3, 0),
    numbers("table.exponential", 3, (1 << 24) + 1),
    numbers("table.sigmoid", 3, 257),
    numbers("table.sigmoid", 3, -1),
    numbers("table.curve", 3, -1),
    numbers("table.curve", 0, 1),
    added("table.curve", -1, -1),
    added("table.curve", 500, 1 << 22),
    tensor("table.curve", lambda old: old[::-1].copy()),
    numbers("table.precision", 0, 0),
    numbers("table.precision", 0, (1 << 26) + 1),
    numbers("table.precision", 0, -1 << 63),
    tensor("normal.curve", lambda old: old[1:]),
    tensor("normal.edges", lambda old: old[::-1].copy()),
    tensor("normal.reciprocals", lambda old: old[1:]),
    tensor("normal.reciprocals", lambda old: old * 0),
    tensor_gone("probe.planes"),
    tensor("probe.planes", lambda old: old[0]),
    tensor("probe.planes", lambda old: old[:1]),
    tensor("probe.planes", lambda old: old.astype(np.int32)),
    tensor("probe.planes", lambda old: old[:, :7]),
    tensor("probe.planes", lambda old: np.zeros((3, 65, 40), np.int16)),
]  # fmt: skip

DIRECTIONS = [
    tensor_gone("trunk0.directions"),
    tensor_gone("out2.shortened"),
    tensor("head0.directions", lambda old: old[1:]),
    tensor("head0.directions", lambda old: old[:, 1:]),
    tensor("head0.shortened", lambda old: old[1:]),
    numbers("trunk1.directions", 3, (1 << 14) + 1),
    tensor("trunk1.shortened", lambda old: old + np.int32(1 << 15)),
    numbers("trunk1.shortened", 3, -1),
]  # fmt: skip

PROGRAMS = [
    gone("programs/modulate"),
    gone("programs/sample"),
    gone("programs/posterior0"),
    copied("programs/encode", "programs/sample"),
    together(
        copied("programs/other", "programs/sample"),
        copied("programs/sample", "programs/modulate"),
        copied("programs/modulate", "programs/other"),
        gone("programs/other"),
    ),
    value("programs/modulate/inputs/eps0/low", -100),
    value("programs/modulate/inputs/eps0/shape", [4]),
    value("programs/modulate/inputs/eps1", {"shape": [3], "low": -4096, "high": 4096}),
    value("programs/modulate/outputs", ["scale"]),
    value("programs/modulate/outputs", ["shift", "h"]),
    value("programs/modulate/steps/1/high", 384),
    value("programs/modulate/steps/1/low", -129),
    value("programs/modulate/steps/2/high", 1024),
    value("programs/modulate/steps/2/out", "scale"),
    value("programs/modulate/steps/1/shift", -1),
    together(tensor("modulate.scale.weight", lambda old: old[:, 1:]), tensor("modulate.scale.bias", lambda old: np.zeros(47, np.int32))),
    tensor("modulate.scale.weight", lambda old: np.full((8, 48), -1 << 63)),
    value("programs/sample/inputs/x/high", 351),
    value("programs/sample/inputs/x/shape", [67]),
    together(value("programs/sample/outputs", ["h0"]), gone("programs/sample/steps/1")),
    value("programs/sample/steps/1/op", "sparse"),
    value("programs/posterior0/inputs/features/high", 32766),
    together(
        copied("programs/posterior0/inputs/other", "programs/posterior0/inputs/features"),
        gone("programs/posterior0/inputs/features"),
    ),
    value("programs/posterior0/outputs", ["mean"]),
    value("programs/posterior0/outputs", ["log_sigma"]),
    value("programs/posterior0/steps/1/low", -191),
    value("programs/posterior0/steps/0/high", 1 << 23),
    value("programs", []),
]  # fmt: skip


@pytest.mark.parametrize("change", DIRECTIONS, ids=str)
def test_a_model_with_a_wrong_direction_is_refused(change: Change) -> None:
    assert load_photo(read_model(DIRECTED)).network.directions.size
    with pytest.raises(BadModel, match=r"direction|axes|takes off"):
        load_photo(read_model(changed(DIRECTED, change)))


@pytest.mark.parametrize("change", [*FIELDS, *LAYERS, *TABLES, *PROGRAMS], ids=str)
def test_a_model_with_one_thing_wrong_is_refused(change: Change) -> None:
    file = colour_model(change)
    with pytest.raises(BadModel):
        load_photo(file)


LARGEST = [
    numbers("trunk0.weight", np.s_[:], 760),
    numbers("table.exponential", np.s_[:], 1 << 24),
    numbers("table.exponential", np.s_[:], 1),
    numbers("table.scale", np.s_[:], 1 << 18),
    numbers("table.reciprocal", np.s_[:], 1 << 13),
    numbers("table.precision", np.s_[:], 1 << 26),
    numbers("table.precision", np.s_[:], 1),
    numbers("table.log", np.s_[:], 352),
    numbers("table.log", np.s_[:], 0),
    numbers("table.sigmoid", np.s_[:], 256),
    numbers("table.curve", np.s_[1:], 1 << 24),
    numbers("table.curve", np.s_[:-1], 0),
    value("shifts", dict.fromkeys(SHIFTS, 1)),
    value("shifts", dict.fromkeys(SHIFTS, 23)),
]  # fmt: skip


@pytest.mark.parametrize("change", LARGEST, ids=str)
def test_a_model_at_its_limits_codes_exactly(change: Change) -> None:
    model = load_photo(colour_model(change))
    for kind in ("extremes", "random walk"):
        planes = planes_of(kind, 3, 24, 30)
        assert np.array_equal(decode_stripe(model, encode_stripe(model, planes).payload, planes.shape), planes)


def test_a_changed_weight_changes_the_probe() -> None:
    before, after = load_photo(read_model(FILES[3])), load_photo(colour_model(added("out0.bias", 0, 500)))
    assert probe_digest(before) != probe_digest(after)


def check(data: bytes) -> bool:
    """Whether a file is loaded; it then codes."""
    try:
        model = load_photo(read_model(data))
    except BadModel:
        return False
    planes = planes_of("random walk", model.channels, 9, 12)
    assert np.array_equal(decode_stripe(model, encode_stripe(model, planes).payload, planes.shape), planes)
    return True


def test_mutated_models_under_a_right_checksum_are_refused_or_code() -> None:
    body, rng = FILES[1][:-4], np.random.default_rng(11)
    metadata_end = 20 + int.from_bytes(body[8:12], "little")
    outcomes = set()
    for _ in range(300):
        mutated = bytearray(body)
        for position in rng.integers(20, metadata_end, rng.integers(1, 3)):
            mutated[position] = rng.choice([*b'0123456789-,:[]{}"truefalsn', int(rng.integers(256))])
        outcomes.add(check(bytes(mutated) + zlib.crc32(mutated).to_bytes(4, "little")))
    assert outcomes == {True, False}


@pytest.mark.parametrize("channels", [1, 3])
def test_the_same_weights_make_the_same_whole_numbers(channels: int) -> None:
    """They are made of the floats as the kernels make them after a step."""
    network = load_photo(read_model(small_photo_model(channels, 1, "four", "all-whole", True))).network
    again = with_weights(network, network.learnt[0])
    assert np.array_equal(again.weights, network.weights) and np.array_equal(again.biases, network.biases)
    moved = with_weights(network, network.learnt[0] * np.float32(1.25))
    assert not np.array_equal(moved.weights, network.weights) and np.array_equal(moved.learnt[1:], network.learnt[1:])


def test_sums_in_other_numbers_than_this_release_knows_are_refused() -> None:
    file = read_model(small_photo_model(3, 0, "two", "none", True))
    assert load_photo(file).in_singles
    with pytest.raises(BadModel, match="sums are in numbers that this release does not know"):
        load_photo(replace(file, metadata={**file.metadata, "sums": "halves"}))
