"""Makes model files of photos with tiny nets, without torch: random weights, but latents that pay on any picture."""

from typing import Any

import numpy as np

from codec.coding.tables import equal_mass_edges, make_curve, make_scales
from codec.density.photo.predictors import SETS
from codec.density.photo.surroundings import USUAL, Surroundings, input_count
from codec.density.shared.learning import PACES
from codec.density.shared.scales import HIGHEST_SCALE, make_tables
from codec.nets.model_file import write_model
from helpers.small_directions import small_directions

TRUNK, HEAD, COMPONENTS, LATENTS, FEATURES = (16, 8), 8, 2, 3, 8
ONE_SIGMA = 1 << 10  # of eps
WIDE = 300  # the first unit of a head where the first latent is 0: scales are three octaves too wide then, and right at -1.2 sigma


def small_photo_model(
    channels: int = 3, seed: int = 0, predictors: str = "two", learning: str = "none", in_singles: bool = False, networks: int = 1
) -> bytes:
    """A model file for pictures of 1 or 3 channels. Its probe is not that of coding: the digest is empty."""
    rng = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray] = {}
    number = len(SETS[predictors])
    view = Surroundings(20, 7, 3, 9) if predictors == "four" else USUAL
    sizes = {"trunk0": (input_count(channels, number, view), TRUNK[0]), "trunk1": TRUNK}
    for c in range(channels):
        sizes |= {f"head{c}": (TRUNK[1] + (number - 1 + 3 * c if c else 0), HEAD), f"out{c}": (HEAD, (2 + number) * COMPONENTS)}
    sizes = {of + name: size for of in ("", "second.")[:networks] for name, size in sizes.items()}
    for name, (inputs, outputs) in sizes.items():
        tensors[f"{name}.weight"] = rng.integers(-30, 31, (inputs, outputs)).astype(np.int16)
        tensors[f"{name}.bias"] = rng.integers(-2000, 2001, outputs).astype(np.int32)
        if "head" in name:
            tensors[f"{name}.weight"][:, 0], tensors[f"{name}.bias"][0] = 0, 0
        if "out" in name:
            tensors[f"{name}.weight"][0] = np.repeat([0, 0, 160, *[0] * (number - 1)], COMPONENTS)
    tensors |= {f"table.{name}": table for name, table in {**make_tables(), **likelihood_tables()}.items()}
    curve = make_curve("normal")
    tensors["normal.curve"] = curve.values.astype(np.int32)
    tensors["normal.edges"] = equal_mass_edges(13).astype(np.int32)
    tensors["normal.reciprocals"] = make_scales(np.exp(np.arange(-192, 33) / 32) * 65536)
    tensors["probe.planes"] = rng.integers(0, 256, (channels, 40, 56)).astype(np.int16)
    if PACES[learning].directed:
        tensors |= small_directions(sizes)
    metadata = {
        "kind": "photo", "channels": channels, "predictors": predictors, "surroundings": list(view),
        "learning": learning, **({"sums": "singles"} if in_singles else {}),
        "trunk": list(TRUNK), "head": HEAD, "components": COMPONENTS, "latents": [LATENTS],
        "shifts": {name: 8 if "out" in name else 6 for name in sizes}, **({"networks": networks} if networks > 1 else {}),
        "programs": _programs(channels, input_count(channels, number, view) + 2 * channels, tensors, rng),
        "posterior": {"curve_shift": curve.shift, "mean_shift": 6}, "probe": "", "training": {"data": "none"},
    }  # fmt: skip
    return write_model(metadata, tensors)


def _programs(channels: int, inputs: int, tensors: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, Any]:
    units = sum(TRUNK) + channels * HEAD

    def dense(name: str, given: str, inputs: int, outputs: int, out: str, low: int, high: int, shift: int, weight: int) -> dict[str, Any]:
        tensors[f"{name}.weight"] = rng.integers(-weight, weight + 1, (inputs, outputs)).astype(np.int16)
        tensors[f"{name}.bias"] = np.zeros(outputs, np.int32)
        names = {"in": [given], "out": out, "weight": f"{name}.weight", "bias": f"{name}.bias"}
        return {"op": "dense", **names, "shift": shift, "low": low, "high": high, "leaky": high == 32767}

    def program(name: str, size: int, low: int, high: int, steps: list[dict[str, Any]], outputs: list[str]) -> dict[str, Any]:
        return {"inputs": {name: {"shape": [size], "low": low, "high": high}}, "steps": steps, "outputs": outputs}

    wide = (-32767, 32767)
    modulate = [
        dense("modulate.hidden", "eps0", LATENTS, 8, "h", *wide, 3, 4),
        dense("modulate.scale", "h", 8, units, "scale", -128, 383, 6, 2),
        dense("modulate.shift", "h", 8, units, "shift", -1023, 1023, 6, 1),
    ]
    tensors["modulate.hidden.weight"][:, 0] = [-8, *[0] * (LATENTS - 1)]
    heads = sum(TRUNK) + HEAD * np.arange(channels)
    tensors["modulate.scale.weight"][:, heads] = 0
    tensors["modulate.shift.weight"][:, heads] = np.array([-16, *[0] * 7])[:, None]
    tensors["modulate.shift.bias"][heads] = WIDE << 6
    sample = [
        dense("sample.0", "x", inputs, 8, "h0", *wide, 5, 20),
        dense("sample.1", "h0", 8, FEATURES, "h", *wide, 5, 20),
    ]
    posterior = [
        dense("posterior.mean", "features", FEATURES, LATENTS, "mean", -16384, 16384, 8, 20),
        dense("posterior.log_sigma", "features", FEATURES, LATENTS, "log_sigma", -192, 32, 12, 20),
    ]
    tensors["posterior.mean.bias"][0] = -int(1.2 * ONE_SIGMA) << 8
    tensors["posterior.log_sigma.bias"][0] = -64 << 12
    return {
        "modulate": program("eps0", LATENTS, -4 * ONE_SIGMA, 4 * ONE_SIGMA, modulate, ["scale", "shift"]),
        "sample": program("x", inputs, -HIGHEST_SCALE, HIGHEST_SCALE, sample, ["h"]),
        "posterior0": program("features", FEATURES, -4096, 32767, posterior, ["mean", "log_sigma"]),
    }


def likelihood_tables() -> dict[str, np.ndarray]:
    """The tables of a mixture's likelihood, beside those of scales."""
    outputs, steps = np.arange(-512, 512) / 64, np.arange(-512, 513) / 32
    curve = np.rint(2**24 / (1 + np.exp(-steps)))
    curve[[0, -1]] = 0, 2**24
    return {
        "exponential": np.rint(2**12 * np.exp(outputs)).astype(np.int32),
        "sigmoid": np.rint(256 / (1 + np.exp(-outputs))).astype(np.int32),
        "curve": curve.astype(np.int32),
        "precision": np.rint(2**25 / (64 * 2 ** (np.arange(-160, HIGHEST_SCALE + 1) / 32))).astype(np.int64),
    }
