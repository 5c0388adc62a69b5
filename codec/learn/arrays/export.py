"""From a trained net to a model file: every layer becomes integers, and every table is made here, once.

The model file's programs are the net's own quantised graph, step by step (quant.py); what they compute equals the torch graph run
in float64 bit for bit. The bounds that make the runtime exact are proved by reading the file back as a model.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.coding.tables import equal_mass_edges, grid_edges, make_curve, make_scales
from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import EDGE_FRACTION_BITS, EPS_FRACTION_BITS, load_model
from codec.density.arrays.model import FULL_BITS, PRECISION, probe_digest
from codec.learn.arrays import likelihoods, nets
from codec.learn.arrays.nets import Net, OneLayer, TwoLayers
from codec.learn.arrays.train import load_checkpoint
from codec.learn.common.data import binarise
from codec.learn.common.quantise import HIDDEN, Dense, Grid, calibrate, set_quantised
from codec.nets.layers import VALUE_LIMIT
from codec.nets.model_file import read_model, write_model

EXTRA_BITS = (9.0, 7.0, 6.0, 5.0, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0, 0.5)
FINE_BITS = 4.0  # with so many, a depth costs next to nothing
ACTIVE_BITS = 0.02  # a latent that says less is not coded at all where bits are scarce
PIXEL_FRACTION_BITS = 8  # of the edges between gray values
WEIGHT_FRACTION_BITS = 24  # of the table exp(component logit)
CALIBRATION_IMAGES = 2000
MEASURED_IMAGES, MEASURED_PARTICLES = 1000, 50


class Writer:
    """Collects the steps of programs and the tensors they use."""

    def __init__(self) -> None:
        self.tensors: dict[str, NDArray] = {}
        self.steps: list[dict[str, Any]] = []

    def step(self, op: str, inputs: list[str], out: str, **fields: Any) -> str:
        self.steps.append({"op": op, "in": inputs, "out": out, **fields})
        return out

    def dense(self, name: str, layer: Dense, inputs: list[str], out: str) -> str:
        """A layer of the net; its tensors are stored once, however often it is used."""
        weight, bias, bits = layer.integers()
        self.tensors[f"{name}.weight"] = weight.numpy().T.astype(np.int16)
        self.tensors[f"{name}.bias"] = bias.numpy().astype(np.int64)
        low, high = _limits(layer.grid)
        shift = bits + layer.input_bits - layer.grid.fraction_bits
        fields = {"weight": f"{name}.weight", "bias": f"{name}.bias", "shift": shift, "low": low, "high": high, "leaky": layer.leaky}
        return self.step("dense", inputs, out, **fields)

    def program(self, inputs: Mapping[str, dict[str, Any]], outputs: list[str]) -> dict[str, Any]:
        """The steps so far as a program; begins a new one."""
        steps, self.steps = self.steps, []
        return {"inputs": dict(inputs), "steps": steps, "outputs": outputs}


def export_model(net: Net, images: NDArray[np.uint8], training: Mapping[str, Any]) -> bytes:
    """The model file of a net, in its quantised form.

    images: uint8 [n, 784], what the net was trained on (0/1 for binary pixels): for the depths and the probe. training: facts, stored.
    Raises BadModel when the net's exactness cannot be proved.
    """
    net = copy.deepcopy(net).double()
    set_quantised(net, True)
    writer = Writer()
    metadata = {
        "kind": "vae",
        "pixels": likelihoods.PIXELS,
        "levels": 2 if net.config.likelihood == "bernoulli" else 256,
        "latents": list(net.latents),
        "programs": _programs(net, writer),
        "likelihood": _likelihood_tables(net, writer),
        "posterior": posterior_tables(writer),
        "depths": _depths(net, images[:CALIBRATION_IMAGES]),
        "fine_depths": 1 + sum(extra >= FINE_BITS for extra in EXTRA_BITS),
        "training": dict(training),
        "probe": "",
    }
    writer.tensors["probe.x"] = images[:4].astype(np.uint8)
    metadata["probe"] = probe_digest(load_model(read_model(write_model(metadata, writer.tensors))))
    return write_model(metadata, writer.tensors)


def export_checkpoint(path: Path, images: NDArray[np.uint8], facts: Mapping[str, Any]) -> bytes:
    """The model file of a checkpoint that was trained on images, uint8 [n, 28, 28]; facts are stored beside its settings and rates."""
    net, config = load_checkpoint(path)
    if not net.quantised:
        calibrate(net)
    flat = images.reshape(len(images), -1)
    levels = binarise(flat, 0) if config.net.likelihood == "bernoulli" else flat
    kept = levels[: len(levels) - config.validation]
    held_out = levels[len(kept) :][:MEASURED_IMAGES]
    training = {"settings": asdict(config), "exported": time.strftime("%Y-%m-%d"), **facts}
    model = load_model(read_model(export_model(net, kept, training)))
    if len(held_out):
        (found,) = log_densities(model, held_out, [MEASURED_PARTICLES])
        rates = {"images": len(held_out), "elbo_nats": float(found.lower_bound.mean()), "iwae50_nats": float(found.log_density.mean())}
        training["validation"] = rates
    return export_model(net, kept, training)


def float_inputs(net: Net, images: NDArray[np.uint8]) -> Tensor:
    """What the net takes for images uint8 [n, 784]: 0/1, or p/256."""
    return torch.from_numpy(images.astype(np.float64) / 2**net.config.input_bits)


# ---------------------------------------------------------------- programs


def _programs(net: Net, writer: Writer) -> dict[str, Any]:
    width = net.config.width
    levels = 1 if net.config.likelihood == "bernoulli" else 255
    x = {"x": {"shape": [likelihoods.PIXELS], "low": 0, "high": levels}}
    features = {"features": hidden_value(width)}
    eps = {f"eps{layer}": latent_value(size) for layer, size in enumerate(net.latents)}
    hidden = writer.dense("encoder.0", _dense(net.encoder[0]), ["x"], "h")
    writer.dense("encoder.1", _dense(net.encoder[1]), [hidden], "features")
    programs = {"encode": writer.program(x, ["features"])}
    if isinstance(net, OneLayer):
        programs["posterior0"] = _posterior(writer, "posterior", net.posterior, "features", features)
        hidden = writer.dense("decoder.0", _dense(net.decoder[0]), ["eps0"], "d0")
    else:
        top = writer.dense("top_encoder", net.top_encoder, ["features"], "t")
        programs["posterior0"] = _posterior(writer, "top_posterior", net.top_posterior, top, features)
        merged = writer.dense("merge", net.merge, ["features", _generator(writer, net)], "m")
        programs["posterior1"] = _posterior(writer, "posterior", net.posterior, merged, {**features, "eps0": eps["eps0"]})
        hidden = writer.dense("decoder.0", _dense(net.decoder[0]), [_lower_latent(writer, net)], "d0")
    hidden = writer.dense("decoder.1", _dense(net.decoder[1]), [hidden], "d1")
    programs["decode"] = writer.program(eps, _likelihood(writer, net, hidden))
    return programs


def _posterior(writer: Writer, name: str, head: nets.PosteriorHead, source: str, inputs: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    writer.dense(f"{name}.mean", head.mean, [source], "mean")
    writer.dense(f"{name}.log_sigma", head.log_sigma, [source], "log_sigma")
    return writer.program(inputs, ["mean", "log_sigma"])


def _generator(writer: Writer, net: TwoLayers) -> str:
    hidden = writer.dense("generator.0", _dense(net.generator[0]), ["eps0"], "g0")
    return writer.dense("generator.1", _dense(net.generator[1]), [hidden], "g1")


def _lower_latent(writer: Writer, net: TwoLayers) -> str:
    """z1 = prior mean + prior sigma * eps1; a whole prior mean may be added after rounding as well as before."""
    top = _generator(writer, net)
    mean = writer.dense("prior_mean", net.prior_mean, [top], "prior_mean")
    log_sigma = writer.dense("prior_log_sigma", net.prior_log_sigma, [top], "prior_log_sigma")
    low, high = _limits(nets.LOG_SIGMA)
    scale = 2**nets.LOG_SIGMA.fraction_bits
    sigma = torch.tensor([value / scale for value in range(low, high + 1)], dtype=torch.float64).exp()
    writer.tensors["prior.sigma"] = np.floor(sigma.numpy() * 2**HIDDEN.fraction_bits + 0.5).astype(np.int32)
    writer.step("table", [log_sigma], "prior_sigma", table="prior.sigma")
    limit = VALUE_LIMIT >> 4
    writer.step("multiply", ["prior_sigma", "eps1"], "product", shift=EPS_FRACTION_BITS, low=-limit, high=limit)
    low, high = _limits(HIDDEN)
    return writer.step("add", ["product", mean], "z1", low=low, high=high)


def _likelihood(writer: Writer, net: Net, hidden: str) -> list[str]:
    head = net.likelihood
    if isinstance(head, likelihoods.Bernoulli):
        return [writer.dense("likelihood.logit", head.logit, [hidden], "logit")]
    features = writer.dense("likelihood.features", head.features, [hidden], "f")
    features = writer.step("reshape", [features], "pixels", shape=[likelihoods.PIXELS, head.FEATURES])
    inner = writer.dense("likelihood.hidden", head.hidden, [features], "p")
    layers = {"weight": head.weight, "location": head.location, "scale": head.log_scale}
    return [writer.dense(f"likelihood.{name}", layer, [inner], name) for name, layer in layers.items()]


def hidden_value(width: int) -> dict[str, Any]:
    """A program's input that is the output of a leaky layer."""
    low, high = _limits(HIDDEN)
    return {"shape": [width], "low": low >> 3, "high": high}


def latent_value(size: int) -> dict[str, Any]:
    """A program's input that is a latent in units of its prior."""
    limit = 1 << (EPS_FRACTION_BITS + 2)  # the middles of all bins lie within +- 4
    return {"shape": [size], "low": -limit, "high": limit}


def _limits(grid: Grid) -> tuple[int, int]:
    scale = 2**grid.fraction_bits
    return round(grid.low * scale), round(grid.high * scale)


def _dense(module: Any) -> Dense:
    if not isinstance(module, Dense):
        raise TypeError(f"{module} is no layer of the integer graph")
    return module


# ---------------------------------------------------------------- tables


def posterior_tables(writer: Writer) -> dict[str, Any]:
    """Add the tables of Gaussian latents in units of their prior."""
    curve = make_curve("normal")
    writer.tensors["normal.curve"] = curve.values.astype(np.int32)
    writer.tensors["normal.edges"] = equal_mass_edges(FULL_BITS + 1, EDGE_FRACTION_BITS).astype(np.int32)
    writer.tensors["normal.reciprocals"] = make_scales(_exponentials(nets.LOG_SIGMA) * 2**EDGE_FRACTION_BITS)
    return {"curve_shift": curve.shift, "mean_shift": EDGE_FRACTION_BITS - nets.MEAN.fraction_bits}


def _likelihood_tables(net: Net, writer: Writer) -> dict[str, Any]:
    if net.config.likelihood == "bernoulli":
        low, high = _limits(likelihoods.LOGIT)
        scale = 2**likelihoods.LOGIT.fraction_bits
        ones = [round(2**PRECISION / (1.0 + math.exp(-value / scale))) for value in range(low, high + 1)]
        writer.tensors["bernoulli.ones"] = np.array(ones, np.int32)
        return {"kind": "bernoulli"}
    curve, unit = make_curve("logistic"), 2**PIXEL_FRACTION_BITS
    writer.tensors["logistic.curve"] = curve.values.astype(np.int32)
    writer.tensors["logistic.edges"] = grid_edges(256, unit).astype(np.int32)
    writer.tensors["logistic.reciprocals"] = make_scales(_exponentials(likelihoods.LOG_SCALE) * unit)
    weights = np.maximum(np.rint(_exponentials(likelihoods.COMPONENT) * 2**WEIGHT_FRACTION_BITS), 1)
    writer.tensors["logistic.weights"] = weights.astype(np.int64)
    shift = PIXEL_FRACTION_BITS + 8 - likelihoods.LOCATION.fraction_bits  # a location of 1 is 256 gray values
    return {"kind": "logistic", "curve_shift": curve.shift, "location_shift": shift}


def _exponentials(grid: Grid) -> NDArray[np.float64]:
    low, high = _limits(grid)
    return np.exp(np.arange(low, high + 1) / 2**grid.fraction_bits)


def _depths(net: Net, images: NDArray[np.uint8]) -> list[list[int]]:
    """Full depth first, then ever coarser ones, the last one without any latent.

    A latent that tells k bits on average needs about k more bits of bins than its posterior's entropy: k + extra bits of bins leave
    a posterior that is about `extra` bits wide, which is what its pop takes from the message.
    """
    with torch.no_grad():
        features = net.encode(float_inputs(net, images))
        eps: tuple[Tensor, ...] = ()
        told = []
        for layer in range(len(net.latents)):
            posterior = net.posterior_of(layer, features, eps)
            eps = (*eps, posterior.mean)
            divergence = 0.5 * ((2.0 * posterior.log_sigma).exp() + posterior.mean.square() - 1.0) - posterior.log_sigma
            told.append(divergence.mean(0) / math.log(2.0))
    bits = torch.cat(told).numpy()
    depths = [[FULL_BITS] * bits.size]
    for extra in EXTRA_BITS:
        depths.append(np.where(bits > ACTIVE_BITS, np.clip(np.rint(bits + extra), 1, FULL_BITS), 0).astype(int).tolist())
    return [*depths, [0] * bits.size]
