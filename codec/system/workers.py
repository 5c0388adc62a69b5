"""Gives tasks to processes, of this machine or of a Dask cluster; what a worker that is lost had to do is done again.

There is one seam: concurrent.futures.Executor. executor.in_order keeps the order of results and bounds what is begun:

    in_order(workers.do, tasks, workers.window)

Tasks pickle (executor.Task), and know all they need, so that their results do not depend on who does them.
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Lock, Thread
from typing import TypeVar

from codec.errors import BadConfig, CodecError, MissingPackage, WorkersLost
from codec.system.executor import Task

Result = TypeVar("Result")

TRIES = 4  # of a task whose workers are lost
PER_WORKER = 2  # tasks that are begun for each thread of a cluster, so that none waits for its next one
SECONDS = 10  # in which a scheduler has to answer


class Workers:
    """An executor that is replaced when it breaks. window: how many tasks are worth beginning at a time; lost: exceptions by which it says
    that a worker was lost."""

    def __init__(self, make: Callable[[], Executor], window: int, lost: tuple[type[BaseException], ...]) -> None:
        self.make, self.window, self.lost = make, window, lost
        self.executor, self.lock = make(), Lock()

    def do(self, task: Task[Result]) -> Result:
        """The result of a task, or the exception that it raised. Raises WorkersLost if nobody survives it. Called from several threads."""
        for _ in range(TRIES):
            executor = self.executor
            try:
                return executor.submit(_run, task).result()
            except self.lost:
                self._replace(executor)
        raise WorkersLost(f"{TRIES} workers were lost over the same work: look at their memory, or leave out --workers and --scheduler")

    def close(self) -> None:
        self.executor.shutdown(wait=False)

    def _replace(self, broken: Executor) -> None:
        """Make another executor, unless another thread has just done so."""
        with self.lock:
            if self.executor is broken:
                broken.shutdown(wait=False)
                self.executor = self.make()


@contextmanager
def processes(count: int) -> Iterator[Workers]:
    """So many processes of this machine, which end with the context, and with this process."""
    from concurrent.futures.process import BrokenProcessPool

    def make() -> Executor:
        return ProcessPoolExecutor(count, get_context("spawn"), _begin)

    workers = Workers(make, count, (BrokenProcessPool, CancelledError))
    try:
        yield workers
    finally:
        workers.close()


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of a Dask cluster, whose scheduler has this address (tcp://host:port). Raises MissingPackage, BadConfig."""
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise MissingPackage('a Dask cluster needs distributed: pip install "codec[cluster]"') from error
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadConfig(f"--scheduler {address}: no Dask scheduler answers there ({' '.join(str(error).split())[:100]})") from error
    with client, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sending large graph")  # tasks carry what they work on
        threads = sum(client.nthreads().values())
        if not threads:
            raise BadConfig(f"--scheduler {address}: it has no workers: start some with dask worker {address}")
        workers = Workers(lambda: client.get_executor(pure=False, retries=TRIES), PER_WORKER * threads, (KilledWorker, CancelledError))
        try:
            yield workers
        finally:
            workers.close()


def _run(task: Task[Result]) -> Result:
    return task.run()


def _begin() -> None:
    """What a process does first: Ctrl-C is for its parent, without which it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(CodecError.exit_code)
