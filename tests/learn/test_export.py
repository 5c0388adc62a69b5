"""The command that exports: it knows by itself of which family a checkpoint is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from helpers.cli import run as run_codec
from helpers.small_digits import SMALL as SMALL_DIGITS
from helpers.small_jpegs import small_jpeg_bytes
from helpers.small_photo_nets import photo_training
from PIL import Image

from codec.density.jpeg.model import load_jpeg
from codec.learn.arrays.train import DIGITS, DigitsTraining
from codec.learn.common.run import save, start
from codec.learn.photo.train import PHOTO
from codec.nets.model_file import load_model_file


def test_a_checkpoint_of_digits_becomes_a_model_of_arrays(tmp_path: Path, rng: np.random.Generator) -> None:
    np.save(tmp_path / "images.npy", rng.integers(0, 256, (60, 28, 28), dtype=np.uint8))
    save(start(DIGITS, DigitsTraining(net=SMALL_DIGITS, validation=20)), tmp_path / "net.pt")
    arguments = ["export", tmp_path / "net.pt", "--data", tmp_path / "images.npy", "--fact", "place=here"]
    assert run_codec(*arguments).exit_code == 0
    file = load_model_file(tmp_path / "net.bbm")
    assert (file.metadata["kind"], file.metadata["training"]["place"]) == ("vae", "here")
    assert run_codec(*arguments).exit_code == 1  # it is there already


def test_a_checkpoint_of_photos_becomes_a_model_of_photos(tmp_path: Path, rng: np.random.Generator) -> None:
    (tmp_path / "pictures").mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(rng.integers(0, 256, (72, 80), dtype=np.uint8)).save(tmp_path / "pictures" / name)
    save(start(PHOTO, photo_training(channels=1)), tmp_path / "net.pt")
    assert run_codec("export", tmp_path / "net.pt", "--data", tmp_path / "pictures", "--learning", "none").exit_code == 0
    assert load_model_file(tmp_path / "net.bbm").metadata["kind"] == "photo"


def test_a_model_of_jpeg_files_becomes_one_that_learns_otherwise(tmp_path: Path) -> None:
    (tmp_path / "half.bbm").write_bytes(small_jpeg_bytes(learning="half"))
    arguments = ["export", tmp_path / "half.bbm", "-o", tmp_path / "other.bbm", "--learning"]
    assert run_codec(*arguments, "whole").exit_code == 0
    assert load_jpeg(load_model_file(tmp_path / "other.bbm")).learns
    assert run_codec(*arguments, "heads", "--force").exit_code == 1
    ended = run_codec(*arguments, "directed", "--force")
    assert ended.exit_code == 1 and "directed needs --data" in ended.output
    assert load_model_file(tmp_path / "other.bbm").metadata["learning"] == "whole"


def test_what_is_no_checkpoint_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / "net.pt").write_text("hello")
    ended = run_codec("export", tmp_path / "net.pt", "--data", tmp_path)
    assert ended.exit_code == 1 and "not a checkpoint" in ended.output
