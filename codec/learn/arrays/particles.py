"""Draws particles: samples of the latents with their log-densities, all particles of a batch as one batched product."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from codec.learn.arrays.nets import DigitsNet
from codec.learn.common.gaussian import Gaussian, log_standard_normal


class Terms(NamedTuple):
    """What the objectives are made of: log-densities of particles, [particles, images] each."""

    log_likelihood: Tensor
    log_prior: Tensor
    log_posterior: Tensor
    divergence: Tensor
    routed: tuple[Tensor, ...]

    @property
    def log_weights(self) -> Tensor:
        return self.log_likelihood + self.log_prior - self.log_posterior


def draw_particles(
    net: DigitsNet, x: Tensor, particles: int, generator: torch.Generator, frozen: bool = False, betas: tuple[float, float] = (1.0, 1.0)
) -> Terms:
    """Particles from the posterior of images x [images, 784], all of them as one batched product.

    `frozen`: log q sees the posterior's parameters as constants (gradients of it flow through the samples only).
    `betas` temper prior and posterior of the last layer, and of the one above it: a warm-up.
    `routed` are the samples as the model sees them: a gradient that passes them is a path from the model to the posterior.
    """
    features = net.encode(x)
    eps: tuple[Tensor, ...] = ()
    log_prior = log_posterior = divergence = x.new_zeros(())
    routed: tuple[Tensor, ...] = ()
    for layer, size in enumerate(net.latents):
        posterior = net.posterior_of(layer, features, eps)
        noise = torch.randn((particles, len(x), size), generator=generator, device=x.device, dtype=posterior.mean.dtype)
        eps = (*eps, posterior.sample(noise))
        routed = (*routed, eps[-1].view_as(eps[-1]))
        weight = betas[len(net.latents) - 1 - layer]
        divergence = divergence + weight * posterior.divergence()
        if frozen:
            posterior = _frozen(net, layer, features.detach(), eps) if layer else posterior.detached()
        log_posterior = log_posterior + weight * posterior.log_density(eps[-1])
        log_prior = log_prior + weight * log_standard_normal(routed[-1])
    log_likelihood = net.likelihood.log_likelihood(net.decode(routed), x)
    return Terms(log_likelihood, log_prior, log_posterior, divergence.expand_as(log_prior), routed)


def _frozen(net: DigitsNet, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
    """Posterior of `layer` with constant parameters, differentiable in the latents before it."""
    constants = {name: value.detach() for name, value in net.named_parameters()}
    posterior: Gaussian = torch.func.functional_call(
        _PosteriorOf(net), {f"net.{name}": value for name, value in constants.items()}, (layer, features, eps)
    )
    return posterior


class _PosteriorOf(nn.Module):
    def __init__(self, net: DigitsNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
        return self.net.posterior_of(layer, features, eps)


def draw_from_prior(net: DigitsNet, x: Tensor, particles: int, generator: torch.Generator) -> Terms:
    """Particles from the prior, other ones for every image; log prior = log posterior, so log w = log p(x|z)."""
    eps = tuple(torch.randn((particles, len(x), size), generator=generator, device=x.device, dtype=x.dtype) for size in net.latents)
    log_prior = sum((log_standard_normal(part) for part in eps[1:]), log_standard_normal(eps[0]))
    log_likelihood = net.likelihood.log_likelihood(net.decode(eps), x)
    return Terms(log_likelihood, log_prior, log_prior, torch.zeros_like(log_prior), eps)
