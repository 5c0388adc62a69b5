"""Makes model files of tiny hierarchies with random weights, without torch: three spatial layers on two scales, images of 6x5 pixels.

Their pixels are independent given latents, or each sees those before it, too.
"""

import math
from typing import Any

import numpy as np

from codec.coding.tables import equal_mass_edges, grid_edges, make_curve, make_scales
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import probe_digest
from codec.density.arrays.neighbours import LIMIT, Neighbourhood
from codec.nets.model_file import read_model, write_model
from helpers.small_contexts import context_likelihood, context_programs, dense_writer

HEIGHT, WIDTH, FEATURES, TOLD = 6, 5, 6, 2
SIDES = [(2, 2), (3, 3), (3, 3)]  # of each layer, 2 channels each
STREAM = {"low": -(1 << 15) + 1, "high": (1 << 15) - 1}


class _Writer:
    """Collects tensors and steps."""

    def __init__(self, seed: int) -> None:
        self.rng, self.tensors, self.steps = np.random.default_rng(seed), dict[str, np.ndarray](), list[dict[str, Any]]()

    def step(self, op: str, inputs: list[str], out: str, **settings: Any) -> str:
        self.steps.append({"op": op, "in": inputs, "out": out, **settings})
        return out

    def convolve(self, name: str, taken: str, widths: tuple[int, int], size: int = 1, shift: int = 8, **settings: Any) -> str:
        limit = 640 // (size * widths[0])
        self.tensors[f"{name}.weight"] = self.rng.integers(-limit, limit + 1, (size * size * widths[0], widths[1])).astype(np.int16)
        self.tensors[f"{name}.bias"] = self.rng.integers(-(1 << 12), 1 << 12, widths[1]).astype(np.int32)
        made = {"weight": f"{name}.weight", "bias": f"{name}.bias", "size": size, "shift": shift, "leaky": False, **STREAM}
        return self.step("convolution", [taken], name, **{**made, "stride": 1, "padding": [size // 2] * 2, **settings})

    def program(self, inputs: dict[str, Any], outputs: list[str]) -> dict[str, Any]:
        steps, self.steps = self.steps, []
        return {"inputs": inputs, "steps": steps, "outputs": outputs}


def small_hierarchy(levels: int = 256, seed: int = 0, context: bool = False) -> bytes:
    """A model file for images of 6x5 pixels: three channels of bytes, seen as differences without context, or a binary one (levels 2)."""
    writer, channels = _Writer(seed), 3 if levels > 2 else 1
    pixels, sizes = HEIGHT * WIDTH * channels, [2 * math.prod(side) for side in SIDES]
    writer.step("reshape", ["x"], "planes", shape=[HEIGHT, WIDTH, channels])
    writer.convolve("e0", "planes", (channels, FEATURES), 4, 4 if levels > 2 else 0, stride=2, padding=[1, 2], leaky=True)
    writer.convolve("e1", "e0", (FEATURES, FEATURES), 2, stride=2, padding=[0, 1])
    programs = {"encode": writer.program({"x": {"shape": [pixels], "low": 0, "high": levels - 1}}, ["e0", "e1"])}
    for layer, side in enumerate(SIDES):
        programs[f"posterior{layer}"] = _posterior(writer, layer, sizes[layer])
        programs[f"path{layer}"] = _path(writer, layer, side)
    programs["decode"] = _decode(writer, levels, channels, context)
    hood = Neighbourhood(HEIGHT, WIDTH, channels, (2, 1, 1), levels > 2, 128 if levels > 2 else 0)
    if context:
        programs |= context_programs(dense_writer(writer.rng, writer.tensors), hood, levels, TOLD)
    tensors, total = writer.tensors, sum(sizes)
    metadata: dict[str, Any] = {
        "kind": "vae", "pixels": pixels, "shape": [HEIGHT, WIDTH, channels][: 3 if levels > 2 else 2], "levels": levels, "latents": sizes,
        "colours": "differences" if levels > 2 and not context else "rgb", "programs": programs,
        "likelihood": context_likelihood(hood, tensors) if context else _likelihood(levels, tensors),
        "posterior": _posterior_tables(tensors), "depths": "tensor", "fine_depths": 2, "training": {"data": "none"}, "probe": "",
    }  # fmt: skip
    tensors["depths"] = np.repeat(np.array([[12], [6], [0]], np.uint8), total, axis=1)
    tensors["probe.x"] = writer.rng.integers(0, levels, (2, pixels)).astype(np.uint8)
    metadata["probe"] = probe_digest(load_arrays(read_model(write_model(metadata, tensors))))
    return write_model(metadata, tensors)


def _decode(writer: _Writer, levels: int, channels: int, context: bool) -> dict[str, Any]:
    heads = [("weight", -256, 256), ("location", -4096, 8192), ("scale", -48, 96)] if levels > 2 else [("logit", -896, 896)]
    pixels, values = HEIGHT * WIDTH * channels, 2 if levels > 2 else 1
    if context:
        heads, pixels, values = [("z", -LIMIT, LIMIT)], HEIGHT * WIDTH, TOLD
    for name, low, high in heads:
        writer.convolve(f"{name}.planes", "h3", (FEATURES, 4 * pixels // (HEIGHT * WIDTH) * values), low=low, high=high)
        writer.step("shuffle", [f"{name}.planes"], f"{name}.fine", factor=2)
        writer.step("crop", [f"{name}.fine"], f"{name}.cut", height=HEIGHT, width=WIDTH)
        writer.step("reshape", [f"{name}.cut"], name, shape=[pixels, values] if values > 1 else [pixels])
    return writer.program({"h3": {"shape": [3, 3, FEATURES], **STREAM}}, [name for name, _, _ in heads])


def _posterior(writer: _Writer, layer: int, size: int) -> dict[str, Any]:
    side, e = [*SIDES[layer], FEATURES], "e0" if layer else "e1"
    inputs = {e: {"shape": side, **STREAM}} | ({f"h{layer}": {"shape": side, **STREAM}} if layer else {})
    both = writer.step("join", list(inputs), "both") if layer else e
    merged = writer.convolve(f"merge{layer}", both, (FEATURES * len(inputs), FEATURES), leaky=True)
    mean = writer.convolve(f"mean{layer}", merged, (FEATURES, 2), low=-4096, high=4096)
    sigma = writer.convolve(f"sigma{layer}", merged, (FEATURES, 2), shift=12, low=-96, high=32)
    writer.step("reshape", [mean], "mean", shape=[size])
    writer.step("reshape", [sigma], "log_sigma", shape=[size])
    return writer.program(inputs, ["mean", "log_sigma"])


def _path(writer: _Writer, layer: int, side: tuple[int, int]) -> dict[str, Any]:
    inputs: dict[str, Any] = {f"eps{layer}": {"shape": [2 * math.prod(side)], "low": -4096, "high": 4096}}
    z = writer.step("reshape", [f"eps{layer}"], "eps", shape=[*side, 2])
    if layer:
        inputs[f"h{layer}"] = {"shape": [*side, FEATURES], **STREAM}
        prior = writer.convolve(f"prior{layer}", f"h{layer}", (FEATURES, 2), shift=12, low=-32, high=32)
        writer.tensors["prior.sigma"] = np.rint(np.exp(np.arange(-32, 33) / 32) * 1024).astype(np.int32)
        writer.step("table", [prior], "sigma", table="prior.sigma")
        z = writer.step("multiply", [z, "sigma"], "z", shift=10, **STREAM)
    seen = writer.convolve(f"spread{layer}", z, (2, FEATURES), 3, leaky=not layer)
    if layer:
        return writer.program(inputs, [writer.step("add", [f"h{layer}", seen], f"h{layer + 1}", **STREAM)])
    wide = writer.step("upsample", [seen], "wide", factor=2)
    return writer.program(inputs, [writer.step("crop", [wide], "h1", height=SIDES[1][0], width=SIDES[1][1])])


def _likelihood(levels: int, tensors: dict[str, np.ndarray]) -> dict[str, object]:
    if levels == 2:
        tensors["bernoulli.ones"] = np.array([round(2**24 / (1 + math.exp(-v / 64))) for v in range(-896, 897)], np.int32)
        return {"kind": "bernoulli"}
    curve = make_curve("logistic")
    tensors["logistic.curve"] = curve.values.astype(np.int32)
    tensors["logistic.edges"] = grid_edges(256, 256).astype(np.int32)
    tensors["logistic.reciprocals"] = make_scales(np.exp(np.arange(-48, 97) / 16) * 256)
    tensors["logistic.weights"] = np.rint(np.exp(np.arange(-256, 257) / 32) * 2**24).astype(np.int64)
    return {"kind": "logistic", "curve_shift": curve.shift, "location_shift": 4}


def _posterior_tables(tensors: dict[str, np.ndarray]) -> dict[str, int]:
    curve = make_curve("normal")
    tensors["normal.curve"] = curve.values.astype(np.int32)
    tensors["normal.edges"] = equal_mass_edges(13).astype(np.int32)
    tensors["normal.reciprocals"] = make_scales(np.exp(np.arange(-96, 33) / 32) * 65536)
    return {"curve_shift": curve.shift, "mean_shift": 6}


def small_pictures(count: int, levels: int = 256, seed: int = 1) -> np.ndarray:
    """Images uint8 [count, 6, 5, 3], or [count, 6, 5] of 0 and 1."""
    shape = (count, HEIGHT, WIDTH, 3) if levels > 2 else (count, HEIGHT, WIDTH)
    return np.random.default_rng(seed).integers(0, levels, shape).astype(np.uint8)
