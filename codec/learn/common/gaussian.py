"""Posteriors of latents: Gaussians in units of the prior N(0, 1), from two heads of a net."""

from __future__ import annotations

import math
from typing import NamedTuple

from torch import Tensor, nn

from codec.learn.common.quantise import Dense, Grid, heads

MEAN = Grid(10, -16.0, 16.0)
LOG_SIGMA = Grid(5, -6.0, 1.0)
HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


class Gaussian(NamedTuple):
    """Posterior of one latent layer in units of its prior: mean and log sigma, [..., latents]."""

    mean: Tensor
    log_sigma: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """Latents in units of the prior, from standard normal noise."""
        return self.mean + self.log_sigma.exp() * noise

    def log_density(self, eps: Tensor) -> Tensor:
        """log q(eps), summed over the last axis."""
        return (-0.5 * ((eps - self.mean) * (-self.log_sigma).exp()).square() - self.log_sigma - HALF_LOG_TAU).sum(-1)

    def divergences(self) -> Tensor:
        """KL(q || N(0, 1)) of each latent."""
        return 0.5 * ((2.0 * self.log_sigma).exp() + self.mean.square() - 1.0 - 2.0 * self.log_sigma)

    def divergence(self) -> Tensor:
        """KL(q || N(0, 1)), summed over the last axis."""
        return self.divergences().sum(-1)

    def detached(self) -> Gaussian:
        """The posterior with parameters that are constants."""
        return Gaussian(self.mean.detach(), self.log_sigma.detach())


def log_standard_normal(eps: Tensor) -> Tensor:
    """log N(eps; 0, 1), summed over the last axis."""
    return (-0.5 * eps.square() - HALF_LOG_TAU).sum(-1)


class PosteriorHead(nn.Module):
    """Two heads: mean and log sigma of a Gaussian in units of the prior."""

    def __init__(self, inputs: int, latents: int) -> None:
        super().__init__()
        self.mean = Dense(inputs, latents, MEAN, leaky=False)
        self.log_sigma = Dense(inputs, latents, LOG_SIGMA, leaky=False)

    def forward(self, features: Tensor) -> Gaussian:
        # In full precision whatever the matrix products use: log-weights subtract large numbers.
        mean, log_sigma = heads(features, (self.mean, self.log_sigma))
        return Gaussian(mean.clamp(MEAN.low, MEAN.high), log_sigma.clamp(LOG_SIGMA.low, LOG_SIGMA.high))
