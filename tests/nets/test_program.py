"""Programs: what a model file says is run as it says, within bounds that are known before anything is allocated."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import pytest

from codec.errors import BadModel
from codec.nets import program as programs
from codec.nets.layers import NumpyEngine
from codec.nets.program import make_program

INPUT = {"x": {"shape": [4, 4, 1], "low": 0, "high": 1}}


def upsampled(factor: int, times: int) -> dict[str, object]:
    """A program that makes its picture larger again and again."""
    steps = [{"op": "upsample", "in": ["x" if i == 0 else f"h{i - 1}"], "out": f"h{i}", "factor": factor} for i in range(times)]
    return {"inputs": INPUT, "steps": steps, "outputs": [f"h{times - 1}"]}


def shuffled(height: int, width: int) -> dict[str, object]:
    """A program that spreads eighteen channels over 3x3 pixels and cuts the result."""
    steps = [
        {"op": "shuffle", "in": ["x"], "out": "wide", "factor": 3},
        {"op": "crop", "in": ["wide"], "out": "cut", "height": height, "width": width},
    ]
    return {"inputs": {"x": {"shape": [2, 4, 18], "low": 0, "high": 99}}, "steps": steps, "outputs": ["wide", "cut"]}


@pytest.mark.parametrize("points", [0, 1, 5])
def test_a_shuffle_spreads_channels_over_pixels_and_a_crop_keeps_the_upper_left(points: int) -> None:
    x = np.random.default_rng(0).integers(0, 100, (points, 2, 4, 18))
    found = make_program(shuffled(5, 7), {}, NumpyEngine())({"x": x})
    for row in range(6):
        for column in range(12):
            first = 2 * (3 * (row % 3) + column % 3)
            assert np.array_equal(found["wide"][:, row, column], x[:, row // 3, column // 3, first : first + 2])
    assert np.array_equal(found["cut"], found["wide"][:, :5, :7])


def test_a_shuffle_and_a_crop_are_the_same_on_torch() -> None:
    engine = pytest.importorskip("codec.nets.torch_engine")
    x = np.random.default_rng(0).integers(0, 100, (3, 2, 4, 18))
    expected = make_program(shuffled(5, 7), {}, NumpyEngine())({"x": x})
    found = make_program(shuffled(5, 7), {}, engine.TorchEngine("cpu"))({"x": x})
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize("size", [(7, 7), (5, 13), (0, 3)], ids=str)
def test_a_crop_is_not_larger_than_what_it_is_cut_from(size: tuple[int, int]) -> None:
    with pytest.raises(BadModel):
        make_program(shuffled(*size), {}, NumpyEngine())


def test_a_shuffle_needs_as_many_channels_as_its_pixels_take() -> None:
    spec = shuffled(5, 7)
    with pytest.raises(BadModel, match="shuffle"):
        make_program({**spec, "inputs": {"x": {"shape": [2, 4, 17], "low": 0, "high": 99}}}, {}, NumpyEngine())


def repeated(times: int) -> dict[str, object]:
    """A program of many large values, each within the bound of a single one."""
    steps = [{"op": "upsample", "in": ["x"], "out": f"h{i}", "factor": 64} for i in range(times)]
    return {"inputs": {"x": {"shape": [8, 8, 1], "low": 0, "high": 1}}, "steps": steps, "outputs": ["h0"]}


@pytest.mark.parametrize("spec", [upsampled(64, 2), repeated(40)], ids=["one value", "many values"])
def test_the_values_of_a_program_are_bounded_together(spec: dict[str, object]) -> None:
    with pytest.raises(BadModel, match=r"more values|beyond the limits"):
        make_program(spec, {}, NumpyEngine())


def test_the_multiplications_of_a_program_are_bounded_together() -> None:
    """A convolution of a small file can ask for very many."""
    tensors = {"w": np.zeros((25 * 64, 64), np.int16), "b": np.zeros(64, np.int32)}
    first = {"op": "upsample", "in": ["x"], "out": "up", "factor": 45}
    layer = {"op": "convolution", "size": 5, "stride": 1, "padding": [2, 2], "weight": "w", "bias": "b"}
    layer |= {"shift": 1, "low": 0, "high": 255, "leaky": False}
    steps = [first, {**layer, "in": ["up"], "out": "h0"}]
    spec = {"inputs": {"x": {"shape": [2, 2, 64], "low": 0, "high": 1}}, "steps": steps, "outputs": ["h0"]}
    make_program({**spec, "steps": [{**first, "factor": 9}, steps[1]]}, tensors, NumpyEngine())
    with pytest.raises(BadModel, match="multiplications"):
        many = [first, *({**layer, "in": ["up"], "out": f"h{i}"} for i in range(2))]
        make_program({**spec, "steps": many}, tensors, NumpyEngine())


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_after_threads_worked_does_not_wait_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of a pool do not live on in a child."""
    monkeypatch.setattr(programs, "workers", lambda: 2)
    program = make_program(upsampled(2, 1), {}, NumpyEngine())
    images = {"x": np.ones((8, 4, 4, 1), np.uint8)}
    expected = program(images, block_rows=2)["h0"]
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # which ends a child that waits
        os._exit(0 if np.array_equal(program(images, block_rows=2)["h0"], expected) else 1)
    assert os.waitpid(child, 0)[1] == 0, "the child waited for threads that are not there"
    assert sys.platform != "win32"
