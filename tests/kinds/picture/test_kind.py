"""The commands on pictures: what they print, what they write, and how they fail."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers.small_models import small_images, small_model
from helpers.stand_in import MODELS, NAME, deflated_stripes, forged, noise, smooth
from PIL import Image, PngImagePlugin

from codec.cli.main import main
from codec.container.container import read_container
from codec.density import library
from codec.density.photo import stripe
from codec.density.shared.tiles import stripe_rows
from codec.errors import UnknownModel
from codec.media.write import write_picture


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pictures, in a world with a model for them."""

    def find(name: bytes, title: str | None = None) -> Any:
        if name != NAME:
            raise UnknownModel("another model")
        return MODELS[1] if title == "gray" else MODELS[3]

    deflated_stripes(monkeypatch)
    monkeypatch.setattr(library, "photo_model", lambda channels, *_: MODELS[channels])
    monkeypatch.setattr(library, "find_photo", find)
    monkeypatch.setattr(stripe, "is_warm", lambda: True)
    for name, picture in (("colour", smooth()), ("gray", smooth("L")), ("noise", noise("RGB", 30, 40))):
        (tmp_path / f"{name}.png").write_bytes(write_picture(picture, ".png"))
    return tmp_path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("name", ["colour", "noise"])
@pytest.mark.parametrize("how", ["--verify", "--no-verify", "--method=photo", "--method=graphics", "--method=planes", "--method=stored"])
def test_a_picture_comes_back_beside_its_file(place: Path, name: str, how: str) -> None:
    before = pixels(place / f"{name}.png")
    assert run("compress", place / f"{name}.png", "-T", 2, how).stdout == ""
    (place / f"{name}.png").unlink()
    assert run("decompress", place / f"{name}.bb").output == ""
    assert np.array_equal(pixels(place / f"{name}.png"), before)


@pytest.mark.parametrize("ending", [".tif", ".bmp", ".pgm", ".PNG"])
@pytest.mark.parametrize("method", ["photo", "stored"])
def test_the_ending_of_the_output_chooses_its_format(place: Path, ending: str, method: str) -> None:
    run("compress", place / "gray.png", "-o", place / "x.bb", "--method", method)
    assert run("decompress", place / "x.bb", "-o", place / f"y{ending}", "--model", "gray").exit_code == 0
    assert np.array_equal(pixels(place / f"y{ending}"), pixels(place / "gray.png"))


def test_a_format_that_loses_something_is_refused_before_any_work(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("compress", place / "colour.png")
    with monkeypatch.context() as patch:
        patch.setattr("codec.kinds.picture.read.decode_part", lambda *arguments: pytest.fail("it went on to decode"))
        for ending, reason in ((".jpg", "keeps every pixel"), (".pgm", "does not keep the mode RGB"), ("", "no ending")):
            result = run("decompress", place / "colour.bb", "-o", place / f"y{ending}")
            assert result.exit_code == 1 and reason in result.output and result.output.count("\n") == 1
    assert run("decompress", place / "colour.bb", "-o", place / "y.jpg", "--lossy-format-ok").exit_code == 0
    assert pixels(place / "y.jpg").shape == (700, 20, 3)


def test_the_parts_of_the_size_add_up(place: Path) -> None:
    facts = json.loads(run("compress", place / "colour.png", "--json", "-N", 3, "--method", "photo").output)
    assert facts["total_bits"] == 8 * (place / "colour.bb").stat().st_size
    parts = sum(facts[f"{name}_bits"] for name in ("prior", "likelihood", "funding", "coder", "stored", "header"))
    assert parts - facts["posterior_bits"] == pytest.approx(facts["total_bits"], abs=1)
    assert facts["particles"] == 3 and facts["verified"] and facts["notes"] == [] and facts["method"] == "photo"
    assert facts["original_bytes"] == (place / "colour.png").stat().st_size
    told = json.loads(run("info", place / "colour.bb", "--json").output)
    assert {**told, "file": 0}.items() <= {**facts, "file": 0}.items() and (told["width"], told["height"]) == (20, 700)
    verbose = run("compress", place / "colour.png", "-v", "-f", "--method", "photo").output.splitlines()
    names = ["prior", "posterior", "likelihood", "funding", "coder", "header", "total"]
    assert [line.split()[0] for line in verbose[-len(names) :]] == names
    assert [line.split()[0] for line in run("info", place / "colour.bb").output.splitlines()] == ["20x700", "payload", "header", "total"]


def test_metadata_and_the_time_come_back(place: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a title")
    Image.fromarray(noise("RGB", 2, 3).pixels).save(place / "text.png", pnginfo=text, icc_profile=b"profile" * 50, dpi=(300, 300))
    os.utime(place / "text.png", (1_600_000_000, 1_600_000_000))
    assert run("compress", place / "text.png").output == ""
    run("decompress", place / "text.bb", "-o", place / "again.png")
    with Image.open(place / "text.png") as before, Image.open(place / "again.png") as after:
        assert before.info == after.info and after.info["Title"] == "a title"
    assert (place / "again.png").stat().st_mtime == 1_600_000_000
    result = run("decompress", place / "text.bb", "-o", place / "x.webp")
    assert result.exit_code == 1 and "does not keep Title, dpi" in result.output


def test_what_is_smaller_is_stored_as_it_is_and_says_so(place: Path) -> None:
    Image.fromarray(pixels(place / "colour.png")).save(place / "photo.jpg", quality=90)
    frames = [Image.new("RGB", (9, 9), (90 * index, 0, 0)) for index in range(3)]
    frames[0].save(place / "frames.gif", save_all=True, append_images=frames[1:])
    for name, reason in (("photo.jpg", "JPEG is already small"), ("frames.gif", "3 frames")):
        before = (place / name).read_bytes()
        result = run("compress", place / name, "-o", place / "kept.bb", "-f", "-v")
        assert f"stored as it is: {reason}" in result.stderr and "stored as it is" in result.stdout
        assert (place / "kept.bb").stat().st_size <= len(before) + 64
        (place / name).rename(place / "old")
        run("decompress", place / "kept.bb", "-f")
        assert (place / f"kept{Path(name).suffix}").read_bytes() == before
        assert json.loads(run("info", place / "kept.bb", "--json").output)["method"] == "stored"
    assert run("decompress", place / "kept.bb", "-o", place / "x.png").exit_code == 1
    photo = Image.open(io.BytesIO((place / "kept.jpg").read_bytes()))
    run("compress", place / "kept.jpg", "-f")
    run("decompress", place / "kept.bb", "-o", place / "x.png", "-f")
    assert np.array_equal(pixels(place / "x.png"), np.asarray(photo))
    run("decompress", place / "kept.bb", "-o", place / "part.png", "--region", "2,3,4,5")
    assert np.array_equal(pixels(place / "part.png"), np.asarray(photo)[3:8, 2:6])


def test_a_method_or_model_that_is_named_is_obeyed_or_it_is_an_error(place: Path) -> None:
    Image.new("P", (9, 9)).save(place / "palette.png")
    for arguments in (("--method", "photo"), ("--model", "photo")):
        assert run("compress", place / "colour.png", "-f", *arguments).exit_code == 0
        assert json.loads(run("info", place / "colour.bb", "--json").output)["method"] == "photo"
        result = run("compress", place / "palette.png", *arguments)
        assert result.exit_code == 1 and "does not code pictures of mode P" in result.output
    frames = [Image.new("L", (9, 9), index) for index in range(2)]
    frames[0].save(place / "pages.tif", save_all=True, append_images=frames[1:])
    assert "only be stored" in run("compress", place / "pages.tif", "--method", "graphics").output


def test_a_region_and_what_is_intact_come_back(place: Path) -> None:
    run("compress", place / "colour.png", "--method", "photo")
    before, data = pixels(place / "colour.png"), bytearray((place / "colour.bb").read_bytes())
    run("decompress", place / "colour.bb", "-o", place / "part.png", "--region", "3,250,9,100")
    assert np.array_equal(pixels(place / "part.png"), before[250:350, 3:12])
    data[-12] ^= 4
    (place / "damaged.bb").write_bytes(data)
    result = run("decompress", place / "damaged.bb", "--salvage")
    rows = stripe_rows(700, 1)[-1]
    assert result.exit_code == 1 and f"rows {rows.start} to 699 are lost" in result.output
    assert np.array_equal(pixels(place / "damaged.png")[: rows.start], before[: rows.start])
    assert not pixels(place / "damaged.png")[rows.start :].any()
    for name, code in (("colour.bb", 0), ("damaged.bb", 1)):
        assert run("verify", place / name).exit_code == code


def test_verifying_checks_the_digest_of_many_stripes(place: Path) -> None:
    run("compress", place / "colour.png", "--method", "photo")
    data = (place / "colour.bb").read_bytes()
    header = bytearray(read_container(data).section("H"))
    header[20] ^= 1
    (place / "forged.bb").write_bytes(forged(data, H=bytes(header)))
    for command in ("verify", "decompress"):
        result = run(command, place / "forged.bb")
        assert result.exit_code == 1 and "digest" in result.output


def test_more_pixels_than_allowed_are_refused_both_ways(place: Path) -> None:
    run("compress", place / "colour.png")
    for command, name in (("compress", "colour.png"), ("decompress", "colour.bb")):
        result = run(command, place / name, "--max-pixels", 13999, "-f")
        assert result.exit_code == 1 and "20x700 are more than 13999 pixels" in result.output
        assert run(command, place / name, "--max-pixels", 14000, "-f").exit_code == 0


def test_density_gives_bits_per_dimension_for_each_number_of_particles(place: Path) -> None:
    facts = json.loads(run("density", place / "colour.png", "--particles", "1,10", "--json").output)
    assert [row["particles"] for row in facts["estimates"]] == [1, 10]
    assert facts["estimates"][1]["bits_per_dimension"] == pytest.approx(2.1, abs=0.001)
    assert facts["estimates"][1]["bits"] == pytest.approx(2.1 * 20 * 700 * 3, abs=4)
    assert len(run("density", place / "colour.png").output.splitlines()) == 5


def test_arrays_and_pictures_go_by_the_same_commands(place: Path) -> None:
    (place / "gray.bbm").write_bytes(small_model(256))
    np.save(place / "array.npy", small_images(9, 256))
    (place / "array.npy").rename(place / "array.png")
    assert json.loads(run("compress", place / "array.png", "--model", place / "gray.bbm", "--json").output)["kind"] == "array"
    assert run("decompress", place / "array.bb", "--model", place / "gray.bbm").exit_code == 0
    assert np.array_equal(np.load(place / "array.npy"), small_images(9, 256))


def test_bad_input_gives_one_clear_line_and_exit_code_1(place: Path) -> None:
    (place / "text.png").write_text("no picture")
    run("compress", place / "colour.png")
    damaged = bytearray((place / "colour.bb").read_bytes())
    damaged[-20] ^= 1
    (place / "damaged.bb").write_bytes(damaged)
    for reason, arguments in {
        "not a picture": ("compress", place / "text.png"),
        "cannot read": ("compress", place / "missing.png"),
        "already there": ("compress", place / "colour.png"),
        "0 particles": ("compress", place / "colour.png", "-f", "-N", 0, "--method", "photo"),
        "damaged.bb": ("decompress", place / "damaged.bb"),
        "damaged": ("info", place / "damaged.bb"),
    }.items():
        result = run(*arguments)
        assert result.exit_code == 1 and reason in result.output, result.output
        assert result.output.startswith("codec: ") and result.output.count("\n") == 1
    assert run("compress", place / "colour.png", "-T", 0).exit_code == 2


def test_a_result_that_does_not_decode_is_not_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codec.density.photo.stripe.decode_stripe", lambda model, payload, shape: np.zeros(shape, np.int16))
    result = run("compress", place / "colour.png", "--method", "photo")
    assert result.exit_code == 1 and "nothing was written" in result.output and not (place / "colour.bb").exists()


def test_without_a_model_for_pictures_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "embedded", lambda kind=None: [])
    with pytest.raises(UnknownModel, match="--model"):
        library.photo_model(3)


def test_compiling_is_left_out_where_kernels_are_warm(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warmed: list[bool] = []
    monkeypatch.setattr(stripe, "warm_up", lambda: warmed.append(True))
    run("compress", place / "colour.png")
    assert not warmed
    monkeypatch.setattr(stripe, "is_warm", lambda: False)
    run("compress", place / "colour.png", "-f")
    assert warmed == [True]
