"""Chains of small pictures: they come back, those that come later gain by those before, and damaged payloads are refused."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from helpers.photo_planes import planes_of
from helpers.small_photos import small_photo_model

from codec.density.density import Options, Planes, PlanesForm
from codec.density.photo.chain import LONGEST, decode_pictures, encode_pictures, is_chain
from codec.density.photo.family import PhotoDensity
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.stripe import encode_small_stripe
from codec.errors import BadFile, BadInput
from codec.nets.model_file import read_model


def model_of(channels: int, learning: str) -> PhotoModel:
    return load_photo(read_model(small_photo_model(channels, 0, "four", learning)))


def stacked(channels: int, count: int, height: int = 12, width: int = 20) -> Planes:
    return np.concatenate([planes_of("random walk", channels, height, width)] * count, axis=1)


@pytest.mark.parametrize(("channels", "learning"), [(1, "none"), (1, "outputs"), (3, "heads"), (3, "all")])
def test_chains_come_back_for_what_they_are_estimated(channels: int, learning: str) -> None:
    model, planes = model_of(channels, learning), stacked(channels, 5)
    found = encode_pictures(model, planes, 5)
    assert np.array_equal(decode_pictures(model, found.payload, planes.shape, 5), planes)
    assert 0 <= 8 * len(found.payload) - found.bits["estimate"] < 80


def test_pictures_gain_by_those_before_them() -> None:
    model, planes = model_of(3, "all"), stacked(3, 6)
    alone = encode_small_stripe(model, planes[:, :12]).bits["estimate"]
    first, all_of_them = (encode_pictures(model, planes[:, : 12 * count], count).bits["estimate"] for count in (1, 6))
    assert first == alone and all_of_them < 0.99 * 6 * alone


def test_the_density_codes_chains_where_a_form_says_so() -> None:
    density, planes = PhotoDensity(model_of(1, "outputs")), stacked(1, 3)
    form, rows = PlanesForm(36, 20, chain=3), slice(0, 36)
    payload = density.encode(form, rows, planes, Options()).payload
    assert payload == encode_pictures(density.model, planes, 3).payload
    assert np.array_equal(density.decode(form, rows, payload), planes)


@pytest.mark.parametrize(("rows", "width", "pictures"), [(36, 20, 5), (36, 20, 0), (128 * 2, 128, 2), (LONGEST + 1, 4, LONGEST + 1)])
def test_what_is_no_chain_is_refused(rows: int, width: int, pictures: int) -> None:
    model = model_of(1, "none")
    assert not is_chain(rows, width, pictures)
    with pytest.raises(BadInput):
        encode_pictures(model, np.zeros((1, rows, width), np.int16), pictures)
    with pytest.raises(BadFile):
        decode_pictures(model, bytes(5000), (1, rows, width), pictures)


def test_damaged_chains_are_refused_or_other_pictures() -> None:
    model, planes, rng = model_of(3, "outputs"), stacked(3, 3), np.random.default_rng(0)
    payload = encode_pictures(model, planes, 3).payload
    for _ in range(20):
        mutant = bytearray(payload)
        mutant[int(rng.integers(len(payload)))] ^= 1 << int(rng.integers(8))
        with suppress(BadFile):
            assert not np.array_equal(decode_pictures(model, bytes(mutant), planes.shape, 3), planes)
    with pytest.raises(BadFile):
        decode_pictures(model, payload[:-4], planes.shape, 3)


def test_a_short_payload_does_not_ask_for_many_pixels() -> None:
    model = model_of(3, "all")
    with pytest.raises(BadFile, match="bytes for 64 pictures"):
        decode_pictures(model, bytes(range(1, 9)), (3, LONGEST * 1000, 16), LONGEST)
