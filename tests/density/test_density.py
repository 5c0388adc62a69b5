"""The protocol of densities: what must be true of every family behind it, and what it promises of costs."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.families import IMAGES, PLANES, Case, images_case, planes_case, same
from helpers.photo_planes import planes_of
from helpers.processes import ROOT
from PIL import Image

from codec.density import library
from codec.density.density import PLANES_BITS, Density, Encoded, Images, ImagesForm, Options, Planes, PlanesForm
from codec.density.photo.colour import to_planes
from codec.errors import BadFile, BadInput

PHOTO, DIGITS = ROOT / "examples" / "photo.png", ROOT / "examples" / "digits.npy"


@pytest.fixture(scope="module", params=[*PLANES, *IMAGES])
def case(request: pytest.FixtureRequest) -> Case[Any, Any]:
    return planes_case(request.param) if request.param in PLANES else images_case(request.param)


def coded_parts(case: Case[Any, Any], options: Options) -> list[tuple[slice, Encoded]]:
    """Every part of the data, coded."""
    parts = case.density.plan(case.form)
    return [(part, case.density.encode(case.form, part, case.part_of(case.data, part), options)) for part in parts]


# ---------------------------------------------------------------- coding


def test_parts_follow_each_other_and_are_all_of_the_data(case: Case[Any, Any]) -> None:
    found = [case.part_of(case.data, part) for part in case.density.plan(case.form)]
    assert same(np.concatenate(found, 1 if case.data.ndim == 3 else 0), case.data)
    assert len(found) == (2 if case.data.ndim == 3 else 1)


@pytest.mark.parametrize("particles", [1, 3])
def test_what_was_encoded_is_decoded(case: Case[Any, Any], particles: int) -> None:
    for part, coded in coded_parts(case, Options(particles)):
        assert same(case.density.decode(case.known(case.form, coded), part, coded.payload), case.part_of(case.data, part))


def test_a_density_that_was_pickled_makes_the_same_payloads(case: Case[Any, Any]) -> None:
    again = pickle.loads(pickle.dumps(case.density))
    assert again.file.sha256 == case.density.file.sha256
    for part, coded in coded_parts(case, Options(2)):
        assert again.encode(case.form, part, case.part_of(case.data, part), Options(2)).payload == coded.payload
        assert same(again.decode(case.known(case.form, coded), part, coded.payload), case.part_of(case.data, part))


def test_bits_are_those_of_the_payload(case: Case[Any, Any]) -> None:
    for _, coded in coded_parts(case, Options()):
        asked = coded.bits["estimate"] if "estimate" in coded.bits else sum(coded.bits.values())
        assert 8 * len(coded.payload) == pytest.approx(asked, rel=2e-3, abs=8 * 64)


@pytest.mark.parametrize("name", PLANES)
def test_planes_cost_what_their_parts_and_their_places_cost(name: str) -> None:
    for part, coded in coded_parts(planes_case(name), Options(places=True)):
        assert tuple(coded.bits) == PLANES_BITS and coded.places is not None
        bits = coded.bits
        assert bits["estimate"] == pytest.approx(bits["prior"] - bits["posterior"] + bits["likelihood"] + bits["funding"])
        assert coded.places.bits.shape == (part.stop - part.start, 20) and [tile.width for tile in coded.places.tiles] == [20]
        placed = float(coded.places.bits.sum()) + sum(tile.bits for tile in coded.places.tiles)
        assert placed == pytest.approx(bits["estimate"], rel=0.02)


def test_places_are_told_only_when_they_are_wanted(case: Case[Any, Any]) -> None:
    assert all(coded.places is None for _, coded in coded_parts(case, Options()))


@pytest.mark.parametrize("name", IMAGES)
def test_progress_ends_with_the_number_of_images(name: str) -> None:
    case, seen = images_case(name), list[int]()
    ((part, coded),) = coded_parts(case, Options(progress=seen.append))
    assert seen[-1] == 30 and seen == sorted(seen)
    seen.clear()
    case.density.decode(case.known(case.form, coded), part, coded.payload, seen.append)
    assert seen[-1] == 30 and seen == sorted(seen)


def test_damaged_payloads_are_refused_or_give_other_data(case: Case[Any, Any], rng: np.random.Generator) -> None:
    part, coded = coded_parts(case, Options())[0]
    form, data = case.known(case.form, coded), case.part_of(case.data, part)
    for damage in (b"", coded.payload[:-1], coded.payload + b"\0", rng.bytes(len(coded.payload)), _flipped(coded.payload)):
        try:
            assert not same(case.density.decode(form, part, damage), data)
        except BadFile:
            continue


def _flipped(payload: bytes) -> bytes:
    return payload[:-5] + bytes([payload[-5] ^ 1]) + payload[-4:]


@pytest.mark.parametrize("name", [name for name in PLANES if name != "stand-in"])
def test_planes_of_other_densities_are_refused(name: str) -> None:
    density = PLANES[name]
    for planes in (planes_of("flat", 4 - density.channels, 5, 5), planes_of("flat", density.channels, 5, 5) + np.int16(300)):
        with pytest.raises(BadInput):
            density.encode(PlanesForm(5, 5), slice(0, 5), planes, Options())


def test_numbers_of_particles_beyond_the_limits_are_refused() -> None:
    for found in (planes_case("photo, gray"), images_case("arrays, gray")):
        for particles in (0, -1, 1 << 20):
            with pytest.raises(BadInput, match="particles"):
                coded_parts(found, Options(particles))  # type: ignore[arg-type]


def test_a_probe_gives_the_same_digest_every_time(case: Case[Any, Any]) -> None:
    assert case.density.probe() == case.density.probe() != ""


@pytest.mark.parametrize("name", IMAGES)
def test_a_probe_gives_what_it_gave_where_the_model_was_made(name: str) -> None:
    assert IMAGES[name].probe() == IMAGES[name].file.metadata["probe"]


def test_a_prepared_density_says_so(case: Case[Any, Any]) -> None:
    case.density.prepare()
    assert case.density.is_prepared()


# ---------------------------------------------------------------- costs


def estimates(density: Density[Any, Any], form: object, data: Any, counts: list[int], from_prior: bool = False) -> list[float]:
    """Bits by number of particles."""
    part, rng = slice(0, data.shape[1] if data.ndim == 3 else len(data)), np.random.default_rng(1)
    return [-found.bits for found in density.estimate(form, part, data, counts, rng, from_prior)]


def crop(path: Path, side: int) -> Planes:
    with Image.open(path) as image:
        return to_planes(np.asarray(image.convert("RGB"))[:side, :side])


@pytest.fixture(scope="module")
def photo() -> tuple[PlanesForm, Planes]:
    return PlanesForm(96, 96), crop(PHOTO, 96)


@pytest.fixture(scope="module")
def digits() -> tuple[ImagesForm, Images]:
    return ImagesForm(20, b""), np.load(DIGITS).reshape(20, -1)


@pytest.mark.parametrize("share", [1.0, 0.25, 0.1])
def test_a_price_by_some_rows_is_within_a_seventh_of_what_coding_a_photo_costs(photo: tuple[PlanesForm, Planes], share: float) -> None:
    form, planes = photo
    density, part = library.planes_density(3), slice(0, 96)
    assert density.price(form, part, planes, share) == pytest.approx(
        8 * len(density.encode(form, part, planes, Options()).payload), rel=1 / 7
    )


@pytest.mark.parametrize("share", [1.0, 0.25])
def test_a_price_is_within_a_tenth_of_what_coding_digits_costs(digits: tuple[ImagesForm, Images], share: float) -> None:
    form, images = digits
    density, part = library.images_density(None), slice(0, 20)
    assert density.price(form, part, images, share) == pytest.approx(density.encode(form, part, images, Options()).bits["net"], rel=0.1)


def test_no_images_cost_nothing() -> None:
    assert IMAGES["arrays, gray"].price(ImagesForm(0, b""), slice(0, 0), np.zeros((0, 16), np.uint8), 0.5) == 0.0


def test_the_estimate_of_a_photo_is_what_coding_it_costs(photo: tuple[PlanesForm, Planes]) -> None:
    form, planes = photo
    density = library.planes_density(3)
    (estimate,) = estimates(density, form, planes, [1])
    assert 8 * len(density.encode(form, slice(0, 96), planes, Options()).payload) == pytest.approx(estimate, rel=0.005)


def test_the_estimate_of_digits_is_what_coding_them_costs(digits: tuple[ImagesForm, Images]) -> None:
    form, images = digits
    density = library.images_density(None)
    (estimate,) = estimates(density, form, images, [1])
    assert density.encode(form, slice(0, 20), images, Options()).bits["net"] == pytest.approx(estimate, rel=0.02)


def test_more_particles_give_no_larger_estimates_and_one_for_each_number(case: Case[Any, Any]) -> None:
    part = case.density.plan(case.form)[0]
    one, many = estimates(case.density, case.form, case.part_of(case.data, part), [1, 32])
    assert many < one or (many == one and not case.density.latents)


def test_particles_from_the_prior_miss_what_a_good_posterior_finds(digits: tuple[ImagesForm, Images]) -> None:
    form, images = digits
    guided, blind = (estimates(library.images_density(None), form, images, [16], from_prior)[0] for from_prior in (False, True))
    assert blind > 1.2 * guided


def test_an_estimate_has_an_error_only_where_there_are_latents(case: Case[Any, Any]) -> None:
    part, rng = case.density.plan(case.form)[0], np.random.default_rng(1)
    (found,) = case.density.estimate(case.form, part, case.part_of(case.data, part), [8], rng)
    assert (found.bits_error > 0) == (case.density.latents > 0)
