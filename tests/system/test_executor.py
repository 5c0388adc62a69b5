"""Work on several cores: in order, a few at a time."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from dataclasses import dataclass

import pytest

from codec.system.executor import affordable, completed, cores, in_order


@dataclass(frozen=True)
class Square:
    """A task."""

    number: int

    def run(self) -> int:
        return self.number**2


def test_results_come_in_the_order_of_the_items() -> None:
    first = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert first.wait(10)
        elif item == 1:
            first.set()
        return item * item

    assert list(in_order(work, range(20), 2)) == [item * item for item in range(20)]
    assert list(in_order(work, [], 2)) == []


def test_no_more_items_are_begun_than_threads_and_one() -> None:
    begun: list[int] = []
    results = in_order(begun.append, range(100), 3)
    next(results)
    assert len(begun) <= 5
    results.close()  # type: ignore[attr-defined]
    assert len(begun) <= 5


def test_an_exception_comes_up_and_stops_the_rest() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 3:
            raise ValueError("three")
        done.append(item)

    with pytest.raises(ValueError, match="three"):
        list(in_order(work, range(1000), 2))
    assert len(done) < 10


@pytest.mark.skipif(os.name == "nt", reason="no thread can be sent a signal there")
def test_an_interruption_comes_up_at_once_and_stops_the_rest() -> None:
    end, done = threading.Event(), list[int]()

    def work(item: int) -> None:
        if item == 1:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        done.append(item)
        end.wait(20)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(in_order(work, range(10), 2))
    assert time.monotonic() - began < 5
    end.set()
    assert sorted(done) == [0, 1]


def test_what_has_begun_ends_before_an_error_comes_up() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(item: int) -> None:
        if item == 0:
            begun.wait(10)
            raise ValueError("zero")
        begun.set()
        time.sleep(0.1)
        ended.set()

    with pytest.raises(ValueError, match="zero"):
        list(in_order(work, range(2), 2))
    assert ended.is_set()


def test_tasks_are_completed_in_their_order() -> None:
    assert list(completed(map(Square, range(9)), 3)) == [number**2 for number in range(9)]


def test_a_task_that_went_to_another_process_gives_the_same_result() -> None:
    assert list(completed([pickle.loads(pickle.dumps(Square(7)))], 1)) == [49]


def test_there_is_a_core() -> None:
    assert cores() >= 1


def test_no_more_threads_are_used_than_there_are_cores() -> None:
    assert affordable(256 * 768 * 3) <= cores() and affordable(256 * 768 * 3, most=16) == 16


def test_no_more_threads_are_used_than_memory_can_hold() -> None:
    assert affordable(256 * 10000 * 3, most=16) == 2 and affordable(256 * 10000 * 3, 400 << 20, most=16) == 1
    assert affordable(1 << 30, most=16) == 1
