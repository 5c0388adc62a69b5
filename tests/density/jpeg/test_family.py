"""The family of JPEG files keeps the promises of the protocol of densities."""

import pickle

import numpy as np
import pytest
from helpers.small_jpegs import blocks_of, colour_form, small_jpeg_bytes

from codec.density.density import JpegDensity, Options
from codec.density.named_model import NamedModel
from codec.errors import BadModel

FORM = colour_form(12, 8)


@pytest.fixture(scope="module")
def density() -> JpegDensity:
    return NamedModel("small", small_jpeg_bytes()).coefficients


def test_what_it_encodes_it_decodes(density: JpegDensity) -> None:
    (part,), data = density.plan(FORM), blocks_of(FORM)
    coded = density.encode(FORM, part, data, Options())
    assert all(np.array_equal(one, other) for one, other in zip(density.decode(FORM, part, coded.payload), data, strict=True))


def test_the_estimate_is_the_same_for_any_particles_and_has_no_error(density: JpegDensity) -> None:
    (part,), data = density.plan(FORM), blocks_of(FORM)
    one, many = density.estimate(FORM, part, data, [1, 8], np.random.default_rng(0))
    assert one.bits == many.bits and one.bits_error == 0.0
    assert -one.bits == pytest.approx(density.encode(FORM, part, data, Options()).bits["estimate"])


def test_a_price_is_about_what_it_costs(density: JpegDensity) -> None:
    (part,), data = density.plan(FORM), blocks_of(FORM)
    bits = density.encode(FORM, part, data, Options()).bits["estimate"]
    assert density.price(FORM, part, data, 1.0) == pytest.approx(bits)
    assert density.price(FORM, part, data, 0.3) == pytest.approx(bits, rel=0.4)


def test_it_has_no_latents(density: JpegDensity) -> None:
    assert density.latents == 0


def test_it_can_be_sent_to_another_process(density: JpegDensity) -> None:
    assert pickle.loads(pickle.dumps(density)).file.sha256 == density.file.sha256


def test_it_is_prepared_once_it_has_coded(density: JpegDensity) -> None:
    density.prepare()
    assert density.is_prepared()


def test_its_probe_is_what_its_file_says(density: JpegDensity) -> None:
    assert density.probe() == density.file.metadata["probe"]


def test_it_codes_no_pictures() -> None:
    with pytest.raises(BadModel, match="codes JPEG files, not pictures"):
        _ = NamedModel("small", small_jpeg_bytes()).planes
