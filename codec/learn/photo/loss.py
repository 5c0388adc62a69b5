"""The loss that trains a photo net: bits per dimension, tile by tile.

    ELBO      -log p(x|z) + KL(q(z|x) || p(z))                       one or more z from the posterior
    IWAE_k    -log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)              k of them

log p(x|z) of the whole tile is estimated from some of its pixels, and z from other pixels of it. On a share of the tiles z is fixed at 0,
which the codec uses where it has no z. A net without latents is the same net with z = 0 everywhere.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from codec.learn.common.gaussian import log_standard_normal
from codec.learn.photo.batches import PhotoBatch
from codec.learn.photo.nets import PhotoNet

LN2 = math.log(2.0)


class PhotoLoss(NamedTuple):
    """Bits per dimension, means over tiles: what is minimised, its part of the pixels, its KL."""

    total: Tensor
    pixels: Tensor
    divergence: Tensor


def photo_loss(net: PhotoNet, batch: PhotoBatch, objective: str = "elbo", weight: float = 1.0) -> PhotoLoss:
    """The loss of a batch; prior and posterior count `weight`."""
    channels = net.config.channels
    if not net.config.latents:
        bits = net.bits(batch.pixels).mean()
        return PhotoLoss(bits, bits.detach(), torch.zeros_like(bits))
    free = 1.0 - batch.fixed
    posterior = net.posterior(batch.samples)
    eps = posterior.sample(batch.noise) * free.unsqueeze(-1)
    bits = net.bits(batch.pixels, net.modulations(eps)).sum(-1).mean(-1)
    divergence = free * posterior.divergence() / (LN2 * batch.areas)
    if objective == "elbo":
        total = bits.mean(0) + weight * divergence
    else:
        ratio = weight * free * (log_standard_normal(eps) - posterior.log_density(eps))
        log_weights = ratio - LN2 * batch.areas * bits
        total = (math.log(len(bits)) - torch.logsumexp(log_weights, 0)) / (LN2 * batch.areas)
    return PhotoLoss(total.mean() / channels, bits.detach().mean() / channels, divergence.detach().mean() / channels)
