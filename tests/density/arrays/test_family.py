"""The family of arrays behind the protocol: what is asked of a density is done by its model."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.families import IMAGES, images_case, same
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model

from codec.density.arrays.family import load_density
from codec.density.density import Batch, ImagesForm, Options
from codec.errors import BadFile, BadModel
from codec.nets.layers import NumpyEngine
from codec.nets.model_file import read_model


@pytest.mark.parametrize("name", IMAGES)
def test_a_density_says_what_its_model_is(name: str) -> None:
    density = IMAGES[name]
    assert density.pixels == math.prod(density.shape) and density.levels == density.file.metadata["levels"]
    assert density.latents == sum(density.file.metadata["latents"])


def test_all_images_are_one_part() -> None:
    assert list(IMAGES["arrays, gray"].plan(ImagesForm(70, b""))) == [slice(0, 70)]


def test_an_engine_makes_no_difference() -> None:
    file = read_model(small_model(2, 2))
    case = images_case("arrays, binary")
    payloads = {
        load_density(file, engine).encode(case.form, slice(0, 30), case.data, Options(2)).payload for engine in (None, NumpyEngine())
    }
    assert len(payloads) == 1


def test_the_torch_engine_makes_none_either() -> None:
    engine = pytest.importorskip("codec.nets.torch_engine").TorchEngine("cpu")
    case = images_case("arrays, binary")
    density = load_density(read_model(small_model(2, 2)), engine)
    coded = density.encode(case.form, slice(0, 30), case.data, Options())
    assert coded.payload == case.density.encode(case.form, slice(0, 30), case.data, Options()).payload
    assert same(case.density.decode(case.known(case.form, coded), slice(0, 30), coded.payload), case.data)


def test_a_model_of_another_family_is_refused() -> None:
    with pytest.raises(BadModel, match="'photo'"):
        load_density(read_model(small_photo_model(1)))


def test_what_it_decodes_is_limited_unless_that_is_lifted() -> None:
    density, form = IMAGES["arrays, gray"], ImagesForm(100, b"", (Batch(100, 0, 1 << 10),))
    assert density.unlimited().file is density.file
    for one, reason in ((density, "takes too long"), (density.unlimited(), "does not decode")):
        with pytest.raises(BadFile, match=reason):
            one.decode(form, slice(0, 100), bytes(100))


def test_images_come_back_as_bytes() -> None:
    case = images_case("arrays, gray")
    coded = case.density.encode(case.form, slice(0, 30), case.data, Options())
    assert case.density.decode(case.known(case.form, coded), slice(0, 30), coded.payload).dtype == np.uint8
