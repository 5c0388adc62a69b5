"""Measures what the integers of an exported model of digits cost against the same weights in floats; needs torch and a checkpoint."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from bench.estimates.rows import estimates_of
from bench.measure.peer import Pixels
from bench.measure.results import Figures
from codec.density.estimates import nats_to_bits
from codec.density.named_model import NamedModel

PARTICLES = 500
CHUNK = 10  # images in one evaluation of the floats


def quantisation_cost(model: NamedModel, images: Pixels, checkpoint: Path) -> Figures:
    """-log p(x) of the exported model against that of its weights in floats, in bits a pixel; and the same comparison of the ELBO."""
    flat = images.reshape(len(images), -1)
    (exported,) = estimates_of(flat, model.images, [PARTICLES], 0)
    density, lower = floats_of(flat, checkpoint)
    pixels = flat.shape[1]
    rates = {
        "float": nats_to_bits(-density, pixels),
        "exported": nats_to_bits(-float(exported.log_density.mean()), pixels),
        "float_elbo": nats_to_bits(-lower, pixels),
        "exported_elbo": nats_to_bits(-float(exported.lower_bound.mean()), pixels),
    }
    error = math.sqrt(float(np.square(exported.standard_error).sum())) / len(flat)
    return {
        "images": len(flat),
        **rates,
        "standard_error": nats_to_bits(error, pixels),
        "cost_percent": 100.0 * (rates["exported"] / rates["float"] - 1.0),
        "cost_elbo_percent": 100.0 * (rates["exported_elbo"] / rates["float_elbo"] - 1.0),
    }


def floats_of(images: Pixels, checkpoint: Path) -> tuple[float, float]:
    """The mean log p(x) and the mean ELBO of images [n, pixels] by the floats of a checkpoint, in nats."""
    import torch

    from codec.learn.arrays.particles import draw_particles
    from codec.learn.arrays.train import DIGITS
    from codec.learn.common.quantise import set_quantised
    from codec.learn.common.run import load_checkpoint

    net, config = load_checkpoint(DIGITS, checkpoint)
    set_quantised(net, False)
    x = images.astype(np.float32) / 2**config.net.input_bits
    chunks = [torch.from_numpy(x[first : first + CHUNK]) for first in range(0, len(x), CHUNK)]
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        weights = torch.cat([draw_particles(net, chunk, PARTICLES, generator).log_weights.double() for chunk in chunks], 1)
    return float((torch.logsumexp(weights, 0) - math.log(PARTICLES)).mean()), float(weights.mean())
