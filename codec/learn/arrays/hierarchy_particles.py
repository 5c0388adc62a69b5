"""Draws particles of a hierarchy: samples of all its layers, with what the objectives and the depths of a model file are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from codec.learn.arrays.hierarchy_net import Hierarchy, HierarchyConfig, as_planes
from codec.learn.arrays.likelihoods import log_mixture
from codec.learn.arrays.particles import Terms
from codec.learn.common.data import LEVELS
from codec.learn.common.gaussian import Gaussian, log_standard_normal

UNIT = 64.0  # gray values that a net sees as 1


class Sampled(NamedTuple):
    """The terms of the objectives, and the KL of each layer [layers, images] in the mean over particles."""

    terms: Terms
    rates: Tensor


def draw_particles(
    net: Hierarchy, pixels: Tensor, particles: int, generator: torch.Generator, frozen: bool = False, weight: float = 1.0,
    likelihood: Callable[[Tensor | None], Tensor] | None = None,
) -> Sampled:  # fmt: skip
    """Particles from the posterior of images [images, pixels], floats 0 ... 255, or 0 and 1.

    frozen: log q sees the parameters of the posterior as constants. weight: how much prior and posterior count, in a warm-up. likelihood:
    log p(x|z) [particles * images] given h after the last layer, if it is not the net's own."""
    config, images = net.config, len(pixels)
    features = [e.repeat(particles, 1, 1, 1) if particles > 1 else e for e in net.encode(net_planes(pixels, config))]
    h: Tensor | None = None
    eps, routed = tuple[Tensor, ...](), tuple[Tensor, ...]()
    log_prior, log_posterior, rates = pixels.new_zeros(()), pixels.new_zeros(()), list[Tensor]()
    for i, layer in enumerate(net.every):
        h = net.arrive(h, i)
        prior = layer.prior_of(h)
        posterior = _split(layer.posterior(h, features[config.scales[i]], prior), particles)
        noise = torch.randn(posterior.mean.shape, generator=generator, device=pixels.device)
        eps = (*eps, posterior.sample(noise))
        routed = (*routed, eps[-1].view_as(eps[-1]))
        h = layer(h, as_planes(routed[-1], net.shape(i)), prior)
        rates.append(posterior.divergence())
        log_prior = log_prior + weight * log_standard_normal(routed[-1])
        if not frozen:
            log_posterior = log_posterior + weight * posterior.log_density(eps[-1])
    if frozen:
        log_posterior = weight * _frozen_posterior(net, [e.detach() for e in features], eps, particles)
    found = log_likelihood(net, h, pixels.repeat(particles, 1)) if likelihood is None else likelihood(h)
    every = torch.stack(rates)
    return Sampled(Terms(found.reshape(particles, images), log_prior, log_posterior, weight * every.sum(0), routed), every.mean(1))


def _split(posterior: Gaussian, particles: int) -> Gaussian:
    """The posterior [particles * images, latents] as [particles, images, latents]."""
    return Gaussian(*(torch.unflatten(part, 0, (particles, -1)) for part in posterior))


def _frozen_posterior(net: Hierarchy, features: list[Tensor], eps: tuple[Tensor, ...], particles: int) -> Tensor:
    """log q(eps) with constant parameters, differentiable in the latents."""
    constants = {f"net.{name}": value.detach() for name, value in net.named_parameters()}
    found: Tensor = torch.func.functional_call(_LogPosterior(net, particles), constants, (features, eps))
    return found


class _LogPosterior(nn.Module):
    def __init__(self, net: Hierarchy, particles: int) -> None:
        super().__init__()
        self.net, self.particles = net, particles

    def forward(self, features: list[Tensor], eps: tuple[Tensor, ...]) -> Tensor:
        config = self.net.config
        h: Tensor | None = None
        total = eps[0].new_zeros(())
        for i, layer in enumerate(self.net.every):
            h = self.net.arrive(h, i)
            prior = layer.prior_of(h)
            posterior = _split(layer.posterior(h, features[config.scales[i]], prior), self.particles)
            total = total + posterior.log_density(eps[i])
            h = layer(h, as_planes(eps[i], self.net.shape(i)), prior)
        return total


def net_planes(pixels: Tensor, config: HierarchyConfig) -> Tensor:
    """What the net sees of pixels [n, height * width * channels]."""
    planes = as_planes(pixels, (config.height, config.width, config.channels))
    return planes if config.is_binary else (planes - LEVELS // 2) / UNIT


def log_likelihood(net: Hierarchy, h: Tensor | None, pixels: Tensor) -> Tensor:
    """log p(x|z) of images [n, pixels], given h after the last layer."""
    if net.config.is_binary:
        return -functional.binary_cross_entropy_with_logits(net.logits(h), pixels, reduction="none").sum(-1)
    return log_mixture(net.mixtures(h), pixels / LEVELS)


def told_bits(net: Hierarchy, pixels: Tensor, at_once: int = 50) -> NDArray[np.float64]:
    """How many bits each latent tells of images [n, pixels] in the mean, layer by layer."""
    generator, told = torch.Generator().manual_seed(0), list[Tensor]()
    with torch.no_grad():
        for part in torch.split(pixels, at_once):
            drawn = _divergences(net, part, generator)
            told = [a + b for a, b in zip(told, drawn, strict=True)] if told else drawn
    return torch.cat(told).double().numpy() / len(pixels) / math.log(2.0)


def _divergences(net: Hierarchy, pixels: Tensor, generator: torch.Generator) -> list[Tensor]:
    """The KL of each layer's latents, summed over images."""
    features, found = net.encode(net_planes(pixels, net.config)), list[Tensor]()
    h: Tensor | None = None
    for i, layer in enumerate(net.every):
        h = net.arrive(h, i)
        prior = layer.prior_of(h)
        posterior = layer.posterior(h, features[net.config.scales[i]], prior)
        found.append(posterior.divergences().sum(0))
        eps = posterior.sample(torch.randn(posterior.mean.shape, generator=generator))
        h = layer(h, as_planes(eps, net.shape(i)), prior)
    return found
