"""Nets on sixteen images side by side give the numbers of the program that they were made of, and images with large values, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.density.arrays.lane_net import GROUP, LaneProgram, lane_program, make_room, run_net
from codec.nets.layers import NumpyEngine
from codec.nets.program import make_program

LARGEST = (1 << 18) - 1  # of a value: more than 16 bits hold


def small_net(rng: np.random.Generator, widths: tuple[int, int], weight: int = 200) -> tuple[dict[str, Any], dict[str, Any]]:
    """A program of two inputs, three layers and an addition; and its tensors."""
    first, second = widths
    tensors: dict[str, Any] = {}

    def dense(name: str, inputs: list[str], count: int, outputs: int, leaky: bool) -> dict[str, Any]:
        tensors[f"{name}.weight"] = rng.integers(-weight, weight + 1, (count, outputs)).astype(np.int32)
        tensors[f"{name}.bias"] = rng.integers(-1000, 1000, outputs).astype(np.int32)
        names = {"op": "dense", "in": inputs, "out": name, "weight": f"{name}.weight", "bias": f"{name}.bias"}
        return {**names, "shift": 6, "low": -LARGEST, "high": LARGEST, "leaky": leaky}

    inputs = {
        "x": {"shape": [first], "low": -LARGEST, "high": LARGEST},
        "y": {"shape": [second], "low": -LARGEST, "high": LARGEST},
    }
    steps = [
        dense("a", ["x", "y"], first + second, 7, True),
        dense("b", ["a"], 7, 7, True),
        {"op": "add", "in": ["a", "b"], "out": "c", "low": -LARGEST, "high": LARGEST},
        dense("d", ["c", "y"], 7 + second, 2, False),
    ]
    return {"inputs": inputs, "steps": steps, "outputs": ["d", "c"]}, tensors


def outputs_of(program: LaneProgram, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What sixteen images give, each input and output [16, width]."""
    room = make_room([program])
    values = room.values.reshape(-1, GROUP)
    for name, place in program.inputs.items():
        values[place : place + arrays[name].shape[1]] = arrays[name].T
    run_net(program.net, room)  # type: ignore[no-untyped-call]  # a kernel
    return {name: values[place : place + program.widths[name]].T.copy() for name, place in program.outputs.items()}


@given(st.integers(0, 1 << 30), st.integers(1, 9), st.integers(1, 4), st.sampled_from([100, 3000, 30000, 200000]))
def test_lanes_give_what_the_program_gives(seed: int, first: int, second: int, largest: int) -> None:
    rng = np.random.default_rng(seed)
    spec, tensors = small_net(rng, (first, second))
    arrays = {name: rng.integers(-largest, largest + 1, (GROUP, width)).astype(np.int32) for name, width in (("x", first), ("y", second))}
    arrays["x"][::3] //= 100  # some images with large values beside others
    lanes = lane_program(spec, tensors)
    assert lanes is not None
    found, wanted = outputs_of(lanes, arrays), make_program(spec, tensors, NumpyEngine())(arrays)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


def test_sums_that_may_leave_32_bits_are_not_for_lanes() -> None:
    assert lane_program(*small_net(np.random.default_rng(0), (40, 1), weight=30000)) is None


@pytest.mark.parametrize("operation", ["multiply", "reshape"])
def test_programs_of_other_steps_are_not_for_lanes(operation: str) -> None:
    spec, tensors = small_net(np.random.default_rng(0), (3, 2))
    spec["steps"].append({"op": operation, "in": ["c"], "out": "e"})
    assert lane_program(spec, tensors) is None


def test_values_of_several_axes_are_not_for_lanes() -> None:
    spec, tensors = small_net(np.random.default_rng(0), (3, 2))
    spec["inputs"]["x"]["shape"] = [3, 1]
    assert lane_program(spec, tensors) is None
