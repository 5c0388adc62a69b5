"""The operations of programs (program.py): what each makes of the shapes and ranges of its inputs, and how it is run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadModel
from codec.nets.json_fields import Fields
from codec.nets.layers import VALUE_LIMIT, Array, Engine, Requantise, convolve, dense, make_linear
from codec.system.records import record

MAX_WIDTH = 1 << 24
FEW_CHANNELS = 4  # of a convolution whose taps are multiplied together

Run = Callable[[Engine, Sequence[Array]], Array]
Tensors = Mapping[str, NDArray[np.integer]]


@record(frozen=True)
class Value:
    """What is known of a value: its last axes and its range."""

    shape: tuple[int, ...]
    low: int
    high: int

    def __post_init__(self) -> None:
        if not all(1 <= length <= MAX_WIDTH for length in self.shape) or not 1 <= self.width <= MAX_WIDTH:
            raise BadModel(f"a value of shape {list(self.shape)} is beyond the limits")
        if not -VALUE_LIMIT <= self.low <= self.high <= VALUE_LIMIT:
            raise BadModel(f"a value's range [{self.low}, {self.high}] is empty or beyond the limits")

    @property
    def width(self) -> int:
        return math.prod(self.shape)

    @property
    def largest(self) -> int:
        return max(abs(self.low), abs(self.high))


def products_of(step: object, inputs: Sequence[Value], result: Value) -> int:
    """Multiplications of a step, for one data point."""
    if not isinstance(step, dict) or step.get("op") not in ("dense", "convolution"):
        return result.width
    size = step.get("size", 1)
    return result.width * sum(value.shape[-1] for value in inputs) * (size * size if isinstance(size, int) else 1)


def _scale(step: Fields, leaky: bool = True) -> Requantise:
    low, high = step.integer("low"), step.integer("high")
    return Requantise(step.integer("shift", 0, 40), low, high, step.flag("leaky") if leaky else False)


def _result(shape: tuple[int, ...], scale: Requantise) -> Value:
    return Value(shape, scale.activated(scale.low), scale.activated(scale.high))


def _dense(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    if len({value.shape[:-1] for value in values}) != 1 or any(not value.shape for value in values):
        raise BadModel("a dense step has no axis to work on, or inputs that differ in an axis before the last")
    weight, bias, scale = step.tensor("weight", tensors), step.tensor("bias", tensors), _scale(step)
    layer = make_linear(engine, weight, bias, [(value.shape[-1], value.largest) for value in values], scale)
    return _result((*values[0].shape[:-1], *bias.shape), scale), lambda machine, inputs: dense(machine, layer, inputs)


def _convolution(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    (value,) = _exactly(1, values)
    if len(value.shape) != 3:
        raise BadModel("a convolution's input is not [height, width, channels]")
    size, stride = step.integer("size", 1, 64), step.integer("stride", 1, 64)
    padding = step.integers("padding", 2, 0, 63)
    weight, bias, scale = step.tensor("weight", tensors), step.tensor("bias", tensors), _scale(step)
    height, width, channels = value.shape
    if len(padding) != 2 or min(height, width) + sum(padding) < size:
        raise BadModel("a convolution's padding is not [before, after], or its window is larger than its input")
    taps = size * size
    together = [(taps * channels, value.largest)] if channels <= FEW_CHANNELS else [(channels, value.largest)] * taps
    layer = make_linear(engine, weight, bias, together, scale)
    rows, columns = ((length + sum(padding) - size) // stride + 1 for length in (height, width))
    before, after = padding
    result = _result((rows, columns, *bias.shape), scale)
    return result, lambda machine, inputs: convolve(machine, layer, inputs[0], size, stride, (before, after))


def _requantise(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    (value,) = _exactly(1, values)
    scale = _scale(step)
    return _result(value.shape, scale), lambda machine, inputs: machine.rescale(inputs[0], scale)


def _add(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    first, second = _exactly(2, values)
    scale = Requantise(0, step.integer("low"), step.integer("high"))
    if first.shape != second.shape or first.largest + second.largest > VALUE_LIMIT:
        raise BadModel("an addition's inputs differ in shape, or their sum is beyond the limits")
    return _result(first.shape, scale), lambda machine, inputs: machine.rescale(inputs[0] + inputs[1], scale)


def _multiply(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    first, second = _exactly(2, values)
    scale = _scale(step, leaky=False)
    if first.shape != second.shape:
        raise BadModel("a product's inputs differ in shape")
    return _result(first.shape, scale), lambda machine, inputs: machine.multiply(inputs[0], inputs[1], scale)


def _table(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    (value,) = _exactly(1, values)
    table = step.tensor("table", tensors)
    if table.shape != (value.high - value.low + 1,) or np.abs(table.astype(np.int64)).max() > VALUE_LIMIT:
        raise BadModel(f"a table has not one entry for each of the values {value.low} to {value.high}")
    constant, low = engine.constant(table.astype(np.int32)), value.low
    return Value(value.shape, int(table.min()), int(table.max())), lambda machine, inputs: machine.take(constant, inputs[0], low)


def _upsample(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    (value,) = _exactly(1, values)
    factor = step.integer("factor", 1, 64)
    if len(value.shape) != 3:
        raise BadModel("an upsampling's input is not [height, width, channels]")
    height, width, channels = value.shape
    result = Value((height * factor, width * factor, channels), value.low, value.high)
    return result, lambda machine, inputs: machine.upsample(inputs[0], factor)


def _shuffle(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    (value,) = _exactly(1, values)
    factor = step.integer("factor", 1, 64)
    if len(value.shape) != 3 or value.shape[2] % factor**2:
        raise BadModel("a shuffle's input is not [height, width, channels] with factor * factor times as many channels as its result")
    height, width, channels = value.shape
    result = Value((height * factor, width * factor, channels // factor**2), value.low, value.high)
    return result, lambda machine, inputs: machine.shuffle(inputs[0], factor)


def _crop(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    (value,) = _exactly(1, values)
    height, width = step.integer("height", 1, MAX_WIDTH), step.integer("width", 1, MAX_WIDTH)
    if len(value.shape) != 3 or height > value.shape[0] or width > value.shape[1]:
        raise BadModel("a crop's input is not [height, width, channels], or it is smaller than its result")
    result = Value((height, width, value.shape[2]), value.low, value.high)
    return result, lambda machine, inputs: inputs[0][..., :height, :width, :]


def _reshape(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    (value,) = _exactly(1, values)
    result = Value(tuple(step.integers("shape", 4, 1, MAX_WIDTH)), value.low, value.high)
    if result.width != value.width:
        raise BadModel(f"a value of shape {list(value.shape)} cannot become one of shape {list(result.shape)}")
    before, after = len(value.shape), result.shape
    return result, lambda machine, inputs: inputs[0].reshape(*inputs[0].shape[: inputs[0].ndim - before], *after)


def _join(step: Fields, values: list[Value], tensors: Tensors, engine: Engine) -> tuple[Value, Run]:
    if len({value.shape[:-1] for value in values}) != 1:
        raise BadModel("joined values differ in an axis before the last")
    width = sum(value.shape[-1] for value in values)
    result = Value((*values[0].shape[:-1], width), min(value.low for value in values), max(value.high for value in values))
    return result, lambda machine, inputs: machine.concatenate(inputs)


def _exactly(count: int, values: list[Value]) -> list[Value]:
    if len(values) != count:
        raise BadModel(f"a step has {len(values)} inputs instead of {count}")
    return values


OPERATIONS: Mapping[str, Callable[[Fields, list[Value], Tensors, Engine], tuple[Value, Run]]] = {
    "dense": _dense,
    "convolution": _convolution,
    "requantise": _requantise,
    "add": _add,
    "multiply": _multiply,
    "table": _table,
    "upsample": _upsample,
    "shuffle": _shuffle,
    "crop": _crop,
    "reshape": _reshape,
    "join": _join,
}
