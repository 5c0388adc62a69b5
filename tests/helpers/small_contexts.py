"""Makes model files of tiny nets with random weights whose pixels see those before them: images of 4x4 pixels, with latents or without."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from codec.coding.tables import equal_mass_edges, grid_edges, make_curve, make_scales
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import probe_digest
from codec.density.arrays.neighbours import LIMIT, Neighbourhood
from codec.nets.model_file import read_model, write_model

SIDE, UNITS, LATENTS = 4, 10, 3
WHOLE = {"low": -LIMIT, "high": LIMIT}
HIDDEN = {**WHOLE, "leaky": True}


def small_hood(levels: int = 256, channels: int = 1) -> Neighbourhood:
    """What the small models see."""
    return Neighbourhood(SIDE, SIDE, channels, (2, 1, 1), levels > 2, 128 if levels > 2 else 0)


def small_context(levels: int = 256, channels: int = 1, latents: bool = False, seed: int = 0) -> bytes:
    """A model file for images of 4x4 pixels below `levels` (2 or 256), one latent layer or none."""
    rng, hood = np.random.default_rng(seed), small_hood(levels, channels)
    tensors: dict[str, np.ndarray] = {}
    pixels = hood.pixels * channels
    dense = dense_writer(rng, tensors)
    programs = context_programs(dense, hood, levels, 2 * latents)
    metadata: dict[str, Any] = {"kind": "vae", "pixels": pixels, "levels": levels, "training": {"data": "none"}, "probe": ""}
    metadata |= {"shape": [SIDE, SIDE, channels], "latents": [], "depths": [[]], "fine_depths": 1}
    if latents:
        eps = {"eps0": {"shape": [LATENTS], "low": -4096, "high": 4096}}
        x = {"x": {"shape": [pixels], "low": 0, "high": levels - 1}}
        steps = [dense("e", ["x"], [pixels], UNITS, "features", shift=8, **HIDDEN)]
        programs["encode"] = {"inputs": x, "steps": steps, "outputs": ["features"]}
        steps = [
            dense("mean", ["features"], [UNITS], LATENTS, "mean", shift=7, low=-4096, high=4096, leaky=False),
            dense("sigma", ["features"], [UNITS], LATENTS, "log_sigma", shift=10, low=-96, high=32, leaky=False),
        ]
        features = {"features": {"shape": [UNITS], "low": -256, "high": LIMIT}}
        programs["posterior0"] = {"inputs": features, "steps": steps, "outputs": ["mean", "log_sigma"]}
        steps = [dense("d", ["eps0"], [LATENTS], 2 * hood.pixels, "flat", shift=8, leaky=False, **WHOLE)]
        steps.append({"op": "reshape", "in": ["flat"], "out": "z", "shape": [hood.pixels, 2]})
        programs["decode"] = {"inputs": eps, "steps": steps, "outputs": ["z"]}
        curve = make_curve("normal")
        tensors["normal.curve"] = curve.values.astype(np.int32)
        tensors["normal.edges"] = equal_mass_edges(13).astype(np.int32)
        tensors["normal.reciprocals"] = make_scales(np.exp(np.arange(-96, 33) / 32) * 65536)
        metadata |= {"latents": [LATENTS], "depths": [[12] * LATENTS, [6] * LATENTS, [0] * LATENTS], "fine_depths": 2}
        metadata["posterior"] = {"curve_shift": curve.shift, "mean_shift": 6}
    metadata |= {"programs": programs, "likelihood": context_likelihood(hood, tensors)}
    tensors["probe.x"] = rng.integers(0, levels, (2, pixels)).astype(np.uint8)
    metadata["probe"] = probe_digest(load_arrays(read_model(write_model(metadata, tensors))))
    return write_model(metadata, tensors)


def dense_writer(rng: np.random.Generator, tensors: dict[str, np.ndarray]) -> Callable[..., dict[str, Any]]:
    """What makes dense layers of random weights: steps of programs, whose tensors are added to these."""

    def dense(name: str, inputs: list[str], sizes: list[int], outputs: int, out: str, **scale: Any) -> dict[str, Any]:
        tensors[f"{name}.weight"] = rng.integers(-80, 81, (sum(sizes), outputs)).astype(np.int16)
        tensors[f"{name}.bias"] = rng.integers(-(1 << 12), 1 << 12, outputs).astype(np.int32)
        return {"op": "dense", "in": inputs, "out": out, "weight": f"{name}.weight", "bias": f"{name}.bias", **scale}

    return dense


def context_programs(dense: Callable[..., dict[str, Any]], hood: Neighbourhood, levels: int, told: int) -> dict[str, Any]:
    """The programs trunk and channel<c>; told: numbers of a pixel that latents tell."""
    z = {"z": {"shape": [told], **WHOLE}} if told else {}
    seen = {"seen": {"shape": [hood.inputs], **WHOLE}}
    steps = [dense("t", ["seen", *z], [hood.inputs, told], UNITS, "t", shift=9, **HIDDEN)]
    names = [f"features{c}" for c in range(hood.channels)]
    steps += [dense(f"f{c}", ["t"], [UNITS], UNITS, names[c], shift=7, **HIDDEN) for c in range(hood.channels)]
    programs: dict[str, Any] = {"trunk": {"inputs": {**seen, **z}, "steps": steps, "outputs": names}}
    heads = [("weight", -256, 256), ("location", -4096, 4096), ("scale", -64, 64)] if levels > 2 else [("logit", -896, 896)]
    for c in range(hood.channels):
        inputs: dict[str, Any] = {names[c]: {"shape": [UNITS], "low": -256, "high": LIMIT}}
        inputs |= {"off": {"shape": [c], **WHOLE}} if c else {}
        steps = [dense(f"m{c}", list(inputs), [UNITS, *[c] * (c > 0)], UNITS, "m", shift=7, **HIDDEN)]
        for name, low, high in heads:
            steps.append(dense(f"{name}{c}", ["m"], [UNITS], 2 if levels > 2 else 1, name, shift=9, low=low, high=high, leaky=False))
        programs[f"channel{c}"] = {"inputs": inputs, "steps": steps, "outputs": [name for name, _, _ in heads]}
    return programs


def context_likelihood(hood: Neighbourhood, tensors: dict[str, np.ndarray]) -> dict[str, object]:
    spread = np.maximum(np.arange(hood.contrasts) / (6 * hood.channels), 1.0)
    tensors["contrast.factors"] = np.rint(2**15 / spread).astype(np.int32)
    tensors["contrast.levels"] = np.rint(np.log(spread) * 16).astype(np.int32) << 3
    tensors["contrast.spreads"] = np.rint(spread * 256).astype(np.int32)
    spec: dict[str, object] = {"kind": "context", "reach": list(hood.reach)}
    if not hood.centred:
        tensors["bernoulli.ones"] = np.array([round(2**24 / (1 + math.exp(-v / 64))) for v in range(-896, 897)], np.int32)
        return spec
    curve = make_curve("logistic")
    tensors["logistic.curve"] = curve.values.astype(np.int32)
    tensors["logistic.edges"] = grid_edges(256, 256).astype(np.int32)
    tensors["logistic.reciprocals"] = make_scales(np.exp(np.arange(-48, 97) / 16) * 256)
    tensors["logistic.weights"] = np.rint(np.exp(np.arange(-256, 257) / 32) * 2**24).astype(np.int64)
    return {**spec, "curve_shift": curve.shift, "level_shift": 3, "lowest_scale": -48}
