"""Times contenders against each other: in turns, so that what slows the machine slows all of them; medians and quartiles."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.measure.results import Figures

Own = Any  # a contender's own state, and its own form of symbols


@contextmanager
def one_core() -> Iterator[None]:
    """Inside, this thread runs on one core, where the system allows that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Contender:
    """Something to time: push a given set of symbols onto a fresh message, and pop them again.

    fresh() -> state; push(state) -> state; pop(state) -> symbols. symbols: how many one round codes.
    verify(what pop returned): raises RoundTripFailed when that is not what went in.
    """

    name: str
    symbols: int
    fresh: Callable[[], Own]
    push: Callable[[Own], Own]
    pop: Callable[[Own], Own]
    verify: Callable[[Own], None]


def seconds_of(action: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of `rounds` calls, after one that is not timed."""
    action()
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - began)
    return seconds


def spread(seconds: Sequence[float], symbols: int) -> dict[str, float]:
    """Median and quartiles in nanoseconds a symbol, and the median as a rate in millions a second."""
    low, middle, high = statistics.quantiles([second / symbols * 1e9 for second in seconds], n=4, method="inclusive")
    return {"ns": round(middle, 3), "ns_low": round(low, 3), "ns_high": round(high, 3), "millions_per_s": round(1e3 / middle, 2)}


def compare(contenders: Sequence[Contender], rounds: int) -> dict[str, Figures]:
    """Verify every contender once (which also compiles and warms it), then time all of them in turns, `rounds` times.

    Returns by name: "symbols" of a round, and the spread of "push" and of "pop".
    """
    for contender in contenders:
        contender.verify(contender.pop(contender.push(contender.fresh())))
    times: dict[str, tuple[list[float], list[float]]] = {contender.name: ([], []) for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            state = contender.fresh()
            start = time.perf_counter()
            state = contender.push(state)
            middle = time.perf_counter()
            contender.pop(state)
            end = time.perf_counter()
            for seconds, value in zip(times[contender.name], (middle - start, end - middle), strict=True):
                seconds.append(value)
    return {
        contender.name: {
            "symbols": contender.symbols,
            "push": spread(times[contender.name][0], contender.symbols),
            "pop": spread(times[contender.name][1], contender.symbols),
        }
        for contender in contenders
    }
