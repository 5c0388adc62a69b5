"""Loads a model of arrays from its file: every field, table and program is checked here, so that coding need not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Coder, Costs, Leaf, interval_costs
from codec.coding.distributions import Bernoulli
from codec.coding.indexed_mixture import IndexedMixture, check_tables
from codec.coding.message import Message, Vector
from codec.coding.particles import MAX_PARTICLES
from codec.coding.tables import Curve
from codec.density.arrays.context import program_names
from codec.density.arrays.load_context import check_inputs, load_context
from codec.density.arrays.model import ArrayModel, Depth, Outputs, Work
from codec.density.arrays.neighbours import MAX_CHANNELS, MAX_SIDE
from codec.density.latents import FULL_BITS, PRECISION, Normal, read_normal
from codec.errors import BadModel, CodecError
from codec.nets.json_fields import Fields
from codec.nets.layers import Engine, NumpyEngine
from codec.nets.model_file import ModelFile
from codec.nets.operations import Value
from codec.nets.program import Program, make_program
from codec.system.records import record

MAX_DEPTHS = 32
MAX_LAYERS = 16
PRODUCTS_OF_WORK = 1 << 20  # that a unit of Work is worth
PATH_PRODUCTS = 1 << 18  # likewise, of small convolutions
WORK_PER_BYTE, BYTES_OF_IMAGE = 10, 8  # a model's own particles are borne out by so many bytes of an image
PATH_WORK = 20  # of each layer on a path: the calls of its programs
PIXEL_WORK = 8  # of each pixel of a batch: a few tens of calls


@record(frozen=True)
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
    side = math.isqrt(pixels)
    plain = (side, side) if side * side == pixels else (pixels,)
    shape = tuple(fields.integers("shape", 4, 1, 1 << 20)) if "shape" in file.metadata else plain
    colours = fields.text("colours") if "colours" in file.metadata else "rgb"
    differences = colours == "differences"
    if colours not in ("rgb", "differences") or (differences and (levels != 256 or pixels % 3)):
        raise BadModel("a model's colours are 'rgb', or 'differences' of three channels of bytes")
    if math.prod(shape) != pixels:
        raise BadModel(f"images of {pixels} numbers are not of the shape {list(shape)}")
    sizes = tuple(fields.integers("latents", MAX_LAYERS, 1, 1 << 18))
    spec = fields.mapping("likelihood")
    in_order = spec.get("kind") == "context"
    programs = _programs(fields.mapping("programs"), file, engine, sizes, _three_axes(shape)[2] if in_order else 0)
    posteriors = tuple(programs[f"posterior{layer}"] for layer in range(len(sizes)))
    paths = tuple(programs[f"path{layer}"] for layer in range(len(sizes)) if f"path{layer}" in programs)
    encode, decode, normal = programs.get("encode"), programs.get("decode"), None
    if encode is not None and decode is not None:
        normal = read_normal(Fields(fields.mapping("posterior"), "posterior"), file, posteriors)
        _check_values(encode, posteriors, paths, decode, sizes, pixels, levels, normal)
    likelihood = _likelihood(Fields(spec, "likelihood"), file, programs, shape, levels)
    depths = [_depth(bits, sizes) for bits in _depth_lists(fields, file)]
    if not depths or any((bits != FULL_BITS).any() for bits in depths[0]) or (not sizes and len(depths) > 1):
        raise BadModel("a model's first depth is 12 bits for every latent")
    fine_depths = fields.integer("fine_depths", 1, len(depths))
    _check_probe(file, pixels, levels)
    particles = fields.integer("particles", 1, MAX_PARTICLES) if "particles" in file.metadata else 1
    fields.mapping("training")
    fields.text("probe")
    fields.finish()
    work = _work(programs, shape, paths, in_order, particles)
    return ArrayModel(
        file, shape, levels, sizes, encode, posteriors, paths, decode, likelihood, in_order, differences, work, normal, tuple(depths),
        fine_depths, particles,
    )  # fmt: skip


def _check_probe(file: ModelFile, pixels: int, levels: int) -> None:
    probe = file.tensor("probe.x", 2)
    if probe.dtype != np.uint8 or probe.shape[1] != pixels or not 1 <= len(probe) <= 64 or probe.max() >= levels:
        raise BadModel("a model's probe is not 1 to 64 of its images")


def _programs(specs: dict[str, object], file: ModelFile, engine: Engine, sizes: tuple[int, ...], channels: int) -> dict[str, Program]:
    """The programs of a model: those that its latents and its likelihood need, and no others. channels: that are coded in order, or 0.

    Raises BadModel."""
    names = ["encode", *(f"posterior{layer}" for layer in range(len(sizes))), "decode"] if sizes else []
    if channels:
        names += program_names(channels)
    if sizes and any(name.startswith("path") for name in specs):
        names += [f"path{layer}" for layer in range(len(sizes))]
    if not names or sorted(specs) != sorted(names):
        raise BadModel(f"a model of {len(sizes)} latent layers needs the programs {names}")
    return {name: make_program(specs[name], file.tensors, engine) for name in names}


def _three_axes(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """[height, width, channels] of images whose pixels are coded in order. Raises BadModel."""
    height, width, channels = (*shape, 1, 1, 1)[:3] if len(shape) in (2, 3) else (0, 0, 0)
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE and 1 <= channels <= MAX_CHANNELS):
        raise BadModel(f"images whose pixels are coded in order are [height, width] or [height, width, channels], not {list(shape)}")
    return height, width, channels


def _work(programs: Mapping[str, Program], shape: tuple[int, ...], paths: Sequence[Program], in_order: bool, particles: int) -> Work:
    """What coding takes: of images in order every pixel takes what its programs take, and every batch takes their overheads. On paths, and
    past all pixels beside them, every particle of a batch goes anew, which takes a while for a single image, too."""
    image, batch = 1 + sum(path.products for path in paths) // PATH_PRODUCTS, 32
    if in_order:
        height, width, channels = _three_axes(shape)
        image += height * width * sum(programs[name].products for name in program_names(channels)) // PRODUCTS_OF_WORK
        batch = height * width * PIXEL_WORK
    particle, per_byte = PATH_WORK * len(paths) + (batch if paths and in_order else 0), image * particles // BYTES_OF_IMAGE
    return Work(image, batch, particle, max(WORK_PER_BYTE, per_byte) if particles > 1 else WORK_PER_BYTE)


def _check_values(
    encode: Program, posteriors: Sequence[Program], paths: Sequence[Program], decode: Program, sizes: tuple[int, ...], pixels: int,
    levels: int, normal: Normal,
) -> None:  # fmt: skip
    """Every program takes and gives what the coders hand over. The middles of bins lie between the outermost inner edges."""
    low, high = int(normal.values[1]), int(normal.values[-2])
    check_inputs("encode", encode, {"x": Value((pixels,), 0, levels - 1)})
    known: dict[str, Value] = {}  # to a posterior, of the latents before it
    for layer, (size, posterior) in enumerate(zip(sizes, posteriors, strict=True)):
        if set(known) & set(encode.outputs):
            raise BadModel("the program encode makes values that are called as latents are, or what their paths make")
        _check_some(f"posterior{layer}", posterior, {**known, **encode.outputs})
        mean, log_sigma = posterior.outputs.get("mean"), posterior.outputs.get("log_sigma")
        if mean is None or log_sigma is None or mean.shape != (size,) or log_sigma.shape != (size,):
            raise BadModel(f"the program posterior{layer} makes no mean and log_sigma of {size} latents")
        if mean.largest << normal.mean_shift >= 1 << 28:
            raise BadModel(f"the program posterior{layer} makes means beyond the limits")
        latent = {f"eps{layer}": Value((size,), low, high)}
        known |= _of_path(layer, paths[layer], {**known, **latent}) if paths else latent
    (_check_some if paths else check_inputs)("decode", decode, known)


def _of_path(layer: int, path: Program, given: dict[str, Value]) -> Mapping[str, Value]:
    """What a layer's path makes. Raises BadModel."""
    _check_some(f"path{layer}", path, given)
    if set(path.outputs) & set(given):
        raise BadModel(f"the program path{layer} makes values that are there already")
    return path.outputs


def _check_some(name: str, program: Program, given: Mapping[str, Value]) -> None:
    """Raise BadModel for a program that takes anything but some of these values, or is not proved for them."""
    check_inputs(name, program, {key: given[key] for key in program.inputs if key in given})


def _likelihood(
    fields: Fields, file: ModelFile, programs: dict[str, Program], shape: tuple[int, ...], levels: int
) -> Callable[[int, Outputs, int | None], Coder]:
    kind = fields.text("kind")
    if kind == "context":
        return _context(fields, file, programs, shape, levels)
    decode, pixels = programs["decode"], math.prod(shape)
    if kind == "bernoulli":
        fields.finish()
        return _bernoulli(file, decode, pixels, levels)
    if kind != "logistic":
        raise BadModel(f"a likelihood of kind {kind!r}: this release knows 'bernoulli', 'logistic' and 'context'")
    curve = Curve(file.tensor("logistic.curve", 1).astype(np.int64), fields.integer("curve_shift", 1, 16))
    shift = fields.integer("location_shift", 0, 16)
    fields.finish()
    return _logistic(file, decode, pixels, levels, curve, shift)


def _context(
    fields: Fields, file: ModelFile, programs: dict[str, Program], shape: tuple[int, ...], levels: int
) -> Callable[[int, Outputs, int | None], Coder]:
    likelihood, latents = load_context(fields, _three_axes(shape), file, programs, levels), "decode" in programs
    return lambda points, outputs, block_rows: likelihood.coder(points, outputs["z"] if latents else None, block_rows)


def _bernoulli(file: ModelFile, decode: Program, pixels: int, levels: int) -> Callable[[int, Outputs, int | None], Coder]:
    ones = file.tensor("bernoulli.ones", 1).astype(np.uint64)
    logit = decode.outputs.get("logit")
    if logit is None or logit.shape != (pixels,) or levels != 2 or ones.size != logit.high - logit.low + 1:
        raise BadModel("a Bernoulli likelihood needs binary pixels, a logit for each, and a frequency for each value of a logit")
    frequencies = np.stack([(1 << PRECISION) - ones, ones])
    costs = interval_costs(frequencies.reshape(-1, 1), PRECISION)
    Bernoulli(ones, PRECISION)
    return lambda points, outputs, block_rows: Bits(ones, costs, outputs["logit"] - logit.low)


def _logistic(
    file: ModelFile, decode: Program, pixels: int, levels: int, curve: Curve, shift: int
) -> Callable[[int, Outputs, int | None], Coder]:
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
    return lambda points, outputs, block_rows: Leaf(
        IndexedMixture(*tables, outputs["weight"] - weight.low, outputs["location"] << shift, outputs["scale"] - scale.low)
    )


def _depth_lists(fields: Fields, file: ModelFile) -> list[object]:
    """The lists of bits, from the metadata or from a tensor."""
    if file.metadata.get("depths") != "tensor":
        return fields.items("depths", MAX_DEPTHS)
    fields.text("depths")
    depths = file.tensor("depths", 2)
    if depths.dtype != np.uint8 or len(depths) > MAX_DEPTHS:
        raise BadModel(f"the tensor depths is not of bytes, or has more than {MAX_DEPTHS} rows")
    return list[object](depths.tolist())


def _depth(bits: object, sizes: tuple[int, ...]) -> Depth:
    if not isinstance(bits, list) or len(bits) != sum(sizes) or not all(type(count) is int and 0 <= count <= FULL_BITS for count in bits):
        raise BadModel("a depth is not a number of bits, 0 to 12, for each latent")
    return tuple(np.split(np.array(bits, np.int64), np.cumsum(sizes)[:-1])) if sizes else ()
