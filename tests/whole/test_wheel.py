"""A wheel of the tree is all that a user needs.

CODEC_SLOW=1 python -m pytest tests/whole/test_wheel.py -s   installs it into an empty environment from the package index, takes the time,
                                                             and runs the tests of exactness, golden files and round trips there
"""

from __future__ import annotations

import email
import importlib.util
import os
import platform
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

from codec.system.compiled_kernels import LIBRARY
from codec.system.linker import ARCHITECTURES, linker

ALLOWED = 120  # seconds from an empty environment to the first compressed picture
ADDED = 15_000_000  # bytes that the package adds to numpy, Pillow and click
PROMISES = ("test_exactness.py", "test_golden.py", "test_round_trips.py")
COMPILES = sys.platform == "linux" and platform.machine() in ARCHITECTURES and linker(platform.machine()) is not None
slow = pytest.mark.skipif("CODEC_SLOW" not in os.environ, reason="slow, and needs the network: set CODEC_SLOW=1")
compiles = pytest.mark.skipif(not COMPILES or importlib.util.find_spec("numba") is None, reason="nothing is compiled ahead of time here")


def run(*command: object, cwd: Path, **variables: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CODEC_KERNELS")} | variables
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copied(tree: Path) -> Path:
    """A copy of what a wheel is made of: building leaves folders behind."""
    tree.mkdir()
    shutil.copytree(ROOT / "codec", tree / "codec", ignore=shutil.ignore_patterns("__pycache__", LIBRARY.name))
    shutil.copytree(ROOT / "share", tree / "share")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    return tree


def built(tree: Path, target: Path, **variables: str) -> Path:
    """The wheel of a tree."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", target, ".", cwd=tree, **variables)
    (found,) = target.glob("*.whl")
    return found


def needs(wheel: Path) -> set[str]:
    """The names of the packages that are installed with a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
    required = email.message_from_string(metadata).get_all("Requires-Dist") or []
    return {line.split(">")[0] for line in required if "extra ==" not in line}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("setuptools")
    return built(copied(tmp_path_factory.mktemp("tree") / "codec"), tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def environment(wheel: Path, tmp_path: Path) -> Path:
    """Where an empty environment has its programs, with the wheel and what it needs."""
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    return programs


def test_a_wheel_holds_the_package_its_models_its_kernels_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"codec"}
    assert {
        "codec/py.typed",
        "codec/models/digits-gray.bbm",
        "codec/models/photo.bbm",
        "codec/models/photo-gray.bbm",
        "codec/models/variants.json",
        "codec/learn/photo/train.py",
    } <= set(names)
    shared = {name.split(".data/data/")[1] for name in names if ".data/data/" in name}
    assert shared == {"share/man/man1/codec.1", "share/mime/packages/codec.xml", "share/thumbnailers/codec.thumbnailer"}
    assert not [name for name in names if "pycache" in name]
    assert sum(one.file_size for one in zipfile.ZipFile(wheel).infolist()) <= ADDED


@compiles
def test_a_wheel_with_compiled_kernels_needs_no_compiler(wheel: Path) -> None:
    assert f"codec/system/{LIBRARY.name}" in zipfile.ZipFile(wheel).namelist()
    assert needs(wheel) == {"click", "numpy", "Pillow"}
    assert wheel.name.endswith(f"-cp310-abi3-linux_{platform.machine()}.whl")


def test_a_wheel_that_could_not_be_given_kernels_needs_a_compiler(tmp_path: Path) -> None:
    """Nothing is compiled for a platform like this one."""
    pytest.importorskip("setuptools")
    bare = built(copied(tmp_path / "tree"), tmp_path / "wheel", _PYTHON_HOST_PLATFORM="linux-riscv64")
    assert f"codec/system/{LIBRARY.name}" not in zipfile.ZipFile(bare).namelist()
    assert needs(bare) == {"click", "numpy", "Pillow", "numba"} and bare.name.endswith("-py3-none-any.whl")


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


@slow
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


@slow
@compiles
def test_an_installed_wheel_keeps_all_promises_without_a_compiler(environment: Path, tmp_path: Path) -> None:
    """The tests lie in a folder without the package's sources, so they test what is installed."""
    assert not {"numba", "llvmlite"} & set(run(environment / "python", "-m", "pip", "list", cwd=tmp_path).split())
    run(environment / "python", "-m", "pip", "install", "--quiet", "pytest", "hypothesis", cwd=tmp_path)
    for name in ("tests", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    tests = [f"tests/whole/{name}" for name in PROMISES]
    print(run(environment / "python", "-m", "pytest", "-q", *tests, cwd=tmp_path).splitlines()[-1])
