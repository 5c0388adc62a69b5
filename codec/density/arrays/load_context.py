"""Loads a likelihood that sees the pixels coded before: every table and program of it is checked here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from codec.coding.distributions import Bernoulli
from codec.coding.indexed_mixture import check_tables
from codec.coding.tables import LOCATION_LIMIT, Curve
from codec.density.arrays.context import ContextLikelihood, program_names
from codec.density.arrays.context_lanes import lane_context
from codec.density.arrays.context_tables import EDGE_BITS, SPREAD_BITS, BinaryTables, GrayTables
from codec.density.arrays.neighbours import LIMIT, Contrasts, Neighbourhood
from codec.density.latents import PRECISION
from codec.errors import BadModel
from codec.nets.json_fields import Fields
from codec.nets.layers import NumpyEngine
from codec.nets.model_file import ModelFile
from codec.nets.operations import Value
from codec.nets.program import Program

MAX_LEVELS = 1 << 11
FACTOR_LIMIT = 1 << 24
MOST_OFF = 255 * 17  # how far a moved centre can be from 0: each channel's moves the next one's


def load_context(
    fields: Fields, shape: tuple[int, int, int], file: ModelFile, programs: Mapping[str, Program], levels: int
) -> ContextLikelihood:
    """A likelihood of images of this shape, proved. Raises BadModel."""
    if levels not in (2, 256):
        raise BadModel("a context likelihood has 2 or 256 levels")
    reach = tuple(fields.integers("reach", 16, 1, 16))
    hood = Neighbourhood(*shape, reach, levels > 2, 0 if levels == 2 else 128)
    contrasts = Contrasts(*(file.tensor(f"contrast.{name}", 1).astype(np.int64) for name in ("factors", "levels", "spreads")))
    limits = ((contrasts.factors, FACTOR_LIMIT), (contrasts.levels, MAX_LEVELS), (contrasts.spreads, 1 << 16))
    if any(table.size != hood.contrasts or table.min() < 0 or table.max() >= limit for table, limit in limits):
        raise BadModel(f"the tables by contrast have not {hood.contrasts} entries each, or are beyond the limits")
    trunk, channels = programs["trunk"], tuple(programs[f"channel{channel}"] for channel in range(hood.channels))
    _check_programs(hood, trunk, channels, programs.get("decode"))
    tables = _gray(fields, file, channels, contrasts) if levels > 2 else _binary(file, channels)
    fields.text("kind")
    fields.finish()
    specs = file.metadata["programs"]
    location = max(program.outputs["location"].largest for program in channels) if levels > 2 else 0
    lanes = None
    if isinstance(trunk.engine, NumpyEngine):  # who brings another engine wants it used
        lanes = lane_context(hood, contrasts, tables, [specs[name] for name in program_names(hood.channels)], file.tensors, location)
    return ContextLikelihood(hood, contrasts, trunk, channels, tables, lanes)


def check_inputs(name: str, program: Program, given: Mapping[str, Value]) -> None:
    """Raise BadModel for a program that takes anything but these values, or is not proved for them."""
    if set(program.inputs) != set(given):
        raise BadModel(f"the program {name} has the inputs {sorted(program.inputs)} instead of {sorted(given)}")
    for key, value in given.items():
        known = program.inputs[key]
        if known.shape != value.shape or known.low > value.low or known.high < value.high:
            raise BadModel(f"the program {name} is not proved for the values of its input {key}")


def _check_programs(hood: Neighbourhood, trunk: Program, channels: tuple[Program, ...], decode: Program | None) -> None:
    given = {"seen": Value((hood.inputs,), -LIMIT, LIMIT)}
    if decode is not None:
        z = decode.outputs.get("z")
        if z is None or len(z.shape) != 2 or z.shape[0] != hood.pixels:
            raise BadModel("the program decode makes no z, features of every pixel")
        given["z"] = Value(z.shape[1:], z.low, z.high)
    check_inputs("trunk", trunk, given)
    for channel, program in enumerate(channels):
        name = f"features{channel}"
        if name not in trunk.outputs:
            raise BadModel(f"the program trunk makes no {name}")
        known = {"off": Value((channel,), -LIMIT, LIMIT)} if channel else {}
        check_inputs(f"channel{channel}", program, {name: trunk.outputs[name], **known})


def _output(channels: tuple[Program, ...], name: str) -> Value:
    """What every channel's program makes by this name, of one shape and range."""
    values = {program.outputs.get(name) for program in channels}
    value = values.pop()
    if values or value is None or len(value.shape) != 1:
        raise BadModel(f"the channels' programs make no {name}, or differ in its range")
    return value


def _binary(file: ModelFile, channels: tuple[Program, ...]) -> BinaryTables:
    ones, logit = file.tensor("bernoulli.ones", 1).astype(np.uint64), _output(channels, "logit")
    if logit.shape != (1,) or ones.size != logit.high - logit.low + 1:
        raise BadModel("a Bernoulli likelihood needs one logit of a channel, and a frequency for each value of a logit")
    Bernoulli(ones, PRECISION)
    return BinaryTables(ones, logit.low)


def _gray(fields: Fields, file: ModelFile, channels: tuple[Program, ...], contrasts: Contrasts) -> GrayTables:
    curve = Curve(file.tensor("logistic.curve", 1).astype(np.int64), fields.integer("curve_shift", 1, 16))
    level_shift = fields.integer("level_shift", 0, 16)
    edges, reciprocals, raw = (_numbers(file, name) for name in ("edges", "reciprocals", "weights"))
    weight, location, scale = (_output(channels, name) for name in ("weight", "location", "scale"))
    if not weight.shape == location.shape == scale.shape:
        raise BadModel("a mixture needs weight, location and scale of one shape")
    most = (MOST_OFF << EDGE_BITS) + (location.largest * int(contrasts.spreads.max()) >> SPREAD_BITS) + 1
    if edges.size != 257 or raw.size != weight.high - weight.low + 1 or most >= LOCATION_LIMIT:
        raise BadModel("a mixture's weights, locations or edges do not fit its channels")
    check_tables(curve, edges, reciprocals, raw, PRECISION, weight.shape[0], most)
    return GrayTables(curve, edges, reciprocals, raw, weight.low, int(fields.integer("lowest_scale", -1024, 1024)), level_shift)


def _numbers(file: ModelFile, name: str) -> NDArray[np.int64]:
    return file.tensor(f"logistic.{name}", 1).astype(np.int64)
