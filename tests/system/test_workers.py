"""Workers do tasks in other processes, and survive the loss of some."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from helpers.processes import environment, python
from helpers.worker_tasks import Failing, KillsAlways, KillsOnce, Process, Square

from codec.errors import BadConfig, BadInput, WorkersLost
from codec.system.executor import in_order
from codec.system.workers import cluster, processes


def test_results_come_in_order_and_from_other_processes() -> None:
    with processes(2) as workers:
        assert list(in_order(workers.do, map(Square, range(20)), workers.window)) == [number**2 for number in range(20)]
        assert workers.do(Process()) != os.getpid()


def test_an_error_comes_back_as_it_was() -> None:
    with processes(1) as workers, pytest.raises(BadInput, match="no such number"):
        workers.do(Failing())


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_what_a_lost_worker_had_to_do_is_done_again(tmp_path: Path) -> None:
    tasks = [*map(Square, range(5)), KillsOnce(tmp_path / "mark"), *map(Square, range(5))]
    with processes(2) as workers:
        found = list(in_order(workers.do, tasks, workers.window))
    assert found == [0, 1, 4, 9, 16, "survived", 0, 1, 4, 9, 16]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_work_that_nobody_survives_is_an_error() -> None:
    with processes(1) as workers, pytest.raises(WorkersLost, match="memory"):
        workers.do(KillsAlways())


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are looked up in /proc")
def test_workers_end_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(python("-m", "helpers.workers_parent"), env=environment(), stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    end = time.monotonic() + 20
    while _is_alive(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _is_alive(child)


def test_a_scheduler_that_is_not_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("codec.system.workers.SECONDS", 1)
    with pytest.raises(BadConfig, match="no Dask scheduler"), cluster("tcp://127.0.0.1:1"):
        pass


def _is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False
