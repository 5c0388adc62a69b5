"""Does work on several cores, and gives its results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, Protocol, TypeVar

MEMORY = 640 << 20
BYTES_PER_SAMPLE = 36  # of a stripe that is being coded by a photo model: 926 MiB in all were measured for 10000 x 10000 pixels

SPELL = 0.2  # seconds of waiting after which it is seen whether there was Ctrl-C

Item = TypeVar("Item")
Result = TypeVar("Result")
Given = TypeVar("Given", covariant=True)


class Pending(Generic[Result]):
    """A result that is not there yet. (That of concurrent.futures takes as long to import as all of a small picture takes to code.)"""

    def __init__(self) -> None:
        self.done, self.cancelled = Event(), False
        self.results = list[Result]()
        self.error: BaseException | None = None

    def result(self) -> Result:
        """What the call gave, or the exception that it raised. Waits in short spells, for a wait without end would miss the Ctrl-C that
        comes right before it, and on Windows any."""
        while not self.done.wait(SPELL):
            pass
        if self.error is not None:
            raise self.error
        return self.results.pop()


Call = tuple[Pending[Result], Item]  # what is to be worked on, and where the result goes


class Task(Protocol[Given]):
    """A piece of work that knows all it needs: a frozen dataclass that can be pickled, for executors of other processes."""

    def run(self) -> Given: ...


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def affordable(samples: int, held: int = 0, most: int | None = None) -> int:
    """Threads that may code stripes of so many samples side by side: `most` (None: as many as cores), and as 640 MiB hold beside `held`
    bytes."""
    return max(1, min(most or cores(), (MEMORY - held) // (BYTES_PER_SAMPLE * samples)))


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """work(item) of each item, in the order of the items. At most threads + 1 of them are begun and not yet taken.

    An exception of work comes up where its result would; what has not begun by then, never does. What has begun is waited for, but not
    after Ctrl-C: a compiled kernel cannot be stopped, so its thread is left to end by itself, or with the process.
    """
    calls, servers, begun, is_patient = SimpleQueue[Call[Result, Item] | None](), list[Thread](), deque[Pending[Result]](), True
    try:
        for item in items:
            if len(servers) < threads:
                servers.append(Thread(target=_serve, args=(work, calls), name="codec", daemon=True))
                servers[-1].start()
            begun.append(Pending())
            calls.put((begun[-1], item))
            if len(begun) > threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    except KeyboardInterrupt:
        is_patient = False
        raise
    finally:
        for pending in begun:
            pending.cancelled = True
        for _ in servers:
            calls.put(None)
        for server in servers if is_patient else ():
            server.join()


def completed(tasks: Iterable[Task[Result]], threads: int) -> Iterator[Result]:
    """The results of tasks, in their order; as many are in memory as in_order has begun."""
    return in_order(_run, tasks, threads)


def _run(task: Task[Result]) -> Result:
    return task.run()


def _serve(work: Callable[[Item], Result], calls: SimpleQueue[Call[Result, Item] | None]) -> None:
    """Make calls until there is None. A thread's work."""
    while (call := calls.get()) is not None:
        pending, item = call
        if not pending.cancelled:
            try:
                pending.results.append(work(item))
            except BaseException as error:
                pending.error = error
            pending.done.set()
        del call, pending, item  # which an exception would keep alive, and the exception them
