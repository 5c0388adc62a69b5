"""Pictures to files and back with a real model, tiny and random: every content and size exactly, hostile files as errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.cli import run
from helpers.small_photos import small_photo_model
from helpers.stand_in import noise, stored_rows
from PIL import Image

from codec.container.container import read_container, write_container
from codec.density import library
from codec.density.density import PlanesDensity
from codec.density.named_model import NamedModel
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, CodecError
from codec.kinds.picture.density import estimate_picture
from codec.kinds.picture.write import Plan, Written, write_picture_file
from codec.media.form import CHANNELS, Pixels
from codec.media.picture import Picture
from codec.methods.method import Setting
from codec.methods.photo import PHOTO
from codec.nets.model_file import read_model, write_model

SIZES = [(1, 1), (1, 40), (40, 1), (2, 2), (63, 65), (3, 400), (420, 9)]


@cache
def density(mode: str) -> PlanesDensity:
    return NamedModel(f"small {mode}", small_photo_model(CHANNELS[mode])).planes


def written(picture: Picture, particles: int = 1, threads: int | None = None) -> Written:
    return write_picture_file(picture, Plan((PHOTO,), setting=Setting(density(picture.mode), particles)), threads)


def restored(data: bytes, mode: str) -> Picture:
    return stored_rows(data, density(mode)).picture()


def photo(mode: str, height: int, width: int) -> Picture:
    """Waves with a little noise: what a model of photos is made for."""
    rng = np.random.default_rng(height + width)
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(CHANNELS[mode]), indexing="ij")
    waves = 128 + 60 * np.sin(x / 9 + c / 4) + 50 * np.cos(y / 14) + rng.normal(0, 1.5, (height, width, CHANNELS[mode]))
    return Picture(mode, waves.clip(0, 255).astype(np.uint8))


def walk(y: Any, x: Any) -> Any:
    return np.cumsum(np.random.default_rng(5).integers(-3, 4, x.shape), axis=1) % 256


CONTENTS: dict[str, Callable[[Any, Any], Any]] = {
    "black": lambda y, x: 0 * x,
    "white": lambda y, x: 0 * x + 255,
    "checkerboard": lambda y, x: 255 * ((x + y) % 2),
    "saturated": lambda y, x: 255 * (np.random.default_rng(5).random(x.shape) < 0.5),
    "walk": walk,
    "one pixel": lambda y, x: 255 * ((x == x.shape[1] // 2) & (y == x.shape[0] // 2)),
    "steps": lambda y, x: 255 * (x > x.shape[1] // 2),
}


def picture_of(content: str, mode: str, height: int, width: int) -> Picture:
    if content in ("noise", "photo"):
        return (noise if content == "noise" else photo)(mode, height, width)
    y, x, _ = np.meshgrid(np.arange(height), np.arange(width), np.arange(CHANNELS[mode]), indexing="ij")
    return Picture(mode, CONTENTS[content](y, x).astype(np.uint8))


@pytest.mark.parametrize("content", [*CONTENTS, "noise", "photo"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("height", "width"), SIZES, ids=str)
def test_every_content_comes_back_and_is_never_much_larger(content: str, mode: str, height: int, width: int) -> None:
    before = picture_of(content, mode, height, width)
    data = written(before).data
    after = restored(data, mode)
    assert after.mode == mode and np.array_equal(after.pixels, before.pixels)
    assert len(data) <= before.pixels.size + 56 + 8 * len(stripe_rows(height, width))


@pytest.mark.parametrize("particles", [1, 3])
def test_the_parts_are_those_of_a_self_funded_step(particles: int) -> None:
    bits = written(photo("RGB", 420, 90), particles).bits
    assert bits.prior_bits > bits.posterior_bits > 0 and 0 < bits.funding_bits < bits.likelihood_bits and bits.stored_bits == 0


@pytest.mark.parametrize("particles", [1, 3])
def test_the_coder_costs_next_to_nothing(particles: int) -> None:
    found = written(photo("RGB", 420, 90), particles)
    assert 0 < found.bits.coder_bits <= 0.003 * found.info.payload_bits + 8 * 32 * 2


@pytest.mark.parametrize("particles", [1, 3])
def test_what_was_coded_with_particles_comes_back(particles: int) -> None:
    before = photo("RGB", 420, 90)
    assert np.array_equal(restored(written(before, particles).data, "RGB").pixels, before.pixels)


def test_density_is_what_the_file_costs() -> None:
    one, _ = estimate_picture(photo("RGB", 420, 90), density("RGB"), [1, 16]).estimates
    assert written(photo("RGB", 420, 90)).info.payload_bits == pytest.approx(one.bits, rel=0.15)


def test_more_particles_give_a_lower_estimate() -> None:
    one, many = estimate_picture(photo("RGB", 420, 90), density("RGB"), [1, 16]).estimates
    assert many.bits < one.bits


def test_threads_do_not_change_a_byte() -> None:
    assert len({written(photo("RGB", 900, 12), 2, threads).data for threads in (1, 2, 4)}) == 1


def test_hostile_files_give_the_picture_or_an_error() -> None:
    rng, before, reached = np.random.default_rng(8), photo("RGB", 60, 40), 0
    data = written(before).data
    sections = {tag: read_container(data).section(tag) for tag in "HS"}
    for number in range(160):
        tag = "HS"[number % 4 > 0]
        section = bytearray(sections[tag])
        place = int(rng.integers(min(len(section), 40 if number % 2 else len(section))))
        if number % 3:
            section[place] ^= 1 << int(rng.integers(8))
        else:
            section[place : place + int(rng.integers(3))] = rng.bytes(int(rng.integers(3)))
        changed = write_container("P", density("RGB").file.name, {**sections, tag: bytes(section)})
        try:
            after = restored(changed, "RGB")
        except CodecError as error:
            reached += "decode" in str(error) or "checksum" in str(error)
            continue
        assert np.array_equal(after.pixels, before.pixels)
    assert reached > 50


def test_forged_checksums_leave_the_digest() -> None:
    data = written(photo("L", 30, 30)).data
    other = written(Picture("L", photo("L", 30, 30).pixels[::-1])).data
    sections = {"H": read_container(data).section("H"), "S": read_container(other).section("S")}
    with pytest.raises(BadFile, match="checksum"):
        restored(write_container("P", density("L").file.name, sections), "L")


# ---------------------------------------------------------------- the commands with a model file


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a photo and a model for it."""
    (tmp_path / "small.bbm").write_bytes(small_photo_model())
    Image.fromarray(photo("RGB", 300, 20).pixels).save(tmp_path / "photo.png")
    return tmp_path


def told(*arguments: object) -> dict[str, Any]:
    """What a command prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def pixels(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_model_file_codes_and_decodes(place: Path) -> None:
    facts = told("compress", place / "photo.png", "--model", place / "small.bbm", "-N", 2)
    assert facts["total_bits"] == 8 * (place / "photo.bb").stat().st_size and facts["verified"]
    run("decompress", place / "photo.bb", "--model", place / "small.bbm", "-o", place / "again.tif")
    assert np.array_equal(pixels(place / "again.tif"), pixels(place / "photo.png"))


def test_a_model_file_tells_what_its_files_cost(place: Path) -> None:
    facts = told("compress", place / "photo.png", "--model", place / "small.bbm", "-N", 2)
    rows = told("density", place / "photo.png", "--model", place / "small.bbm", "--particles", "1,2")["estimates"]
    assert rows[0]["bits"] == pytest.approx(facts["total_bits"], rel=0.2)


def test_a_file_is_not_decoded_without_its_model(place: Path) -> None:
    run("compress", place / "photo.png", "--model", place / "small.bbm")
    result = run("decompress", place / "photo.bb", "-o", place / "x.png")
    assert result.exit_code == 1 and "give its file with --model" in result.output


def test_a_model_of_arrays_codes_no_picture(place: Path) -> None:
    result = run("compress", place / "photo.png", "--model", "digits-gray")
    assert result.exit_code == 1 and "codes arrays of images, not pictures" in result.output


def test_info_tells_the_channels_of_a_model(place: Path) -> None:
    assert told("info", place / "small.bbm")["channels"] == 3


def test_selftest_passes_a_model_whose_probe_is_what_this_machine_computes(tmp_path: Path) -> None:
    file = read_model(small_photo_model(1))
    right = {**file.metadata, "probe": density("L").probe()}
    (tmp_path / "right.bbm").write_bytes(write_model(right, file.tensors))
    assert run("selftest", "--model", tmp_path / "right.bbm").exit_code == 0


def test_selftest_fails_a_model_of_another_probe(tmp_path: Path) -> None:
    (tmp_path / "wrong.bbm").write_bytes(small_photo_model(1))
    assert run("selftest", "--model", tmp_path / "wrong.bbm").exit_code == 1


# ---------------------------------------------------------------- the models that come with the package


@pytest.fixture
def small_embedded(monkeypatch: pytest.MonkeyPatch) -> list[NamedModel]:
    """Tiny models in the place of those that come with the package."""
    models = [NamedModel(title, small_photo_model(channels)) for title, channels in (("photo", 3), ("photo-gray", 1))]
    monkeypatch.setattr(library, "embedded", lambda: models)
    return models


def test_the_embedded_model_of_the_right_channels_is_taken(tmp_path: Path, small_embedded: list[NamedModel]) -> None:
    Image.fromarray(photo("L", 30, 20).pixels[:, :, 0]).save(tmp_path / "gray.png")
    assert told("compress", tmp_path / "gray.png", "--method", "photo")["model"] == small_embedded[1].name.hex()
    assert run("decompress", tmp_path / "gray.bb", "-o", tmp_path / "again.pgm").exit_code == 0
    assert np.array_equal(pixels(tmp_path / "again.pgm"), photo("L", 30, 20).pixels[:, :, 0])


def test_models_are_listed_with_what_they_code(small_embedded: list[NamedModel]) -> None:
    assert "gray pictures" in run("models").output


def test_a_model_is_found_by_the_name_in_files(small_embedded: list[NamedModel]) -> None:
    assert library.named_by(small_embedded[0].name).planes.channels == 3
