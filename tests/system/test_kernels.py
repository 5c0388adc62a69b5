"""Kernels are compiled once where any folder can be written, and compile where none can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.processes import ROOT, python


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """A folder with a copy of the package in which no kernels can be kept: files stand where their folders would be."""
    shutil.copytree(ROOT / "codec", tmp_path / "site" / "codec", ignore=shutil.ignore_patterns("__pycache__", "models"))
    for room in [path.parent for path in (tmp_path / "site").rglob("__init__.py")]:
        (room / "__pycache__").write_text("")
    return tmp_path / "site"


def run(install: Path, cache: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(cache), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(install), str(ROOT / "tests")])
    command = python("-m", "helpers.kernel_worker")
    done = subprocess.run(command, env=environment, cwd=install, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their cache folders are named by no variable")
def test_a_read_only_install_keeps_its_kernels_in_the_users_cache(install: Path, tmp_path: Path) -> None:
    def kernels() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in (tmp_path / "cache" / "numba").rglob("*.nbc")}

    assert run(install, tmp_path / "cache") == "none"
    first = kernels()
    assert first
    run(install, tmp_path / "cache")
    assert kernels() == first


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their cache folders are named by no variable")
def test_where_nothing_can_be_written_kernels_live_as_long_as_the_program(install: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = Path(run(install, tmp_path / "file" / "cache"))
    assert folder.name.startswith("codec-kernels-") and not folder.exists()
