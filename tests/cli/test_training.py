"""The commands that train and export, as far as they need no torch: the rest is tested beside what they run (tests/learn)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from helpers.cli import run
from helpers.processes import ROOT, environment, python


@pytest.mark.parametrize(
    "arguments", [("train", "digits", "--data", "x"), ("train", "photo", "--data", "x"), ("export", "x.pt", "--data", "x")], ids=" ".join
)
def test_without_torch_they_say_how_to_get_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('no torch', name='torch')")
    variables = environment(PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    done = subprocess.run(python("-m", "codec", *arguments), cwd=tmp_path, env=variables, capture_output=True, text=True)
    doing = "exporting" if arguments[0] == "export" else "training"
    assert (done.returncode, done.stderr) == (1, f'codec: {doing} needs torch: pip install "codec[train]"\n')


def test_a_model_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "mine.bbm").write_bytes(b"a model")
    result = run("export", tmp_path / "mine.pt", "--data", tmp_path)
    assert result.exit_code == 1 and "mine.bbm: already there; use -f" in result.output
    assert (tmp_path / "mine.bbm").read_bytes() == b"a model"


@pytest.mark.parametrize("command", [("train", "digits"), ("train", "photo"), ("export", "x.pt")], ids=" ".join)
def test_there_is_no_training_without_data(command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.exit_code in {1, 2} and "--data" in result.output
