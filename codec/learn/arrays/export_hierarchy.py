"""Makes a model file of a trained hierarchy: its convolutions become integers, its layers programs with a path from each to the next.

It was trained in floats, and is rounded here: weights to at most 12 bits, features to multiples of 1/256. That the programs are exact is
proved by reading the file back as a model.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

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
from codec.learn.common.convolution import STREAM
from codec.learn.common.data import BITS, LEVELS
from codec.learn.common.gaussian import LOG_SIGMA, MEAN
from codec.learn.common.programs import ProgramWriter, Spec, exponentials, latent_value
from codec.learn.common.quantise import calibrate
from codec.learn.common.run import load_checkpoint
from codec.nets.model_file import read_model, write_model

EXPONENT_BITS = 14  # fraction bits of exp(log sigma)
EXTRA_BITS = (6.0, 4.0, 3.0, 2.0, 1.0)  # of bins, beyond what a latent tells: the depths
FINE_BITS = 4.0  # with so many, a depth costs next to nothing
ACTIVE_BITS = 0.02  # a latent that says less is not coded at all where bits are scarce
CALIBRATION_IMAGES = 200
MEASURED_IMAGES = 100
PROBE_IMAGES = 1


def export_hierarchy_net(net: Hierarchy, images: NDArray[np.uint8], training: Mapping[str, object]) -> bytes:
    """The model file of a net whose grids are chosen. images: uint8 [n, pixels], RGB or 0/1, for depths and probe; training: facts, stored.

    Raises BadModel when the net's exactness cannot be proved."""
    config, writer = net.config, ProgramWriter()
    shape = [config.height, config.width, config.channels][: 3 if config.channels > 1 else 2]
    told = told_bits(net, seen_by(net, images[:CALIBRATION_IMAGES]))
    metadata: Spec = {
        "kind": "vae",
        "pixels": images.shape[1],
        "shape": shape,
        "levels": 2 if config.is_binary else LEVELS,
        "colours": "differences" if config.differences else "rgb",
        "latents": [math.prod(config.shape(layer)) for layer in range(config.layers)],
        "programs": _Programs(net, writer).every(),
        "likelihood": _likelihood(net, writer),
        "posterior": writer.posterior_tables(),
        "depths": "tensor",
        "fine_depths": 1 + sum(extra >= FINE_BITS for extra in EXTRA_BITS),
        "training": dict(training),
        "probe": "",
    }
    finite = [np.where(told > ACTIVE_BITS, np.clip(np.rint(told + extra), 1, FULL_BITS), 0) for extra in EXTRA_BITS]
    writer.tensors["depths"] = np.stack([np.full(told.size, FULL_BITS), *finite, np.zeros(told.size)]).astype(np.uint8)
    writer.tensors["probe.x"] = images[:PROBE_IMAGES].astype(np.uint8)
    metadata["probe"] = probe_digest(load_arrays(read_model(write_model(metadata, writer.tensors))))
    return write_model(metadata, writer.tensors)


def export_hierarchy(path: Path, images: NDArray[np.uint8], facts: Mapping[str, object]) -> bytes:
    """The model file of a checkpoint that was trained on images; facts are stored beside its settings, and bits per dimension of some
    images kept for validation."""
    net, config = load_checkpoint(HIERARCHY, path)
    net = copy.deepcopy(net)
    calibrate(net)
    training: Spec = {"settings": asdict(config), **facts}
    flat = images.reshape(len(images), -1)
    levels = binarise(flat, 0) if config.net.is_binary and flat.max(initial=0) > 1 else flat
    held = levels[len(levels) - config.validation :][:MEASURED_IMAGES] if config.validation else levels[:0]
    if len(held):
        model = load_arrays(read_model(export_hierarchy_net(net, levels, training)))
        (found,) = log_densities(model, held, [1], np.random.default_rng(0))
        bits = -float(found.log_density.mean()) / np.log(2.0) / held.shape[1]
        training["validation"] = {"images": len(held), "bits_per_dimension": bits}
    return export_hierarchy_net(net, levels, training)


def seen_by(net: Hierarchy, images: NDArray[np.uint8]) -> torch.Tensor:
    """Images uint8 [n, pixels] as the net takes them."""
    return torch.from_numpy((to_differences(images) if net.config.differences else images).astype(np.float32))


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
        size = [math.prod(self.config.shape(layer))]
        writer.step("reshape", [mean], "mean", shape=size)
        writer.step("reshape", [log_sigma], "log_sigma", shape=size)
        return writer.program(inputs, ["mean", "log_sigma"])

    def prior(self, name: str, module: LatentLayer, layer: int) -> str:
        return self.writer.convolution(f"{name}.prior", module.prior, f"h{layer}", "prior")

    def path(self, layer: int) -> Spec:
        config, writer, module, scale = self.config, self.writer, self.net.every[layer], self.config.scales[layer]
        name, h = f"layer{layer}", f"h{layer}"
        inputs = {f"eps{layer}": latent_value(math.prod(config.shape(layer)))}
        z = writer.step("reshape", [f"eps{layer}"], "eps", shape=list(config.shape(layer)))
        if layer:
            inputs[h] = self.features(scale)
            prior = self.prior(name, module, layer)
            writer.step("table", [prior], "sigma", table="prior.sigma")
            low, high = LATENT.limits
            shift = EPS_FRACTION_BITS + EXPONENT_BITS - LATENT.fraction_bits
            z = writer.step("multiply", [z, "sigma"], "z", shift=shift, low=low, high=high)
        spread = writer.convolution(f"{name}.spread", module.spread, z, "spread")
        seen = self.add(h, spread, "seen") if layer else spread
        last = layer + 1 == config.layers
        rises = not last and config.scales[layer + 1] != scale
        out = self.block(f"{name}.block", module.block, seen, "low" if rises else f"h{layer + 1}")
        if rises:
            height, width = config.sides[scale - 1]
            writer.convolution(f"up{scale - 1}", self.net.up[scale - 1], out, "wide")
            writer.step("upsample", ["wide"], "high", factor=2)
            out = writer.step("crop", ["high"], f"h{layer + 1}", height=height, width=width)
        return writer.program(inputs, [out])

    def decode(self) -> Spec:
        config, writer, net = self.config, self.writer, self.net
        inputs = {f"h{config.layers}": self.features(0)}
        tail = writer.convolution("tail", net.tail, f"h{config.layers}", "tail")
        heads = {"logit": net.logit} if config.is_binary else {"weight": net.weight, "location": net.location, "scale": net.log_scale}
        pixels = config.height * config.width * config.channels
        for name, head in heads.items():
            writer.convolution(name, head, tail, f"{name}.planes")
            writer.step("shuffle", [f"{name}.planes"], f"{name}.fine", factor=2)
            writer.step("crop", [f"{name}.fine"], f"{name}.cut", height=config.height, width=config.width)
            writer.step("reshape", [f"{name}.cut"], name, shape=[pixels] if config.is_binary else [pixels, config.components])
        return writer.program(inputs, list(heads))

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
