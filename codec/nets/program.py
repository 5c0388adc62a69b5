"""Makes nets of the programs in a model file: JSON becomes a list of exact layers, each proved before it is run.

    {"inputs": {"x": {"shape": [784], "low": 0, "high": 1}}, "steps": [step, ...], "outputs": ["mean", "log_sigma"]}

A step is an object with "op", "in" (names of values), "out" (a new name) and, by "op",

    dense        weight, bias (tensors [inputs, outputs], [outputs]), shift, low, high, leaky
                 along the last axis; several inputs are one, end to end
    convolution  weight [size * size * channels, outputs], bias, size, stride, padding [before, after], shift, low, high, leaky
    requantise   shift, low, high, leaky                                      also clamps (shift 0)
    add          low, high                                                    elementwise sum of two (residual), clamped
    multiply     shift, low, high                                             elementwise product of two, requantised
    table        table (a tensor with an entry for every value of the input)
    upsample     factor
    reshape      shape
    join         (inputs end to end)

Every value has a shape (without leading axes) and a range [low, high] that the steps before it guarantee. From these the
bounds of layers.py are proved when the program is made: when a model is exported, and again whenever one is loaded.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadModel
from codec.nets.json_fields import Fields
from codec.nets.layers import VALUE_LIMIT, Array, Engine, Requantise, convolve, dense, make_linear
from codec.system.executor import cores

MAX_STEPS = 256
MAX_WORKERS = 16
MAX_WIDTH = 1 << 24
MAX_VALUES = 1 << 23  # of all values of a program together, for one data point
MAX_PRODUCTS = 1 << 30  # multiplications of all layers of a program together
BLOCK_VALUES = 1 << 19  # a block of rows times the widest value: large enough for a quick product, small enough for a cache

Run = Callable[[Engine, Sequence[Array]], Array]
Tensors = Mapping[str, NDArray[np.integer]]


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class ProgramStep:
    """An operation of a program: what it takes, what it makes, and the function that an engine runs for it."""

    inputs: tuple[str, ...]
    output: str
    run: Run


@dataclass(frozen=True)
class Program:
    """A net that an engine can run. `inputs` and `outputs` say which arrays `__call__` takes and gives."""

    engine: Engine
    inputs: Mapping[str, Value]
    steps: tuple[ProgramStep, ...]
    outputs: Mapping[str, Value]
    widest: int

    def __call__(self, arrays: Mapping[str, NDArray[np.integer]], block_rows: int | None = None) -> dict[str, NDArray[np.int32]]:
        """Run on integer arrays [data points, ..., *shape]; the leading axes must broadcast, the first must be equal.

        block_rows: data points to work on at a time (by default what fits a cache); it has no influence on the result.
        Raises BadModel when an input is not as the program was proved for.
        """
        points = self._check(arrays)
        if block_rows is None:
            rows = max(array.size // (max(points, 1) * value.width) for value, array in self._pairs(arrays))
            block_rows = max(1, min(BLOCK_VALUES // (self.widest * max(rows, 1)), -(-points // workers())))
        parts = [{k: a[i : i + block_rows] for k, a in arrays.items()} for i in range(0, max(points, 1), block_rows)]
        if len(parts) == 1:
            return self._run(parts[0])
        blocks = list(_pool(workers()).map(self._run, parts)) if workers() > 1 else [self._run(part) for part in parts]
        return {name: np.concatenate([block[name] for block in blocks]) for name in self.outputs}

    def _pairs(self, arrays: Mapping[str, NDArray[np.integer]]) -> list[tuple[Value, NDArray[np.integer]]]:
        return [(value, arrays[name]) for name, value in self.inputs.items()]

    def _check(self, arrays: Mapping[str, NDArray[np.integer]]) -> int:
        if set(arrays) != set(self.inputs):
            raise BadModel(f"a program of {sorted(self.inputs)} was given {sorted(arrays)}")
        points: set[int] = {array.shape[0] for array in arrays.values() if array.ndim}
        for name, value in self.inputs.items():
            array = arrays[name]
            axes = len(value.shape)
            if array.dtype.kind not in "iu" or array.ndim <= axes or array.shape[array.ndim - axes :] != value.shape:
                raise BadModel(f"input {name}: {array.dtype} of shape {array.shape} is no integer array [..., {value.shape}]")
            if array.size and (array.min() < value.low or array.max() > value.high):
                raise BadModel(f"input {name} leaves its range [{value.low}, {value.high}]")
        if len(points) != 1:
            raise BadModel("a program's inputs have different numbers of data points")
        return points.pop()

    def _run(self, arrays: Mapping[str, NDArray[np.integer]]) -> dict[str, NDArray[np.int32]]:
        values = {name: self.engine.constant(array.astype(np.int32, copy=False)) for name, array in arrays.items()}
        for step in self.steps:
            values[step.output] = step.run(self.engine, [values[name] for name in step.inputs])
        return {name: self.engine.fetch(values[name]) for name in self.outputs}


def workers() -> int:
    """How many threads work on blocks: one for each core if the BLAS has been told to use one (OPENBLAS_NUM_THREADS=1), else one.

    Threads of our own on top of a BLAS's threads make both slower.
    """
    return min(cores(), MAX_WORKERS) if os.environ.get("OPENBLAS_NUM_THREADS") == "1" else 1


if hasattr(os, "register_at_fork"):  # the threads of a pool do not live on in a child, which would wait for them
    os.register_at_fork(after_in_child=lambda: _pool.cache_clear())


@functools.cache
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="codec")


def make_program(spec: object, tensors: Tensors, engine: Engine) -> Program:
    """Read a program from JSON and prove it. Raises BadModel for whatever the docstring above does not describe."""
    fields = Fields(spec, "program")
    inputs = {name: _input_value(value) for name, value in fields.mapping("inputs").items()}
    values, steps, products = dict(inputs), list[ProgramStep](), 0
    for item in fields.items("steps", MAX_STEPS):
        step = Fields(item, "step")
        names, output = step.names("in"), step.text("out")
        if not names or output in values or not all(name in values for name in names):
            raise BadModel(f"step {output}: it has no inputs, uses a value that is not there, or makes one again")
        make = _STEPS.get(step.text("op"))
        if make is None:
            raise BadModel(f"step {output}: unknown operation {step.text('op')!r}")
        given = [values[name] for name in names]
        values[output], run = make(step, given, tensors, engine)
        products += _products(item, given, values[output])
        if sum(value.width for value in values.values()) > MAX_VALUES or products > MAX_PRODUCTS:
            raise BadModel(f"step {output}: a program of more values or multiplications than this release allows")
        step.finish()
        steps.append(ProgramStep(tuple(names), output, run))
    outputs = fields.names("outputs")
    fields.finish()
    if not inputs or not outputs or not all(name in values for name in outputs):
        raise BadModel("a program has no inputs, no outputs, or an output that no step makes")
    widest = max(value.width for value in values.values())
    return Program(engine, inputs, tuple(steps), {name: values[name] for name in outputs}, widest)


def _products(step: object, inputs: Sequence[Value], result: Value) -> int:
    """Multiplications of a step, for one data point."""
    if not isinstance(step, dict) or step.get("op") not in ("dense", "convolution"):
        return result.width
    size = step.get("size", 1)
    return result.width * sum(value.shape[-1] for value in inputs) * (size * size if isinstance(size, int) else 1)


def _input_value(spec: object) -> Value:
    fields = Fields(spec, "program input")
    value = Value(tuple(fields.integers("shape", 4, 1, MAX_WIDTH)), fields.integer("low"), fields.integer("high"))
    fields.finish()
    return value


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
    layer = make_linear(engine, weight, bias, [(channels, value.largest)] * (size * size), scale)
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


_STEPS: Mapping[str, Callable[[Fields, list[Value], Tensors, Engine], tuple[Value, Run]]] = {
    "dense": _dense,
    "convolution": _convolution,
    "requantise": _requantise,
    "add": _add,
    "multiply": _multiply,
    "table": _table,
    "upsample": _upsample,
    "reshape": _reshape,
    "join": _join,
}
