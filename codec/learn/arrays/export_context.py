"""Makes a model file of a trained context net: its layers become integers, and its tables by contrast are stored.

The programs are the net's own quantised graph, as in export.py; that they are exact is proved by reading the file back as a model.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import probe_digest
from codec.density.arrays.neighbours import FRACTION_BITS, LIMIT
from codec.learn.arrays.context_net import SCALE, UNIT, ContextNet, make_contrasts
from codec.learn.arrays.context_train import CONTEXT
from codec.learn.arrays.likelihood_tables import bernoulli_tables, logistic_tables
from codec.learn.arrays.likelihoods import LOG_SCALE
from codec.learn.common.data import LEVELS
from codec.learn.common.programs import ProgramWriter, Spec
from codec.learn.common.quantise import SLOPE_SHIFT, calibrate, set_quantised
from codec.learn.common.run import load_checkpoint
from codec.nets.model_file import read_model, with_probe, write_model

MEASURED_IMAGES = 100
PROBE_IMAGES = 2


def export_context_net(net: ContextNet, images: NDArray[np.uint8], training: Mapping[str, object]) -> bytes:
    """The model file of a net, in its quantised form. images: uint8 [n, ...], some of which become the probe; training: facts, stored.

    Raises BadModel when the net's exactness cannot be proved."""
    net = copy.deepcopy(net).double()
    set_quantised(net, True)
    config, writer = net.config, ProgramWriter()
    hood = config.hood
    metadata: Spec = {
        "kind": "vae",
        "pixels": hood.pixels * hood.channels,
        "shape": [config.height, config.width, config.channels][: 3 if config.channels > 1 else 2],
        "levels": 2 if config.is_binary else LEVELS,
        "latents": [],
        "programs": context_programs(net, writer),
        "likelihood": context_likelihood(net, writer),
        "depths": [[]],
        "fine_depths": 1,
        "training": dict(training),
        "probe": "",
    }
    writer.tensors["probe.x"] = images[:PROBE_IMAGES].reshape(PROBE_IMAGES, -1).astype(np.uint8)
    return with_probe(write_model(metadata, writer.tensors), lambda file: probe_digest(load_arrays(file)))


def export_context(path: Path, images: NDArray[np.uint8], facts: Mapping[str, object]) -> bytes:
    """The model file of a checkpoint that was trained on images; facts are stored beside its settings, and bits per dimension of some
    images kept for validation."""
    net, config = load_checkpoint(CONTEXT, path)
    if not net.quantised:
        calibrate(net)
    training: Spec = {"settings": asdict(config), **facts}
    kept = len(images) - config.validation
    held = images[kept:][:MEASURED_IMAGES].reshape(-1, config.net.hood.pixels * config.net.channels)
    if len(held):
        model = load_arrays(read_model(export_context_net(net, images, training)))
        (found,) = log_densities(model, held, [1], np.random.default_rng(0))
        bits = -float(found.log_density.mean()) / np.log(2.0) / held.shape[1]
        training["validation"] = {"images": len(held), "bits_per_dimension": bits}
    return export_context_net(net, images, training)


def context_programs(net: ContextNet, writer: ProgramWriter) -> Spec:
    """The programs trunk and channel<c> of a quantised net; their tensors go to the writer."""
    config = net.config
    low, high = UNIT.limits
    seen = {"seen": _value(config.hood.inputs, -LIMIT, LIMIT)} | ({"z": _value(config.told, -LIMIT, LIMIT)} if config.told else {})
    hidden = writer.dense("first", net.first, list(seen), "h")
    for number, block in enumerate(net.blocks.every):
        made = writer.dense(f"block{number}", block, [hidden], f"b{number}")
        hidden = writer.step("add", [hidden, made], f"h{number}", low=low, high=high)
    channels = range(config.channels)
    names = [writer.dense(f"split{c}", net.split.every[c], [hidden], f"features{c}") for c in channels]
    programs: Spec = {"trunk": writer.program(seen, names)}
    for c in channels:
        inputs: dict[str, Spec] = {f"features{c}": _value(config.features, low >> SLOPE_SHIFT, high)}
        if c:
            inputs["off"] = _value(c, -LIMIT, LIMIT)
        mixed = writer.dense(f"mixer{c}", net.mixers.every[c], list(inputs), "m")
        heads = {"logit": net.logits} if config.is_binary else {"weight": net.weights, "location": net.locations, "scale": net.scales}
        outputs = [writer.dense(f"{name}{c}", layers.every[c], [mixed], name) for name, layers in heads.items()]
        programs[f"channel{c}"] = writer.program(inputs, outputs)
    return programs


def _value(width: int, low: int, high: int) -> Spec:
    return {"shape": [width], "low": low, "high": high}


def context_likelihood(net: ContextNet, writer: ProgramWriter) -> Spec:
    """The likelihood of a model's metadata; its tables go to the writer."""
    config = net.config
    for name, table in asdict(make_contrasts(config.hood)).items():
        writer.tensors[f"contrast.{name}"] = table.astype(np.int32)
    spec: Spec = {"kind": "context", "reach": list(config.reach)}
    if config.is_binary:
        bernoulli_tables(writer)
        return spec
    shifts = {"curve_shift": logistic_tables(writer), "level_shift": FRACTION_BITS - SCALE.fraction_bits}
    return {**spec, **shifts, "lowest_scale": LOG_SCALE.limits[0]}
