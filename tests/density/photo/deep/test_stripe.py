"""Stripes of more than 8 bits: whatever the pixels, they come back; a payload costs what the density says; a damaged one is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.photo_planes import DEEP_TOP, KINDS, deep_planes_of
from helpers.small_photos import small_photo_model

from codec.density.density import DeepPlanes, Encoded
from codec.density.photo.deep.stripe import LEARNING, decode_deep_stripe, deep_probe_digest, encode_deep_stripe, price_deep_stripe
from codec.density.photo.layers import SECOND
from codec.density.photo.model import load_photo
from codec.errors import BadFile, BadInput
from codec.nets.model_file import read_model

MODELS = {channels: load_photo(read_model(small_photo_model(channels, learning="directed"))) for channels in (1, 3)}
SIZES = [(1, 1), (1, 2), (1, 37), (37, 1), (2, 2), (4, 9), (12, 20), (63, 65), (3, 700)]


def round_trip(planes: DeepPlanes, top: int = DEEP_TOP, learning: str = "none") -> Encoded:
    """The stripe, when it has been decoded; within its estimate and the room for heads and header."""
    model = MODELS[len(planes)]
    coded = encode_deep_stripe(model, learning, planes, top)
    assert np.array_equal(decode_deep_stripe(model, coded.payload, planes.shape, top), planes)
    assert 8 * len(coded.payload) <= 1.0001 * coded.bits["estimate"] + 8 * 64
    return coded


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("height, width", SIZES)
def test_stripes_of_every_shape_come_back(height: int, width: int, channels: int) -> None:
    round_trip(deep_planes_of("random walk", channels, height, width))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_stripes_of_every_kind_come_back(kind: str, channels: int) -> None:
    round_trip(deep_planes_of(kind, channels, 30, 50), learning="outputs")


@pytest.mark.parametrize("top", [1, 2, 255, 256, 1000, 4095, 40000, DEEP_TOP])
def test_any_highest_level_will_do(top: int) -> None:
    round_trip(deep_planes_of("random walk", 3, 20, 30, top), top)


@pytest.mark.parametrize("learning", LEARNING)
def test_a_payload_says_what_learns(learning: str) -> None:
    coded = round_trip(deep_planes_of("random walk", 3, 20, 30), learning=learning)
    assert LEARNING[coded.payload[0]] == learning


def test_noise_of_n_bits_costs_about_n_bits() -> None:
    for bits in (3, 8, 12):
        noise = np.random.default_rng(bits).integers(30000, 30000 + (1 << bits), (1, 64, 64)).astype(np.int32)
        cost = round_trip(noise, learning="all").bits["estimate"] / noise.size
        assert bits < cost < bits + 2, "uniform noise by logistics, and a net that nobody trained"


def test_places_add_up_to_the_bits() -> None:
    planes = deep_planes_of("random walk", 3, 20, 30)
    coded = encode_deep_stripe(MODELS[3], "none", planes, DEEP_TOP, places=True)
    assert coded.places is not None and coded.places.bits.shape == (20, 30)
    assert coded.places.bits.sum() == pytest.approx(coded.bits["estimate"])


def test_the_price_of_all_rows_is_what_they_cost() -> None:
    planes = deep_planes_of("random walk", 1, 40, 50)
    cost = encode_deep_stripe(MODELS[1], "heads", planes, DEEP_TOP).bits["estimate"]
    assert price_deep_stripe(MODELS[1], "heads", planes, DEEP_TOP, 1.0) == pytest.approx(cost)
    assert price_deep_stripe(MODELS[1], "heads", planes, DEEP_TOP, 0.3) == pytest.approx(cost, rel=0.1)


@pytest.mark.parametrize("value", [-1, DEEP_TOP + 1])
def test_values_beyond_the_levels_are_refused(value: int) -> None:
    planes = deep_planes_of("smooth", 1, 9, 9)
    planes[0, 3, 4] = value
    with pytest.raises(BadInput):
        encode_deep_stripe(MODELS[1], "none", planes, DEEP_TOP)


def test_damaged_payloads_are_refused_or_give_other_pixels() -> None:
    planes, model = deep_planes_of("random walk", 3, 20, 30), MODELS[3]
    payload = encode_deep_stripe(model, "outputs", planes, DEEP_TOP).payload
    for place in (0, 1, 2, 9, len(payload) // 2, len(payload) - 1):
        damaged = bytearray(payload)
        damaged[place] ^= 64
        try:
            found = decode_deep_stripe(model, bytes(damaged), (3, 20, 30), DEEP_TOP)
        except BadFile:
            continue
        assert not np.array_equal(found, planes)
    for other in (b"", b"\0", payload[:-4], payload + bytes(4), b"\x09" + payload[1:]):
        with pytest.raises(BadFile):
            decode_deep_stripe(model, other, (3, 20, 30), DEEP_TOP)


def test_a_way_of_learning_that_the_model_has_no_numbers_for_is_refused() -> None:
    planes, model = deep_planes_of("random walk", 1, 9, 9), load_photo(read_model(small_photo_model(1)))
    payload = encode_deep_stripe(MODELS[1], "directed-often", planes, DEEP_TOP).payload
    with pytest.raises(BadFile, match="cannot learn so"):
        decode_deep_stripe(model, payload, (1, 9, 9), DEEP_TOP)


def test_two_networks_are_mixed() -> None:
    pair = read_model(small_photo_model(1, learning="directed", networks=2))
    tensors = {**pair.tensors, "modulate.shift.bias": np.zeros_like(pair.tensors["modulate.shift.bias"])}  # a first one that z leaves alone
    metadata = {**pair.metadata, "shifts": {name: n for name, n in pair.metadata["shifts"].items() if not name.startswith(SECOND)}}
    del metadata["networks"]
    second = {**tensors, **{name.removeprefix(SECOND): tensor for name, tensor in tensors.items() if name.startswith(SECOND)}}
    files = [replace(pair, tensors=one, metadata=metadata) for one in (tensors, second)] + [replace(pair, tensors=tensors)]
    planes = deep_planes_of("random walk", 1, 20, 30)
    places = [encode_deep_stripe(load_photo(file), "none", planes, DEEP_TOP, places=True).places for file in files]
    one, other, both = (0.5**found.bits for found in places if found is not None)
    assert np.allclose(both, (one + other) / 2, rtol=1e-2) and not np.allclose(one, other, rtol=0.1)


@pytest.mark.parametrize("learning", ["none", "directed-often-steadily"])
def test_stripes_of_two_networks_come_back(learning: str) -> None:
    model = load_photo(read_model(small_photo_model(3, predictors="four", learning="directed", networks=2)))
    planes = deep_planes_of("random walk", 3, 20, 30)
    payload = encode_deep_stripe(model, learning, planes, DEEP_TOP).payload
    assert np.array_equal(decode_deep_stripe(model, payload, planes.shape, DEEP_TOP), planes)


def test_a_short_payload_of_many_pixels_is_refused_at_once() -> None:
    with pytest.raises(BadFile, match="too long"):
        decode_deep_stripe(MODELS[1], b"\0\0\x80\0\0\0", (1, 2000, 4000), DEEP_TOP)


def test_the_probe_is_the_same_every_time() -> None:
    assert deep_probe_digest(MODELS[1], "heads") == deep_probe_digest(MODELS[1], "heads") != deep_probe_digest(MODELS[1], "none")
