"""Estimates of a picture's density: sums over its stripes, the same whatever works on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from helpers.drawings import drawing
from helpers.stand_in import DENSITIES, Deflated, smooth

from codec.density import library
from codec.density.estimates import Estimate
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadInput
from codec.kinds.picture.density import estimate_picture
from codec.kinds.picture.info import PictureInfo
from codec.kinds.picture.kind import compress_image, estimate_image
from codec.kinds.requests import Settings
from codec.media.form import CHANNELS
from codec.media.picture import Picture


@dataclass
class Counted(Deflated):
    """A stand-in whose estimates are rows, the number of particles, and something between 0 and 1; their errors are 3."""

    def estimate(self, form: Any, part: slice, data: Any, particles: Any, rng: Any, from_prior: bool = False) -> list[Estimate]:
        bit, one = np.log(2.0) * np.ones(1), np.ones(1)
        return [Estimate(count, -(part.stop - part.start + count + rng.random()) * bit, 3 * bit, one, one) for count in particles]


COUNTED = Counted(DENSITIES[3].file, 3, True)
STRIPES = len(stripe_rows(700, 20))


def test_bits_are_the_sum_over_stripes() -> None:
    one, four = (row.bits for row in estimate_picture(smooth(), COUNTED, [1, 4], seed=3).estimates)
    assert 700 + STRIPES < one < 700 + 2 * STRIPES < four - 2 * STRIPES


def test_errors_are_those_of_independent_stripes() -> None:
    assert estimate_picture(smooth(), COUNTED, [4]).estimates[0].standard_error == pytest.approx(3 * STRIPES**0.5)


def test_an_error_that_nobody_knows_is_none() -> None:
    class Unknown(Counted):
        def estimate(self, *given: Any, **named: Any) -> list[Estimate]:
            return [Estimate(one.particles, one.log_density, np.full(1, np.inf), one.effective_size, one.lower_bound)
                    for one in super().estimate(*given, **named)]  # fmt: skip

    assert estimate_picture(smooth(), Unknown(DENSITIES[3].file, 3, True), [1]).estimates[0].standard_error is None


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_change_an_estimate(threads: int) -> None:
    assert estimate_picture(smooth(), COUNTED, [1, 4], seed=3, threads=threads) == estimate_picture(smooth(), COUNTED, [1, 4], seed=3)


def test_another_seed_gives_another_estimate() -> None:
    assert estimate_picture(smooth(), COUNTED, [1], seed=3) != estimate_picture(smooth(), COUNTED, [1], seed=4)


def test_every_stripe_has_particles_of_its_own() -> None:
    twice = Picture("RGB", np.concatenate([smooth("RGB", 256).pixels] * 2))
    whole, half = (estimate_picture(picture, COUNTED, [1]).estimates[0].bits for picture in (twice, smooth("RGB", 256)))
    assert len(stripe_rows(512, 20)) == 2 and whole != 2 * half


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK"])
def test_rates_are_those_of_the_samples_that_the_model_codes(mode: str) -> None:
    picture = Picture(mode, np.concatenate([smooth().pixels] * 2, axis=2)[:, :, : CHANNELS[mode]])
    (found,) = estimate_picture(picture, COUNTED, [1]).estimates
    assert found.bits_per_dimension == found.bits / (3 * 20 * 700)


def test_the_model_is_named_by_the_digest_of_its_file() -> None:
    assert estimate_picture(smooth(), COUNTED, [1]).model == COUNTED.file.sha256


def test_progress_tells_the_pixels_done() -> None:
    told = list[tuple[str, int, int]]()
    estimate_picture(smooth(), COUNTED, [1], progress=lambda *done: told.append(done))
    assert told == [("estimating", row * 20, 700 * 20) for row in (0, *(part.stop for part in stripe_rows(700, 20)))]


def test_numbers_of_particles_that_are_none_are_refused() -> None:
    with pytest.raises(BadInput, match="0 particles"):
        estimate_picture(smooth(), COUNTED, [1, 0])


def test_a_picture_that_the_density_does_not_code_is_refused() -> None:
    with pytest.raises(BadInput, match="not coded by photo models"):
        estimate_picture(smooth("P"), DENSITIES[1], [1])


# ---------------------------------------------------------------- graphics


def test_the_estimate_of_a_drawing_is_what_its_file_takes() -> None:
    picture = Picture("RGB", drawing(300, 200))
    found = estimate_image(picture, Settings(), (1, 4), 0)
    _, summary = compress_image(picture, Settings())
    assert isinstance(summary.info, PictureInfo) and summary.info.method == "drawing"
    assert found.model == library.graphics_density().file.sha256 and [one.particles for one in found.estimates] == [1, 4]
    assert found.estimates[0].bits == pytest.approx(summary.info.payload_bits, rel=0.02) and found.estimates[0].standard_error == 0.0


def test_a_palette_has_an_estimate() -> None:
    found = estimate_image(Picture("P", drawing(50, 60, 1)), Settings(), (1,), 0)
    assert found.estimates[0].bits_per_dimension == pytest.approx(found.estimates[0].bits / 3000)


def test_a_named_model_of_photos_judges_a_drawing_too() -> None:
    found = estimate_image(Picture("L", drawing(50, 60, 1)), Settings(library.PHOTO), (1,), 0)
    assert found.model == library.planes_density(1).file.sha256


@pytest.mark.parametrize("mode", ["F", "I"])
def test_pictures_of_32_bits_have_a_density_near_what_their_file_takes(mode: str) -> None:
    y, x = np.indices((70, 90))
    noise = np.random.default_rng(0).normal(0, 0.4, y.shape)
    heights = 800 + 300 * np.sin(x / 20) * np.cos(y / 30) + noise
    pixels = (heights if mode == "F" else 1000 * heights).astype("<f4" if mode == "F" else "<i4")[:, :, None]
    picture = Picture(mode, pixels)
    estimate = estimate_image(picture, Settings(), [1], 0).estimates[0]
    assert estimate.bits == pytest.approx(8 * len(compress_image(picture, Settings())[0]), rel=0.02)
    assert estimate.bits_per_dimension == pytest.approx(estimate.bits / 6300)
