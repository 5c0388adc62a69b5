"""A new family of densities takes one new file, helpers/stand_in.py here, and one line in a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers.cli import run
from helpers.stand_in import MODELS, Deflated, smooth, stand_ins_known
from PIL import Image

import codec
from codec.errors import BadModel, UnknownModel
from codec.kinds.kind import facts_of
from codec.media.write import write_picture

MODES = {"RGB": 3, "L": 1}
by_mode = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with pictures and models of the family, which is known."""
    for mode, channels in MODES.items():
        (tmp_path / f"{mode}.png").write_bytes(write_picture(smooth(mode), ".png"))
        (tmp_path / f"{mode}.bbm").write_bytes(MODELS[channels].data)
    with stand_ins_known():
        yield tmp_path


def told(*arguments: object) -> dict[str, object]:
    """What a command prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def pixels(path: Path) -> np.ndarray:  # type: ignore[type-arg]
    with Image.open(path) as image:
        return np.asarray(image)


# ---------------------------------------------------------------- the commands


@by_mode
def test_a_picture_is_compressed_and_verified_by_it(place: Path, mode: str) -> None:
    facts = told("compress", place / f"{mode}.png", "--model", place / f"{mode}.bbm")
    assert facts["model"] == MODELS[MODES[mode]].name.hex() and facts["method"] == "photo" and facts["verified"]


@by_mode
@pytest.mark.parametrize("particles", [1, 3])
def test_a_picture_comes_back(place: Path, mode: str, particles: int) -> None:
    run("compress", place / f"{mode}.png", "--model", place / f"{mode}.bbm", "-N", particles)
    assert run("decompress", place / f"{mode}.bb", "--model", place / f"{mode}.bbm", "-o", place / "again.png").exit_code == 0
    assert np.array_equal(pixels(place / "again.png"), pixels(place / f"{mode}.png"))


@by_mode
def test_a_region_comes_back(place: Path, mode: str) -> None:
    run("compress", place / f"{mode}.png", "--model", place / f"{mode}.bbm")
    run("decompress", place / f"{mode}.bb", "--model", place / f"{mode}.bbm", "-o", place / "part.png", "--region", "3,250,9,100")
    assert np.array_equal(pixels(place / "part.png"), pixels(place / f"{mode}.png")[250:350, 3:12])


@by_mode
def test_a_file_is_verified_by_it(place: Path, mode: str) -> None:
    run("compress", place / f"{mode}.png", "--model", place / f"{mode}.bbm")
    assert run("verify", place / f"{mode}.bb", "--model", place / f"{mode}.bbm").exit_code == 0
    assert run("verify", place / f"{mode}.bb").exit_code == 1


@by_mode
def test_a_damaged_file_is_salvaged_by_it(place: Path, mode: str) -> None:
    run("compress", place / f"{mode}.png", "--model", place / f"{mode}.bbm")
    data = bytearray((place / f"{mode}.bb").read_bytes())
    data[-12] ^= 4
    (place / "damaged.bb").write_bytes(data)
    result = run("decompress", place / "damaged.bb", "--salvage", "--model", place / f"{mode}.bbm")
    assert result.exit_code == 1 and "to 699 are lost" in result.output


@by_mode
def test_its_density_is_estimated(place: Path, mode: str) -> None:
    facts = told("density", place / f"{mode}.png", "--model", place / f"{mode}.bbm", "--particles", "1,10")
    assert facts["model"] == MODELS[MODES[mode]].file.sha256
    estimates = facts["estimates"]
    assert isinstance(estimates, list) and [round(row["bits_per_dimension"], 2) for row in estimates] == [3.0, 2.1]


@by_mode
def test_its_bits_are_drawn(place: Path, mode: str) -> None:
    drawn = told("density", place / f"{mode}.png", "--model", place / f"{mode}.bbm", "--heatmap", place / "map.png")
    facts = told("compress", place / f"{mode}.png", "--model", place / f"{mode}.bbm")
    bits = facts["likelihood_bits"], facts["funding_bits"]
    assert drawn["bits_of_pixels"] == pytest.approx(sum(map(float, bits)), rel=0.005)  # type: ignore[arg-type]
    assert pixels(place / "map.png").ndim == 3


@by_mode
def test_its_model_file_is_told(place: Path, mode: str) -> None:
    facts = told("info", place / f"{mode}.bbm")
    assert facts["kind"] == "model" and facts["channels"] == MODES[mode]


@by_mode
def test_its_probe_is_checked(place: Path, mode: str) -> None:
    assert run("selftest", "--model", place / f"{mode}.bbm").exit_code == 0


# ---------------------------------------------------------------- the library


@by_mode
@pytest.mark.parametrize("loaded", [True, False])
def test_a_picture_in_memory_comes_back(place: Path, mode: str, loaded: bool) -> None:
    image, path = Image.open(place / f"{mode}.png"), place / f"{mode}.bbm"
    model = codec.load_model(path) if loaded else path
    found = codec.decompress(codec.compress(image, model), model)
    assert isinstance(found, Image.Image) and np.array_equal(np.asarray(found), np.asarray(image))


@by_mode
def test_the_library_estimates_its_density(place: Path, mode: str) -> None:
    facts = facts_of(codec.density(place / f"{mode}.png", place / f"{mode}.bbm", particles=[1, 10]))
    printed = told("density", place / f"{mode}.png", "--model", place / f"{mode}.bbm", "--particles", "1,10")
    assert printed == {"file": str(place / f"{mode}.png"), **facts}


def test_info_needs_no_model(place: Path) -> None:
    data = codec.compress(place / "RGB.png", place / "RGB.bbm")
    assert facts_of(codec.info(data))["model"] == MODELS[3].name.hex()


def test_a_model_is_loaded_as_what_its_family_says(place: Path) -> None:
    assert isinstance(codec.load_model(place / "RGB.bbm").planes, Deflated)


# ---------------------------------------------------------------- without that line


def test_its_files_are_refused_where_no_model_is_given(place: Path) -> None:
    with pytest.raises(UnknownModel, match="give its file with --model"):
        codec.decompress(codec.compress(place / "RGB.png", place / "RGB.bbm"))


def test_its_models_are_refused_where_the_family_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "new.bbm").write_bytes(MODELS[3].data)
    with pytest.raises(BadModel, match="a model of kind 'stand-in': this release knows photo, graphics, vae"):
        codec.load_model(tmp_path / "new.bbm")
