"""Pictures to files and back with a real model, tiny and random: every content and size exactly, hostile files as errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from helpers.small_photos import small_photo_model
from helpers.stand_in import noise
from PIL import Image

from codec.cli.main import main
from codec.container.container import read_container, write_container
from codec.density import library
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.stripe import probe_digest
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, CodecError
from codec.kinds.picture.write import compress_picture, compress_with_sizes, decompress_picture, density_picture
from codec.media.picture import CHANNELS, Picture
from codec.nets.model_file import read_model, write_model

SIZES = [(1, 1), (1, 40), (40, 1), (2, 2), (63, 65), (3, 400), (420, 9)]


@pytest.fixture(scope="module")
def models() -> dict[str, PhotoModel]:
    return {mode: load_photo(read_model(small_photo_model(channels))) for mode, channels in (("L", 1), ("RGB", 3))}


def photo(mode: str, height: int, width: int) -> Picture:
    """Waves with a little noise: what a model of photos is made for."""
    rng = np.random.default_rng(height + width)
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(CHANNELS[mode]), indexing="ij")
    waves = 128 + 60 * np.sin(x / 9 + c / 4) + 50 * np.cos(y / 14) + rng.normal(0, 1.5, (height, width, CHANNELS[mode]))
    return Picture(mode, waves.clip(0, 255).astype(np.uint8))


def contents(mode: str, height: int, width: int) -> dict[str, Picture]:
    rng = np.random.default_rng(5)
    shape = height, width, CHANNELS[mode]
    y, x, _ = np.meshgrid(*map(np.arange, shape), indexing="ij")
    walk = np.cumsum(rng.integers(-3, 4, shape), axis=1)
    arrays = {
        "black": np.zeros(shape),
        "white": np.full(shape, 255),
        "checkerboard": 255 * ((x + y) % 2),
        "saturated": 255 * (rng.random(shape) < 0.5),
        "walk": walk % 256,
        "one pixel": 255 * ((x == width // 2) & (y == height // 2)),
        "steps": 255 * (x > width // 2),
    }
    return {name: Picture(mode, values.astype(np.uint8)) for name, values in arrays.items()} | {
        "noise": noise(mode, height, width),
        "photo": photo(mode, height, width),
    }


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("height", "width"), SIZES, ids=str)
def test_every_content_comes_back_and_is_never_much_larger(models: dict[str, PhotoModel], mode: str, height: int, width: int) -> None:
    for name, before in contents(mode, height, width).items():
        data = compress_picture(before, models[mode])
        after = decompress_picture(data, lambda title: models[mode])
        assert after.mode == mode and np.array_equal(after.pixels, before.pixels), name
        assert len(data) <= before.pixels.size + 56 + 8 * len(stripe_rows(height, width)), name


@pytest.mark.parametrize("particles", [1, 3])
def test_the_parts_are_those_of_a_self_funded_step(models: dict[str, PhotoModel], particles: int) -> None:
    data, sizes = compress_with_sizes(photo("RGB", 420, 90), models["RGB"], particles)
    assert sizes.total_bits == 8 * len(data) and sizes.stored_bits == 0
    assert sizes.parts["prior"] > sizes.parts["posterior"] > 0 and 0 < sizes.parts["funding"] < sizes.parts["likelihood"]
    assert 0 < sizes.coder_bits <= 0.003 * sizes.coded_bits + 8 * 32 * 2
    assert decompress_picture(data, lambda title: models["RGB"]).pixels.shape == (420, 90, 3)


def test_density_is_what_the_file_costs(models: dict[str, PhotoModel]) -> None:
    before = photo("RGB", 420, 90)
    one, many = density_picture(before, models["RGB"], [1, 16])
    _, sizes = compress_with_sizes(before, models["RGB"])
    assert many < one and sizes.coded_bits == pytest.approx(one, rel=0.15)


def test_threads_do_not_change_a_byte(models: dict[str, PhotoModel]) -> None:
    before = photo("RGB", 900, 12)
    files = {compress_picture(before, models["RGB"], 2, threads) for threads in (1, 2, 4)}
    assert len(files) == 1


def test_hostile_files_give_the_picture_or_an_error(models: dict[str, PhotoModel]) -> None:
    rng = np.random.default_rng(8)
    before = photo("RGB", 60, 40)
    data = compress_picture(before, models["RGB"])
    sections = {tag: read_container(data).section(tag) for tag in "HS"}
    reached = 0
    for number in range(160):
        tag = "HS"[number % 4 > 0]
        section = bytearray(sections[tag])
        place = int(rng.integers(min(len(section), 40 if number % 2 else len(section))))
        if number % 3:
            section[place] ^= 1 << int(rng.integers(8))
        else:
            section[place : place + int(rng.integers(3))] = rng.bytes(int(rng.integers(3)))
        changed = write_container("P", models["RGB"].file.name, {**sections, tag: bytes(section)})
        try:
            after = decompress_picture(changed, lambda title: models["RGB"])
        except CodecError as error:
            reached += "decode" in str(error) or "checksum" in str(error)
            continue
        assert np.array_equal(after.pixels, before.pixels)
    assert reached > 50


def test_forged_checksums_leave_the_digest(models: dict[str, PhotoModel]) -> None:
    data = compress_picture(photo("L", 30, 30), models["L"])
    other = compress_picture(Picture("L", photo("L", 30, 30).pixels[::-1]), models["L"])
    sections = {"H": read_container(data).section("H"), "S": read_container(other).section("S")}
    with pytest.raises(BadFile, match="checksum"):
        decompress_picture(write_container("P", models["L"].file.name, sections), lambda title: models["L"])


def test_the_commands_take_a_model_file(tmp_path: Path) -> None:
    model = tmp_path / "small.bbm"
    model.write_bytes(small_photo_model())
    Image.fromarray(photo("RGB", 300, 20).pixels).save(tmp_path / "photo.png")

    def run(*arguments: object, code: int = 0) -> str:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == code, result.output
        return result.stdout

    facts = json.loads(run("compress", tmp_path / "photo.png", "--model", model, "--json", "-N", 2))
    assert facts["total_bits"] == 8 * (tmp_path / "photo.bb").stat().st_size and facts["verified"]
    run("decompress", tmp_path / "photo.bb", "--model", model, "-o", tmp_path / "again.tif")
    with Image.open(tmp_path / "again.tif") as image:
        assert np.array_equal(np.asarray(image), photo("RGB", 300, 20).pixels)
    rows = json.loads(run("density", tmp_path / "photo.png", "--model", model, "--particles", "1,2", "--json"))["estimates"]
    assert rows[0]["bits"] == pytest.approx(facts["total_bits"], rel=0.2)
    run("decompress", tmp_path / "photo.bb", "-o", tmp_path / "x.png", code=1)
    run("compress", tmp_path / "photo.png", "-f", "--model", "digits-gray", code=1)
    assert json.loads(run("info", model, "--json"))["channels"] == 3


def test_selftest_knows_the_probe_of_a_photo_model(tmp_path: Path) -> None:
    file = read_model(small_photo_model(1))
    right = {**file.metadata, "probe": probe_digest(load_photo(file))}
    (tmp_path / "right.bbm").write_bytes(write_model(right, file.tensors))
    (tmp_path / "wrong.bbm").write_bytes(small_photo_model(1))
    for name, code in (("right", 0), ("wrong", 1)):
        result = CliRunner().invoke(main, ["selftest", "--model", str(tmp_path / f"{name}.bbm")])
        assert result.exit_code == code, result.output


def test_the_embedded_model_of_the_right_channels_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [library.Entry(title, small_photo_model(channels)) for title, channels in (("photo", 3), ("photo-gray", 1))]
    monkeypatch.setattr(library, "embedded", lambda kind=None: entries)
    Image.fromarray(photo("L", 30, 20).pixels[:, :, 0]).save(tmp_path / "gray.png")
    for command, source, target in (("compress", "gray.png", "gray.bb"), ("decompress", "gray.bb", "again.pgm")):
        result = CliRunner().invoke(main, [command, str(tmp_path / source), "-o", str(tmp_path / target)])
        assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "again.pgm") as image:
        assert np.array_equal(np.asarray(image), photo("L", 30, 20).pixels[:, :, 0])
    assert "gray pictures" in CliRunner().invoke(main, ["models"]).output
    assert library.find_photo(entries[0].name).channels == 3
