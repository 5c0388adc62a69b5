"""From a model file to coders: its nets and tables become prior, likelihood and posterior.

The metadata of a model of kind "vae" (modelfile.py; programs as in program.py):

    pixels       numbers of an image                           levels   2: they are 0 or 1; 256: they are gray values
    shape        of an image, if it is no square of one channel
    colours      "rgb" if it is not there, or "differences" (colour.py): what nets and likelihood see
    latents      sizes of the latent layers in coding order, top layer first; none: the likelihood is all that there is
    programs     encode:       x -> features, or several values of any names
                 posterior<i>: some of them, eps0 ... eps<i-1> -> mean, log_sigma  posterior of eps<i>
                 decode:       eps0, eps1 ... -> the parameters of the likelihood
                 path<i>:      of all layers or of none. eps<i> and some values that paths before it made -> values of new names. Then
                               posterior<i> takes some features and some values of path0 ... path<i-1>, decode takes some of all paths'
    likelihood   {"kind": "bernoulli"}: decode gives logit; tensor bernoulli.ones has a frequency for each of its values
                 {"kind": "logistic"}:  decode gives weight, location, scale, [pixels, K] each; tensors logistic.weights (an integer
                 for each value of weight), logistic.curve, logistic.edges (257), logistic.reciprocals (for each value of scale);
                 "curve_shift" and "location_shift" (a location is worth 2^shift units of the edges)
                 {"kind": "context"}:   pixels see those before them (context.py); without latents, encode and decode are not there
    posterior    {"curve_shift", "mean_shift"}; tensors normal.curve, normal.edges (2^13 + 1), normal.reciprocals (for each log_sigma)
    depths       lists of bits, one per latent: how finely it is coded; depth 0 is 12 bits for all. Or "tensor": they are the rows of
                 the tensor depths, uint8 [depths, latents]
    fine_depths  how many of the depths, from the first, cost next to nothing more than depth 0
    particles    how many of them many images are coded with if nobody says another number, 1 if it is not there
    probe        SHA-256 of what coding the tensor probe.x (uint8 [images, pixels]) gives;     training: facts, for people

Every latent is coded in units of its prior N(0, 1), as one of 2^bits bins of equal prior mass, bits <= 12. normal.edges are the edges
of 2^13 such bins: an edge of odd number is the middle of a bin of 2^12, which is its value, rounded to 10 fraction bits.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from codec.coding.bits_back import bits_back
from codec.coding.coders import Autoregressive, Coder, Leaf, Pair, Serial
from codec.coding.distributions import Uniform
from codec.coding.message import Message
from codec.coding.particles import coupled
from codec.density.arrays.blocks import Blocks, Columns
from codec.density.arrays.colour import Recoloured, to_differences
from codec.density.density import MAX_BATCH
from codec.density.latents import FULL_BITS, PRECISION, Normal, normal_bins
from codec.errors import BadModel
from codec.nets.model_file import ModelFile
from codec.nets.program import Program
from codec.system.records import record

PROBE_PARTICLES = 3
MAX_KEPT = 1 << 24  # values of features and paths, of all images of a batch
BLOCK_VALUES = 1 << 20  # of the likelihood's widest layer: how many images it takes at a time

Latent = tuple[NDArray[np.int64], ...]  # bin numbers [points, size] of each layer
Depth = tuple[NDArray[np.int64], ...]  # bits [size] of each layer
Images = NDArray[np.uint8]  # [points, pixels]
Outputs = dict[str, NDArray[np.int32]]  # of programs


@record(frozen=True)
class Work:
    """How long coding takes, in units of about 50 microseconds: an image with one particle, what a batch takes more, and what each particle
    of a batch takes more, however few images it has. per_byte: how much a byte of a payload bears out."""

    image: int
    batch: int
    particle: int
    per_byte: int


@record(frozen=True)
class ArrayModel:
    """A model that codes. `likelihood` makes the coder of so many points from the outputs of the program `decode`, and block_rows.

    encode and decode: None without latents. paths: empty if the other programs take the latents themselves. in_order: whether pixels see
    those before them, so that images are coded side by side. differences: whether nets and likelihood see colours as such. particles: the
    model's own number of them."""

    file: ModelFile
    shape: tuple[int, ...]
    levels: int
    sizes: tuple[int, ...]
    encode: Program | None
    posteriors: tuple[Program, ...]
    paths: tuple[Program, ...]
    decode: Program | None
    likelihood: Callable[[int, Outputs, int | None], Coder]
    in_order: bool
    differences: bool
    work: Work
    normal: Normal | None
    depths: tuple[Depth, ...]
    fine_depths: int
    particles: int

    @property
    def pixels(self) -> int:
        return math.prod(self.shape)

    @property
    def largest_batch(self) -> int:
        """How many images a batch may have: what their latents' paths lead to has to fit the memory."""
        if not self.paths or self.encode is None:
            return MAX_BATCH
        kept = sum(value.width for program in (self.encode, *self.paths) for value in program.outputs.values())
        return max(1, min(MAX_BATCH, MAX_KEPT // kept))


# ---------------------------------------------------------------- the three coders


def prior_coder(model: ArrayModel, points: int, depth: Depth) -> Coder:
    """All bins of a latent are equally likely."""
    return Serial(tuple(Leaf(Uniform(np.broadcast_to(1 << bits, (points, len(bits))))) for bits in depth))


def posterior_coder(
    model: ArrayModel, images: Images, depth: Depth, block_rows: int | None = None, descent: Descent | None = None
) -> Autoregressive:
    """The coder of the latents of images [points, pixels]; at the full depth it is a PosteriorCoder."""
    return posterior_of_features(model, len(images), features_of(model, images, block_rows), depth, block_rows, descent)


def features_of(model: ArrayModel, images: Images, block_rows: int | None = None) -> Outputs:
    """What the posteriors see of images, [points, ...] each."""
    if model.encode is None:
        return {}
    return model.encode({"x": to_differences(images) if model.differences else images}, block_rows)


def posterior_of_features(
    model: ArrayModel, points: int, features: Outputs, depth: Depth, block_rows: int | None = None, descent: Descent | None = None
) -> Autoregressive:
    """posterior_coder of so many images, which have these features. descent: the one that their likelihood_coder has, too.

    A layer's coder is kept until one is asked for that knows other latents: find, span and cost of one particle follow one another.
    """
    kept: dict[int, tuple[Latent, Coder]] = {}
    descent = descent or Descent(model, depth, block_rows)

    def layer(index: int, known: Latent) -> Coder:
        if index not in kept or any(old is not new for old, new in zip(kept[index][0], known, strict=True)):
            kept[index] = known, make(index, known)
        return kept[index][1]

    def make(index: int, known: Latent) -> Coder:
        outputs = _run(model.posteriors[index], {**features, **descent.values(known)}, block_rows)
        return _gaussian(model.normal, outputs["mean"], outputs["log_sigma"], depth[index])

    return Autoregressive(len(model.sizes), layer, points, sum(model.sizes), PRECISION)


def likelihood_coder(
    model: ArrayModel, points: int, latent: Latent, depth: Depth, block_rows: int | None = None, descent: Descent | None = None
) -> Coder:
    """The coder of so many images [points, pixels] given their latents, for messages of one lane."""
    decode = model.decode
    if decode is None:
        return model.likelihood(points, {}, block_rows)
    rows = block_rows or max(1, BLOCK_VALUES // decode.widest)
    values = (descent or Descent(model, depth, block_rows)).values(latent)

    def block(part: slice) -> Coder:
        taken = {name: array[part] for name, array in values.items()}
        coder = model.likelihood(len(latent[0][part]), _run(decode, taken, block_rows), block_rows)
        return Recoloured(coder) if model.differences else coder

    return block(slice(0, points)) if model.in_order else Blocks(points, rows, block)


def step_coder(model: ArrayModel, points: int, depth: Depth, particles: int = 1, first: int = 0, block_rows: int | None = None) -> Pair:
    """One bits-back step: the coder of images [points, pixels] that have the numbers first, first + 1, ... in their data set."""
    prior, descent = prior_coder(model, points, depth), Descent(model, depth, block_rows)

    def likelihood(latent: Latent) -> Coder:
        return likelihood_coder(model, points, latent, depth, block_rows, descent)

    def posterior(images: Images) -> Autoregressive:
        return posterior_coder(model, images.astype(np.uint8), depth, block_rows, descent)

    if particles == 1:
        return bits_back(prior, likelihood, posterior)
    return coupled(prior, likelihood, posterior, particles, first)


class Descent:
    """What posteriors and decode see of latents: their values, or what paths make of them, which is kept until other latents come."""

    def __init__(self, model: ArrayModel, depth: Depth, block_rows: int | None) -> None:
        self.model, self.depth, self.block_rows = model, depth, block_rows
        self.known: Latent = ()
        self.made: list[Outputs] = []

    def values(self, known: Latent) -> Outputs:
        """Of the first layers' latents."""
        given = eps_values(self.model, known, self.depth)
        if not self.model.paths:
            return given
        same = 0
        while same < min(len(known), len(self.known)) and known[same] is self.known[same]:
            same += 1
        self.known, self.made = known, self.made[:same]
        for layer in range(same, len(known)):
            self.made.append(_run(self.model.paths[layer], {**given, **self._so_far()}, self.block_rows))
        return self._so_far()

    def _so_far(self) -> Outputs:
        return {name: array for made in self.made for name, array in made.items()}


def _run(program: Program, given: Outputs, block_rows: int | None) -> Outputs:
    """The outputs of a program that takes some of these arrays."""
    return program({name: given[name] for name in program.inputs}, block_rows)


def eps_values(model: ArrayModel, latent: Latent, depth: Depth) -> dict[str, NDArray[np.int32]]:
    """The latents' values, as inputs of programs: the middle of each bin."""
    if model.normal is None:
        return {}
    middles = ((2 * symbols + 1) << (FULL_BITS - bits) for symbols, bits in zip(latent, depth, strict=False))
    return {f"eps{layer}": model.normal.values[middle] for layer, middle in enumerate(middles)}


def _gaussian(normal: Normal | None, mean: NDArray[np.int32], log_sigma: NDArray[np.int32], bits: NDArray[np.int64]) -> Coder:
    """The coder of one layer's latents: one leaf if all have the same number of bits."""
    if normal is None:
        raise BadModel("a model without latents has no posterior")
    location = mean.astype(np.int64) << normal.mean_shift
    scale = log_sigma - normal.lowest_scale
    used = np.unique(bits)
    if used.size == 1 and used[0] > 0:
        return Leaf(normal_bins(normal, location, scale, int(used[0])))
    groups = [(np.flatnonzero(bits == count), int(count)) for count in used if count > 0]
    parts = tuple((columns, Leaf(normal_bins(normal, location[:, columns], scale[:, columns], count))) for columns, count in groups)
    return Columns(len(mean), len(bits), parts)


# ---------------------------------------------------------------- the probe


def probe_digest(model: ArrayModel, block_rows: int | None = None) -> str:
    """SHA-256 of the message that coding the model's probe gives, one image at each depth, then all with several particles."""
    images = model.file.tensors["probe.x"]
    message = Message.random(256 * max(sum(model.sizes), 1), np.random.Generator(np.random.PCG64(0)))
    before = message.copy()
    steps = [(images[:1], step_coder(model, 1, depth, block_rows=block_rows)) for depth in model.depths]
    particles = PROBE_PARTICLES if model.sizes else 1
    steps.append((images, step_coder(model, len(images), model.depths[0], particles, block_rows=block_rows)))
    for symbol, coder in steps:
        coder.push(message, symbol)
    digest = hashlib.sha256(message.to_words().astype("<u4").tobytes()).hexdigest()
    for symbol, coder in reversed(steps):
        if not np.array_equal(coder.pop(message), symbol):
            raise BadModel("the probe does not decode to what was encoded: this machine cannot use the model")
    if message != before:
        raise BadModel("the probe does not give back its initial bits: this machine cannot use the model")
    return digest
