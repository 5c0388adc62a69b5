"""bench/measure/timing.py: contenders take turns, and only what comes back is timed."""

import os
from dataclasses import replace

import numpy as np
import pytest

from bench.errors import RoundTripFailed
from bench.measure.cases import coding, table_case
from bench.measure.timing import compare, one_core, spread


@pytest.fixture
def case():
    return table_case(300, 12, np.random.default_rng(1))


def test_a_rate_and_its_quartiles_come_from_the_seconds_of_the_rounds():
    assert spread([1e-6, 2e-6, 3e-6, 4e-6, 5e-6], 100) == {"ns": 30.0, "ns_low": 20.0, "ns_high": 40.0, "millions_per_s": 33.33}


def test_contenders_take_turns(case):
    log = []

    def logged(name):
        contender = replace(coding(case, 4), name=name)
        return replace(contender, fresh=lambda: log.append(name) or contender.fresh())

    compare([logged("a"), logged("b")], rounds=3)
    assert log == ["a", "b"] * 4


def test_a_coder_that_returns_another_symbol_is_not_timed(case):
    contender = coding(case, 4)
    lying = replace(contender, pop=lambda message: (case.symbols[::-1], contender.pop(message)[1]))
    with pytest.raises(RoundTripFailed, match="does not return what it coded"):
        compare([lying], rounds=2)


def test_a_coder_that_leaves_bits_behind_is_not_timed(case):
    contender = coding(case, 4)

    def pop(message):
        symbols, message = contender.pop(message)
        message.push([0], [1], 16)
        return symbols, message

    with pytest.raises(RoundTripFailed, match="where it began"):
        compare([replace(contender, pop=pop)], rounds=2)


def test_one_core_is_left_again():
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    with one_core():
        if before:
            assert len(os.sched_getaffinity(0)) == 1
    if before:
        assert os.sched_getaffinity(0) == before
