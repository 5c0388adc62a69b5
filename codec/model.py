"""From a model file to coders: its nets and tables become prior, likelihood and posterior.

The metadata of a model of kind "vae" (modelfile.py; programs as in program.py):

    pixels       number of pixels of an image                  levels   2: pixels are 0 or 1; 256: they are gray values
    latents      sizes of the latent layers in coding order, top layer first
    programs     encode:       x -> features
                 posterior<i>: features, eps0 ... eps<i-1> -> mean, log_sigma      posterior of eps<i>
                 decode:       eps0, eps1 ... -> the parameters of the likelihood
    likelihood   {"kind": "bernoulli"}: decode gives logit; tensor bernoulli.ones has a frequency for each of its values
                 {"kind": "logistic"}:  decode gives weight, location, scale, [pixels, K] each; tensors logistic.weights (an integer
                 for each value of weight), logistic.curve, logistic.edges (257), logistic.reciprocals (for each value of scale);
                 "curve_shift" and "location_shift" (a location is worth 2^shift units of the edges)
    posterior    {"curve_shift", "mean_shift"}; tensors normal.curve, normal.edges (2^13 + 1), normal.reciprocals (for each log_sigma)
    depths       lists of bits, one per latent: how finely it is coded; depth 0 is 12 bits for all
    fine_depths  how many of the depths, from the first, cost next to nothing more than depth 0
    probe        SHA-256 of what coding the tensor probe.x (uint8 [images, pixels]) gives;     training: facts, for people

Every latent is coded in units of its prior N(0, 1), as one of 2^bits bins of equal prior mass, bits <= 12. normal.edges are the edges
of 2^13 such bins: an edge of odd number is the middle of a bin of 2^12, which is its value, rounded to 10 fraction bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec.ans import Message
from codec.bitsback import bits_back, coupled
from codec.coders import Autoregressive, Coder, Costs, Leaf, Serial
from codec.dists import Bernoulli, Uniform
from codec.errors import BadModel, CodecError
from codec.mixture import Mixture, integer_weights
from codec.modelfile import ModelFile
from codec.program import Fields, Program, Value, make_program
from codec.runtime import Engine, NumpyEngine
from codec.tables import Curve

PRECISION = 24  # of posteriors and likelihoods
FULL_BITS = 12
EDGE_FRACTION_BITS = 16
EPS_FRACTION_BITS = 10
MAX_DEPTHS = 32
PROBE_PARTICLES = 3

Latent = tuple[NDArray[np.int64], ...]  # bin numbers [points, size] of each layer
Depth = tuple[NDArray[np.int64], ...]  # bits [size] of each layer
Images = NDArray[np.uint8]  # [points, pixels]


@dataclass(frozen=True)
class Model:
    """A model that codes. `decode_coder` makes the likelihood's coder from the outputs of the program `decode`."""

    file: ModelFile
    pixels: int
    levels: int
    sizes: tuple[int, ...]
    encode: Program
    posteriors: tuple[Program, ...]
    decode: Program
    decode_coder: Callable[[dict[str, NDArray[np.int32]]], Coder]
    normal: Normal
    depths: tuple[Depth, ...]
    fine_depths: int


@dataclass(frozen=True)
class Normal:
    """The tables of the posteriors. values: int32[2^13 + 1], edges in the fraction bits of eps."""

    curve: Curve
    edges: NDArray[np.int64]
    reciprocals: NDArray[np.int64]
    lowest_scale: int
    mean_shift: int
    values: NDArray[np.int32]


@dataclass(frozen=True)
class Columns:
    """Some columns of an array [points, columns] by each of several coders; columns that none codes are 0. Symbol: the array."""

    points: int
    width: int
    parts: tuple[tuple[NDArray[np.int64], Coder], ...]

    def push(self, message: Message, symbol: NDArray[np.int64]) -> None:
        for columns, coder in reversed(self.parts):
            coder.push(message, symbol[:, columns])

    def pop(self, message: Message) -> NDArray[np.int64]:
        symbol = np.zeros((self.points, self.width), np.int64)
        for columns, coder in self.parts:
            symbol[:, columns] = coder.pop(message)
        return symbol

    def cost(self, symbol: NDArray[np.int64]) -> Costs:
        costs = np.zeros(self.points, np.int64)
        for columns, coder in self.parts:
            costs += coder.cost(symbol[:, columns])
        return costs


# ---------------------------------------------------------------- the three coders


def prior_coder(model: Model, points: int, depth: Depth) -> Coder:
    """All bins of a latent are equally likely."""
    return Serial(tuple(Leaf(Uniform(np.broadcast_to(1 << bits, (points, len(bits))))) for bits in depth))


def posterior_coder(model: Model, images: Images, depth: Depth, block_rows: int | None = None) -> Any:
    """The coder of the latents of images [points, pixels]; at the full depth it is a PosteriorCoder."""
    features = model.encode({"x": images}, block_rows)["features"]

    def layer(index: int, known: Latent) -> Any:
        inputs = {"features": features, **eps_values(model, known, depth)}
        outputs = model.posteriors[index](inputs, block_rows)
        return _gaussian(model.normal, outputs["mean"], outputs["log_sigma"], depth[index])

    first = layer(0, ())  # depends on the images alone: once is enough, however many particles there are
    width = sum(model.sizes)
    return Autoregressive(len(model.sizes), lambda index, known: layer(index, known) if index else first, len(images), width, PRECISION)


def likelihood_coder(model: Model, latent: Latent, depth: Depth, block_rows: int | None = None) -> Coder:
    """The coder of images [points, pixels] given their latents."""
    return model.decode_coder(model.decode(eps_values(model, latent, depth), block_rows))


def step_coder(model: Model, points: int, depth: Depth, particles: int = 1, first: int = 0, block_rows: int | None = None) -> Any:
    """One bits-back step: the coder of images [points, pixels] that have the numbers first, first + 1, ... in their data set."""
    prior = prior_coder(model, points, depth)

    def likelihood(latent: Latent) -> Coder:
        return likelihood_coder(model, latent, depth, block_rows)

    def posterior(images: Images) -> Any:
        return posterior_coder(model, images.astype(np.uint8), depth, block_rows)

    if particles == 1:
        return bits_back(prior, likelihood, posterior)
    return coupled(prior, likelihood, posterior, particles, first)


def eps_values(model: Model, latent: Latent, depth: Depth) -> dict[str, NDArray[np.int32]]:
    """The latents' values, as inputs of programs: the middle of each bin."""
    middles = ((2 * symbols + 1) << (FULL_BITS - bits) for symbols, bits in zip(latent, depth, strict=False))
    return {f"eps{layer}": model.normal.values[middle] for layer, middle in enumerate(middles)}


def _gaussian(normal: Normal, mean: NDArray[np.int32], log_sigma: NDArray[np.int32], bits: NDArray[np.int64]) -> Any:
    """The coder of one layer's latents: one leaf if all have the same number of bits."""
    location = mean.astype(np.int64) << normal.mean_shift
    scale = log_sigma - normal.lowest_scale
    used = np.unique(bits)
    if used.size == 1 and used[0] > 0:
        return Leaf(_bins(normal, location, scale, int(used[0])))
    groups = [(np.flatnonzero(bits == count), int(count)) for count in used if count > 0]
    parts = tuple((columns, Leaf(_bins(normal, location[:, columns], scale[:, columns], count))) for columns, count in groups)
    return Columns(len(mean), len(bits), parts)


def _bins(normal: Normal, location: NDArray[np.int64], scale: NDArray[np.int32], bits: int) -> Mixture:
    edges = normal.edges[:: 1 << (FULL_BITS + 1 - bits)]
    weight = np.broadcast_to(1 << 16, (*location.shape, 1))
    return Mixture(normal.curve, edges, normal.reciprocals, weight, location[..., None], scale[..., None], PRECISION)


# ---------------------------------------------------------------- loading


def load_model(file: ModelFile, engine: Engine | None = None) -> Model:
    """Make a model of a file, proving all of its programs. Raises BadModel."""
    try:
        return _load(file, engine or NumpyEngine())
    except BadModel:
        raise
    except CodecError as error:  # a table that is none
        raise BadModel(f"model {file.sha256[:16]}: {error}") from error


def _load(file: ModelFile, engine: Engine) -> Model:
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
    normal = _normal(Fields(fields.mapping("posterior"), "posterior"), file, posteriors)
    _check_values(programs, sizes, pixels, levels, normal)
    decode_coder = _likelihood(Fields(fields.mapping("likelihood"), "likelihood"), file, programs["decode"], pixels, levels)
    depths = [_depth(bits, sizes) for bits in fields.items("depths", MAX_DEPTHS)]
    if not depths or any((bits != FULL_BITS).any() for bits in depths[0]):
        raise BadModel("a model's first depth is 12 bits for every latent")
    fine_depths = fields.integer("fine_depths", 1, len(depths))
    probe = tensor(file, "probe.x", 2)
    if probe.dtype != np.uint8 or probe.shape[1] != pixels or not 1 <= len(probe) <= 64 or probe.max() >= levels:
        raise BadModel("a model's probe is not 1 to 64 of its images")
    fields.mapping("training")
    fields.text("probe")
    fields.finish()
    decode = programs["decode"]
    return Model(file, pixels, levels, sizes, programs["encode"], posteriors, decode, decode_coder, normal, tuple(depths), fine_depths)


def tensor(file: ModelFile, name: str, axes: int) -> NDArray:
    """A tensor of the file with so many axes, none of them empty. Raises BadModel."""
    found = file.tensors.get(name)
    if found is None or found.ndim != axes or found.size == 0:
        raise BadModel(f"a model needs the tensor {name!r} with {axes} axes")
    return found


def _normal(fields: Fields, file: ModelFile, posteriors: Sequence[Program]) -> Normal:
    curve = Curve(tensor(file, "normal.curve", 1).astype(np.int64), fields.integer("curve_shift", 1, 16))
    mean_shift = fields.integer("mean_shift", 0, 16)
    fields.finish()
    edges, reciprocals = tensor(file, "normal.edges", 1).astype(np.int64), tensor(file, "normal.reciprocals", 1).astype(np.int64)
    rounding = 1 << (EDGE_FRACTION_BITS - EPS_FRACTION_BITS)
    if edges.shape != ((2 << FULL_BITS) + 1,) or (np.diff(edges) < 0).any() or np.abs(edges).max() >= 1 << 27:
        raise BadModel("normal.edges are not 2^13 + 1 edges in ascending order")
    scales = {
        (program.outputs["log_sigma"].low, program.outputs["log_sigma"].high) for program in posteriors if "log_sigma" in program.outputs
    }
    if len(scales) != 1:
        raise BadModel("the posteriors' log_sigma are missing or differ in range")
    low, high = scales.pop()
    if high - low + 1 != reciprocals.size:
        raise BadModel("normal.reciprocals has not one entry for each value of log_sigma")
    return Normal(curve, edges, reciprocals, low, mean_shift, ((edges + rounding // 2) // rounding).astype(np.int32))


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


def _likelihood(fields: Fields, file: ModelFile, decode: Program, pixels: int, levels: int) -> Callable[[dict[str, NDArray]], Coder]:
    kind = fields.text("kind")
    if kind == "bernoulli":
        fields.finish()
        return _bernoulli(file, decode, pixels, levels)
    if kind != "logistic":
        raise BadModel(f"a likelihood of kind {kind!r}: this release knows 'bernoulli' and 'logistic'")
    curve = Curve(tensor(file, "logistic.curve", 1).astype(np.int64), fields.integer("curve_shift", 1, 16))
    shift = fields.integer("location_shift", 0, 16)
    fields.finish()
    return _logistic(file, decode, pixels, levels, curve, shift)


def _bernoulli(file: ModelFile, decode: Program, pixels: int, levels: int) -> Callable[[dict[str, NDArray]], Coder]:
    ones = tensor(file, "bernoulli.ones", 1).astype(np.uint64)
    logit = decode.outputs.get("logit")
    if logit is None or logit.shape != (pixels,) or levels != 2 or ones.size != logit.high - logit.low + 1:
        raise BadModel("a Bernoulli likelihood needs binary pixels, a logit for each, and a frequency for each value of a logit")
    Bernoulli(ones, PRECISION)
    return lambda outputs: Leaf(Bernoulli(ones[outputs["logit"] - logit.low], PRECISION))


def _logistic(
    file: ModelFile, decode: Program, pixels: int, levels: int, curve: Curve, shift: int
) -> Callable[[dict[str, NDArray]], Coder]:
    edges, reciprocals, raw = (tensor(file, f"logistic.{name}", 1).astype(np.int64) for name in ("edges", "reciprocals", "weights"))
    values = [decode.outputs.get(name) for name in ("weight", "location", "scale")]
    weight, location, scale = values
    if weight is None or location is None or scale is None or not weight.shape == location.shape == scale.shape:
        raise BadModel("a logistic likelihood needs weight, location and scale of one shape")
    if len(weight.shape) != 2 or weight.shape[0] != pixels or edges.size != levels + 1 or location.largest << shift >= 1 << 28:
        raise BadModel("a logistic likelihood's components or edges do not fit its pixels")
    if (
        raw.size != weight.high - weight.low + 1
        or reciprocals.size != scale.high - scale.low + 1
        or not 1 <= raw.min() <= raw.max() < 1 << 40
    ):
        raise BadModel("logistic.weights or logistic.reciprocals has not one good entry for each value")

    def coder(outputs: dict[str, NDArray]) -> Coder:
        weights = integer_weights(raw[outputs["weight"] - weight.low])
        locations = outputs["location"].astype(np.int64) << shift
        return Leaf(Mixture(curve, edges, reciprocals, weights, locations, outputs["scale"] - scale.low, PRECISION))

    coder(
        {
            "weight": np.full((1, *weight.shape), weight.low),
            "location": np.zeros((1, *weight.shape), int),
            "scale": np.full((1, *scale.shape), scale.low),
        }
    )
    return coder


def _depth(bits: Any, sizes: tuple[int, ...]) -> Depth:
    if not isinstance(bits, list) or len(bits) != sum(sizes) or not all(type(count) is int and 0 <= count <= FULL_BITS for count in bits):
        raise BadModel("a depth is not a number of bits, 0 to 12, for each latent")
    return tuple(np.split(np.array(bits, np.int64), np.cumsum(sizes)[:-1]))


# ---------------------------------------------------------------- the probe


def probe_digest(model: Model, block_rows: int | None = None) -> str:
    """SHA-256 of the message that coding the model's probe gives, one image at each depth, then all with several particles."""
    images = model.file.tensors["probe.x"]
    message = Message.random(256 * sum(model.sizes), np.random.Generator(np.random.PCG64(0)))
    before = message.copy()
    steps = [(images[:1], step_coder(model, 1, depth, block_rows=block_rows)) for depth in model.depths]
    steps.append((images, step_coder(model, len(images), model.depths[0], PROBE_PARTICLES, block_rows=block_rows)))
    for symbol, coder in steps:
        coder.push(message, symbol)
    digest = hashlib.sha256(message.to_words().astype("<u4").tobytes()).hexdigest()
    for symbol, coder in reversed(steps):
        if not np.array_equal(coder.pop(message), symbol):
            raise BadModel("the probe does not decode to what was encoded: this machine cannot use the model")
    if message != before:
        raise BadModel("the probe does not give back its initial bits: this machine cannot use the model")
    return digest
