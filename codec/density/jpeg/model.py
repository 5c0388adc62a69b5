"""Loads a JPEG model from its file: a model of kind "jpeg" (nets/model_file.py).

    form         "counters" in one of the quick form (counter_model.py), which has no networks; missing in all others
    hidden       the units of both hidden layers             components   of the mixture
    shifts       {"luma": {"first", "second", "out"}, "chroma": likewise}, of the layers' sums
    learning     which layers learn (learning.py); none if it is missing
    decisions    how they are coded, a name of mixers.WAYS; "plain" if it is missing
    part_blocks  about how many blocks a part has (part.py); 2^16 if it is missing
    prediction   "solved" if predictions are solved (solved.py), "learnt" or missing if they are learnt (prediction.py)
    probe        what coding probe.coefficients gives (part.probe_digest)          training     facts, for people

Tensors, P being luma and chroma: P.first, P.second, P.out with .weight [inputs, outputs] and .bias [kinds, outputs] (at the sums' scale),
kinds being KINDS for luma and twice as many for chroma; P.sets, int16 [SETS, units of the second layer + 2], if decisions begin with them;
rates [3] of the learning of decisions, in 2^-20 (decisions.py), which
nothing comes of where weights have their own; start [CLASSES,
KINDS, NUMBERS] in 1/4096 and powers, likewise in units, with which learnt predictions begin (surroundings.py), or solved, int16 [CLASSES,
SIZE, ROOM] in 1/4096, with which solved ones begin; table.*, as
shared/network.py, shared/logistic.py, surroundings.py and decisions.py use them; probe.coefficients, int16 [blocks, 64].
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import HIGHEST_INPUT, LOG_ENTRIES, NUMBERS
from codec.density.jpeg.constants import CLASSES, KINDS, PREDICTIONS, SIZE, inputs_of
from codec.density.jpeg.counter_model import FORM, CounterModel, load_counters
from codec.density.jpeg.decisions import ENTRIES, SETS
from codec.density.jpeg.learning import NOTHING, PACES, first_weights
from codec.density.jpeg.mixers import PLAIN, SHOWN, WAYS, Deciding, first_sets
from codec.density.jpeg.network import JpegNetwork
from codec.density.jpeg.solved import ROOM
from codec.density.shared.directions import read_directions
from codec.density.shared.learning import Pace
from codec.density.shared.logistic import CURVE_REACH, PRECISION
from codec.density.shared.network import HIGHEST_COMPONENT, LOWEST_COMPONENT, OUTPUT_LIMIT, UNIT_LIMIT
from codec.density.shared.plan import LAYER_FIELDS, RESULTS, SHIFT, SUMS, WEIGHTS
from codec.density.shared.scales import HIGHEST_SCALE, LOWEST_SCALE
from codec.density.shared.table_file import read_tables
from codec.density.shared.whole_learning import finer_bits, paired_weights
from codec.errors import BadModel, CodecError
from codec.lanes.vectors import LANES
from codec.nets.json_fields import Fields
from codec.nets.layers import FLOAT32_LIMIT, most_of
from codec.nets.model_file import ModelFile

KIND = "jpeg"
MAX_UNITS, MAX_COMPONENTS = 512, 5
START_UNIT, RATE_UNIT = 2.0**-12, 2.0**-20
LARGEST_RATE = 1 << 17
LARGEST_POWER = 1 << 30
PART_BLOCKS, PARTS = 1 << 16, (1 << 12, 1 << 24)  # of a part if the model does not say so, and the least and the most that one may say
PROBE_SIDE = 4  # blocks of the probe
LEARNT, SOLVED = "learnt", "solved"  # predictions


@dataclass(frozen=True)
class JpegModel:
    """A model that codes parts of JPEG files (part.py). logs: int16, surroundings.log_table; start: float32 [CLASSES, KINDS, 2 NUMBERS];
    solved: float32 [CLASSES, SIZE, ROOM], or None if predictions are not solved; luma_sets, chroma_sets: what decisions begin with
    (mixers.py); learns: whether layers do, besides decisions."""

    file: ModelFile
    luma: JpegNetwork
    chroma: JpegNetwork
    luma_sets: NDArray[np.float32]
    chroma_sets: NDArray[np.float32]
    logs: NDArray[np.int16]
    start: NDArray[np.float32]
    solved: NDArray[np.float32] | None
    learns: bool
    part_blocks: int

    def network(self, kind: int) -> JpegNetwork:
        """The network of a class of components."""
        return self.chroma if kind else self.luma

    def sets(self, kind: int) -> NDArray[np.float32]:
        """What decisions about a class of components begin with."""
        return self.chroma_sets if kind else self.luma_sets


Model: TypeAlias = JpegModel | CounterModel


def load_jpeg(file: ModelFile) -> Model:
    """Make a model of a file of either form, proving that its sums are exact. Raises BadModel."""
    try:
        return _load(file)
    except BadModel:
        raise
    except CodecError as error:
        raise BadModel(f"model {file.sha256[:16]}: {error}") from error


def _load(file: ModelFile) -> Model:
    fields = Fields(file.metadata, "model")
    if fields.text("kind") != KIND:
        raise BadModel(f"a model of kind {fields.text('kind')!r}: JPEG files need one of kind {KIND!r}")
    part_blocks = fields.integer("part_blocks", *PARTS) if "part_blocks" in file.metadata else PART_BLOCKS
    probe = file.tensor("probe.coefficients", 2)
    if probe.dtype != np.int16 or probe.shape != (PROBE_SIDE * PROBE_SIDE, 64):
        raise BadModel("a JPEG model's probe is not 16 blocks")
    if "form" not in file.metadata:
        return _load_networks(file, fields, part_blocks)
    if fields.text("form") != FORM:
        raise BadModel("a JPEG model of a form that this release does not know")
    return load_counters(file, fields, part_blocks)


def _load_networks(file: ModelFile, fields: Fields, part_blocks: int) -> JpegModel:
    hidden = fields.integers("hidden", 2, LANES, MAX_UNITS)
    components = fields.integer("components", 1, MAX_COMPONENTS)
    if len(hidden) != 2 or any(width % LANES for width in hidden):
        raise BadModel("a JPEG model has two hidden layers of multiples of 8 units")
    learning, decisions = _known(file, fields, "learning", NOTHING, PACES), _known(file, fields, "decisions", PLAIN, WAYS)
    solves = _known(file, fields, "prediction", LEARNT, (LEARNT, SOLVED)) == SOLVED
    tables, shifts = _tables(file), Fields(fields.mapping("shifts"), "shifts")
    rates = file.tensor("rates", 1)
    if rates.shape != (3,) or rates.min() < 0 or rates.max() > LARGEST_RATE:
        raise BadModel(f"a JPEG model's rates are not three numbers from 0 to {LARGEST_RATE}")
    rates_of = (rates * RATE_UNIT).astype(np.float32)
    networks, sets = {}, {}
    for name, inputs, kinds in (("luma", inputs_of(0, solves), KINDS), ("chroma", inputs_of(1, solves), 2 * KINDS)):
        sizes = {"first": (inputs, hidden[0]), "second": (hidden[0], hidden[1]), "out": (hidden[1], (2 + PREDICTIONS) * components)}
        shift = Fields(shifts.mapping(name), name)
        networks[name] = _network(file, name, sizes, shift, kinds, components, rates_of, tables, PACES[learning], WAYS[decisions])
        given = _sets(file, name, hidden[1]) if WAYS[decisions].settled else None
        sets[name] = first_sets(SETS, hidden[1], given)
    shifts.finish()
    fields.text("probe")
    fields.mapping("training")
    fields.finish()
    return JpegModel(
        file=file,
        luma=networks["luma"],
        chroma=networks["chroma"],
        luma_sets=sets["luma"],
        chroma_sets=sets["chroma"],
        logs=tables["log"].astype(np.int16),
        start=np.zeros((CLASSES, KINDS, 2 * NUMBERS), np.float32) if solves else _start(file),
        solved=_solved(file) if solves else None,
        learns=learning != NOTHING,
        part_blocks=part_blocks,
    )


def _known(file: ModelFile, fields: Fields, key: str, missing: str, names: Collection[str]) -> str:
    """One of these names, or what a missing one means. Raises BadModel."""
    found = fields.text(key) if key in file.metadata else missing
    if found not in names:
        raise BadModel(f"a JPEG model whose {key} is {found!r}, which this release does not know")
    return found


def _start(file: ModelFile) -> NDArray[np.float32]:
    """What learnt predictions begin with. Raises BadModel."""
    start, powers = file.tensor("start", 3).astype(np.int64), file.tensor("powers", 3).astype(np.int64)
    if start.shape != (CLASSES, KINDS, NUMBERS) or powers.shape != start.shape or powers.min() < 1 or powers.max() > LARGEST_POWER:
        raise BadModel("a JPEG model's start is not that of its kinds")
    return np.concatenate([start * START_UNIT, powers], -1).astype(np.float32)


def _solved(file: ModelFile) -> NDArray[np.float32]:
    """What solved predictions begin with. Raises BadModel."""
    found = file.tensor("solved", 3)
    if found.dtype != np.int16 or found.shape != (CLASSES, SIZE, ROOM):
        raise BadModel(f"a JPEG model's solved predictions are not int16 of {(CLASSES, SIZE, ROOM)}")
    return (found * START_UNIT).astype(np.float32)


def _sets(file: ModelFile, name: str, units: int) -> NDArray[np.int16]:
    """P.sets of a network. Raises BadModel."""
    sets = file.tensor(f"{name}.sets", 2)
    if sets.dtype != np.int16 or sets.shape != (SETS, units + SHOWN):
        raise BadModel(f"{name}.sets does not have {units + SHOWN} weights for each of {SETS} sets, int16")
    return sets.astype(np.int16)


def _network(
    file: ModelFile,
    name: str,
    sizes: dict[str, tuple[int, int]],
    shifts: Fields,
    kinds: int,
    components: int,
    rates: NDArray[np.float32],
    tables: dict[str, NDArray[np.int64]],
    pace: Pace,
    way: Deciding,
) -> JpegNetwork:
    """One of a model's networks. Raises BadModel.

    Long because it names every one of its arrays.
    """
    weights, biases, plan = list[NDArray[np.int64]](), list[NDArray[np.int64]](), list[int]()
    directions = [np.zeros(0, np.float32)]
    for layer, (inputs, outputs) in sizes.items():
        shift = shifts.integer(layer, 1, 23)
        weight, bias = _layer(file, f"{name}.{layer}", (inputs, outputs), kinds, shift)
        padded = -(-outputs // LANES) * LANES
        first, learnt = (sum(part.size + rows * part.shape[1] for part in weights) for rows in (0, 1))
        plan += [inputs, padded, shift, first, sum(part.shape[1] for part in biases), 0, learnt]
        plan += [RESULTS if layer == "out" else SUMS, 1, sum(part.size for part in directions) if pace.directed else -1]
        plan.append(max(len(weights) - 1, 0))
        if pace.directed:
            directions.append(read_directions(file, f"{name}.{layer}", inputs).reshape(-1))
        weights.append(np.pad(weight, ((0, 0), (0, padded - outputs))))
        biases.append(np.pad(bias, ((0, 0), (0, padded - outputs))))
    shifts.finish()
    network = JpegNetwork(
        learnt=first_weights(weights, plan[SHIFT::LAYER_FIELDS], pace),
        directions=np.concatenate(directions),
        pace=pace.pixels,
        every=pace.every,
        early=pace.early,
        memory=pace.memory,
        whole=pace.whole,
        own_rates=way.own_rates,
        together=LANES if way.together else 1,
        tail_units=0 if way.together else sizes["second"][1],
        weights=np.concatenate([part.reshape(-1) for part in weights]).astype(np.float32),
        biases=np.concatenate(biases, 1).reshape(-1).astype(np.float32),
        pairs=np.zeros(0, np.int32),
        zeros=np.zeros(0, np.int32),
        plan=np.array(plan, np.int64),
        exponential=tables["exponential"].astype(np.int32),
        sigmoid=tables["sigmoid"].astype(np.int32),
        curve=(tables["curve"][:-1] << 32) | np.diff(tables["curve"]),
        precision=tables["precision"],
        scale=tables["scale"].astype(np.int32),
        logarithm=tables["logarithm"].astype(np.int32),
        rates=rates,
        components=components,
    )
    return _in_whole_numbers(network, weights, biases) if pace.whole else network


def _in_whole_numbers(network: JpegNetwork, weights: list[NDArray[np.int64]], biases: list[NDArray[np.int64]]) -> JpegNetwork:
    """The network whose layers learn as shared/whole_learning.py has it. Raises BadModel."""
    if max(most_of(weight) for weight in weights) >= 1 << 15:
        raise BadModel("a JPEG model whose layers learn in whole numbers has weights of more than 16 bits")
    plan, finer = network.plan.reshape(-1, LAYER_FIELDS).copy(), [finer_bits(most_of(weight)) for weight in weights]
    plan[:, SHIFT] += finer
    plan[:, WEIGHTS] //= 2
    pairs = [paired_weights(weight << bits).reshape(-1) for weight, bits in zip(weights, finer, strict=True)]
    common = np.concatenate([bias << bits for bias, bits in zip(biases, finer, strict=True)], 1)
    return network._replace(
        plan=plan.reshape(-1),
        pairs=np.concatenate(pairs),
        biases=common.reshape(-1).astype(np.float32),
        zeros=np.zeros(common.shape[1], np.int32),
    )


def _layer(file: ModelFile, name: str, size: tuple[int, int], kinds: int, shift: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The weights and biases of a layer of (inputs, outputs), its sums proved exact. Raises BadModel."""
    weight, bias = file.tensor(f"{name}.weight", 2).astype(np.int64), file.tensor(f"{name}.bias", 2).astype(np.int64)
    if weight.shape != size or bias.shape != (kinds, size[1]):
        raise BadModel(f"layer {name} is not {size[0]} to {size[1]} with biases of {kinds} kinds")
    largest = HIGHEST_INPUT if name.endswith("first") else UNIT_LIMIT
    huge = max(most_of(weight), most_of(bias)) >= FLOAT32_LIMIT
    if huge or int((np.abs(weight).sum(0) * largest + np.abs(bias).max(0)).max()) + (1 << shift) >= FLOAT32_LIMIT:
        raise BadModel(f"layer {name}: its sums can reach 2^24, so they are not exact")
    return weight, bias


def _tables(file: ModelFile) -> dict[str, NDArray[np.int64]]:
    outputs, scales = 2 * (OUTPUT_LIMIT + 1), HIGHEST_SCALE - LOWEST_SCALE + 1
    limits = {  # entries, lowest and highest value
        "exponential": (outputs, 1, 1 << 24),
        "sigmoid": (outputs, 0, 256),
        "curve": (2 * CURVE_REACH + 1, 0, 1 << PRECISION),
        "precision": (HIGHEST_COMPONENT - LOWEST_COMPONENT + 1, 1, 1 << 26),
        "log": (LOG_ENTRIES, 0, HIGHEST_INPUT),
        "scale": (scales, 1, 1 << 18),
        "logarithm": (4 * ENTRIES, 0, 1 << 18),
    }
    found = read_tables(file, limits)
    curve = found["curve"]
    if curve[0] != 0 or curve[-1] != 1 << PRECISION or (np.diff(curve) < 0).any():
        raise BadModel("table.curve does not rise from 0 to 2^24")
    return found
