"""Loads a model of arrays from its file: every field, table and program is checked here, so that coding need not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Coder, Costs, Leaf, interval_costs
from codec.coding.distributions import Bernoulli
from codec.coding.indexed_mixture import IndexedMixture, check_tables
from codec.coding.message import Message, Vector
from codec.coding.tables import Curve
from codec.density.arrays.model import ArrayModel, Depth
from codec.density.latents import FULL_BITS, PRECISION, Normal, read_normal
from codec.errors import BadModel, CodecError
from codec.nets.json_fields import Fields
from codec.nets.layers import Engine, NumpyEngine
from codec.nets.model_file import ModelFile
from codec.nets.operations import Value
from codec.nets.program import Program, make_program

MAX_DEPTHS = 32


@dataclass(frozen=True)
class Bits:
    """Binary pixels with logits as indices [points, pixels]: a leaf whose costs come from a table, costs[ones.size * pixel + index]."""

    ones: Vector
    costs: Costs
    indices: NDArray[np.int32]

    @property
    def leaf(self) -> Leaf:
        return Leaf(Bernoulli(self.ones[self.indices], PRECISION))

    def push(self, message: Message, symbol: NDArray[np.integer]) -> None:
        self.leaf.push(message, symbol)

    def pop(self, message: Message) -> NDArray[np.int64]:
        symbol: NDArray[np.int64] = self.leaf.pop(message)
        return symbol

    def cost(self, symbol: NDArray[np.integer]) -> Costs:
        rows: Costs = self.costs.take(symbol * np.int32(self.ones.size) + self.indices).sum(axis=1)
        return rows


def load_arrays(file: ModelFile, engine: Engine | None = None) -> ArrayModel:
    """Make a model of a file, proving all of its programs. Raises BadModel."""
    try:
        return _load(file, engine or NumpyEngine())
    except BadModel:
        raise
    except CodecError as error:  # a table that is none
        raise BadModel(f"model {file.sha256[:16]}: {error}") from error


def _load(file: ModelFile, engine: Engine) -> ArrayModel:
    fields = Fields(file.metadata, "model")
    if fields.text("kind") != "vae":
        raise BadModel(f"a model of kind {fields.text('kind')!r}: this release knows 'vae'")
    pixels, levels = fields.integer("pixels", 1, 1 << 20), fields.integer("levels", 2, 256)
    sizes = tuple(fields.integers("latents", 8, 1, 1 << 12))
    specs = fields.mapping("programs")
    names = ["encode", *(f"posterior{layer}" for layer in range(len(sizes))), "decode"]
    if sorted(specs) != sorted(names) or not sizes:
        raise BadModel(f"a model of {len(sizes)} latent layers needs the programs {names}")
    programs = {name: make_program(specs[name], file.tensors, engine) for name in names}
    posteriors = tuple(programs[f"posterior{layer}"] for layer in range(len(sizes)))
    normal = read_normal(Fields(fields.mapping("posterior"), "posterior"), file, posteriors)
    _check_values(programs, sizes, pixels, levels, normal)
    decode_coder = _likelihood(Fields(fields.mapping("likelihood"), "likelihood"), file, programs["decode"], pixels, levels)
    depths = [_depth(bits, sizes) for bits in fields.items("depths", MAX_DEPTHS)]
    if not depths or any((bits != FULL_BITS).any() for bits in depths[0]):
        raise BadModel("a model's first depth is 12 bits for every latent")
    fine_depths = fields.integer("fine_depths", 1, len(depths))
    probe = file.tensor("probe.x", 2)
    if probe.dtype != np.uint8 or probe.shape[1] != pixels or not 1 <= len(probe) <= 64 or probe.max() >= levels:
        raise BadModel("a model's probe is not 1 to 64 of its images")
    fields.mapping("training")
    fields.text("probe")
    fields.finish()
    decode = programs["decode"]
    return ArrayModel(file, pixels, levels, sizes, programs["encode"], posteriors, decode, decode_coder, normal, tuple(depths), fine_depths)


def _check_values(programs: dict[str, Program], sizes: tuple[int, ...], pixels: int, levels: int, normal: Normal) -> None:
    """Every program takes and gives what the coders hand over. The middles of bins lie between the outermost inner edges."""
    low, high = int(normal.values[1]), int(normal.values[-2])
    latents = {f"eps{layer}": Value((size,), low, high) for layer, size in enumerate(sizes)}
    images = {"x": Value((pixels,), 0, levels - 1)}
    given = {"encode": images, "decode": latents}
    features = programs["encode"].outputs.get("features")
    for layer, size in enumerate(sizes):
        if features is None:
            raise BadModel("the program encode makes no features")
        given[f"posterior{layer}"] = {"features": features, **{name: latents[name] for name in list(latents)[:layer]}}
        outputs = programs[f"posterior{layer}"].outputs
        mean = outputs.get("mean")
        if mean is None or mean.shape != (size,) or outputs["log_sigma"].shape != (size,) or mean.largest << normal.mean_shift >= 1 << 28:
            raise BadModel(f"the program posterior{layer} makes no mean and log_sigma of {size} latents")
    for name, values in given.items():
        inputs = programs[name].inputs
        if set(inputs) != set(values):
            raise BadModel(f"the program {name} has the inputs {sorted(inputs)} instead of {sorted(values)}")
        for key, value in values.items():
            if inputs[key].shape != value.shape or inputs[key].low > value.low or inputs[key].high < value.high:
                raise BadModel(f"the program {name} is not proved for the values of its input {key}")


def _likelihood(
    fields: Fields, file: ModelFile, decode: Program, pixels: int, levels: int
) -> Callable[[dict[str, NDArray[np.int32]]], Coder]:
    kind = fields.text("kind")
    if kind == "bernoulli":
        fields.finish()
        return _bernoulli(file, decode, pixels, levels)
    if kind != "logistic":
        raise BadModel(f"a likelihood of kind {kind!r}: this release knows 'bernoulli' and 'logistic'")
    curve = Curve(file.tensor("logistic.curve", 1).astype(np.int64), fields.integer("curve_shift", 1, 16))
    shift = fields.integer("location_shift", 0, 16)
    fields.finish()
    return _logistic(file, decode, pixels, levels, curve, shift)


def _bernoulli(file: ModelFile, decode: Program, pixels: int, levels: int) -> Callable[[dict[str, NDArray[np.int32]]], Coder]:
    ones = file.tensor("bernoulli.ones", 1).astype(np.uint64)
    logit = decode.outputs.get("logit")
    if logit is None or logit.shape != (pixels,) or levels != 2 or ones.size != logit.high - logit.low + 1:
        raise BadModel("a Bernoulli likelihood needs binary pixels, a logit for each, and a frequency for each value of a logit")
    frequencies = np.stack([(1 << PRECISION) - ones, ones])
    costs = interval_costs(frequencies.reshape(-1, 1), PRECISION)
    Bernoulli(ones, PRECISION)
    return lambda outputs: Bits(ones, costs, outputs["logit"] - logit.low)


def _logistic(
    file: ModelFile, decode: Program, pixels: int, levels: int, curve: Curve, shift: int
) -> Callable[[dict[str, NDArray[np.int32]]], Coder]:
    edges, reciprocals, raw = (file.tensor(f"logistic.{name}", 1).astype(np.int64) for name in ("edges", "reciprocals", "weights"))
    values = [decode.outputs.get(name) for name in ("weight", "location", "scale")]
    weight, location, scale = values
    if weight is None or location is None or scale is None or not weight.shape == location.shape == scale.shape:
        raise BadModel("a logistic likelihood needs weight, location and scale of one shape")
    if len(weight.shape) != 2 or weight.shape[0] != pixels or edges.size != levels + 1 or location.largest << shift >= 1 << 28:
        raise BadModel("a logistic likelihood's components or edges do not fit its pixels")
    if raw.size != weight.high - weight.low + 1 or reciprocals.size != scale.high - scale.low + 1:
        raise BadModel("logistic.weights or logistic.reciprocals has not one entry for each value")
    check_tables(curve, edges, reciprocals, raw, PRECISION, weight.shape[1], location.largest << shift)
    tables = (curve, edges, reciprocals, raw, PRECISION)
    return lambda outputs: Leaf(
        IndexedMixture(*tables, outputs["weight"] - weight.low, outputs["location"] << shift, outputs["scale"] - scale.low)
    )


def _depth(bits: object, sizes: tuple[int, ...]) -> Depth:
    if not isinstance(bits, list) or len(bits) != sum(sizes) or not all(type(count) is int and 0 <= count <= FULL_BITS for count in bits):
        raise BadModel("a depth is not a number of bits, 0 to 12, for each latent")
    return tuple(np.split(np.array(bits, np.int64), np.cumsum(sizes)[:-1]))
