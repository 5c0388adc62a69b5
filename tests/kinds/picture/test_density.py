"""Estimates of a picture's density: sums over its stripes, the same whatever works on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from helpers.drawings import drawing
from helpers.stand_in import DENSITIES, Deflated, smooth
from numpy.typing import NDArray

from codec.density import library
from codec.density.density import Samples
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
    rows = 700 + 8 * STRIPES  # a byte says of each that it has no trace
    assert rows + STRIPES < one < rows + 2 * STRIPES < four - 2 * STRIPES


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
def test_rates_are_those_of_all_samples(mode: str) -> None:
    picture = Picture(mode, np.concatenate([smooth().pixels] * 2, axis=2)[:, :, : CHANNELS[mode]])
    (found,) = estimate_picture(picture, COUNTED, [1]).estimates
    assert found.bits_per_dimension == found.bits / (CHANNELS[mode] * 20 * 700)


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


# ---------------------------------------------------------------- whatever codes


def photo(height: int = 120, width: int = 200) -> Samples:
    """Waves with noise."""
    y, x, c = np.indices((height, width, 3))
    noise = np.random.default_rng(2).normal(0, 3, (height, width, 3))
    return np.asarray(120 + 60 * np.sin(x / 25 + c) + 50 * np.cos(y / 29) + noise, np.uint8)


def wide(channels: int) -> NDArray[np.uint16]:
    """The same in 16 bits, of so many channels."""
    found = np.concatenate([photo()] * 2, axis=2)[:, :, :channels].astype("<u2") * 250
    return found + np.random.default_rng(3).integers(0, 250, found.shape).astype("<u2")


CODED = {
    "photo": Picture("RGB", photo()),
    "photo with alpha": Picture("RGBA", np.concatenate([photo(), photo()[::-1, :, :1]], 2)),
    "gray with alpha": Picture("LA", photo()[:, :, :2].copy()),
    "panes": Picture("RGB", np.concatenate([photo(200, 256), drawing(200, 256)], 1)),
    "photo above a drawing": Picture("RGB", np.concatenate([photo(256, 200), drawing(256, 200)])),
    "drawing": Picture("RGB", drawing(200, 256)),
    "fax": Picture("1", (drawing(200, 256, 1) > 100).astype(np.uint8)),
    "noise": Picture("L", np.random.default_rng(1).integers(0, 256, (100, 100, 1)).astype(np.uint8)),
    "deep gray": Picture("I;16", wide(1)),
    "deep gray with alpha": Picture("LA;16", wide(2)),
    "deep": Picture("RGB;16", wide(3)),
    "deep with alpha": Picture("RGBA;16", wide(4)),
    "split": Picture("F", (wide(1) / 7).astype("<f4")),
}


@pytest.mark.parametrize("name", CODED)
def test_the_estimate_is_what_the_file_takes(name: str) -> None:
    estimate = estimate_image(CODED[name], Settings(effort=1), (1,), 0).estimates[0]
    info = compress_image(CODED[name], Settings(effort=1, verify=False))[1].info
    assert isinstance(info, PictureInfo) and (name in ("panes", "deep", "split")) <= (info.method == name)
    ends = 40 * info.stripes  # bytes: of messages, and lengths
    assert -0.002 * info.payload_bits <= info.payload_bits - estimate.bits <= 0.001 * info.payload_bits + 8 * ends
    assert estimate.bits_per_dimension == pytest.approx(estimate.bits / CODED[name].pixels.size)


def test_panes_have_an_estimate_for_each_number_of_particles() -> None:
    found = estimate_image(CODED["panes"], Settings(effort=1), (1, 3), 0)
    one, three = found.estimates
    assert found.model == library.planes_density(3, effort=1).file.sha256 and (one.particles, three.particles) == (1, 3)
    assert three.bits == pytest.approx(one.bits, rel=0.001), "of so few rows"


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
