"""A Dask scheduler and two worker processes on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from helpers.processes import environment

SECONDS = 60


@dataclass
class Cluster:
    """address: of the scheduler; workers: their processes."""

    address: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)


@contextmanager
def dask_cluster(count: int = 2) -> Iterator[Cluster]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster, quiet = Cluster(f"tcp://127.0.0.1:{port}"), {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environ = environment(DASK_DISTRIBUTED__WORKER__DAEMON="False")
    dask = [sys.executable, "-m", "dask"]
    common = ["--host", "127.0.0.1", "--no-dashboard"]
    scheduler = subprocess.Popen([*dask, "scheduler", "--port", str(port), *common], env=environ, **quiet)  # type: ignore[call-overload]
    try:
        _wait(port)
        for _ in range(count):
            command = [*dask, "worker", cluster.address, "--nthreads", "1", "--no-nanny", *common]
            cluster.workers.append(subprocess.Popen(command, env=environ, **quiet))  # type: ignore[call-overload]
        yield cluster
    finally:
        for process in [*cluster.workers, scheduler]:
            process.kill()
            process.wait()


def _wait(port: int) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the scheduler does not start")
