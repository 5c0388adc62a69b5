"""Runs nets of dense layers for sixteen images side by side: the integers of nets/layers.py, in products of 16 bits.

A layer's inputs are packed two to a lane, and each pair is multiplied by a pair of weights; sums are of 32 bits. That is exact where the
inputs of an image fit into 16 bits, as almost all do: a net whose sums could then leave 32 bits is refused (`lane_program` gives None). An
image with a larger value somewhere is found while values are packed, and its layers run once more with sums of 64 bits.

Every value of a net has a place in a room, int32 [places][16]. A plan (int64, a row a step) says of a step

    KIND            DENSE: as in layers.py; ADD: the sum of two values, clamped
    OUT, COUNT      the place of its first output, and how many there are; behind them stand what else fills a block of six
    SHIFT, LOW, HIGH, LEAKY
    FIRST           where the list of its inputs' places begins in `sources`; of an addition: of the first value, then of the second
    PAIRS           pairs of inputs; place 0 holds zeros, for one that lacks its second
    WEIGHTS         where its weights begin: int32 [blocks of six outputs][pairs][6], the first of a pair in the low half
    BIASES          where its biases begin, which have the rounding in them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from codec.lanes.vectors import (
    LANES,
    fill_i32,
    get_i32,
    high_of,
    load_i32,
    low_of,
    multiply_pairs,
    pair_up,
    pointer,
    store_i32,
)
from codec.nets.json_fields import Fields
from codec.nets.layers import LEAKY_SHIFT
from codec.nets.operations import MAX_WIDTH, Tensors
from codec.nets.program import MAX_STEPS
from codec.system.array_types import Array1, Array2
from codec.system.kernels import kernel
from codec.system.records import record

GROUP = 2 * LANES  # images side by side
BLOCK = 6  # outputs at a time: their sums and what they are made of fill sixteen registers
KIND, OUT, COUNT, SHIFT, LOW, HIGH, LEAKY, FIRST, PAIRS, WEIGHTS, BIASES = range(11)
DENSE, ADD = 0, 1
LIMIT16, LIMIT32 = 1 << 15, 1 << 31


class LaneNet(NamedTuple):
    """What a plan needs."""

    plan: Array2[np.int64]
    sources: Array1[np.int64]
    weights: Array1[np.int32]
    biases: Array1[np.int32]


class Room(NamedTuple):
    """Where a net works. values: [places][16]; pairs: the packed inputs of a layer [pairs][16]; most: of each image, how large a value was
    packed; given: the inputs of a layer of one image."""

    values: Array1[np.int32]
    pairs: Array1[np.int32]
    most: Array1[np.int32]
    given: Array1[np.int64]


@record(frozen=True)
class LaneProgram:
    """A program for lanes. inputs, outputs: places by name; widths: how many each value has; places, pairs: how large its room is."""

    net: LaneNet
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    widths: Mapping[str, int]
    places: int
    pairs: int


def make_room(programs: Sequence[LaneProgram]) -> Room:
    """A room in which each of some programs can work."""
    places, pairs = max(program.places for program in programs), max(program.pairs for program in programs)
    values, packed, most = (np.zeros(size * GROUP, np.int32) for size in (places, pairs, 1))
    return Room(values, packed, most, np.zeros(2 * pairs, np.int64))


# ---------------------------------------------------------------- plans


def lane_program(spec: object, tensors: Tensors) -> LaneProgram | None:
    """The plan of a program of a model file, as make_program (nets/program.py) takes and has proved it. None if lanes cannot run it."""
    fields, maker = Fields(spec, "program"), _Maker(tensors)
    inputs, outputs = fields.mapping("inputs"), fields.names("outputs")
    for name, value in inputs.items():
        shape = Fields(value, "program input").integers("shape", 4, 1, MAX_WIDTH)
        if len(shape) != 1:
            return None
        maker.add_value(name, shape[0])
    if not all(maker.add_step(Fields(item, "step")) for item in fields.items("steps", MAX_STEPS)):
        return None
    plan, sources = np.array(maker.plan, np.int64).reshape(-1, BIASES + 1), np.array(maker.sources, np.int64)
    weights, biases = (np.concatenate(parts).astype(np.int32) for parts in (maker.weights, maker.biases))
    net = LaneNet(plan, sources, weights, biases)
    begins, widths = ({name: pair[part] for name, pair in maker.places.items()} for part in (0, 1))
    given, made = ({name: begins[name] for name in names} for names in (inputs, outputs))
    return LaneProgram(net, given, made, widths, maker.used, maker.pairs)


class _Maker:
    """Writes a plan, step by step. places: of each value, the first place and their number; used: places so far."""

    def __init__(self, tensors: Tensors) -> None:
        self.tensors, self.places, self.used, self.pairs = tensors, dict[str, tuple[int, int]](), 1, 1
        self.plan, self.sources = list[list[int]](), list[int]()
        self.weights, self.biases = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]

    def add_value(self, name: str, width: int) -> int:
        """Where it begins."""
        place = self.used
        self.places[name], self.used = (place, width), place + -(-width // BLOCK) * BLOCK
        return place

    def add_step(self, step: Fields) -> bool:
        """Whether lanes can run it."""
        operation, first, width = step.text("op"), len(self.sources), 0
        for name in step.names("in"):
            place, width = self.places[name]
            self.sources += range(place, place + width)
        if operation == "add":
            out = self.add_value(step.text("out"), width)
            self.plan.append([ADD, out, width, 0, step.integer("low"), step.integer("high"), 0, first, 0, 0, 0])
        return operation == "add" or (operation == "dense" and self._add_dense(step, first))

    def _add_dense(self, step: Fields, first: int) -> bool:
        weight, bias = (step.tensor(name, self.tensors).astype(np.int64) for name in ("weight", "bias"))
        shift, (count, outputs) = step.integer("shift"), weight.shape
        rounding = (1 << shift) >> 1
        most = np.abs(weight).sum(0) * LIMIT16 + np.abs(bias) + rounding
        if most.max() >= LIMIT32 or np.abs(weight).max() >= LIMIT16:
            return False
        pairs, blocks = -(-count // 2), -(-outputs // BLOCK)
        self.sources += [0] * (2 * pairs - count)
        even = np.zeros((2 * pairs, blocks * BLOCK), np.int64)
        even[:count, :outputs] = weight
        begins = [sum(part.size for part in parts) for parts in (self.weights, self.biases)]
        both = (even[::2] & 0xFFFF) | (even[1::2] << 16)
        self.weights.append(both.reshape(pairs, blocks, BLOCK).swapaxes(0, 1).reshape(-1))
        self.biases.append(np.pad(bias + rounding, (0, blocks * BLOCK - outputs)))
        out, self.pairs = self.add_value(step.text("out"), outputs), max(self.pairs, pairs)
        low, high, leaky = step.integer("low"), step.integer("high"), int(step.flag("leaky"))
        self.plan.append([DENSE, out, outputs, shift, low, high, leaky, first, pairs, *begins])
        return True


# ---------------------------------------------------------------- kernels


@kernel
def run_net(net, room):
    """The outputs of sixteen images whose inputs are in the room."""
    most = pointer(room.most)
    for half in range(0, GROUP, LANES):
        store_i32(most, half, fill_i32(0))
    for step in range(net.plan.shape[0]):
        if net.plan[step, KIND] == DENSE:
            _pack(net, step, room)
            _multiply(net, step, room)
        else:
            _add(net, step, room)
    for image in range(GROUP):
        if room.most[image] >= LIMIT16:
            _run_wide(net, room, image)


@kernel
def _pack(net, step, room):
    """Pack the inputs of a layer, two to a lane."""
    values, pairs, all_most = pointer(room.values), pointer(room.pairs), pointer(room.most)
    first, minus = net.plan[step, FIRST], fill_i32(-1)
    for half in range(0, GROUP, LANES):
        most = load_i32(all_most, half)
        for i in range(net.plan[step, PAIRS]):
            a = load_i32(values, net.sources[first + 2 * i] * GROUP + half)
            b = load_i32(values, net.sources[first + 2 * i + 1] * GROUP + half)
            most = high_of(most, high_of(high_of(a, minus - a), high_of(b, minus - b)))
            store_i32(pairs, i * GROUP + half, pair_up(a, b))
        store_i32(all_most, half, most)


@kernel
def _multiply(net, step, room):
    """A layer of packed inputs, six outputs at a time in registers."""
    values, pairs, weights, biases = pointer(room.values), pointer(room.pairs), pointer(net.weights), pointer(net.biases)
    at, end = net.plan[step, WEIGHTS], net.plan[step, PAIRS] * GROUP
    for o in range(0, net.plan[step, COUNT], BLOCK):
        bias = net.plan[step, BIASES] + o
        a, b, c = fill_i32(get_i32(biases, bias)), fill_i32(get_i32(biases, bias + 1)), fill_i32(get_i32(biases, bias + 2))
        d, e, f = fill_i32(get_i32(biases, bias + 3)), fill_i32(get_i32(biases, bias + 4)), fill_i32(get_i32(biases, bias + 5))
        u, v, w, x, y, z = a, b, c, d, e, f
        for i in range(0, end, GROUP):
            lower, upper = load_i32(pairs, i), load_i32(pairs, i + LANES)
            weight = fill_i32(get_i32(weights, at))
            a, u = multiply_pairs(weight, lower, a), multiply_pairs(weight, upper, u)
            weight = fill_i32(get_i32(weights, at + 1))
            b, v = multiply_pairs(weight, lower, b), multiply_pairs(weight, upper, v)
            weight = fill_i32(get_i32(weights, at + 2))
            c, w = multiply_pairs(weight, lower, c), multiply_pairs(weight, upper, w)
            weight = fill_i32(get_i32(weights, at + 3))
            d, x = multiply_pairs(weight, lower, d), multiply_pairs(weight, upper, x)
            weight = fill_i32(get_i32(weights, at + 4))
            e, y = multiply_pairs(weight, lower, e), multiply_pairs(weight, upper, y)
            weight = fill_i32(get_i32(weights, at + 5))
            f, z = multiply_pairs(weight, lower, f), multiply_pairs(weight, upper, z)
            at += BLOCK
        to = (net.plan[step, OUT] + o) * GROUP
        _finish(net, step, values, to, a, u)
        _finish(net, step, values, to + GROUP, b, v)
        _finish(net, step, values, to + 2 * GROUP, c, w)
        _finish(net, step, values, to + 3 * GROUP, d, x)
        _finish(net, step, values, to + 4 * GROUP, e, y)
        _finish(net, step, values, to + 5 * GROUP, f, z)


@kernel
def _finish(net, step, values, to, lower, upper):
    """Requantise a sum of each image, and store it."""
    shift, low, high = net.plan[step, SHIFT], fill_i32(net.plan[step, LOW]), fill_i32(net.plan[step, HIGH])
    lower, upper = low_of(high_of(lower >> shift, low), high), low_of(high_of(upper >> shift, low), high)
    if net.plan[step, LEAKY]:
        lower, upper = high_of(lower, lower >> LEAKY_SHIFT), high_of(upper, upper >> LEAKY_SHIFT)
    store_i32(values, to, lower)
    store_i32(values, to + LANES, upper)


@kernel
def _add(net, step, room):
    values, first, count = pointer(room.values), net.plan[step, FIRST], net.plan[step, COUNT]
    low, high = fill_i32(net.plan[step, LOW]), fill_i32(net.plan[step, HIGH])
    for i in range(count):
        for half in range(0, GROUP, LANES):
            a = load_i32(values, net.sources[first + i] * GROUP + half)
            b = load_i32(values, net.sources[first + count + i] * GROUP + half)
            store_i32(values, (net.plan[step, OUT] + i) * GROUP + half, low_of(high_of(a + b, low), high))


@kernel
def _run_wide(net, room, image):
    """The same net for one of the sixteen images, in 64 bits."""
    for step in range(net.plan.shape[0]):
        first, count = net.plan[step, FIRST], net.plan[step, COUNT]
        inputs = 2 * net.plan[step, PAIRS] if net.plan[step, KIND] == DENSE else 0
        for i in range(inputs):
            room.given[i] = room.values[net.sources[first + i] * GROUP + image]
        for o in range(count):
            if net.plan[step, KIND] == DENSE:
                total = _wide_sum(net, step, room.given, o) >> net.plan[step, SHIFT]
            else:
                total = np.int64(room.values[net.sources[first + o] * GROUP + image])
                total += np.int64(room.values[net.sources[first + count + o] * GROUP + image])
            value = min(max(total, net.plan[step, LOW]), net.plan[step, HIGH])
            room.values[(net.plan[step, OUT] + o) * GROUP + image] = max(value, value >> LEAKY_SHIFT) if net.plan[step, LEAKY] else value


@kernel
def _wide_sum(net, step, given, output):
    pairs = net.plan[step, PAIRS]
    at = net.plan[step, WEIGHTS] + output // BLOCK * BLOCK * pairs + output % BLOCK
    total = np.int64(net.biases[net.plan[step, BIASES] + output])
    for i in range(pairs):
        both = np.int64(net.weights[at + BLOCK * i])
        total += given[2 * i] * (((both & 0xFFFF) ^ 0x8000) - 0x8000) + given[2 * i + 1] * (both >> 16)
    return total
