"""Kernels of tests are compiled by numba as they are declared, or stay plain Python functions where it does not run."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.loaded import loaded_by
from numpy.typing import NDArray

from codec.system.kernel_choice import way
from codec.system.kernels import entry, is_ready, kernel

jit = pytest.mark.skipif(way() != "jit", reason="numba does not run here")


@kernel
def twice(x: float) -> float:
    return 2.0 * x


@kernel(inline=True)
def and_one(x: float) -> float:
    return x + 1.0


@entry
def fill(values: NDArray[np.float64]) -> None:
    for i in range(len(values)):
        values[i] = and_one(twice(values[i]))


@entry(brief=True)
def divide(a: float, b: float) -> float:
    return a / b


@entry(ieee_division=True)
def divide_as_hardware_does(a: float, b: float) -> float:
    return a / b


def test_kernels_call_each_other() -> None:
    values = np.arange(4.0)
    fill(values)
    assert values.tolist() == [1.0, 3.0, 5.0, 7.0]


def test_a_division_by_zero_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1.0, 0.0)


@jit
def test_but_not_where_it_is_to_be_as_in_hardware() -> None:
    assert divide_as_hardware_does(1.0, 0.0) == math.inf
    assert math.isnan(divide_as_hardware_does(0.0, 0.0))


@jit
def test_an_entry_is_ready_once_it_has_run() -> None:
    @entry
    def new(x: float) -> float:
        return x

    assert not is_ready(new)
    new(1.0)
    assert is_ready(new)


@jit
def test_only_a_brief_entry_keeps_the_lock_of_python() -> None:
    options = [getattr(function, "targetoptions") for function in (fill, divide, divide_as_hardware_does)]  # noqa: B009
    assert [option["nogil"] for option in options] == [True, False, True]
    assert not any(option.get("fastmath") for option in options)


def test_the_compiler_is_loaded_for_the_first_kernel_and_not_before() -> None:
    assert "numba" not in loaded_by("codec.system.kernels")
    assert ("numba" in loaded_by("codec.coding.message")) == (way() == "jit")
