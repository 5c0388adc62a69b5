"""Sheets of samples and plots of layers, by their commands: pictures that say how many images are on them, and errors that help."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from helpers.cli import run
from helpers.small_contexts import small_context
from PIL import Image

from codec.density.library import images_density


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return images_density("digits-gray").file.tensors["probe.x"].astype(np.uint8).reshape(-1, 28, 28)


def test_a_sheet_has_samples_reconstructions_and_what_is_between(tmp_path: Path, digits: np.ndarray) -> None:
    np.save(tmp_path / "x.npy", digits)
    done = run("samples", "digits-gray", "--data", tmp_path / "x.npy", "-o", tmp_path / "sheet.png", "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert (facts["samples"], facts["reconstructions"], facts["interpolations"]) == (128, 16, 16 * (len(digits) - 1))
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.mode == "L" and sheet.width == 16 * 30 and sheet.height == 30 * (8 + 2 + len(digits) - 1) + 3 * 6


def test_a_seed_gives_one_sheet_and_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "small.bbm").write_bytes(small_context(256, 3))
    words = ["samples", tmp_path / "small.bbm", "-o", tmp_path / "sheet.png"]
    first = run(*words, "--seed", "3")
    content = (tmp_path / "sheet.png").read_bytes()
    assert first.exit_code == 0 and "128 samples, 0 reconstructions" in first.output
    assert run(*words).exit_code == 1 and (tmp_path / "sheet.png").read_bytes() == content
    assert run(*words, "-f", "--seed", "3").exit_code == 0 and (tmp_path / "sheet.png").read_bytes() == content
    assert run(*words, "-f", "--seed", "4").exit_code == 0 and (tmp_path / "sheet.png").read_bytes() != content


@pytest.mark.parametrize(("model", "reason"), [("photo", "arrays of images"), ("nothing", "nothing")])
def test_other_models_have_no_sheet(tmp_path: Path, model: str, reason: str) -> None:
    done = run("samples", model, "-o", tmp_path / "sheet.png")
    assert done.exit_code == 1 and reason in done.output and not (tmp_path / "sheet.png").exists()


def test_images_that_are_no_pictures_are_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "two.bbm").write_bytes(small_context(256, 2))
    done = run("samples", tmp_path / "two.bbm", "-o", tmp_path / "sheet.png")
    assert done.exit_code == 1 and "gray or RGB" in done.output


def test_a_plot_shows_the_bits_of_layers(tmp_path: Path, digits: np.ndarray) -> None:
    pytest.importorskip("matplotlib")
    np.save(tmp_path / "x.npy", digits)
    words = ["density", tmp_path / "x.npy", "--model", "digits-gray", "--particles", "1", "--plot", tmp_path / "layers.png"]
    done = run(*words, "--json")
    facts = json.loads(done.stdout)
    assert facts["latents_of_layers"] == [10, 100] and len(facts["bits_of_layers"]) == 2
    with Image.open(io.BytesIO((tmp_path / "layers.png").read_bytes())) as plot:
        assert plot.format == "PNG" and plot.width == 700
    again = run(*words, "-f")
    assert again.exit_code == 0 and "latents in use" in again.output


def test_pictures_have_no_layers(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    Image.new("L", (8, 8)).save(tmp_path / "x.png")
    done = run("density", tmp_path / "x.png", "--plot", tmp_path / "layers.png")
    assert done.exit_code == 1 and "give a .npy file" in done.output
