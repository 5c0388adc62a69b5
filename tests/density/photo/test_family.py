"""The family of photos behind the protocol: what is asked of a density is done by its model."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.families import PLANES
from helpers.photo_planes import planes_of
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model

from codec.density.density import Options, PlanesForm
from codec.density.photo.family import PhotoDensity, load_density
from codec.density.photo.model import load_photo
from codec.density.photo.stripe import encode_stripe
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadModel
from codec.nets.model_file import read_model

THOROUGH = load_density(read_model(small_photo_model(3, 0, "four", "all")))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_density_says_what_its_model_is(channels: int) -> None:
    density = load_density(read_model(small_photo_model(channels)))
    assert (density.channels, density.latents) == (channels, 3) and density.file.metadata["channels"] == channels


@pytest.mark.parametrize(("height", "width"), [(1, 1), (256, 10), (700, 20), (3000, 1 << 14)])
def test_parts_are_the_stripes_of_the_size(height: int, width: int) -> None:
    assert PLANES["photo, colour"].plan(PlanesForm(height, width)) == stripe_rows(height, width)


def test_a_stripe_does_not_depend_on_where_it_lies() -> None:
    density, planes = PLANES["photo, colour"], planes_of("random walk", 3, 30, 40)
    payloads = {density.encode(PlanesForm(height, 40), part, planes, Options()).payload for height, part in PARTS.items()}
    assert payloads == {encode_stripe(load_photo(density.file), planes).payload}
    for height, part in PARTS.items():
        (payload,) = payloads
        assert np.array_equal(density.decode(PlanesForm(height, 40), part, payload), planes)


PARTS = {30: slice(0, 30), 600: slice(256, 286)}


def test_a_model_of_another_family_is_refused() -> None:
    with pytest.raises(BadModel, match="photos need one of kind 'photo'"):
        load_density(read_model(small_model()))


def test_only_a_thorough_model_looks_for_the_best_side() -> None:
    ramp = planes_of("stripes", 3, 40, 60)
    assert PLANES["photo, colour"].best_side(ramp) == 0
    assert isinstance(THOROUGH, PhotoDensity) and THOROUGH.model.from_best_side and THOROUGH.best_side(ramp) in range(4)


def test_what_it_decodes_is_limited_unless_that_is_lifted() -> None:
    density, part = PLANES["photo, gray"], slice(0, 1 << 14)
    assert density.unlimited().file is density.file
    payload = b"\x80\x80\x01\x01" + bytes(4)  # all rows are funding rows
    for one, reason in ((density, "takes too long"), (density.unlimited(), "a stripe is damaged")):
        with pytest.raises(BadFile, match=reason):
            one.decode(PlanesForm(1 << 14, 300), part, payload)
