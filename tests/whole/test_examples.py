"""The examples run, and say what they promise."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from helpers.processes import ROOT, environment, printed, python

import codec
from codec.density import library

EXAMPLES = ROOT / "examples"
needs_photo = pytest.mark.skipif(all(entry.title != "photo" for entry in library.embedded()), reason="no model of colour photos here")


def example(name: str, *arguments: object) -> list[str]:
    """The lines that an example prints."""
    return printed(EXAMPLES / name, *arguments).splitlines()


def test_every_example_has_a_test() -> None:
    text = Path(__file__).read_text() + (ROOT / "tests" / "coding" / "test_toy.py").read_text()
    assert all(path.stem in text for path in EXAMPLES.glob("*.py"))


@needs_photo
def test_a_picture_comes_back_the_same() -> None:
    first, second = example("compress_image.py")
    assert first.startswith("photo.png: 78,090 bytes become ") and second == "RGB 256x192 came back: the same"


@needs_photo
def test_a_folder_is_compressed_and_what_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes((EXAMPLES / "photo.png").read_bytes())
    (tmp_path / "in" / "b.png").write_bytes(b"no picture")
    first, second = example("compress_folder.py", tmp_path / "in", tmp_path / "out")
    assert first.startswith("a.png: 78,090 -> ") and "b.png" in second
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png.bb"]


def test_an_example_that_needs_arguments_says_which() -> None:
    done = subprocess.run(python(EXAMPLES / "compress_folder.py"), env=environment(), capture_output=True, text=True)
    assert done.returncode == 1 and "compress_folder.py FOLDER OUTPUT" in done.stderr and "Traceback" not in done.stderr


@needs_photo
def test_what_is_unlikely_has_less_density_and_a_larger_file() -> None:
    rates = [float(line.split(" with 1,")[0].split()[-1]) for line in example("image_density.py")]
    files = [float(line.split()[-2]) for line in example("image_density.py")]
    assert rates[0] < rates[2] and files[0] < files[2]


@needs_photo
def test_pillow_opens_and_saves_compressed_pictures() -> None:
    assert example("pillow_plugin.py")[1] == "thumbnail of (64, 48) - the same pixels: True"


def test_a_loader_with_workers_reads_an_archive(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    codec.write_archive(tmp_path / "set.bba", {f"{number}.npy": np.full((4, 5), number, np.uint8) for number in range(20)})
    assert example("archive_dataset.py", tmp_path / "set.bba") == ["20 pictures"]


def test_a_model_of_ones_own_is_trained_and_used() -> None:
    pytest.importorskip("torch")
    mine, embedded = example("own_model.py", "0.001")
    assert mine.startswith("mine ") and embedded.startswith("digits-gray ")
