"""What is told of a picture's file: its facts, and parts of its size that add up."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.stand_in import info, noise, smooth, written

from codec.density.shared.tiles import stripe_rows
from codec.media.picture import Picture
from codec.methods.lzma import LZMA
from codec.methods.photo import PHOTO
from codec.methods.raw import RAW
from codec.methods.webp import WEBP


def partly_noise() -> Picture:
    """A smooth picture whose second stripe is noise."""
    pixels, rows = smooth().pixels.copy(), stripe_rows(700, 1)
    pixels[rows[1]] = noise("RGB", 700, 20).pixels[rows[1]]
    return Picture("RGB", pixels)


PICTURES = {"smooth": smooth(), "noise": noise("RGB", 800, 30), "both": partly_noise(), "gray": smooth("L", 99)}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("methods", [(PHOTO,), (WEBP,), (LZMA,), ()], ids=["photo", "graphics", "planes", "raw"])
def test_the_writer_says_what_a_reader_finds(name: str, methods: tuple) -> None:  # type: ignore[type-arg]
    found = written(PICTURES[name], methods=methods, modified=7)
    assert found.info == info(found.data)


@pytest.mark.parametrize("name", PICTURES)
def test_the_parts_of_the_size_add_up_to_the_file(name: str) -> None:
    found = written(PICTURES[name])
    bits = found.bits
    parts = bits.prior_bits - bits.posterior_bits + bits.likelihood_bits + bits.funding_bits + bits.coder_bits
    assert parts + bits.stored_bits + bits.header_bits == pytest.approx(8 * len(found.data), abs=0.5)


def test_payload_and_header_are_all_of_the_file() -> None:
    found = written(smooth())
    assert found.info.payload_bits + found.info.header_bits == found.info.total_bits == 8 * len(found.data)


def test_the_coder_takes_what_a_density_did_not_ask_for() -> None:
    stripes = len(stripe_rows(700, 1))
    assert written(smooth()).bits.coder_bits == pytest.approx(8 * (1 + 1) * stripes)  # a byte of trace, and one that the stand-in hides


def test_the_header_takes_about_60_bytes_and_7_for_each_stripe() -> None:
    assert written(smooth("RGB", 1000, 500)).info.header_bits // 8 <= 60 + 7 * len(stripe_rows(1000, 1))


def test_noise_needs_no_model() -> None:
    found, before = written(noise("RGB", 800, 30)), noise("RGB", 800, 30)
    assert found.info.model == "" and found.info.stripes_by_method == {"raw": len(stripe_rows(800, 1))}
    assert found.bits.stored_bits == 8 * before.pixels.size and found.bits.likelihood_bits == 0


def test_a_stripe_of_noise_in_a_smooth_picture_is_stored_alone() -> None:
    found, rows = written(partly_noise()), stripe_rows(700, 1)
    assert found.info.stripes_by_method == {"photo": len(rows) - 1, "raw": 1} and found.info.stripes == len(rows)
    assert found.bits.stored_bits == 8 * partly_noise().pixels[rows[1]].size


@pytest.mark.parametrize(("methods", "name"), [((PHOTO,), "photo"), ((WEBP,), "graphics"), ((LZMA,), "planes"), ((RAW,), "raw")])
def test_a_file_is_told_by_the_first_of_its_methods(methods: tuple, name: str) -> None:  # type: ignore[type-arg]
    assert written(smooth(), methods=methods).info.method == name


def test_what_is_partly_a_photo_is_told_as_a_photo() -> None:
    assert written(partly_noise()).info.method == "photo"


def test_the_facts_are_those_of_the_picture() -> None:
    before = Picture("RGBA", np.concatenate([smooth("RGB", 420).pixels, smooth("L", 420).pixels], axis=2), ((b"tEXt", b"Title\0a title"),))
    found = written(before, modified=1_600_000_000).info
    assert (found.mode, found.bits, found.width, found.height, found.modified) == ("RGBA", 8, 20, 420, 1_600_000_000)
    assert found.metadata == ("Title",) and found.kind == "picture"


def test_rates_are_bits_of_the_file_for_a_sample_and_for_a_pixel() -> None:
    found = written(smooth())
    assert found.info.bits_per_pixel == pytest.approx(8 * len(found.data) / 14000, abs=1e-6)
    assert found.info.bits_per_dimension == pytest.approx(found.info.bits_per_pixel / 3, abs=1e-6)
