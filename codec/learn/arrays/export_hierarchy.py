"""Makes a model file of a trained hierarchy: its convolutions become integers, its layers programs with a path from each to the next.

It was trained in floats, and is rounded here: weights to at most 12 bits, features to multiples of 1/256. That the programs are exact is
proved by reading the file back as a model.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from codec.density.arrays.colour import to_differences
from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import probe_digest
from codec.density.latents import EPS_FRACTION_BITS, FULL_BITS
from codec.learn.arrays.hierarchy_net import LATENT, PRIOR, Hierarchy, LatentLayer, Residual
from codec.learn.arrays.hierarchy_particles import UNIT, told_bits
from codec.learn.arrays.hierarchy_train import HIERARCHY
from codec.learn.arrays.images import binarise
from codec.learn.arrays.likelihood_tables import PIXEL_FRACTION_BITS, bernoulli_tables, logistic_tables
from codec.learn.arrays.likelihoods import LOCATION
from codec.learn.common.convolution import STREAM, Convolution
from codec.learn.common.data import BITS, LEVELS
from codec.learn.common.gaussian import LOG_SIGMA, MEAN
from codec.learn.common.programs import ProgramWriter, Spec, exponentials, latent_value
from codec.learn.common.quantise import calibrate
from codec.learn.common.run import load_checkpoint
from codec.nets.model_file import read_model, with_probe, write_model

EXPONENT_BITS = 14  # fraction bits of exp(log sigma)
EXTRA_BITS = (6.0, 4.0, 3.0, 2.0, 1.0)  # of bins, beyond what a latent tells: the depths
FINE_BITS = 4.0  # with so many, a depth costs next to nothing
SILENT_BITS = 0.2  # of an image: a channel that tells less is not in the model
ACTIVE_BITS = 0.02  # a latent that says less is not coded at all where bits are scarce
CALIBRATION_IMAGES = 200
MEASURED_IMAGES = 100
PROBE_IMAGES = 1


def export_hierarchy_net(net: Hierarchy, images: NDArray[np.uint8], training: Mapping[str, object], particles: int = 1) -> bytes:
    """The model file of a net whose grids are chosen. images: uint8 [n, pixels], RGB or 0/1, for depths and probe; training: facts, stored;
    particles: with how many it codes if nobody says another number.

    Raises BadModel when the net's exactness cannot be proved."""
    writer = ProgramWriter()
    metadata = {**latent_spec(net, images, writer), "likelihood": _likelihood(net, writer), "training": dict(training)}
    if particles > 1:
        metadata["particles"] = particles
    return proved_model(metadata, writer, images[:PROBE_IMAGES])


def latent_spec(net: Hierarchy, images: NDArray[np.uint8], writer: ProgramWriter) -> Spec:
    """What the metadata of a model say of its images, its latents and their programs; their tensors go to the writer."""
    config = net.config
    told = told_bits(net, seen_by(net, images[:CALIBRATION_IMAGES]))
    finite = [np.where(told > ACTIVE_BITS, np.clip(np.rint(told + extra), 1, FULL_BITS), 0) for extra in EXTRA_BITS]
    writer.tensors["depths"] = np.stack([np.full(told.size, FULL_BITS), *finite, np.zeros(told.size)]).astype(np.uint8)
    return {
        "kind": "vae",
        "pixels": images.shape[1],
        "shape": [config.height, config.width, config.channels][: 3 if config.channels > 1 else 2],
        "levels": 2 if config.is_binary else LEVELS,
        "colours": "differences" if config.differences else "rgb",
        "latents": [math.prod(net.shape(layer)) for layer in range(config.layers)],
        "programs": _Programs(net, writer).every(),
        "posterior": writer.posterior_tables(),
        "depths": "tensor",
        "fine_depths": 1 + sum(extra >= FINE_BITS for extra in EXTRA_BITS),
    }


def proved_model(metadata: Spec, writer: ProgramWriter, probe: NDArray[np.uint8]) -> bytes:
    """The model file, read back once to prove it and to code its probe. Raises BadModel."""
    writer.tensors["probe.x"] = probe.astype(np.uint8)
    return with_probe(write_model({**metadata, "probe": ""}, writer.tensors), lambda file: probe_digest(load_arrays(file)))


def export_hierarchy(path: Path, images: NDArray[np.uint8], facts: Mapping[str, object], particles: int = 1) -> bytes:
    """The model file of a checkpoint that was trained on images; facts are stored beside its settings, and bits per dimension of some
    images kept for validation. particles: with how many it codes if nobody says another number."""
    net, config = load_checkpoint(HIERARCHY, path)
    levels = levels_of(images, config.net.is_binary)
    net = without_silent(net, levels)
    calibrate(net)
    training: Spec = {"settings": asdict(config), **facts}
    if held := measured(levels, config.validation, lambda: export_hierarchy_net(net, levels, training)):
        training["validation"] = held
    return export_hierarchy_net(net, levels, training, particles)


def levels_of(images: NDArray[np.uint8], is_binary: bool) -> NDArray[np.uint8]:
    """Images as a model codes them, [n, pixels]: gray ones of a binary model are drawn once."""
    flat = images.reshape(len(images), -1)
    return binarise(flat, 0) if is_binary and flat.max(initial=0) > 1 else flat


def measured(levels: NDArray[np.uint8], validation: int, export: Callable[[], bytes]) -> Spec:
    """What a model says of some of the images kept for validation, one sample of each; nothing if there are none."""
    held = levels[len(levels) - validation :][:MEASURED_IMAGES] if validation else levels[:0]
    if not len(held):
        return {}
    (found,) = log_densities(load_arrays(read_model(export())), held, [1], np.random.default_rng(0))
    return {"images": len(held), "bits_per_dimension": -float(found.log_density.mean()) / np.log(2.0) / held.shape[1]}


def seen_by(net: Hierarchy, images: NDArray[np.uint8]) -> torch.Tensor:
    """Images uint8 [n, pixels] as the net takes them."""
    return torch.from_numpy((to_differences(images) if net.config.differences else images).astype(np.float32))


def without_silent(net: Hierarchy, images: NDArray[np.uint8]) -> Hierarchy:
    """A copy of the net without the channels of latents that tell next to nothing of images uint8 [n, pixels]: each of their latents would
    want initial bits. A layer keeps one channel at least."""
    net, first = copy.deepcopy(net), 0
    told = told_bits(net, seen_by(net, images[:CALIBRATION_IMAGES]))
    for number, layer in enumerate(net.every):
        height, width, channels = net.shape(number)
        of_channels = told[first : first + height * width * channels].reshape(-1, channels).sum(0)
        first += height * width * channels
        kept = torch.from_numpy(np.flatnonzero(of_channels >= min(SILENT_BITS, of_channels.max())))
        for convolution in (layer.prior, layer.mean, layer.log_sigma):
            if convolution is not None:
                convolution.weight = nn.Parameter(convolution.weight.detach()[kept])
                convolution.bias = nn.Parameter(convolution.bias.detach()[kept])
        layer.spread.weight = nn.Parameter(layer.spread.weight.detach()[:, kept])
    return net


class _Programs:
    """Writes the programs of a net. Values: e<scale>, features; h<layer>, what is known before a layer."""

    def __init__(self, net: Hierarchy, writer: ProgramWriter) -> None:
        self.net, self.writer, self.config = net, writer, net.config
        powers = exponentials(PRIOR)
        one = 2.0**EXPONENT_BITS
        writer.tensors["prior.sigma"] = np.rint(powers * one).astype(np.int32)
        writer.tensors["prior.inverse"] = np.rint(powers[::-1] * one).astype(np.int32)
        writer.tensors["prior.minus"] = np.arange(PRIOR.limits[1], PRIOR.limits[0] - 1, -1, dtype=np.int32)
        lowest, unit = (0, 0.0) if self.config.is_binary else (LEVELS // 2, 1.0 / UNIT)
        values = np.arange(2 if self.config.is_binary else LEVELS) - lowest
        writer.tensors["input"] = np.rint(values * (unit or 1.0) * 2**STREAM.fraction_bits).astype(np.int32)

    def every(self) -> Spec:
        programs: Spec = {"encode": self.encode()}
        for layer in range(self.config.layers):
            programs[f"posterior{layer}"] = self.posterior(layer)
            programs[f"path{layer}"] = self.path(layer)
        programs["decode"] = self.decode()
        return programs

    def encode(self) -> Spec:
        config, writer, net = self.config, self.writer, self.net
        shape = [config.height, config.width, config.channels]
        writer.step("table", ["x"], "levels", table="input")
        writer.step("reshape", ["levels"], "planes", shape=shape)
        e = writer.convolution("stem", net.stem, "planes", "stem")
        outputs = []
        for scale, blocks in enumerate(net.bottom_up):
            e = writer.convolution(f"down{scale}", net.down[scale - 1], e, f"down{scale}") if scale else e
            for number, block in enumerate(blocks.every):
                last = number == len(blocks.every) - 1
                e = self.block(f"encoder{scale}.{number}", block, e, f"e{scale}" if last else f"b{scale}.{number}")
            outputs.append(e)
        return writer.program({"x": {"shape": [math.prod(shape)], "low": 0, "high": 1 if config.is_binary else LEVELS - 1}}, outputs)

    def block(self, name: str, block: Residual, taken: str, out: str) -> str:
        first = self.writer.convolution(f"{name}.first", block.first, taken, f"{name}.first")
        second = self.writer.convolution(f"{name}.second", block.second, first, f"{name}.second")
        return self.add(taken, second, out)

    def add(self, first: str, second: str, out: str) -> str:
        low, high = STREAM.limits
        return self.writer.step("add", [first, second], out, low=low, high=high)

    def posterior(self, layer: int) -> Spec:
        writer, module, scale = self.writer, self.net.every[layer], self.config.scales[layer]
        name, taken = f"layer{layer}", f"e{scale}"
        inputs = {taken: self.features(scale)}
        if layer:
            inputs[f"h{layer}"] = self.features(scale)
            taken = writer.step("join", [f"h{layer}", taken], "both")
        merged = writer.convolution(f"{name}.merge", module.merge, taken, "merged")
        mean = writer.convolution(f"{name}.mean", module.mean, merged, "delta")
        log_sigma = writer.convolution(f"{name}.log_sigma", module.log_sigma, merged, "s")
        low, high = MEAN.limits
        if layer:
            prior = self.prior(name, module, layer)
            writer.step("table", [prior], "inverse", table="prior.inverse")
            mean = writer.step("multiply", [mean, "inverse"], "moved", shift=EXPONENT_BITS, low=low, high=high)
            writer.step("table", [prior], "minus", table="prior.minus")
            limit = (1 << PRIOR.fraction_bits) << 4
            log_sigma = writer.step("add", [log_sigma, "minus"], "off", low=-limit, high=limit)
        mean = writer.step("requantise", [mean], "means", shift=0, low=low, high=high, leaky=False)
        shift, (low, high) = PRIOR.fraction_bits - LOG_SIGMA.fraction_bits, LOG_SIGMA.limits
        log_sigma = writer.step("requantise", [log_sigma], "sigmas", shift=shift, low=low, high=high, leaky=False)
        size = [math.prod(self.net.shape(layer))]
        writer.step("reshape", [mean], "mean", shape=size)
        writer.step("reshape", [log_sigma], "log_sigma", shape=size)
        return writer.program(inputs, ["mean", "log_sigma"])

    def prior(self, name: str, module: LatentLayer, layer: int) -> str:
        return self.writer.convolution(f"{name}.prior", module.prior, f"h{layer}", "prior")

    def path(self, layer: int) -> Spec:
        config, writer, module, scale = self.config, self.writer, self.net.every[layer], self.config.scales[layer]
        name, h = f"layer{layer}", f"h{layer}"
        inputs = {f"eps{layer}": latent_value(math.prod(self.net.shape(layer)))}
        z = writer.step("reshape", [f"eps{layer}"], "eps", shape=list(self.net.shape(layer)))
        if layer:
            inputs[h] = self.features(scale)
            prior = self.prior(name, module, layer)
            writer.step("table", [prior], "sigma", table="prior.sigma")
            low, high = LATENT.limits
            shift = EPS_FRACTION_BITS + EXPONENT_BITS - LATENT.fraction_bits
            z = writer.step("multiply", [z, "sigma"], "z", shift=shift, low=low, high=high)
        spread = writer.convolution(f"{name}.spread", module.spread, z, "spread")
        seen = self.add(h, spread, "seen") if layer else spread
        arrives = [*config.scales, 0][layer + 1]
        out = self.block(f"{name}.block", module.block, seen, f"h{layer + 1}" if arrives == scale else f"low{scale}")
        for finer in reversed(range(arrives, scale)):
            out = self.rise(finer, out, f"h{layer + 1}" if finer == arrives else f"low{finer}")
        return writer.program(inputs, [out])

    def rise(self, scale: int, taken: str, out: str) -> str:
        """From the scale above one to it."""
        height, width = self.config.sides[scale]
        wide = self.writer.convolution(f"up{scale}", self.net.up[scale], taken, f"wide{scale}")
        high = self.writer.step("shuffle", [wide], f"high{scale}", factor=2)
        return self.writer.step("crop", [high], out, height=height, width=width)

    def decode(self) -> Spec:
        config, writer, net = self.config, self.writer, self.net
        inputs = {f"h{config.layers}": self.features(0)}
        seen = f"h{config.layers}"
        if net.last is not None:
            seen = self.block("last", net.last, seen, "seen")
        tail = writer.convolution("tail", net.tail, seen, "tail")
        heads, pixels = self.heads(), config.height * config.width * (1 if config.told else config.channels)
        for name, (head, values) in heads.items():
            writer.convolution(name, head, tail, f"{name}.planes")
            writer.step("shuffle", [f"{name}.planes"], f"{name}.fine", factor=2)
            writer.step("crop", [f"{name}.fine"], f"{name}.cut", height=config.height, width=config.width)
            writer.step("reshape", [f"{name}.cut"], name, shape=[pixels, values] if values else [pixels])
        return writer.program(inputs, list(heads))

    def heads(self) -> dict[str, tuple[Convolution, int]]:
        """What decode makes, and how many numbers of each pixel; 0: one, without an axis of its own."""
        net, config = self.net, self.config
        if config.told:
            return {"z": (net.told, config.told)}
        if config.is_binary:
            return {"logit": (net.logit, 0)}
        parameters = {"weight": net.weight, "location": net.location, "scale": net.log_scale}
        return {name: (head, config.components) for name, head in parameters.items()}

    def features(self, scale: int) -> Spec:
        low, high = STREAM.limits
        shape = [*self.config.sides[scale], self.config.widths[scale]]
        return {"shape": shape, "low": low, "high": high}


def _likelihood(net: Hierarchy, writer: ProgramWriter) -> Spec:
    if net.config.is_binary:
        bernoulli_tables(writer)
        return {"kind": "bernoulli"}
    shift = PIXEL_FRACTION_BITS + BITS - LOCATION.fraction_bits
    return {"kind": "logistic", "curve_shift": logistic_tables(writer), "location_shift": shift}
