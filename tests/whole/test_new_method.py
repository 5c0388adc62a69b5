"""A new method of coding takes one new file, helpers/run_lengths.py here, and one place in a table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.cli import run
from helpers.run_lengths import RUN_LENGTHS
from PIL import Image

import codec
from codec.errors import BadFile, BadInput
from codec.kinds.kind import facts_of
from codec.methods import choice

FLAT = Image.new("RGB", (300, 200), (10, 20, 30))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The table of methods with one more; undo it, and nobody knows the method."""
    monkeypatch.setattr(choice, "METHODS", (*choice.METHODS, RUN_LENGTHS))
    return monkeypatch


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a flat picture."""
    FLAT.save(tmp_path / "flat.png")
    return tmp_path


def told(*arguments: object) -> dict[str, object]:
    """What a command prints as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("method", ["auto", "graphics", "runs"])
def test_a_flat_picture_is_coded_by_it(method: str) -> None:
    assert facts_of(codec.info(codec.compress(FLAT, method=method)))["stripes_by_method"] == {"runs": 1}


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("method", ["auto", "runs"])
def test_a_flat_picture_comes_back(method: str) -> None:
    found = codec.decompress(codec.compress(FLAT, method=method))
    assert isinstance(found, Image.Image) and np.array_equal(np.asarray(found), np.asarray(FLAT))


@pytest.mark.usefixtures("known")
def test_it_makes_smaller_files_of_flat_pictures_than_all_others() -> None:
    sizes = {method: len(codec.compress(FLAT, method=method)) for method in ("auto", "runs", "planes")}
    assert sizes["runs"] == sizes["auto"] < sizes["planes"]


@pytest.mark.usefixtures("known")
def test_it_is_left_out_where_it_does_not_code_the_mode() -> None:
    data = codec.compress(FLAT.convert("I"))
    assert facts_of(codec.info(data))["method"] == "planes"
    with pytest.raises(BadInput, match="the method 'runs' does not code pictures of mode I"):
        codec.compress(FLAT.convert("I"), method="runs")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("arguments", [[], ["--method", "runs"], ["--method", "graphics"]], ids=str)
def test_the_command_codes_by_it(place: Path, arguments: list[str]) -> None:
    assert told("compress", place / "flat.png", *arguments)["method"] == "runs"


@pytest.mark.usefixtures("known")
def test_the_command_gives_the_picture_back(place: Path) -> None:
    run("compress", place / "flat.png", "--method", "runs")
    assert run("decompress", place / "flat.bb", "-o", place / "again.png").exit_code == 0
    with Image.open(place / "again.png") as again:
        assert np.array_equal(np.asarray(again), np.asarray(FLAT))


@pytest.mark.usefixtures("known")
def test_info_names_it(place: Path) -> None:
    run("compress", place / "flat.png")
    assert told("info", place / "flat.bb")["stripes_by_method"] == {"runs": 1}
    assert "1 runs" in run("info", place / "flat.bb").stdout


@pytest.mark.usefixtures("known")
def test_the_error_for_an_unknown_method_lists_it(place: Path) -> None:
    assert "runs" in run("compress", place / "flat.png", "--method", "magic").stderr


@pytest.mark.usefixtures("known")
def test_the_heat_map_shows_its_payload(place: Path) -> None:
    facts = told("density", place / "flat.png", "--heatmap", place / "map.png")
    assert facts["bits_of_pixels"] == pytest.approx(told("compress", place / "flat.png")["payload_bits"], abs=0.1)


def test_files_of_it_are_refused_where_it_is_not_known(known: pytest.MonkeyPatch) -> None:
    data = codec.compress(FLAT)
    known.undo()
    for work in (codec.decompress, codec.info):
        with pytest.raises(BadFile, match="bytes for the rows 0 to 199"):
            work(data)


def test_it_cannot_be_asked_for_where_it_is_not_known(place: Path) -> None:
    with pytest.raises(BadInput, match="'runs' is no method"):
        codec.compress(FLAT, method="runs")
    assert run("compress", place / "flat.png", "--method", "runs").exit_code == 2


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("place_of_a_bit", range(8))
def test_damaged_files_of_it_are_refused(place_of_a_bit: int) -> None:
    data = bytearray(codec.compress(FLAT))
    data[-6] ^= 1 << place_of_a_bit
    with pytest.raises(BadFile):
        codec.decompress(bytes(data))
