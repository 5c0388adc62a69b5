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
    upsample     factor                                                       every pixel becomes factor x factor equal ones
    shuffle      factor                                                       channels [factor, factor, c] of a pixel become pixels of c
    crop         height, width                                                the upper left part
    reshape      shape
    join         (inputs end to end)

Every value has a shape (without leading axes) and a range [low, high] that the steps before it guarantee. From these the
bounds of layers.py are proved when the program is made: when a model is exported, and again whenever one is loaded.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadModel
from codec.nets.json_fields import Fields
from codec.nets.layers import Engine
from codec.nets.operations import MAX_WIDTH, OPERATIONS, Run, Tensors, Value, products_of
from codec.system.executor import cores
from codec.system.records import record

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

MAX_STEPS = 256
MAX_WORKERS = 16
MAX_VALUES = 1 << 23  # of all values of a program together, for one data point
MAX_PRODUCTS = 1 << 30  # multiplications of all layers of a program together
BLOCK_VALUES = 1 << 19  # a block of rows times the widest value: large enough for a quick product, small enough for a cache


@record(frozen=True)
class ProgramStep:
    """An operation of a program: what it takes, what it makes, and the function that an engine runs for it."""

    inputs: tuple[str, ...]
    output: str
    run: Run


@record(frozen=True)
class Program:
    """A net that an engine can run. `inputs` and `outputs` say which arrays `__call__` takes and gives.

    widest: of its values, for one data point; products: how many multiplications it takes."""

    engine: Engine
    inputs: Mapping[str, Value]
    steps: tuple[ProgramStep, ...]
    outputs: Mapping[str, Value]
    widest: int
    products: int

    def __call__(self, arrays: Mapping[str, NDArray[np.integer]], block_rows: int | None = None) -> dict[str, NDArray[np.int32]]:
        """Run on integer arrays [data points, ..., *shape]; the leading axes must broadcast, the first must be equal.

        block_rows: data points to work on at a time (by default what fits a cache); it has no influence on the result.
        Raises BadModel when an input is not as the program was proved for.
        """
        points = self._check(arrays)
        if block_rows is None:
            rows = max(array.size // (max(points, 1) * value.width) for value, array in self._pairs(arrays))
            shared = -(-points // workers()) if points * self.widest * rows > BLOCK_VALUES else points
            block_rows = max(1, min(BLOCK_VALUES // (self.widest * max(rows, 1)), shared))
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


@functools.cache
def _pool(count: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # which takes a moment to load, and small pictures do without

    return ThreadPoolExecutor(count, thread_name_prefix="codec")


if hasattr(os, "register_at_fork"):  # the threads of a pool do not live on in a child, which would wait for them
    os.register_at_fork(after_in_child=_pool.cache_clear)


def make_program(spec: object, tensors: Tensors, engine: Engine) -> Program:
    """Read a program from JSON and prove it. Raises BadModel for whatever the docstring above does not describe."""
    fields = Fields(spec, "program")
    inputs = {name: _input_value(value) for name, value in fields.mapping("inputs").items()}
    values, steps, products = dict(inputs), list[ProgramStep](), 0
    for item in fields.items("steps", MAX_STEPS):
        step, value, made = _make_step(item, values, tensors, engine)
        values[step.output], products = value, products + made
        if sum(value.width for value in values.values()) > MAX_VALUES or products > MAX_PRODUCTS:
            raise BadModel(f"step {step.output}: a program of more values or multiplications than this release allows")
        steps.append(step)
    outputs = fields.names("outputs")
    fields.finish()
    if not inputs or not outputs or not all(name in values for name in outputs):
        raise BadModel("a program has no inputs, no outputs, or an output that no step makes")
    widest = max(value.width for value in values.values())
    return Program(engine, inputs, tuple(steps), {name: values[name] for name in outputs}, widest, products)


def _make_step(item: object, values: Mapping[str, Value], tensors: Tensors, engine: Engine) -> tuple[ProgramStep, Value, int]:
    """A step of a program, what is known of the value that it makes, and its multiplications. Raises BadModel."""
    step = Fields(item, "step")
    names, output = step.names("in"), step.text("out")
    if not names or output in values or not all(name in values for name in names):
        raise BadModel(f"step {output}: it has no inputs, uses a value that is not there, or makes one again")
    make = OPERATIONS.get(step.text("op"))
    if make is None:
        raise BadModel(f"step {output}: unknown operation {step.text('op')!r}")
    given = [values[name] for name in names]
    value, run = make(step, given, tensors, engine)
    step.finish()
    return ProgramStep(tuple(names), output, run), value, products_of(item, given, value)


def _input_value(spec: object) -> Value:
    fields = Fields(spec, "program input")
    value = Value(tuple(fields.integers("shape", 4, 1, MAX_WIDTH)), fields.integer("low"), fields.integer("high"))
    fields.finish()
    return value
