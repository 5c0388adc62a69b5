"""The layers of a photo model: read from its file, their sums proved to be exact, and how they learn.

Long because what a layer is in a file, in the plan of kernels and while it learns stands side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.coding.tables import log2_table
from codec.density.photo.network import KNOWN_INPUTS, Network
from codec.density.photo.surroundings import Surroundings, input_count
from codec.density.shared.directions import read_directions
from codec.density.shared.learning import FIRST_SQUARES, Pace
from codec.density.shared.logistic import CURVE_REACH, PRECISION
from codec.density.shared.network import HIGHEST_COMPONENT, LOWEST_COMPONENT, OUTPUT_LIMIT, UNIT_LIMIT
from codec.density.shared.plan import DIRECTED, EVERY, LAYER_FIELDS, LEARNT, RESULTS, SHIFT, SUM_BITS, SUMS, TRUNK1
from codec.density.shared.scales import HIGHEST_SCALE, LOG_ENTRIES, LOWEST_SCALE
from codec.density.shared.table_file import read_tables
from codec.density.shared.whole_learning import LARGEST, LARGEST_BIAS, ROUNDING, finer_bits, paired_weights
from codec.errors import BadModel
from codec.lanes.vectors import LANES
from codec.lanes.wavefront import SEGMENT
from codec.nets.layers import most_of
from codec.nets.model_file import ModelFile

EXACT_LIMIT = 1 << 24
MAX_NETWORKS = 2
SECOND = "second."  # with what the names of a second network's layers begin
KINDS = ("trunk", "head", "out")  # of layers, in the order of a Pace's numbers


def layer_names(channels: int, networks: int = 1) -> list[str]:
    """The names of all layers, in the order of network.Network."""
    names = ["trunk0", "trunk1", *(f"{part}{c}" for c in range(channels) for part in ("head", "out"))]
    return [prefix + name for prefix in ("", SECOND)[:networks] for name in names]


def kind_of(name: str) -> str:
    """Whether a layer of this name is of a trunk, a head or outputs: one of KINDS."""
    return name.removeprefix(SECOND).rstrip("0123456789")


class Sizes(NamedTuple):
    """What the layers of all networks follow from."""

    channels: int
    predictors: int
    surroundings: Surroundings
    trunk: tuple[int, int]
    head: int
    components: int
    networks: int

    @property
    def units(self) -> int:
        """Hidden units of all networks."""
        return self.networks * (sum(self.trunk) + self.channels * self.head)

    def layers(self) -> dict[str, tuple[int, int]]:
        """Inputs and outputs of every layer, by name."""
        further = self.predictors - 1
        sizes = [(input_count(self.channels, self.predictors, self.surroundings), self.trunk[0]), self.trunk]
        for c in range(self.channels):
            seen = further + KNOWN_INPUTS * c if c else 0
            sizes += [(self.trunk[1] + seen, self.head), (self.head, (2 + self.predictors) * self.components)]
        return dict(zip(layer_names(self.channels, self.networks), self.networks * sizes, strict=True))


def read_network(file: ModelFile, shifts: dict[str, object], sizes: Sizes) -> Network:
    """The network of a file, as one that does not learn. Raises BadModel."""
    layers = sizes.layers()
    if sorted(shifts) != sorted(layers):
        raise BadModel("a photo model's shifts are not those of its layers")
    weights, biases, plan = list[NDArray[np.int32]](), list[NDArray[np.int32]](), list[int]()
    unit, each = 0, len(layers) // sizes.networks
    for name, (inputs, outputs) in layers.items():
        weight, bias, shift = _layer(file, name, (inputs, outputs), shifts[name])
        padded = -(-outputs // LANES) * LANES
        places = sum(part.size for part in weights), sum(part.size for part in biases)
        first = len(weights) // each * each  # layer of its network
        below = first + TRUNK1 if kind_of(name) == "head" else max(len(weights) - 1, first)
        plan += [inputs, padded, shift, *places, unit, -1, RESULTS if kind_of(name) == "out" else SUMS, 1, -1, below]
        unit += 0 if kind_of(name) == "out" else padded
        weights.append(paired_weights(np.pad(weight, ((0, inputs % 2), (0, padded - outputs)))))
        biases.append(np.pad(bias, (0, padded - outputs)).astype(np.int32))
    if unit != sizes.units or len(plan) != len(layers) * LAYER_FIELDS:
        raise BadModel("a photo model's hidden layers have multiples of 8 units")
    flat = np.concatenate([part.reshape(-1) for part in weights])
    arrays = flat, np.concatenate(biases), np.array(plan, np.int64)
    return Network(
        *arrays,
        **_tables(file),
        learnt=np.zeros((3, 0), np.float32),
        directions=np.zeros(0, np.float32),
        surroundings=sizes.surroundings,
        pace=SEGMENT,
        every=1,
        memory=1,
        whole=False,
        networks=sizes.networks,
        units=unit,
        components=sizes.components,
        predictors=sizes.predictors,
    )


def _layer(file: ModelFile, name: str, size: tuple[int, int], shift: object) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The weights, biases and shift of a layer of (inputs, outputs), its sums proved exact. Raises BadModel."""
    weight, bias = file.tensor(f"{name}.weight", 2).astype(np.int64), file.tensor(f"{name}.bias", 1).astype(np.int64)
    if weight.shape != size or bias.shape != size[1:] or type(shift) is not int or not 1 <= shift <= 23:
        raise BadModel(f"layer {name} is not {size[0]} to {size[1]} with a shift from 1 to 23")
    largest = HIGHEST_SCALE if name.endswith("trunk0") else UNIT_LIMIT
    if most_of(weight) >= 1 << 15:
        raise BadModel(f"layer {name} has weights of more than 16 bits")
    huge = most_of(bias) >= EXACT_LIMIT
    if huge or int((np.abs(weight).sum(0) * largest + np.abs(bias)).max()) + (1 << shift) >= EXACT_LIMIT:
        raise BadModel(f"layer {name}: its sums can reach 2^24, so they are not exact")
    return weight, bias, shift


def learning_layers(network: Network, names: list[str], pace: Pace, file: ModelFile) -> Network:
    """The network with those of its layers that learn as real numbers. Raises BadModel."""
    if pace.whole:
        network = _finer(network, names, pace)
    plan = network.plan.reshape(-1, LAYER_FIELDS).copy()
    parts, directions = [np.zeros((3, 0))], list[NDArray[np.float32]]()
    for fields, name in zip(plan, names, strict=True):
        if (kind := kind_of(name)) not in pace.layers:
            continue
        inputs, outputs, shift, weights, biases = (int(field) for field in fields[:5])
        fields[LEARNT] = sum(part.shape[1] for part in parts)
        given, made = (5 if name.endswith("trunk0") else 6), int(fields[SUM_BITS])  # fraction bits
        pairs = network.weights[weights : weights + (inputs + 1) // 2 * outputs].reshape(-1, outputs)
        weight = np.stack([pairs.astype(np.int16), pairs >> 16], 1).reshape(-1, outputs)[:inputs].astype(np.float64)
        bias = network.biases[biases : biases + outputs].astype(np.float64)[None]
        bits = shift - given + made
        first = np.concatenate([weight * 2.0**-bits, bias * 2.0 ** -(bits + given)]).reshape(-1)
        number = KINDS.index(kind)
        rate = pace.rates[number] * (pace.second if name.startswith(SECOND) else 1.0)
        fields[EVERY] = pace.steps[number]
        if pace.directed:
            fields[DIRECTED] = sum(part.size for part in directions)
            directions.append(read_directions(file, name, inputs))
        parts.append(np.stack([first, np.full(first.size, FIRST_SQUARES[number]), np.full(first.size, rate)]))
    learnt = np.concatenate(parts, 1)
    return network._replace(
        plan=plan.reshape(-1),
        pace=pace.pixels,
        every=pace.every,
        memory=pace.memory,
        whole=pace.whole,
        learnt=np.pad(learnt, ((0, 0), (0, -learnt.shape[1] % LANES))).astype(np.float32),
        directions=np.concatenate([part.reshape(-1) for part in directions]) if directions else network.directions,
    )


def with_weights(network: Network, weights: NDArray[np.float32]) -> Network:
    """The network whose layers that learn begin with other weights, float32 as in learnt[0]; so do the integers of whole_learning.py."""
    network = network._replace(learnt=np.stack([weights, *network.learnt[1:]]))
    if not network.whole:
        return network
    ints, biases = network.weights.copy(), network.biases.copy()
    for layer, fields in enumerate(network.plan.reshape(-1, LAYER_FIELDS).tolist()):
        inputs, outputs, shift, first, bias, _, begin, made, _, _, below = fields
        if begin >= 0:
            fraction = 5 if below == layer else 6
            scale = np.float32(1 << (shift - fraction + made))
            rows = weights[begin : begin + (inputs + 1) * outputs].reshape(-1, outputs)
            whole = (np.clip(rows[:-1] * scale, -LARGEST, LARGEST) + np.float32(ROUNDING + 0.5)).astype(np.int64) - ROUNDING
            ints[first : first + (inputs + 1) // 2 * outputs] = paired_weights(np.pad(whole, ((0, inputs % 2), (0, 0)))).reshape(-1)
            limited = np.clip(rows[-1] * (scale * np.float32(1 << fraction)), -LARGEST_BIAS, LARGEST_BIAS)
            biases[bias : bias + outputs] = limited.astype(np.int32)
    return network._replace(weights=ints, biases=biases)


def _finer(network: Network, names: list[str], pace: Pace) -> Network:
    """The network with finer integers for layers that learn in whole numbers (shared/whole_learning.py)."""
    plan, weights, biases = network.plan.reshape(-1, LAYER_FIELDS).copy(), network.weights.copy(), network.biases.copy()
    for fields, name in zip(plan, names, strict=True):
        if kind_of(name) in pace.layers:
            inputs, outputs, _, first, bias = (int(field) for field in fields[:5])
            part = slice(first, first + (inputs + 1) // 2 * outputs)
            pairs = np.stack([weights[part].astype(np.int16), weights[part] >> 16])
            finer = finer_bits(most_of(pairs))
            weights[part] = paired_weights(pairs.astype(np.int64) << finer)[0]
            biases[bias : bias + outputs] <<= finer
            fields[SHIFT] += finer
    return network._replace(plan=plan.reshape(-1), weights=weights, biases=biases)


def _tables(file: ModelFile) -> dict[str, NDArray[Any]]:
    outputs, scales = 2 * (OUTPUT_LIMIT + 1), HIGHEST_SCALE - LOWEST_SCALE + 1
    limits = {  # entries, lowest and highest value
        "exponential": (outputs, 1, 1 << 24),
        "sigmoid": (outputs, 0, 256),
        "curve": (2 * CURVE_REACH + 1, 0, 1 << PRECISION),
        "precision": (HIGHEST_COMPONENT - LOWEST_COMPONENT + 1, 1, 1 << 26),
        "log": (LOG_ENTRIES, LOWEST_SCALE, HIGHEST_SCALE),
        "scale": (scales, 1, 1 << 18),
        "reciprocal": (scales, 1, 1 << 20),
    }
    found = read_tables(file, limits)
    curve, log = found["curve"], found["log"]
    lowest = int(log[22:].min()) - LOWEST_SCALE  # no scale is below 22
    if curve[0] != 0 or curve[-1] != 1 << PRECISION or (np.diff(curve) < 0).any() or found["reciprocal"][lowest:].max() > 1 << 13:
        raise BadModel("table.curve does not rise from 0 to 2^24, or table.reciprocal is too large for the scales there are")
    return {
        "exponential": found["exponential"].astype(np.int32),
        "sigmoid": found["sigmoid"].astype(np.int32),
        "curve": (curve[:-1] << 32) | np.diff(curve),
        "precision": found["precision"],
        "log": log.astype(np.int16),
        "scale": found["scale"].astype(np.int32),
        "reciprocal": found["reciprocal"].astype(np.int32),
        "log2": log2_table(),
    }
