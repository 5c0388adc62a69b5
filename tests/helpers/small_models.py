"""Makes model files of tiny nets with random weights, without torch: for images of 4x4 pixels, with all that a real one has."""

import math
from typing import Any

import numpy as np

from codec.coding.tables import equal_mass_edges, grid_edges, make_curve, make_scales
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import probe_digest
from codec.nets.model_file import read_model, write_model

PIXELS, WIDTH = 16, 12


def small_model(levels: int = 2, layers: int = 1, seed: int = 0) -> bytes:
    """A model file of `layers` latent layers for images of 16 pixels below `levels` (2 or 256)."""
    rng = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray] = {}
    hidden = {"low": -32767, "high": 32767}

    def dense(name: str, inputs: list[str], sizes: list[int], outputs: int, out: str, **scale: Any) -> dict[str, Any]:
        tensors[f"{name}.weight"] = rng.integers(-80, 81, (sum(sizes), outputs)).astype(np.int16)
        tensors[f"{name}.bias"] = rng.integers(-(1 << 14), 1 << 14, outputs).astype(np.int32)
        return {"op": "dense", "in": inputs, "out": out, "weight": f"{name}.weight", "bias": f"{name}.bias", **scale}

    sizes = [3, 5][:layers]
    x = {"x": {"shape": [PIXELS], "low": 0, "high": levels - 1}}
    features = {"features": {"shape": [WIDTH], "low": -4096, "high": 32767}}
    eps = {f"eps{layer}": {"shape": [size], "low": -4096, "high": 4096} for layer, size in enumerate(sizes)}
    shift = 4 if levels == 2 else 8
    likelihood: dict[str, object] = {"kind": "bernoulli"}
    steps = [dense("e", ["x"], [PIXELS], WIDTH, "features", shift=shift, leaky=True, **hidden)]
    programs: dict[str, dict[str, object]] = {"encode": {"inputs": x, "steps": steps, "outputs": ["features"]}}
    for layer, size in enumerate(sizes):
        before = {f"eps{i}": eps[f"eps{i}"] for i in range(layer)}
        names, widths = ["features", *before], [WIDTH, *sizes[:layer]]
        steps = [
            dense(f"m{layer}", names, widths, size, "mean", shift=7, low=-16384, high=16384, leaky=False),
            dense(f"s{layer}", names, widths, size, "log_sigma", shift=12, low=-192, high=32, leaky=False),
        ]
        programs[f"posterior{layer}"] = {"inputs": {**features, **before}, "steps": steps, "outputs": ["mean", "log_sigma"]}
    steps = [dense("d", list(eps), sizes, WIDTH, "d", shift=7, leaky=True, **hidden)]
    if levels == 2:
        steps.append(dense("l", ["d"], [WIDTH], PIXELS, "logit", shift=11, low=-896, high=896, leaky=False))
        outputs = ["logit"]
        tensors["bernoulli.ones"] = np.array([round(2**24 / (1 + math.exp(-v / 64))) for v in range(-896, 897)], np.int32)
    else:
        for name, low, high in (("weight", -256, 256), ("location", -4096, 8192), ("scale", -48, 96)):
            steps.append(dense(name, ["d"], [WIDTH], PIXELS * 2, f"{name}.flat", shift=8, low=low, high=high, leaky=False))
            steps.append({"op": "reshape", "in": [f"{name}.flat"], "out": name, "shape": [PIXELS, 2]})
        curve = make_curve("logistic")
        outputs = ["weight", "location", "scale"]
        likelihood = {"kind": "logistic", "curve_shift": curve.shift, "location_shift": 4}
        tensors["logistic.curve"] = curve.values.astype(np.int32)
        tensors["logistic.edges"] = grid_edges(256, 256).astype(np.int32)
        tensors["logistic.reciprocals"] = make_scales(np.exp(np.arange(-48, 97) / 16) * 256)
        tensors["logistic.weights"] = np.rint(np.exp(np.arange(-256, 257) / 32) * 2**24).astype(np.int64)
    programs["decode"] = {"inputs": eps, "steps": steps, "outputs": outputs}
    curve = make_curve("normal")
    tensors["normal.curve"] = curve.values.astype(np.int32)
    tensors["normal.edges"] = equal_mass_edges(13).astype(np.int32)
    tensors["normal.reciprocals"] = make_scales(np.exp(np.arange(-192, 33) / 32) * 65536)
    tensors["probe.x"] = rng.integers(0, levels, (2, PIXELS)).astype(np.uint8)
    total = sum(sizes)
    metadata = {
        "kind": "vae", "pixels": PIXELS, "levels": levels, "latents": sizes, "programs": programs, "likelihood": likelihood,
        "posterior": {"curve_shift": curve.shift, "mean_shift": 6}, "training": {"data": "none"}, "probe": "",
        "depths": [[12] * total, [6] * total, [0, 2, *[3] * (total - 2)], [0] * total], "fine_depths": 2,
    }  # fmt: skip
    metadata["probe"] = probe_digest(load_arrays(read_model(write_model(metadata, tensors))))
    return write_model(metadata, tensors)


def small_images(count: int, levels: int = 2, seed: int = 1) -> np.ndarray:
    """Images uint8 [count, 4, 4]."""
    return np.random.default_rng(seed).integers(0, levels, (count, 4, 4)).astype(np.uint8)
