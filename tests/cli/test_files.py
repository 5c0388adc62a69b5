"""The commands on files, with arrays: what they print, what they write, and how they fail."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.array_folder import MODEL
from helpers.cli import run
from helpers.small_models import small_images, small_model

from codec.density import library

GRAY = ("gray.npy", "--model", "gray.bbm")


@pytest.fixture
def models(place: Path) -> Path:
    """The folder, with a binary and a gray model, and an array of 20 images for each."""
    for title, levels in (("binary", 2), ("gray", 256)):
        (place / f"{title}.bbm").write_bytes(small_model(levels))
        np.save(place / f"{title}.npy", small_images(20, levels))
    return place


@pytest.mark.parametrize("title", ["binary", "gray"])
@pytest.mark.parametrize("particles", [1, 4])
def test_decompress_gives_back_the_very_same_file(models: Path, title: str, particles: int) -> None:
    assert run("compress", f"{title}.npy", "--model", f"{title}.bbm", "-N", particles).exit_code == 0
    assert run("decompress", f"{title}.bb", "--model", f"{title}.bbm", "-o", "back.npy").exit_code == 0
    assert (models / "back.npy").read_bytes() == (models / f"{title}.npy").read_bytes()
    assert not [path for path in models.iterdir() if path.suffix == ".tmp"]


def test_standard_input_and_output_carry_files(place: Path) -> None:
    content = (place / "in" / "a.npy").read_bytes()
    compressed = run("compress", "-", *MODEL, given=content).written
    run("compress", "in/a.npy", *MODEL)
    assert compressed == (place / "in" / "a.bb").read_bytes()
    assert run("decompress", *MODEL, "-", given=compressed).written == content
    assert run("decompress", "in/a.bb", "-o", "-", *MODEL).written == content
    assert run("decompress", "-", "-o", "x.npy", *MODEL, given=compressed).output == ""
    assert (place / "x.npy").read_bytes() == content
    assert run("info", "-", given=compressed).exit_code == run("verify", "-", *MODEL, given=compressed).exit_code == 0


def test_compress_reports_net_initial_and_total_bits(models: Path) -> None:
    facts = json.loads(run("compress", *GRAY, "--json").output)
    assert facts["total_bits"] == 8 * (models / "gray.bb").stat().st_size
    assert facts["total_bits"] == facts["net_bits"] + facts["initial_bits"] + facts["header_bits"]
    assert json.loads(run("info", "gray.bb", "--json").output)["net_bits"] == facts["net_bits"]


def test_a_verbose_compress_says_what_the_bits_are_for(models: Path) -> None:
    told = run("compress", *GRAY, "-v").output
    assert all(word in told for word in ("net", "initial", "total"))


def test_nothing_is_replaced_without_force(models: Path) -> None:
    for _ in range(2):
        result = run("compress", *GRAY)
    assert result.exit_code == 1 and "gray.bb" in result.output and "-f" in result.output
    assert run("compress", *GRAY, "-f").exit_code == 0
    result = run("decompress", "gray.bb", "--model", "gray.bbm")
    assert result.exit_code == 1 and "gray.npy" in result.output


BAD = {
    "cannot read": ("compress", "missing.npy", *MODEL),
    "not a .npy array": ("compress", "text.npy", *MODEL),
    "cut.npy": ("compress", "cut.npy", *MODEL),
    "pickle": ("compress", "objects.npy", *MODEL),
    "float64": ("compress", "floats.npy", *MODEL),
    "shape": ("compress", "large.npy", *MODEL),
    "below 2": ("compress", "gray.npy", "--model", "binary.bbm"),
    "no model": ("compress", "gray.npy", "--model", "nothing"),
    "not a model file": ("compress", "gray.npy", "--model", "text.npy"),
    "particles": ("compress", *GRAY, "-N", "0"),
    "not a file": ("decompress", "text.npy", "-o", "x.npy"),
    "not a file of": ("info", "text.npy"),
    "no-such-folder": ("compress", *GRAY, "-o", "no-such-folder/x.bb"),
}


@pytest.mark.parametrize("reason", BAD)
def test_bad_input_gives_one_clear_line_and_exit_code_1(models: Path, reason: str) -> None:
    (models / "text.npy").write_text("no array")
    (models / "cut.npy").write_bytes((models / "gray.npy").read_bytes()[:-5])
    np.save(models / "floats.npy", np.zeros((2, 4, 4)))
    np.save(models / "large.npy", np.zeros((2, 5, 5), np.uint8))
    np.save(models / "objects.npy", np.array([None, {}], dtype=object), allow_pickle=True)
    result = run(*BAD[reason])
    assert result.exit_code == 1
    assert reason in result.output and result.output.startswith("codec: ") and result.output.count("\n") == 1


@pytest.mark.parametrize("arguments", [("compress", "-r"), ("compress", "gray.npy", "--colour"), ("x",)], ids=" ".join)
def test_wrong_usage_gives_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_file_of_another_model_says_which_one_it_needs(models: Path) -> None:
    run("compress", *GRAY)
    (models / "other.bbm").write_bytes(small_model(256, seed=9))
    result = run("decompress", "gray.bb", "--model", "other.bbm", "-o", "x.npy")
    assert result.exit_code == 1 and library.find(str(models / "gray.bbm")).name.hex() in result.output
    assert run("decompress", "gray.bb", "-o", "x.npy").exit_code == 1
    assert not (models / "x.npy").exists()


def test_density_estimates_fall_with_the_particles(models: Path) -> None:
    rows = json.loads(run("density", *GRAY, "--particles", "1,8,64", "--json").output)["estimates"]
    assert [row["particles"] for row in rows] == [1, 8, 64]
    assert rows[2]["bits_per_pixel"] < rows[0]["bits_per_pixel"]


def test_density_takes_particles_that_suit_arrays_and_prints_a_line_for_each(models: Path) -> None:
    lines = run("density", *GRAY).output.splitlines()
    assert len(lines) == 5 and [int(line.split()[0]) for line in lines[2:]] == [1, 8, 64]


def test_density_is_what_compression_costs(models: Path) -> None:
    np.save(models / "many.npy", small_images(400, 2, seed=5))
    model = ("--model", "binary.bbm")
    rate = json.loads(run("density", "many.npy", *model, "--particles", "1", "--json").output)["estimates"][0]["bits_per_pixel"]
    assert json.loads(run("compress", "many.npy", *model, "--json").output)["net_bits_per_pixel"] == pytest.approx(rate, rel=0.03)


def test_only_one_picture_is_drawn(place: Path) -> None:
    assert run("density", "in/a.npy", "in/b.npy", "--heatmap", "x.png", *MODEL).exit_code == 2
    result = run("density", "in/a.npy", "--heatmap", "x.png", *MODEL)
    assert result.exit_code == 1 and "only the bits of pictures are drawn" in result.output
