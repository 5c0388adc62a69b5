"""Loads a photo model from its file: a model of kind "photo" (nets/model_file.py).

    channels     1 (gray) or 3 (colour.py)
    trunk, head, components                        sizes of the likelihood's layers (shared/network.py)
    predictors   their name in predictors.SETS     surroundings     four numbers (surroundings.py)
    sums         "singles": the predictors' are in single precision; without this field in double precision (predictors.py)
    learning     what learns while it codes (shared/learning.py)
    shifts       of every layer, by name           latents          [d]: size of a tile's z
    programs     modulate: eps0 -> scale, shift (m - 128 and c of all hidden units: trunk0, trunk1, head0, head1 ...)
                 sample: x -> h (the inputs of a pixel, then for each channel its error in 1/32 scale, and its magnitude)
                 posterior0: features (the mean of h over a tile) -> mean, log_sigma
    posterior    as in density/latents.py          probe            what coding probe.planes gives (stripe.probe_digest)
    training     facts, for people

Tensors: trunk0, trunk1, head0, out0, head1 ... with .weight [inputs, outputs] and .bias (at the sums' scale); table.*, as shared/scales.py
and shared/network.py use them; those of the programs; normal.*; probe.planes, int16 [channels, h, w]; where steps are
shortened, directions of all layers (shared/directions.py).

Long because a model is read and proved in one place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec.coding.tables import log2_table
from codec.density.latents import Normal, read_normal
from codec.density.photo.least_squares import Predictor
from codec.density.photo.network import Network
from codec.density.photo.predictors import SETS
from codec.density.photo.surroundings import Surroundings, input_count
from codec.density.shared.directions import read_directions
from codec.density.shared.learning import FIRST_SQUARES, PACES, Pace
from codec.density.shared.logistic import CURVE_REACH, PRECISION
from codec.density.shared.network import HIGHEST_COMPONENT, LOWEST_COMPONENT, OUTPUT_LIMIT, UNIT_LIMIT
from codec.density.shared.plan import DIRECTED, EVERY, LAYER_FIELDS, LEARNT, RESULTS, SHIFT, SUM_BITS, SUMS, TRUNK0
from codec.density.shared.scales import HIGHEST_SCALE, LOG_ENTRIES, LOWEST_SCALE
from codec.density.shared.whole_learning import LARGEST, LARGEST_BIAS, ROUNDING, finer_bits, paired_weights
from codec.errors import BadModel, CodecError
from codec.lanes.vectors import LANES
from codec.lanes.wavefront import NEIGHBOURS, SEGMENT
from codec.nets.json_fields import Fields
from codec.nets.layers import NumpyEngine, most_of
from codec.nets.model_file import ModelFile
from codec.nets.program import Program, make_program
from codec.system.records import record

KIND, SINGLES = "photo", "singles"
EXACT_LIMIT = 1 << 24
MAX_UNITS, MAX_COMPONENTS, MAX_LATENTS = 512, 8, 256
MOST_PREDICTORS = max(map(len, SETS.values()))
IDENTITY = 128  # of m


@record(frozen=True)
class PhotoModel:
    """A model that codes stripes of photos (stripe.py). in_singles: its predictors' sums are in single precision; tries_latents: whether
    its encoder looks whether z pays; from_best_side: for the smallest file, stripes are mirrored if that helps."""

    file: ModelFile
    channels: int
    predictors: tuple[Predictor, ...]
    in_singles: bool
    learns: bool
    tries_latents: bool
    from_best_side: bool
    latents: int
    network: Network
    modulate: Program
    sample: Program
    posterior: Program
    normal: Normal

    def modulations(self, eps: NDArray[np.int32]) -> NDArray[np.int32]:
        """m and c of all hidden units, int32 [n, 2 units], for values of z [n, latents] with 10 fraction bits."""
        given = self.modulate({"eps0": eps})
        return np.ascontiguousarray(np.concatenate([given["scale"] + IDENTITY, given["shift"]], 1), np.int32)


def load_photo(file: ModelFile) -> PhotoModel:
    """Make a model of a file, proving that its sums are exact. Raises BadModel."""
    try:
        return _load(file)
    except BadModel:
        raise
    except CodecError as error:
        raise BadModel(f"model {file.sha256[:16]}: {error}") from error


def _load(file: ModelFile) -> PhotoModel:
    fields = Fields(file.metadata, "model")
    if fields.text("kind") != KIND:
        raise BadModel(f"a model of kind {fields.text('kind')!r}: photos need one of kind {KIND!r}")
    channels = fields.integer("channels", 1, 3)
    trunk = fields.integers("trunk", 2, 1, MAX_UNITS)
    head, components = fields.integer("head", 1, MAX_UNITS), fields.integer("components", 1, MAX_COMPONENTS)
    latents, predictors = fields.integers("latents", 1, 1, MAX_LATENTS), SETS.get(fields.text("predictors"))
    if predictors is None:
        raise BadModel("a photo model whose predictors this release does not know")
    if channels == 2 or len(trunk) != 2 or len(latents) != 1:
        raise BadModel("a photo model has 1 or 3 channels, a trunk of two layers and one layer of latents")
    in_singles, learning = _are_in_singles(fields), fields.text("learning")
    if (pace := PACES.get(learning)) is None:
        raise BadModel(f"a photo model that learns {learning!r}, which this release does not know")
    counts = fields.integers("surroundings", 4, 0, NEIGHBOURS)
    if len(counts) != 4:
        raise BadModel("a photo model whose surroundings are not four numbers")
    surroundings = Surroundings(*counts)
    sizes = _layer_sizes(input_count(channels, len(predictors), surroundings), channels, len(predictors), trunk, head, components)
    units = trunk[0] + trunk[1] + channels * head
    network = _network(file, fields.mapping("shifts"), sizes, units, components, len(predictors), surroundings)
    network = _learning(network, list(sizes), pace, file)
    programs = {name: make_program(spec, file.tensors, NumpyEngine()) for name, spec in fields.mapping("programs").items()}
    if sorted(programs) != ["modulate", "posterior0", "sample"]:
        raise BadModel("a photo model has the programs modulate, sample and posterior0")
    posterior = programs["posterior0"]
    normal = read_normal(Fields(fields.mapping("posterior"), "posterior"), file, [posterior])
    model = PhotoModel(
        file, channels, predictors, in_singles, learning != "none", not pace.directed, _is_thorough(pace, predictors), latents[0], network,
        programs["modulate"], programs["sample"], posterior, normal,
    )  # fmt: skip
    _check_programs(model)
    fields.text("probe")
    fields.mapping("training")
    fields.finish()
    probe = file.tensor("probe.planes", 3)
    if probe.dtype != np.int16 or len(probe) != channels or min(probe.shape[1:]) < 8 or max(probe.shape[1:]) > 64:
        raise BadModel("a photo model's probe is not planes of its channels, of 8 to 64 rows and columns")
    return model


def _is_thorough(pace: Pace, predictors: tuple[Predictor, ...]) -> bool:
    """Whether all learns that can, in every step, from as many predictors as there are."""
    return "trunk" in pace.layers and pace.steps == (1, 1, 1) and len(predictors) == MOST_PREDICTORS


def _are_in_singles(fields: Fields) -> bool:
    """Whether the predictors' sums are in single precision. Raises BadModel."""
    if "sums" not in fields.spec:
        return False
    if fields.text("sums") != SINGLES:
        raise BadModel("a photo model whose sums are in numbers that this release does not know")
    return True


def learning_so(model: PhotoModel, learning: str) -> PhotoModel:
    """The same model with other layers that learn while it codes, by a name in PACES."""
    plan = model.network.plan.reshape(-1, LAYER_FIELDS).copy()
    plan[:, [LEARNT, DIRECTED]] = -1
    names = ["trunk0", "trunk1", *(f"{part}{c}" for c in range(model.channels) for part in ("head", "out"))]
    none = model.network._replace(plan=plan.reshape(-1), pace=SEGMENT)
    return replace(model, learns=learning != "none", network=_learning(none, names, PACES[learning], model.file))


def _layer_sizes(inputs: int, channels: int, predictors: int, trunk: list[int], head: int, components: int) -> dict[str, tuple[int, int]]:
    """Inputs and outputs of every layer, in the order of network.Network."""
    sizes = {"trunk0": (inputs, trunk[0]), "trunk1": (trunk[0], trunk[1])}
    for c in range(channels):
        sizes[f"head{c}"] = trunk[1] + (predictors - 1 + 3 * c if c else 0), head
        sizes[f"out{c}"] = head, (2 + predictors) * components
    return sizes


def _network(
    file: ModelFile,
    shifts: dict[str, object],
    sizes: dict[str, tuple[int, int]],
    units: int,
    components: int,
    predictors: int,
    surroundings: Surroundings,
) -> Network:
    if sorted(shifts) != sorted(sizes):
        raise BadModel("a photo model's shifts are not those of its layers")
    weights, biases, plan = list[NDArray[np.int32]](), list[NDArray[np.int32]](), list[int]()
    unit = 0
    for name, (inputs, outputs) in sizes.items():
        weight, bias, shift = _layer(file, name, (inputs, outputs), shifts[name])
        padded = -(-outputs // LANES) * LANES
        places = sum(part.size for part in weights), sum(part.size for part in biases)
        plan += [inputs, padded, shift, *places, unit, -1, RESULTS if name.startswith("out") else SUMS, 1, -1]
        unit += 0 if name.startswith("out") else padded
        weights.append(paired_weights(np.pad(weight, ((0, inputs % 2), (0, padded - outputs)))))
        biases.append(np.pad(bias, (0, padded - outputs)).astype(np.int32))
    if unit != units or len(plan) != len(sizes) * LAYER_FIELDS:
        raise BadModel("a photo model's hidden layers have multiples of 8 units")
    flat = np.concatenate([part.reshape(-1) for part in weights])
    arrays = flat, np.concatenate(biases), np.array(plan, np.int64)
    return Network(
        *arrays,
        **_tables(file),
        learnt=np.zeros((3, 0), np.float32),
        directions=np.zeros(0, np.float32),
        surroundings=surroundings,
        pace=SEGMENT,
        every=1,
        memory=1,
        whole=False,
        units=units,
        components=components,
        predictors=predictors,
    )


def _layer(file: ModelFile, name: str, size: tuple[int, int], shift: object) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The weights, biases and shift of a layer of (inputs, outputs), its sums proved exact. Raises BadModel."""
    weight, bias = file.tensor(f"{name}.weight", 2).astype(np.int64), file.tensor(f"{name}.bias", 1).astype(np.int64)
    if weight.shape != size or bias.shape != size[1:] or type(shift) is not int or not 1 <= shift <= 23:
        raise BadModel(f"layer {name} is not {size[0]} to {size[1]} with a shift from 1 to 23")
    largest = HIGHEST_SCALE if name == "trunk0" else UNIT_LIMIT
    if most_of(weight) >= 1 << 15:
        raise BadModel(f"layer {name} has weights of more than 16 bits")
    huge = most_of(bias) >= EXACT_LIMIT
    if huge or int((np.abs(weight).sum(0) * largest + np.abs(bias)).max()) + (1 << shift) >= EXACT_LIMIT:
        raise BadModel(f"layer {name}: its sums can reach 2^24, so they are not exact")
    return weight, bias, shift


def _learning(network: Network, names: list[str], pace: Pace, file: ModelFile) -> Network:
    """The network with those of its layers that learn as real numbers. Raises BadModel."""
    if pace.whole:
        network = _finer(network, names, pace)
    plan = network.plan.reshape(-1, LAYER_FIELDS).copy()
    parts, directions = [np.zeros((3, 0))], list[NDArray[np.float32]]()
    for fields, name in zip(plan, names, strict=True):
        if not name.startswith(pace.layers):
            continue
        inputs, outputs, shift, weights, biases = (int(field) for field in fields[:5])
        fields[LEARNT] = sum(part.shape[1] for part in parts)
        given, made = (5 if name == "trunk0" else 6), int(fields[SUM_BITS])  # fraction bits
        pairs = network.weights[weights : weights + (inputs + 1) // 2 * outputs].reshape(-1, outputs)
        weight = np.stack([pairs.astype(np.int16), pairs >> 16], 1).reshape(-1, outputs)[:inputs].astype(np.float64)
        bias = network.biases[biases : biases + outputs].astype(np.float64)[None]
        bits = shift - given + made
        first = np.concatenate([weight * 2.0**-bits, bias * 2.0 ** -(bits + given)]).reshape(-1)
        kind = ("trunk", "head", "out").index(name.rstrip("0123456789"))
        fields[EVERY] = pace.steps[kind]
        if pace.directed:
            fields[DIRECTED] = sum(part.size for part in directions)
            directions.append(read_directions(file, name, inputs))
        parts.append(np.stack([first, np.full(first.size, FIRST_SQUARES[kind]), np.full(first.size, pace.rates[kind])]))
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
    for layer, (inputs, outputs, shift, first, bias, _, begin, made, *_) in enumerate(network.plan.reshape(-1, LAYER_FIELDS).tolist()):
        if begin >= 0:
            fraction = 5 if layer == TRUNK0 else 6
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
        if name.startswith(pace.layers):
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
    shapes = {  # entries, lowest and highest value
        "exponential": (outputs, 1, 1 << 24),
        "sigmoid": (outputs, 0, 256),
        "curve": (2 * CURVE_REACH + 1, 0, 1 << PRECISION),
        "precision": (HIGHEST_COMPONENT - LOWEST_COMPONENT + 1, 1, 1 << 26),
        "log": (LOG_ENTRIES, LOWEST_SCALE, HIGHEST_SCALE),
        "scale": (scales, 1, 1 << 18),
        "reciprocal": (scales, 1, 1 << 20),
    }
    found = {name: file.tensor(f"table.{name}", 1).astype(np.int64) for name in shapes}
    for name, (entries, low, high) in shapes.items():
        if found[name].shape != (entries,) or found[name].min() < low or found[name].max() > high:
            raise BadModel(f"table.{name} does not have {entries} entries from {low} to {high}")
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


def _check_programs(model: PhotoModel) -> None:
    low, high = int(model.normal.values[1]), int(model.normal.values[-2])
    units, width = model.network.units, input_count(model.channels, len(model.predictors), model.network.surroundings) + 2 * model.channels
    modulate, sample, posterior = model.modulate, model.sample, model.posterior
    expected = {"eps0": ((model.latents,), modulate, low, high), "x": ((width,), sample, -HIGHEST_SCALE, HIGHEST_SCALE)}
    for name, (shape, program, least, most) in expected.items():
        value = program.inputs.get(name)
        if value is None or len(program.inputs) != 1 or value.shape != shape or value.low > least or value.high < most:
            raise BadModel(f"a photo model's program does not take {name} of {shape[0]} values")
    scale, shift, h = modulate.outputs.get("scale"), modulate.outputs.get("shift"), sample.outputs.get("h")
    if scale is None or shift is None or scale.shape != (units,) or shift.shape != (units,):
        raise BadModel("the program modulate does not make scale and shift of every hidden unit")
    if scale.low < -IDENTITY or scale.high > 383 or shift.largest > UNIT_LIMIT:
        raise BadModel("the program modulate leaves the range of modulations")
    features = posterior.inputs.get("features")
    if h is None or features is None or h.shape != features.shape or features.low > h.low or features.high < h.high:
        raise BadModel("the programs sample and posterior0 do not fit together")
    mean, log_sigma = posterior.outputs.get("mean"), posterior.outputs.get("log_sigma")
    if mean is None or log_sigma is None or mean.shape != (model.latents,) or log_sigma.shape != (model.latents,):
        raise BadModel("the program posterior0 makes no mean and log_sigma of the latents")
    if mean.largest << model.normal.mean_shift >= 1 << 28:
        raise BadModel("the posterior's mean is beyond the limits")
