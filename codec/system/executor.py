"""Does work on several cores, and gives its results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

MEMORY = 640 << 20
BYTES_PER_SAMPLE = 36  # of a stripe that is being coded by a photo model: 926 MiB in all were measured for 10000 x 10000 pixels

Item = TypeVar("Item")
Result = TypeVar("Result")
Given = TypeVar("Given", covariant=True)


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

    An exception of work comes up where its result would; what has not begun by then, never does.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="codec") as pool:
        begun = deque[Future[Result]]()
        try:
            for item in items:
                begun.append(pool.submit(work, item))
                if len(begun) > threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for future in begun:
                future.cancel()


def completed(tasks: Iterable[Task[Result]], threads: int) -> Iterator[Result]:
    """The results of tasks, in their order; as many are in memory as in_order has begun."""
    return in_order(_run, tasks, threads)


def _run(task: Task[Result]) -> Result:
    return task.run()
