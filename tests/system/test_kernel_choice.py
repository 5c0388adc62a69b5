"""How kernels run is chosen by a variable or by what is there, and every choice that cannot be is one clear line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from helpers.loaded import loaded_by
from helpers.processes import ROOT, python

from codec.system.compiled_kernels import LIBRARY
from codec.system.kernel_choice import way

compiled = pytest.mark.skipif(way() != "compiled", reason="no kernels are compiled ahead of time here")
NUMBERS = "codec.coding.message"  # declares kernels


def run(place: Path, *words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of the package that lies in a folder, without a compiler."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CODEC_", "NUMBA_"))} | variables
    environment["PYTHONPATH"] = os.pathsep.join([str(place), str(ROOT / "tests")])
    command = python("-m", "helpers.without_compiler", *words)
    return subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, timeout=120)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a copy of the package, pyproject.toml beside it, and a picture."""
    shutil.copytree(ROOT / "codec", tmp_path / "codec", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "examples" / "photo.png", tmp_path)
    return tmp_path


@compiled
def test_no_command_needs_a_compiler(checkout: Path) -> None:
    np.save(checkout / "digits.npy", np.zeros((3, 28, 28), np.uint8))
    commands = (
        ["compress", "photo.png", "digits.npy"], ["verify", "photo.bb"], ["info", "photo.bb"], ["decompress", "photo.bb", "-o", "back.png"],
        ["density", "photo.png"], ["models"], ["decompress", "digits.bb", "-o", "back.npy"], ["selftest"],
    )  # fmt: skip
    for words in commands:
        done = run(checkout, *words)
        assert done.returncode == 0, (words, done.stderr)
    assert (checkout / "back.npy").read_bytes() == (checkout / "digits.npy").read_bytes()


@compiled
def test_compiled_kernels_load_no_compiler_and_others_load_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not {"numba", "llvmlite"} & loaded_by("codec.density.photo.pixels")
    monkeypatch.setenv("CODEC_KERNELS", "jit")
    assert {"numba", "llvmlite"} <= loaded_by(NUMBERS)
    monkeypatch.setenv("CODEC_KERNELS", "python")
    assert not {"numba", "llvmlite"} & loaded_by("codec.density.photo.pixels")


@compiled
def test_kernels_older_than_their_sources_do_not_run(checkout: Path) -> None:
    with (checkout / "codec" / "density" / "shared" / "learning.py").open("a") as file:
        file.write("# changed\n")
    done = run(checkout, "compress", "photo.png")
    assert done.returncode == 1 and "no kernels were compiled of these sources" in done.stderr


def test_without_kernels_and_without_a_compiler_one_line_says_what_to_install(checkout: Path) -> None:
    (checkout / "codec" / "system" / LIBRARY.name).unlink(missing_ok=True)
    done = run(checkout, "compress", "photo.png")
    assert done.returncode == 1 and 'pip install "codec[jit]"' in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (checkout / "photo.bb").exists()


@compiled
def test_a_damaged_library_is_none(checkout: Path) -> None:
    (checkout / "codec" / "system" / LIBRARY.name).write_bytes(b"not a library")
    assert 'pip install "codec[jit]"' in run(checkout, "compress", "photo.png").stderr


@pytest.mark.parametrize("wanted", ["compile", "jit:x86-64-v2", "compiled:z80"])
def test_a_choice_that_means_nothing_is_an_error(checkout: Path, wanted: str) -> None:
    done = run(checkout, "compress", "photo.png", CODEC_KERNELS=wanted)
    assert done.returncode == 1 and f"CODEC_KERNELS={wanted}" in done.stderr and "Traceback" not in done.stderr
