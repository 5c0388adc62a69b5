"""Packing and compressing give the same bytes whoever does the work, also when a worker is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from helpers import cli
from helpers.archive_files import picture
from helpers.processes import environment, python

FILES = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of which each has a block of its own."""
    place = tmp_path_factory.mktemp("in")
    for number in range(FILES):
        (place / f"{number:03}.bin").write_bytes(os.urandom(1 << 17))
    for number in range(3):
        (place / f"z{number}.png").write_bytes(picture(number))
    return place


@pytest.fixture(scope="module")
def expected(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("out") / "set.bba"
    assert cli.run("pack", folder, "-o", path, "-T", 1, "-q").exit_code == 0
    return path.read_bytes()


def test_processes_give_the_same_archive(folder: Path, expected: bytes, tmp_path: Path) -> None:
    assert cli.run("pack", folder, "-o", tmp_path / "x.bba", "--workers", 2, "-q").exit_code == 0
    assert (tmp_path / "x.bba").read_bytes() == expected


def test_processes_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    given = sorted(folder.glob("*.png"))
    assert cli.run("compress", *given, "-o", f"{tmp_path / 'one'}/").exit_code == 0
    assert cli.run("compress", *given, "-o", f"{tmp_path / 'two'}/", "--workers", 2).exit_code == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert len(files) == 3 and files == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}


def test_a_cluster_gives_the_same_archive_though_a_worker_is_killed(folder: Path, expected: bytes, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    from helpers.dask_cluster import dask_cluster

    path = tmp_path / "x.bba"
    with dask_cluster() as cluster:
        time.sleep(3)
        command = python("-m", "codec", "pack", folder, "-o", path, "-q", "--scheduler", cluster.address)
        process = subprocess.Popen([command[0], *command[3:]], env=environment(), stderr=subprocess.PIPE)
        while process.poll() is None and not (path.exists() and path.stat().st_size > 1 << 18):
            time.sleep(0.01)
        was_running = process.poll() is None
        cluster.workers[0].send_signal(signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said.decode()
    assert was_running and path.read_bytes() == expected


def test_workers_and_a_scheduler_are_one_too_many(folder: Path, tmp_path: Path) -> None:
    ended = cli.run("pack", folder, "-o", tmp_path / "x.bba", "--workers", 2, "--scheduler", "tcp://127.0.0.1:1")
    assert ended.exit_code == 2 and not (tmp_path / "x.bba").exists()
