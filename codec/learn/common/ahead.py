"""Makes batches ahead in a thread, while torch computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AHEAD = 2  # batches that are ready before they are needed

Batch = TypeVar("Batch")


def ahead(make: Callable[[int], Batch], first: int) -> Iterator[Batch]:
    """make(first), make(first + 1), ... endlessly, computed ahead in a thread."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        waiting = [pool.submit(make, first + i) for i in range(AHEAD)]
        try:
            while True:
                first += 1
                batch = waiting.pop(0).result()
                waiting.append(pool.submit(make, first + AHEAD - 1))
                yield batch
        finally:
            for future in waiting:
                future.cancel()
