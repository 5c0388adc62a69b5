"""Kernels that numba compiles are kept in a folder of their own: private, of one state of the sources, and replaceable at any time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.processes import ROOT, python

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their cache folders are named by no variable")


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """A folder with a copy of the package in which no kernels can be kept: a file stands where their folder would be."""
    shutil.copytree(ROOT / "codec", tmp_path / "site" / "codec", ignore=shutil.ignore_patterns("__pycache__", "models"))
    (tmp_path / "site" / "codec" / "__pycache__").write_text("")
    return tmp_path / "site"


def run(install: Path, cache: Path, named: Path | None = None) -> tuple[Path, str]:
    """The folder that a process keeps its kernels in, and what it says on standard error."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(cache), "PYTHONDONTWRITEBYTECODE": "1", "CODEC_KERNELS": "jit"}
    environment |= {} if named is None else {"NUMBA_CACHE_DIR": str(named)}
    environment["PYTHONPATH"] = os.pathsep.join([str(install), str(ROOT / "tests")])
    done = subprocess.run(python("-m", "helpers.kernel_worker"), env=environment, cwd=install, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip()), done.stderr


def kernels(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("*.nb?")}


def test_a_read_only_install_keeps_its_kernels_in_the_users_cache(install: Path, tmp_path: Path) -> None:
    folder, _ = run(install, tmp_path / "cache")
    assert folder.parent == tmp_path / "cache" / "codec" and folder.stat().st_mode & 0o777 == 0o700
    first = kernels(folder)
    assert first and run(install, tmp_path / "cache") == (folder, "") and kernels(folder) == first


def test_where_nothing_can_be_written_kernels_live_as_long_as_the_process(install: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert run(install, tmp_path / "file" / "cache") == (Path("none"), "")


@pytest.mark.parametrize("name", ["coding/message.py", "density/shared/learning.py", "media/png_filter.py"])
def test_a_change_of_any_kernels_source_leaves_the_kept_ones_behind(install: Path, tmp_path: Path, name: str) -> None:
    """Numba looks at the file of the function that is called, not at those of what that calls."""
    before, _ = run(install, tmp_path / "cache")
    with (install / "codec" / name).open("a") as file:
        file.write("# changed\n")
    after, _ = run(install, tmp_path / "cache")
    assert after != before and after.parent == before.parent


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("left", [0, 40])
def test_a_cut_file_is_forgotten_and_its_kernel_compiled_again(install: Path, tmp_path: Path, ending: str, left: int) -> None:
    folder, _ = run(install, tmp_path / "cache")
    for path in folder.glob(f"*{ending}"):
        path.write_bytes(path.read_bytes()[:left])
    again, said = run(install, tmp_path / "cache")
    assert again == folder and "KernelWarning: kernels cannot be kept or loaded" in said
    assert run(install, tmp_path / "cache") == (folder, "")


@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_may_write_is_not_used(install: Path, tmp_path: Path, mode: int) -> None:
    """What is in it are pickles, which run what they say as they are loaded."""
    folder, _ = run(install, tmp_path / "cache", tmp_path / "named")
    assert folder.parent == tmp_path / "named"
    folder.chmod(mode)
    assert run(install, tmp_path / "cache", tmp_path / "named")[0].parent == tmp_path / "cache" / "codec"
    folder.chmod(0o700)
    folder.parent.chmod(mode)
    assert run(install, tmp_path / "cache", tmp_path / "named")[0].parent == tmp_path / "cache" / "codec"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the administrator can give a folder away")
def test_a_folder_of_another_user_is_not_used(install: Path, tmp_path: Path) -> None:
    folder, _ = run(install, tmp_path / "cache", tmp_path / "named")
    os.chown(folder, 12345, 12345)
    assert run(install, tmp_path / "cache", tmp_path / "named")[0].parent == tmp_path / "cache" / "codec"


def test_a_link_is_no_folder(install: Path, tmp_path: Path) -> None:
    folder, _ = run(install, tmp_path / "cache", tmp_path / "named")
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert run(install, tmp_path / "cache", tmp_path / "named")[0].parent == tmp_path / "cache" / "codec"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_under_the_folder_costs_time_and_nothing_else(install: Path, tmp_path: Path) -> None:
    limited = ["bash", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$@"', "bash", *python("-m", "helpers.kernel_worker")]
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1", "CODEC_KERNELS": "jit"}
    environment["PYTHONPATH"] = os.pathsep.join([str(install), str(ROOT / "tests")])
    done = subprocess.run(limited, env=environment, cwd=install, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "KernelWarning" in done.stderr, done.stderr
    assert not kernels(Path(done.stdout.strip()))
