"""Makes a model file of a trained net of digits: every layer becomes integers, and every table is made here, once.

The model file's programs are the net's own quantised graph, step by step (common/quantise.py); their results equal those of the torch graph
in float64 bit for bit. The bounds that make the runtime exact are proved by reading the file back as a model.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import probe_digest
from codec.density.latents import EPS_FRACTION_BITS, FULL_BITS
from codec.learn.arrays import likelihoods
from codec.learn.arrays.images import PIXELS, binarise
from codec.learn.arrays.likelihood_tables import PIXEL_FRACTION_BITS, bernoulli_tables, logistic_tables
from codec.learn.arrays.nets import DigitsNet, OneLayer, TwoLayers
from codec.learn.arrays.train import DIGITS
from codec.learn.common.data import BITS, LEVELS
from codec.learn.common.gaussian import LOG_SIGMA
from codec.learn.common.programs import ProgramWriter, Spec, hidden_value, latent_value
from codec.learn.common.quantise import HIDDEN, calibrate, set_quantised
from codec.learn.common.run import load_checkpoint
from codec.nets.layers import VALUE_LIMIT
from codec.nets.model_file import read_model, with_probe, write_model

EXTRA_BITS = (9.0, 7.0, 6.0, 5.0, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0, 0.5)
FINE_BITS = 4.0  # with so many, a depth costs next to nothing
ACTIVE_BITS = 0.02  # a latent that says less is not coded at all where bits are scarce
CALIBRATION_IMAGES = 2000
MEASURED_IMAGES, MEASURED_PARTICLES = 1000, 50


def export_net_of_digits(net: DigitsNet, images: NDArray[np.uint8], training: Mapping[str, object]) -> bytes:
    """The model file of a net, in its quantised form.

    images: uint8 [n, 784], what the net was trained on (0/1 for binary pixels): for the depths and the probe. training: facts, stored.
    Raises BadModel when the net's exactness cannot be proved.
    """
    net = copy.deepcopy(net).double()
    set_quantised(net, True)
    writer = ProgramWriter()
    metadata: Spec = {
        "kind": "vae",
        "pixels": PIXELS,
        "levels": 2 if net.config.likelihood == "bernoulli" else LEVELS,
        "latents": list(net.latents),
        "programs": _programs(net, writer),
        "likelihood": _likelihood_tables(net, writer),
        "posterior": writer.posterior_tables(),
        "depths": _depths(net, images[:CALIBRATION_IMAGES]),
        "fine_depths": 1 + sum(extra >= FINE_BITS for extra in EXTRA_BITS),
        "training": dict(training),
        "probe": "",
    }
    writer.tensors["probe.x"] = images[:4].astype(np.uint8)
    return with_probe(write_model(metadata, writer.tensors), lambda file: probe_digest(load_arrays(file)))


def export_digits(path: Path, images: NDArray[np.uint8], facts: Mapping[str, object]) -> bytes:
    """The model file of a checkpoint that was trained on images, uint8 [n, 28, 28]; facts are stored beside its settings and rates."""
    net, config = load_checkpoint(DIGITS, path)
    if not net.quantised:
        calibrate(net)
    flat = images.reshape(len(images), -1)
    levels = binarise(flat, 0) if config.net.likelihood == "bernoulli" else flat
    kept = levels[: len(levels) - config.validation]
    held_out = levels[len(kept) :][:MEASURED_IMAGES]
    training: Spec = {"settings": asdict(config), "exported": time.strftime("%Y-%m-%d"), **facts}
    model = load_arrays(read_model(export_net_of_digits(net, kept, training)))
    if len(held_out):
        (found,) = log_densities(model, held_out, [MEASURED_PARTICLES], np.random.default_rng(0))
        rates = {"images": len(held_out), "elbo_nats": float(found.lower_bound.mean()), "iwae50_nats": float(found.log_density.mean())}
        training["validation"] = rates
    return export_net_of_digits(net, kept, training)


def float_inputs(net: DigitsNet, images: NDArray[np.uint8]) -> Tensor:
    """What the net takes for images uint8 [n, 784]: 0/1, or p/256."""
    return torch.from_numpy(images.astype(np.float64) / 2**net.config.input_bits)


# ---------------------------------------------------------------- programs


def _programs(net: DigitsNet, writer: ProgramWriter) -> Spec:
    width = net.config.width
    largest = 1 if net.config.likelihood == "bernoulli" else LEVELS - 1
    x: dict[str, Spec] = {"x": {"shape": [PIXELS], "low": 0, "high": largest}}
    features = {"features": hidden_value(width)}
    eps = {f"eps{layer}": latent_value(size) for layer, size in enumerate(net.latents)}
    hidden = writer.dense("encoder.0", net.encoder[0], ["x"], "h")
    writer.dense("encoder.1", net.encoder[1], [hidden], "features")
    programs: Spec = {"encode": writer.program(x, ["features"])}
    if isinstance(net, OneLayer):
        programs["posterior0"] = writer.posterior("posterior", net.posterior, "features", features)
        hidden = writer.dense("decoder.0", net.decoder[0], ["eps0"], "d0")
    else:
        top = writer.dense("top_encoder", net.top_encoder, ["features"], "t")
        programs["posterior0"] = writer.posterior("top_posterior", net.top_posterior, top, features)
        merged = writer.dense("merge", net.merge, ["features", _generator(writer, net)], "m")
        programs["posterior1"] = writer.posterior("posterior", net.posterior, merged, {**features, "eps0": eps["eps0"]})
        hidden = writer.dense("decoder.0", net.decoder[0], [_lower_latent(writer, net)], "d0")
    hidden = writer.dense("decoder.1", net.decoder[1], [hidden], "d1")
    programs["decode"] = writer.program(eps, _likelihood(writer, net, hidden))
    return programs


def _generator(writer: ProgramWriter, net: TwoLayers) -> str:
    hidden = writer.dense("generator.0", net.generator[0], ["eps0"], "g0")
    return writer.dense("generator.1", net.generator[1], [hidden], "g1")


def _lower_latent(writer: ProgramWriter, net: TwoLayers) -> str:
    """z1 = prior mean + prior sigma * eps1; a whole prior mean may be added after rounding as well as before."""
    top = _generator(writer, net)
    mean = writer.dense("prior_mean", net.prior_mean, [top], "prior_mean")
    log_sigma = writer.dense("prior_log_sigma", net.prior_log_sigma, [top], "prior_log_sigma")
    low, high = LOG_SIGMA.limits
    sigma = torch.exp(torch.arange(low, high + 1, dtype=torch.float64) / 2**LOG_SIGMA.fraction_bits)
    writer.tensors["prior.sigma"] = np.floor(sigma.numpy() * 2**HIDDEN.fraction_bits + 0.5).astype(np.int32)
    writer.step("table", [log_sigma], "prior_sigma", table="prior.sigma")
    limit = VALUE_LIMIT >> 4
    writer.step("multiply", ["prior_sigma", "eps1"], "product", shift=EPS_FRACTION_BITS, low=-limit, high=limit)
    low, high = HIDDEN.limits
    return writer.step("add", ["product", mean], "z1", low=low, high=high)


def _likelihood(writer: ProgramWriter, net: DigitsNet, hidden: str) -> list[str]:
    head = net.likelihood
    if isinstance(head, likelihoods.BernoulliPixels):
        return [writer.dense("likelihood.logit", head.logit, [hidden], "logit")]
    features = writer.dense("likelihood.features", head.features, [hidden], "f")
    features = writer.step("reshape", [features], "pixels", shape=[PIXELS, head.FEATURES])
    inner = writer.dense("likelihood.hidden", head.hidden, [features], "p")
    layers = {"weight": head.weight, "location": head.location, "scale": head.log_scale}
    return [writer.dense(f"likelihood.{name}", layer, [inner], name) for name, layer in layers.items()]


# ---------------------------------------------------------------- tables


def _likelihood_tables(net: DigitsNet, writer: ProgramWriter) -> Spec:
    if net.config.likelihood == "bernoulli":
        bernoulli_tables(writer)
        return {"kind": "bernoulli"}
    shift = PIXEL_FRACTION_BITS + BITS - likelihoods.LOCATION.fraction_bits  # a location of 1 is 256 gray values
    return {"kind": "logistic", "curve_shift": logistic_tables(writer), "location_shift": shift}


def _depths(net: DigitsNet, images: NDArray[np.uint8]) -> list[list[int]]:
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
            told.append(posterior.divergences().mean(0) / math.log(2.0))
    bits = torch.cat(told).numpy()
    depths = [[FULL_BITS] * bits.size]
    for extra in EXTRA_BITS:
        depths.append(np.where(bits > ACTIVE_BITS, np.clip(np.rint(bits + extra), 1, FULL_BITS), 0).astype(int).tolist())
    return [*depths, [0] * bits.size]
