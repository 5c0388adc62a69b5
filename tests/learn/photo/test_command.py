"""The command that trains photo nets."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from helpers.cli import run as run_codec

from codec.learn.common.run import family_of, load_checkpoint
from codec.learn.photo.train import PHOTO


def test_the_command_trains_and_does_not_overwrite(pictures: Path, tmp_path: Path) -> None:
    arguments = ["train", "photo", "--data", str(pictures), "-o", str(tmp_path / "p.pt"), "--channels", "1", "--latents", "0"]
    arguments += ["--tiles", "4", "--pixels", "32", "--minutes", "0.002", "--quantise", "0.5", "--seed", "3"]
    assert run_codec(*arguments).exit_code == 0
    assert family_of(tmp_path / "p.pt") == "photo"
    assert load_checkpoint(PHOTO, tmp_path / "p.pt")[1].seed == 3
    again = run_codec(*arguments)
    assert again.exit_code == 1
    assert "--resume" in again.output
    assert run_codec(*arguments, "--resume").exit_code == 0
