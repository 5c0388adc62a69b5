"""Work on several cores: in order, a few at a time."""

import threading

import pytest

from codec.system import executor
from codec.system.executor import cores, in_order


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
    results = in_order(lambda item: begun.append(item), range(100), 3)
    next(results)
    assert len(begun) <= 5
    results.close()
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


def test_there_is_a_core() -> None:
    assert cores() >= 1


def test_no_more_threads_are_used_than_memory_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "cores", lambda: 16)
    assert executor.affordable(256 * 768 * 3) == 16
    assert executor.affordable(256 * 10000 * 3) == 2 and executor.affordable(256 * 10000 * 3, 400 << 20) == 1
    assert executor.affordable(1 << 30) == 1
