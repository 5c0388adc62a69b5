"""Kernels that were compiled ahead of time take what their parameters say, and nothing else."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from helpers.source_tree import read_modules

from codec.coding.distributions import _uniform_span as uniform_span
from codec.coding.message import _pop as pop
from codec.coding.message import _push as push
from codec.media.png_filter import unfilter
from codec.system.compiled_kernels import PARTS, TARGETS, load_kernels, module_name, usable_targets
from codec.system.kernel_choice import way

pytestmark = pytest.mark.skipif(way() != "compiled", reason="no kernels are compiled ahead of time here")
Arguments = tuple[object, ...]


def arguments(**other: object) -> Arguments:
    """What a push takes, with something else in the place of some."""
    heads, words = np.full(1, 1 << 60, np.uint64), np.zeros(10, np.uint32)
    starts, freqs = np.zeros(1, np.uint64), np.full(1, 9, np.uint64)
    usual = {"heads": heads, "words": words, "size": 0, "starts": starts, "freqs": freqs, "precision": 20}
    return tuple((usual | other).values())


def test_the_library_has_every_entry_of_the_package() -> None:
    declared = {
        f"codec.{name}.{function.name}"
        for name, module in read_modules().items()
        if not name.startswith("bench")
        for function in module.kernels
        if any("entry" in ast_names(decorator) for decorator in function.decorator_list)
    }
    for target in usable_targets():
        assert declared == {name for name in dir(load_kernels(target)) if name.startswith("codec.")}


def ast_names(node: object) -> set[str]:
    return {getattr(node, "id", ""), getattr(getattr(node, "func", None), "id", "")}


def test_this_machine_is_of_one_architecture() -> None:
    assert len({TARGETS[target].architecture for target in usable_targets()}) == 1
    assert len({module_name(target, part) for target in TARGETS for part in range(PARTS)}) == PARTS * len(TARGETS)


@pytest.mark.parametrize("name, value", [
    ("heads", np.full(1, 1 << 40, np.int64)), ("heads", np.full((1, 1), 1 << 40, np.uint64)), ("heads", [1 << 40]), ("heads", None),
    ("words", np.zeros(20, np.uint32)[::2]), ("words", np.frombuffer(bytes(41), np.uint32, 10, 1)), ("freqs", np.full(1, 9, ">u8")),
    ("size", 1.0), ("size", "1"), ("precision", 20.0), ("starts", np.zeros(1)),
])  # fmt: skip
def test_an_argument_of_another_type_is_an_error(name: str, value: object) -> None:
    with pytest.raises(TypeError):
        push(*arguments(**{name: value}))


def test_too_few_or_too_many_arguments_are_an_error() -> None:
    for wrong in (arguments()[:-1], (*arguments(), 1), ()):
        with pytest.raises(TypeError, match="takes 6 arguments"):
            push(*wrong)


def test_numbers_of_python_and_of_numpy_do_alike() -> None:
    results = [push(*arguments(precision=kind(20))) for kind in (int, np.uint64, np.int64, np.uint8)]
    assert results == [1] * 4 and all(type(result) is int for result in results)


def test_all_names_of_a_type_of_numbers_do_alike() -> None:
    assert push(*arguments(starts=np.zeros(1, np.ulonglong), freqs=np.full(1, 9, np.ulong))) == 1


def test_arrays_that_are_only_read_need_not_be_writable_and_may_be_of_a_class_of_their_own() -> None:
    fixed, special = np.full(1, 9, np.uint64), np.zeros(1, np.uint64).view(np.recarray)
    fixed.setflags(write=False)
    assert push(*arguments(starts=special, freqs=fixed)) == 1


def test_a_division_by_zero_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        uniform_span(np.zeros(1, np.uint64), np.uint64(31), np.zeros(1, np.int64), np.zeros(1, np.uint64), np.zeros(1, np.uint64))


def test_no_reference_is_kept_or_lost() -> None:
    given = arguments()
    before = [sys.getrefcount(value) for value in given]
    for _ in range(100):
        assert push(*given) == 1 and pop(given[0], given[1], 1, *given[3:]) == 0
        assert unfilter(np.zeros(1, np.uint8), np.zeros((1, 3), np.uint8), np.zeros(3, np.uint8), 1) is None
        with pytest.raises(TypeError):
            push(*given, 1)
    assert [sys.getrefcount(value) for value in given] == before
