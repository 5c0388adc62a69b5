"""Killed at any moment, or out of room: there is the old state or the finished file, and never neither.

CODEC_KILLS=500 python -m pytest tests/whole/test_interrupted.py kills more often than a test should.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.processes import ROOT, environment, python
from helpers.small_models import small_images, small_model
from helpers.writing_worker import SIZE

if os.name == "nt":
    pytest.skip("signals and limits of POSIX", allow_module_level=True)
import resource

KILLS = int(os.environ.get("CODEC_KILLS", "6"))
CODEC = python("-m", "codec")
FULL_DISK = ROOT / "tests" / "helpers" / "full_disk.sh"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "gray.bbm"
    path.write_bytes(small_model(256))
    return path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", small_images(200, 256))
    return tmp_path


def codec(place: Path, *arguments: object, **settings: object) -> subprocess.CompletedProcess[bytes]:
    command = [*CODEC, *(str(argument) for argument in arguments)]
    return subprocess.run(command, cwd=place, env=environment(), stderr=subprocess.PIPE, timeout=120, **settings)  # type: ignore[call-overload]


def unexpected(folder: Path, *names: str) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name not in names]


def test_a_killed_program_leaves_the_old_state_or_the_finished_file(place: Path, model: Path) -> None:
    """compress --rm is killed at random moments; whichever of the two files is left is whole."""
    original = (place / "x.npy").read_bytes()
    began = time.monotonic()
    assert codec(place, "compress", "x.npy", "--model", model, "--rm").returncode == 0
    seconds = time.monotonic() - began
    finished = (place / "x.bb").read_bytes()
    rng = random.Random(1)
    for _ in range(KILLS):
        (place / "x.bb").unlink(missing_ok=True)
        (place / "x.npy").write_bytes(original)
        process = subprocess.Popen([*CODEC, "compress", "x.npy", "--model", str(model), "--rm"], cwd=place, env=environment())
        time.sleep(rng.uniform(0, 1.1 * seconds))
        process.send_signal(rng.choice([signal.SIGKILL, signal.SIGTERM]))
        process.wait()
        left = {path.name: path.read_bytes() for path in place.iterdir()}
        assert left in ({"x.npy": original}, {"x.npy": original, "x.bb": finished}, {"x.bb": finished})


@pytest.mark.parametrize("way", ["replace", "add"])
def test_killed_in_the_midst_of_writing_every_file_is_whole(tmp_path: Path, way: str) -> None:
    rng = random.Random(2)
    for _ in range(KILLS):
        process = subprocess.Popen(python("-m", "helpers.writing_worker", tmp_path, way), env=environment(), stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0, 0.2))
        process.kill()
        process.communicate()
        for path in tmp_path.iterdir():
            if not (path.name.startswith(".codec-") and (way == "replace" or not hasattr(os, "O_TMPFILE"))):
                data = path.read_bytes()
                assert len(data) == SIZE and data == data[:1] * SIZE
            path.unlink()


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.parametrize("there", [False, True])
def test_without_room_nothing_changes(place: Path, model: Path, there: bool) -> None:
    if there:
        (place / "x.bb").write_bytes(b"old")
    result = codec(place, "compress", "x.npy", "--model", model, "--rm", "-f", preexec_fn=limit_files)
    assert result.returncode == 1 and result.stderr.startswith(b"codec: x.bb: cannot write it: ") and result.stderr.count(b"\n") == 1
    assert (place / "x.npy").exists() and not unexpected(place, "x.npy", "x.bb")
    assert (place / "x.bb").read_bytes() == b"old" if there else not (place / "x.bb").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("command", [["compress", "x.npy", "-o", "-"], ["models"], ["completion", "fish"], ["--help"]])
def test_an_output_that_takes_nothing_is_one_clear_line(place: Path, model: Path, command: list[str]) -> None:
    more = ["--model", model] if command[0] == "compress" else []
    with open("/dev/full", "wb") as full:
        result = codec(place, *command, *more, stdout=full)
    assert result.returncode == 1 and result.stderr == b"codec: standard output: No space left on device\n"


@pytest.mark.skipif(not Path("/usr/bin/unshare").exists() or os.geteuid() != 0, reason="a small disk takes a system's rights")
def test_a_disk_that_is_full_keeps_what_it_holds(place: Path, model: Path) -> None:
    (place / "disk").mkdir()
    command = ["unshare", "--mount", "bash", str(FULL_DISK), sys.executable, str(model)]
    done = subprocess.run(command, cwd=place, env=environment(), capture_output=True, text=True, timeout=120)
    if done.returncode or not done.stdout:
        pytest.skip(f"no small disk here: {done.stderr}")
    assert done.stdout.splitlines() == ["exit 1", "fill", "x.npy", "same"]
    assert done.stderr == "codec: disk/x.bb: cannot write it: No space left on device\n"
