"""The commands on pictures: what they print, what they write, and how they fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image, PngImagePlugin
from small_models import small_images, small_model
from stand_in import MODELS, NAME, deflated_stripes, noise, smooth

from codec import store, stripe
from codec.cli import main
from codec.errors import UnknownModel
from codec.image import picture_bytes


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
    monkeypatch.setattr(store, "photo_model", lambda channels, title: MODELS[channels])
    monkeypatch.setattr(store, "find_photo", find)
    monkeypatch.setattr(stripe, "is_warm", lambda: True)
    for name, picture in (("colour", smooth()), ("gray", smooth("L")), ("noise", noise("RGB", 30, 40))):
        (tmp_path / f"{name}.png").write_bytes(picture_bytes(picture, Path("x.png")))
    return tmp_path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("name", ["colour", "noise"])
@pytest.mark.parametrize("verify", ["--verify", "--no-verify"])
def test_a_picture_comes_back_beside_its_file(place: Path, name: str, verify: str) -> None:
    before = pixels(place / f"{name}.png")
    assert run("compress", place / f"{name}.png", "-T", 2, verify).output == ""
    (place / f"{name}.png").unlink()
    assert run("decompress", place / f"{name}.bb").output == ""
    assert np.array_equal(pixels(place / f"{name}.png"), before)


@pytest.mark.parametrize("ending", [".tif", ".bmp", ".pgm", ".PNG"])
def test_the_ending_of_the_output_chooses_its_format(place: Path, ending: str) -> None:
    run("compress", place / "gray.png", "-o", place / "x.bb")
    assert run("decompress", place / "x.bb", "-o", place / f"y{ending}", "--model", "gray").exit_code == 0
    assert np.array_equal(pixels(place / f"y{ending}"), pixels(place / "gray.png"))


def test_a_format_that_loses_something_is_refused_before_any_work(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("compress", place / "colour.png")
    monkeypatch.setattr("codec.picture.decompress_picture", lambda *arguments: pytest.fail("it went on to decode"))
    for ending, reason in ((".jpg", "keeps every pixel"), (".pgm", "does not keep the mode RGB"), ("", "no ending")):
        result = run("decompress", place / "colour.bb", "-o", place / f"y{ending}")
        assert result.exit_code == 1 and reason in result.output and result.output.count("\n") == 1


def test_the_parts_of_the_size_add_up(place: Path) -> None:
    facts = json.loads(run("compress", place / "colour.png", "--json", "-N", 3).output)
    assert facts["total_bits"] == 8 * (place / "colour.bb").stat().st_size
    parts = sum(facts[f"{name}_bits"] for name in ("prior", "likelihood", "funding", "coder", "stored", "header"))
    assert parts - facts["posterior_bits"] == pytest.approx(facts["total_bits"], abs=1)
    assert facts["particles"] == 3 and facts["verified"] and facts["left_behind"] == []
    told = json.loads(run("info", place / "colour.bb", "--json").output)
    assert told.items() <= facts.items() and told["kind"] == "picture" and (told["width"], told["height"]) == (20, 700)
    verbose = run("compress", place / "colour.png", "-v", "-f").output
    names = ["prior", "posterior", "likelihood", "funding", "coder", "header", "total"]
    assert [line.split()[0] for line in verbose.splitlines()[1:]] == names
    assert [line.split()[0] for line in run("info", place / "colour.bb").output.splitlines()] == ["20x700", "payload", "header", "total"]
    assert "stored as it is" in run("compress", place / "noise.png", "-v").output


def test_metadata_that_is_left_behind_is_named(place: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "a title")
    Image.new("RGB", (3, 2)).save(place / "text.png", pnginfo=text, icc_profile=b"profile")
    result = run("compress", place / "text.png", "--json")
    assert "left behind: Title, icc_profile" in result.stderr
    assert json.loads(result.stdout)["left_behind"] == ["Title", "icc_profile"]


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
    Image.new("RGBA", (4, 4)).save(place / "alpha.png")
    run("compress", place / "colour.png")
    damaged = bytearray((place / "colour.bb").read_bytes())
    damaged[-20] ^= 1
    (place / "damaged.bb").write_bytes(damaged)
    for reason, arguments in {
        "not a picture": ("compress", place / "text.png"),
        "mode RGBA is not supported yet": ("compress", place / "alpha.png"),
        "cannot read": ("compress", place / "missing.png"),
        "already there": ("compress", place / "colour.png"),
        "0 particles": ("compress", place / "colour.png", "-f", "-N", 0),
        "damaged.bb": ("decompress", place / "damaged.bb"),
        "damaged": ("info", place / "damaged.bb"),
    }.items():
        result = run(*arguments)
        assert result.exit_code == 1 and reason in result.output, result.output
        assert result.output.startswith("codec: ") and result.output.count("\n") == 1
    assert run("compress", place / "colour.png", "-T", 0).exit_code == 2


def test_a_result_that_does_not_decode_is_not_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codec.picture.decode_stripe", lambda model, payload, shape: np.zeros(shape, np.int16))
    result = run("compress", place / "colour.png")
    assert result.exit_code == 1 and "nothing was written" in result.output and not (place / "colour.bb").exists()


def test_without_a_model_for_pictures_the_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "embedded", lambda kind=None: [])
    with pytest.raises(UnknownModel, match="--model"):
        store.photo_model(3)


def test_compiling_is_left_out_where_kernels_are_warm(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warmed: list[bool] = []
    monkeypatch.setattr(stripe, "warm_up", lambda: warmed.append(True))
    run("compress", place / "colour.png")
    assert not warmed
    monkeypatch.setattr(stripe, "is_warm", lambda: False)
    run("compress", place / "colour.png", "-f")
    assert warmed == [True]
