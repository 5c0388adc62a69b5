"""Writes the layers of a net as programs of a model file (nets/program.py), and the tensors that they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from codec.coding.tables import equal_mass_edges, make_curve, make_scales
from codec.density.latents import EDGE_FRACTION_BITS, EPS_FRACTION_BITS, FULL_BITS
from codec.learn.common.convolution import Convolution
from codec.learn.common.gaussian import LOG_SIGMA, MEAN, PosteriorHead
from codec.learn.common.quantise import HIDDEN, SLOPE_SHIFT, Dense, Grid

Spec = dict[str, object]  # a JSON object


class ProgramWriter:
    """Collects the steps of programs and the tensors they use."""

    def __init__(self) -> None:
        self.tensors: dict[str, NDArray[np.generic]] = {}
        self.steps: list[Spec] = []

    def step(self, operation: str, inputs: Sequence[str], out: str, **settings: object) -> str:
        """Add a step with its settings; the name of its output."""
        self.steps.append({"op": operation, "in": list(inputs), "out": out, **settings})
        return out

    def dense(self, name: str, layer: nn.Module, inputs: Sequence[str], out: str) -> str:
        """A dense layer of the net; its tensors are stored once, however often it is used."""
        if not isinstance(layer, Dense):
            raise TypeError(f"{layer} is no layer of the integer graph")
        weight, bias, bits = layer.integers()
        self.tensors[f"{name}.weight"] = weight.numpy().T.astype(np.int16)
        self.tensors[f"{name}.bias"] = bias.numpy().astype(np.int64)
        low, high = layer.grid.limits
        shift = bits + layer.input_bits - layer.grid.fraction_bits
        return self.step(
            "dense", inputs, out, weight=f"{name}.weight", bias=f"{name}.bias", shift=shift, low=low, high=high, leaky=layer.leaky
        )

    def convolution(self, name: str, layer: nn.Module | None, taken: str, out: str) -> str:
        """A convolution of the net; its tensors are stored once, however often it is used."""
        if not isinstance(layer, Convolution):
            raise TypeError(f"{layer} is no convolution of the integer graph")
        weight, bias, bits = layer.integers()
        self.tensors[f"{name}.weight"] = weight.numpy().astype(np.int16)
        self.tensors[f"{name}.bias"] = bias.numpy().astype(np.int64)
        low, high = layer.grid.limits
        return self.step(
            "convolution", [taken], out, weight=f"{name}.weight", bias=f"{name}.bias", size=layer.size, stride=layer.stride,
            padding=list(layer.padding), shift=bits + layer.input_bits - layer.grid.fraction_bits, low=low, high=high, leaky=layer.leaky,
        )  # fmt: skip

    def posterior(self, name: str, head: PosteriorHead, features: str, inputs: Mapping[str, Spec]) -> Spec:
        """The program of a posterior that ends in a head."""
        self.dense(f"{name}.mean", head.mean, [features], "mean")
        self.dense(f"{name}.log_sigma", head.log_sigma, [features], "log_sigma")
        return self.program(inputs, ["mean", "log_sigma"])

    def program(self, inputs: Mapping[str, Spec], outputs: Sequence[str]) -> Spec:
        """The steps so far as a program; begins a new one."""
        steps, self.steps = self.steps, []
        return {"inputs": dict(inputs), "steps": steps, "outputs": list(outputs)}

    def posterior_tables(self) -> Spec:
        """Add the tables of latents (density/latents.py); the metadata that belong to them."""
        curve = make_curve("normal")
        self.tensors["normal.curve"] = curve.values.astype(np.int32)
        self.tensors["normal.edges"] = equal_mass_edges(FULL_BITS + 1, EDGE_FRACTION_BITS).astype(np.int32)
        self.tensors["normal.reciprocals"] = make_scales(exponentials(LOG_SIGMA) * 2**EDGE_FRACTION_BITS)
        return {"curve_shift": curve.shift, "mean_shift": EDGE_FRACTION_BITS - MEAN.fraction_bits}


def hidden_value(width: int) -> Spec:
    """A program's input that is the output of a leaky layer."""
    low, high = HIDDEN.limits
    return {"shape": [width], "low": low >> SLOPE_SHIFT, "high": high}


def latent_value(size: int) -> Spec:
    """A program's input that is a latent in units of its prior."""
    limit = 1 << (EPS_FRACTION_BITS + 2)  # the middles of all bins lie within +- 4
    return {"shape": [size], "low": -limit, "high": limit}


def exponentials(grid: Grid) -> NDArray[np.float64]:
    """exp(x) of all numbers of a grid, in ascending order."""
    low, high = grid.limits
    found: NDArray[np.float64] = np.exp(np.arange(low, high + 1) / 2**grid.fraction_bits)
    return found
