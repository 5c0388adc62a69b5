"""A wheel of the tree is all that a user needs.

CODEC_SLOW=1 python -m pytest tests/whole/test_wheel.py -s   installs it into an empty environment from the package index; takes the time
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers.processes import ROOT
from helpers.small_models import small_images, small_model

ALLOWED = 120  # seconds from an empty environment to the first compressed picture


def run(*command: object, cwd: Path, **variables: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | variables
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the tree: building leaves folders behind."""
    pytest.importorskip("setuptools")
    tree, target = tmp_path_factory.mktemp("tree") / "codec", tmp_path_factory.mktemp("wheel")
    tree.mkdir()
    shutil.copytree(ROOT / "codec", tree / "codec", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", target, ".", cwd=tree)
    (found,) = target.glob("*.whl")
    return found


def test_a_wheel_holds_the_package_its_models_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"codec"}
    assert {
        "codec/py.typed",
        "codec/models/digits-gray.bbm",
        "codec/models/photo.bbm",
        "codec/models/photo-gray.bbm",
        "codec/learn/photo/train.py",
    } <= set(names)
    assert not [name for name in names if "pycache" in name]


def test_an_installed_wheel_works_without_torch(wheel: Path, tmp_path: Path) -> None:
    """Installed into a folder, beside the packages that are here; torch cannot be imported."""
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", tmp_path / "site", wheel, cwd=tmp_path)
    (tmp_path / "site" / "torch.py").write_text("raise ModuleNotFoundError('no torch', name='torch')")
    (tmp_path / "gray.bbm").write_bytes(small_model(256))
    np.save(tmp_path / "x.npy", small_images(3, 256))
    for words in (["compress", "x.npy"], ["verify", "x.bb"], ["decompress", "x.bb", "-o", "back.npy"]):
        run(sys.executable, "-m", "codec", *words, "--model", "gray.bbm", cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    assert (tmp_path / "back.npy").read_bytes() == (tmp_path / "x.npy").read_bytes()
    for words, reason in ((["train", "digits", "--data", "x.npy"], 'pip install "codec[train]"'), (["bench"], "in a checkout")):
        refused = subprocess.run(
            [sys.executable, "-m", "codec", *words],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True,
        )  # fmt: skip
        assert refused.returncode == 1 and reason in refused.stderr


@pytest.mark.skipif("CODEC_SLOW" not in os.environ, reason="slow, and needs the network: set CODEC_SLOW=1")
def test_from_an_empty_environment_to_a_compressed_picture_takes_two_minutes_at_most(wheel: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "examples" / "photo.png", tmp_path)
    began = time.monotonic()
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    installed = time.monotonic()
    run(programs / "codec", "compress", "photo.png", cwd=tmp_path)
    compressed = time.monotonic()
    cpu = sum(os.times()[2:4])
    print(f"\ninstalled after {installed - began:.0f} s, first picture compressed after {compressed - began:.0f} s ({cpu:.0f} s of CPU)")
    run(programs / "codec", "verify", "photo.bb", cwd=tmp_path)
    run(programs / "codec", "decompress", "photo.bb", "-o", "back.png", cwd=tmp_path)
    assert "torch" not in run(programs / "python", "-m", "pip", "list", cwd=tmp_path)
    assert compressed - began <= ALLOWED
