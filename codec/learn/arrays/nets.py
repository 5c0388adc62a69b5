"""The nets of digits: VAEs over 28x28 images with one or two stochastic layers, made of layers of the integer graph.

Every latent is coded in standard form: eps with prior N(0, 1) and posterior N(mean, exp(log_sigma)), both of them in units of the
prior (a posterior that says nothing is N(0, 1)). With h = 200, d = 50:

    one layer     x 784 - h - h - posterior of eps (d)                     z = eps;   z - h - h - likelihood of 784 pixels

    two layers    x 784 - h - h = e                  z2 = eps2;            z2 - h/2 - h/2 = t;   t -> prior mean, log sigma of z1 (2 d)
                  e - h/2 - posterior of eps2 (10)                         z1 = mean + exp(log sigma) * eps1
                  (e, t) - h/2 - posterior of eps1 (2 d)                   z1 - h - h - likelihood of 784 pixels

Likelihoods: `bernoulli` (binary pixels) and `logistic` (8-bit pixels: a mixture of discretised logistics whose end bins take the
tails; locations and scales in units where a pixel value p is p/256). The integer runtime reads a net through these names: each
module is a `Dense` of common/quantise.py with its grid, `posterior_*`, `prior_*` and the likelihood's heads are heads without activation.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from codec.errors import BadConfig
from codec.learn.arrays.images import PIXELS
from codec.learn.arrays.likelihoods import LIKELIHOODS, BernoulliPixels, LogisticPixels
from codec.learn.common.data import BITS
from codec.learn.common.gaussian import LOG_SIGMA, MEAN, Gaussian, PosteriorHead
from codec.learn.common.quantise import HIDDEN, Dense, Switched, to_grid


@dataclass(frozen=True)
class DigitsConfig:
    """What a net of digits is. `size` is the one dial: it multiplies every hidden width.

    With two layers the upper one is small (`top_latents`): each of two layers as wide as the data needs can carry everything, and
    in training one of them then does, and the other one dies.
    """

    likelihood: str = "bernoulli"
    layers: int = 1
    size: float = 1.0
    latents: int = 50
    top_latents: int = 10

    def __post_init__(self) -> None:
        if self.likelihood not in ("bernoulli", "logistic"):
            raise BadConfig(f"likelihood is 'bernoulli' or 'logistic', not {self.likelihood!r}")
        if self.layers not in (1, 2) or min(self.latents, self.top_latents) < 1 or not 0.05 <= self.size <= 20:
            raise BadConfig(f"a net has 1 or 2 stochastic layers, at least 1 latent and a size of 0.05 to 20, not {asdict(self)}")

    @property
    def width(self) -> int:
        return round(200 * self.size)

    @property
    def input_bits(self) -> int:
        """Fraction bits of an input pixel: 0 for binary ones, 8 for gray ones (value p/256)."""
        return 0 if self.likelihood == "bernoulli" else BITS


class RateDistortion(NamedTuple):
    """Means over images in bits per dimension: `rate` (KL of the latents), `distortion` (pixels given them); their sum is -ELBO."""

    rate: Tensor
    distortion: Tensor


class Digits(Switched):
    """What the nets have in common. `latents`: their numbers, layer by layer in coding order."""

    config: DigitsConfig
    latents: tuple[int, ...]
    likelihood: BernoulliPixels | LogisticPixels

    def encode(self, x: Tensor) -> Tensor:
        """Features of images [images, 784] (0/1, or p/256) that do not depend on a latent."""
        raise NotImplementedError

    def posterior_of(self, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
        """Posterior of latent `layer` given the features and the latents before it, in coding order."""
        raise NotImplementedError

    def decode(self, eps: tuple[Tensor, ...]) -> Tensor:
        """Latents, each [..., latents] -> features, as the likelihood takes them."""
        raise NotImplementedError

    def model_parameters(self) -> list[nn.Parameter]:
        """The parameters of prior and likelihood; all others are the posterior's alone."""
        raise NotImplementedError

    def forward(self, x: Tensor, generator: torch.Generator) -> RateDistortion:
        """Rate and distortion of images [images, 784] (0/1, or p/256) with one posterior sample each."""
        features, bits = self.encode(x), 1.0 / (math.log(2.0) * PIXELS)
        eps: tuple[Tensor, ...] = ()
        divergence = x.new_zeros(())
        for layer, size in enumerate(self.latents):
            posterior = self.posterior_of(layer, features, eps)
            noise = torch.randn((1, len(x), size), generator=generator, device=x.device, dtype=posterior.mean.dtype)
            eps = (*eps, posterior.sample(noise))
            divergence = divergence + posterior.divergence()
        log_likelihood = self.likelihood.log_likelihood(self.decode(eps), x)
        return RateDistortion(bits * divergence.mean(), -bits * log_likelihood.mean())


class OneLayer(Digits):
    """x - h - h - eps - h - h - x."""

    def __init__(self, config: DigitsConfig) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.encoder = nn.Sequential(Dense(PIXELS, width, input_bits=config.input_bits), Dense(width, width))
        self.posterior = PosteriorHead(width, config.latents)
        self.decoder = nn.Sequential(Dense(config.latents, width), Dense(width, width))
        self.likelihood = LIKELIHOODS[config.likelihood](width)
        self.latents = (config.latents,)

    def encode(self, x: Tensor) -> Tensor:
        features: Tensor = self.encoder(x)
        return features

    def posterior_of(self, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
        posterior: Gaussian = self.posterior(features)
        return posterior

    def decode(self, eps: tuple[Tensor, ...]) -> Tensor:
        (z,) = _on_grid(eps, self.integral)
        features: Tensor = self.decoder(z)
        return features

    def model_parameters(self) -> list[nn.Parameter]:
        return [*self.decoder.parameters(), *self.likelihood.parameters()]


class TwoLayers(Digits):
    """Top-down: eps = (eps2, eps1) in coding order, z1 = prior_mean(z2) + exp(prior_log_sigma(z2)) * eps1."""

    def __init__(self, config: DigitsConfig) -> None:
        super().__init__()
        width, half, top, low = config.width, round(config.width / 2), config.top_latents, 2 * config.latents
        self.config = config
        self.encoder = nn.Sequential(Dense(PIXELS, width, input_bits=config.input_bits), Dense(width, width))
        self.top_encoder = Dense(width, half)
        self.top_posterior = PosteriorHead(half, top)
        self.generator = nn.Sequential(Dense(top, half), Dense(half, half))
        self.prior_mean = Dense(half, low, MEAN, leaky=False)
        self.prior_log_sigma = Dense(half, low, LOG_SIGMA, leaky=False)
        self.merge = Dense((width, half), half)
        self.posterior = PosteriorHead(half, low)
        self.decoder = nn.Sequential(Dense(low, width), Dense(width, width))
        self.likelihood = LIKELIHOODS[config.likelihood](width)
        self.latents = (top, low)

    def encode(self, x: Tensor) -> Tensor:
        features: Tensor = self.encoder(x)
        return features

    def posterior_of(self, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
        posterior: Gaussian
        if layer == 0:
            posterior = self.top_posterior(self.top_encoder(features))
        else:
            (z2,) = _on_grid(eps[:1], self.integral)
            posterior = self.posterior(self.merge(features, self.generator(z2)))
        return posterior

    def decode(self, eps: tuple[Tensor, ...]) -> Tensor:
        z2, eps1 = _on_grid(eps, self.integral)
        top = self.generator(z2)
        mean, sigma = self.prior_mean(top), self.prior_log_sigma(top).clamp(LOG_SIGMA.low, LOG_SIGMA.high).exp()
        if self.integral:
            z1 = to_grid(mean + to_grid(sigma, HIDDEN) * eps1, HIDDEN)
        else:
            z1 = mean + sigma * eps1
        features: Tensor = self.decoder(z1)
        return features

    def model_parameters(self) -> list[nn.Parameter]:
        parts = (self.generator, self.prior_mean, self.prior_log_sigma, self.decoder, self.likelihood)
        return [parameter for part in parts for parameter in part.parameters()]


DigitsNet = OneLayer | TwoLayers


def renew_top(net: TwoLayers, log_sigma: float = -1.5) -> None:
    """Begin anew with everything that touches the upper latents, and with posteriors that say much: for a net whose lower layer lives
    and whose upper one has died. What the lower layer does is kept, but for a new part of its prior."""
    fresh = TwoLayers(net.config)
    with torch.no_grad():
        fresh.prior_mean.weight.mul_(0.3)
        fresh.prior_log_sigma.weight.mul_(0.3)
        fresh.top_posterior.log_sigma.bias.fill_(log_sigma)
        for old, new in ((net.prior_mean, fresh.prior_mean), (net.prior_log_sigma, fresh.prior_log_sigma)):
            old.weight.copy_(new.weight)
        width = net.merge.widths[0]
        net.merge.weight[:, width:].copy_(fresh.merge.weight[:, width:])
    for name in ("top_encoder", "top_posterior", "generator"):
        getattr(net, name).load_state_dict(getattr(fresh, name).state_dict())


def _on_grid(eps: tuple[Tensor, ...], quantised: bool) -> tuple[Tensor, ...]:
    return tuple(to_grid(part, HIDDEN) for part in eps) if quantised else eps


def build_digits(config: DigitsConfig) -> DigitsNet:
    """A net with fresh weights from torch's global generator."""
    return OneLayer(config) if config.layers == 1 else TwoLayers(config)


def posterior_parameters(net: DigitsNet) -> list[nn.Parameter]:
    """The parameters that are not the model's: those of the posterior alone."""
    model = {id(parameter) for parameter in net.model_parameters()}
    return [parameter for parameter in net.parameters() if id(parameter) not in model]
