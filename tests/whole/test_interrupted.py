"""Interrupted or killed at any moment, or out of room: there is the old state or the finished file, and never neither.

CODEC_KILLS=500 python -m pytest tests/whole/test_interrupted.py kills more often than a test should.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.processes import ROOT, environment, python
from helpers.small_models import small_images, small_model
from helpers.writing_worker import SIZE
from PIL import Image

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


# ---------------------------------------------------------------- Ctrl-C

SOON = 1.0  # seconds from Ctrl-C to the end, as promised
SLOW = 4 if (os.cpu_count() or 1) < 4 else 1  # times as many on a machine that is busy with other tests


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures that take long: smooth and random, two stripes each; the kernels have been compiled."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(1)
    for number in range(6):
        steps = rng.integers(-3, 4, (512, 640, 3)).cumsum(0).cumsum(1) // 40
        Image.fromarray((128 + steps).clip(0, 255).astype(np.uint8)).save(folder / f"{number}.png")
    small = folder / "small.png"
    Image.fromarray(np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)).save(small)
    codec(folder, "compress", "small.png", "-9", "--method", "photo", "-o", "-", stdout=subprocess.DEVNULL)
    small.unlink()
    return folder


def interrupted(place: Path, wait: Callable[[], bool], *arguments: object) -> tuple[int, str, float]:
    """The exit code of a command that gets Ctrl-C when the time has come, what it said, and the seconds in between."""
    command = [*CODEC, *(str(argument) for argument in arguments)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=place, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    while process.poll() is None and not wait():
        time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    return process.returncode, told, time.monotonic() - began


def after(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have passed since now."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.0])
def test_ctrl_c_is_obeyed_at_once_while_kernels_run(photos: Path, tmp_path: Path, seconds: float) -> None:
    code, told, took = interrupted(photos, after(seconds), "compress", "0.png", "-9", "-T", 1, "--method", "photo", "-o", tmp_path / "x.bb")
    assert (code, told) == (130, "codec: interrupted\n") and took < SLOW * SOON
    assert not list(tmp_path.iterdir())


def test_a_run_that_was_interrupted_goes_on_where_it_was(photos: Path, tmp_path: Path) -> None:
    pictures, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(photos, pictures)
    given = ("compress", "-r", pictures, "-o", out, "-1", "--method", "photo", "--rm", "-T", "1")
    code, told, took = interrupted(tmp_path, lambda: out.exists() and len(list(out.iterdir())) >= 2, *given)
    assert code == 130 and re.fullmatch(r"codec: interrupted: [1-5] of 6 inputs were done\n", told) and took < SLOW * SOON
    there = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert 2 <= len(there) < 6 and not unexpected(out, *(f"{number}.bb" for number in range(6)))
    again = codec(tmp_path, *given, "--skip-existing")
    assert (again.returncode, again.stderr) == (0, b"") and not list(pictures.iterdir()) and len(list(out.iterdir())) == 6
    assert all((out / name).stat().st_mtime_ns == time_before for name, time_before in there.items())
    codec(tmp_path, "decompress", "-r", out, "-o", tmp_path / "back")
    for path in photos.iterdir():
        with Image.open(path) as before, Image.open(tmp_path / "back" / path.name) as now:
            assert before.tobytes() == now.tobytes()


def test_what_is_half_written_is_removed(tmp_path: Path) -> None:
    """Where files are written under another name first."""
    command = python("-m", "helpers.half_written_worker")
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "writing\n"
    assert any(path.name.startswith(".codec-") for path in tmp_path.iterdir())
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[1] == "codec: interrupted\n" and process.returncode == 130
    assert not unexpected(tmp_path, "x.png")


def test_ctrl_c_before_the_program_is_loaded_is_no_news(tmp_path: Path) -> None:
    done = subprocess.run(python("-m", "helpers.unloaded_worker"), env=environment(), capture_output=True)
    assert (done.returncode, done.stderr) == (130, b"")


def test_ctrl_c_ends_a_program_that_waits_for_its_input(tmp_path: Path) -> None:
    code, told, took = interrupted(tmp_path, after(2.0), "compress", "-")
    assert (code, told) == (130, "codec: interrupted\n") and took < SLOW * SOON


# ---------------------------------------------------------------- no room


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
