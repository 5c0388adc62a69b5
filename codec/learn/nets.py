"""The digits models: VAEs over 28x28 images with one or two stochastic layers, made of layers of the integer graph.

Every latent is coded in standard form: eps with prior N(0, 1) and posterior N(mean, exp(log_sigma)), both of them in units of the
prior (a posterior that says nothing is N(0, 1)). With h = 200, d = 50:

    one layer     x 784 - h - h - posterior of eps (d)                     z = eps;   z - h - h - likelihood of 784 pixels

    two layers    x 784 - h - h = e                  z2 = eps2;            z2 - h/2 - h/2 = t;   t -> prior mean, log sigma of z1 (2 d)
                  e - h/2 - posterior of eps2 (10)                         z1 = mean + exp(log sigma) * eps1
                  (e, t) - h/2 - posterior of eps1 (2 d)                   z1 - h - h - likelihood of 784 pixels

Likelihoods: `bernoulli` (binary pixels) and `logistic` (8-bit pixels: a mixture of discretised logistics whose end bins take the
tails; locations and scales in units where a pixel value p is p/256). The integer runtime reads a net through these names: each
module is a `Dense` of quant.py with its grid, `posterior_*`, `prior_*` and the likelihood's heads are heads without activation.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from codec.errors import CodecError
from codec.learn.quant import HIDDEN, Dense, Grid, Switched, heads, to_grid, wide

PIXELS = 784
MEAN = Grid(10, -16.0, 16.0)
LOG_SIGMA = Grid(5, -6.0, 1.0)
LOGIT = Grid(6, -14.0, 14.0)
SATURATED = float(torch.sigmoid(torch.tensor(LOGIT.high)))  # no gradient there: Adam would turn the tiniest into a drift without end
COMPONENTS = 4
COMPONENT = Grid(5, -8.0, 8.0)
LOCATION = Grid(12, -1.0, 2.0)
LOG_SCALE = Grid(4, -3.0, 6.0)
FLOOR = 2.0**-24
HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


class BadConfig(CodecError):
    """A setting of a net or a training run that does not exist or cannot be."""


@dataclass(frozen=True)
class NetConfig:
    """What a net is. `size` is the one dial: it multiplies every hidden width.

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
        return 0 if self.likelihood == "bernoulli" else 8


class Gaussian(NamedTuple):
    """Posterior of one latent layer in units of its prior: mean and log sigma, [..., latents]."""

    mean: Tensor
    log_sigma: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        return self.mean + self.log_sigma.exp() * noise

    def log_density(self, eps: Tensor) -> Tensor:
        """log q(eps), summed over the last axis."""
        return (-0.5 * ((eps - self.mean) * (-self.log_sigma).exp()).square() - self.log_sigma - HALF_LOG_TAU).sum(-1)

    def divergence(self) -> Tensor:
        """KL(q || N(0, 1)), summed over the last axis."""
        return 0.5 * ((2.0 * self.log_sigma).exp() + self.mean.square() - 1.0 - 2.0 * self.log_sigma).sum(-1)

    def detached(self) -> Gaussian:
        return Gaussian(self.mean.detach(), self.log_sigma.detach())


class Rates(NamedTuple):
    """Means over images in bits per dimension: `rate` (KL of the latents), `distortion` (pixels given them); their sum is -ELBO."""

    rate: Tensor
    distortion: Tensor


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


class Bernoulli(nn.Module):
    """Likelihood of binary pixels: one logit each."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.logit = Dense(inputs, PIXELS, LOGIT, leaky=False)

    def forward(self, features: Tensor) -> Tensor:
        return self.logit(features)

    def log_likelihood(self, parameters: Tensor, x: Tensor) -> Tensor:
        """log p(x|z) of pixels 0 or 1 [images, 784], given logits [..., images, 784] -> [..., images]."""
        return _BernoulliSum.apply(parameters, 2.0 * x - 1.0)


class _BernoulliSum(torch.autograd.Function):
    """sum log sigmoid(sign * logit) over the last axis (a multiple of 4), with one logarithm for four pixels."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, signs: Tensor) -> Tensor:
        probability = logits.to(wide(logits), copy=True).mul_(signs).clamp_(LOGIT.low, LOGIT.high).sigmoid_()
        ctx.save_for_backward(probability, signs)
        ctx.dtype = logits.dtype
        quarter = probability.unflatten(-1, (4, -1))
        product = quarter[..., 0, :] * quarter[..., 1, :]
        return product.mul_(quarter[..., 2, :]).mul_(quarter[..., 3, :]).log_().sum(-1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        probability, signs = ctx.saved_tensors
        return (SATURATED - probability).mul_(signs).mul_(grads[0].unsqueeze(-1)).to(ctx.dtype), None


class Mixture(NamedTuple):
    """Parameters of 8-bit pixels, [..., 784, components] each: logits of the weights, locations as p/256, log scales in pixel units."""

    weight: Tensor
    location: Tensor
    log_scale: Tensor


def _without_outer_rows(gradient: Tensor) -> Tensor:
    inner = torch.ones_like(gradient)
    inner[[0, -1]] = 0.0
    return gradient * inner


class Logistic(nn.Module):
    """Likelihood of 8-bit pixels: features of each pixel from one dense layer, then the same small net for every pixel.

    The first component stands on black and the last one on white, everywhere alike: their steep gradients would drown all others.
    """

    FEATURES = 3
    HIDDEN_UNITS = 16

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.features = Dense(inputs, PIXELS * self.FEATURES)
        self.hidden = Dense(self.FEATURES, self.HIDDEN_UNITS)
        self.weight = Dense(self.HIDDEN_UNITS, COMPONENTS, COMPONENT, leaky=False)
        self.location = Dense(self.HIDDEN_UNITS, COMPONENTS, LOCATION, leaky=False)
        self.log_scale = Dense(self.HIDDEN_UNITS, COMPONENTS, LOG_SCALE, leaky=False)
        with torch.no_grad():
            self.location.bias.copy_(torch.tensor([-2.0, 64.0, 192.0, 253.0]) / 256.0)
            self.log_scale.bias.copy_(torch.tensor([-1.0, 4.0, 4.0, 0.0]))
        for head in (self.location, self.log_scale):
            with torch.no_grad():
                head.weight[[0, -1]] = 0.0
            head.weight.register_hook(_without_outer_rows)

    def forward(self, features: Tensor) -> Mixture:
        hidden = self.hidden(self.features(features).unflatten(-1, (PIXELS, self.FEATURES)))
        weight, location, log_scale = heads(hidden, (self.weight, self.location, self.log_scale))
        return Mixture(
            weight.clamp(COMPONENT.low, COMPONENT.high),
            location.clamp(LOCATION.low, LOCATION.high),
            log_scale.clamp(LOG_SCALE.low, LOG_SCALE.high),
        )

    def log_likelihood(self, parameters: Mixture, x: Tensor) -> Tensor:
        """log p(x|z) of pixels p/256 [images, 784] -> [..., images]. Each of the 256 bins has a mass of at least FLOOR, as in coding."""
        kind = wide(parameters.weight)
        weight, location, log_scale = (part.movedim(-1, 0).to(kind).contiguous() for part in parameters)
        density: Tensor = _LogisticMixture.apply(weight, location, log_scale, 256.0 * x)
        return density.sum(-1)


class _LogisticMixture(torch.autograd.Function):
    """log of the mixture's mass in the bin of each pixel [images, 784], parameters [components, ..., images, 784] -> [..., images, 784].

    Gradients are found along the way: autograd would keep and pass over thirty arrays of this size.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, location: Tensor, log_scale: Tensor, pixel: Tensor) -> Tensor:
        distance = pixel - 256.0 * location
        inverse = (-log_scale).exp_()
        first, last = pixel == 0.0, pixel == 255.0
        # The curve is symmetric: measured in its lower tail, differences keep their digits. Outermost bins take the tails.
        side = torch.where(first, -1.0, torch.where(last, 1.0, distance.sign()))
        distance = distance.mul_(side)
        above, below = (0.5 - distance).mul_(inverse), (-0.5 - distance).mul_(inverse)
        upper, lower = above.sigmoid(), below.sigmoid().mul_(torch.where(first | last, 0.0, 1.0).to(pixel.dtype))
        share = torch.softmax(weight, 0)
        mass = (upper - lower).mul_(share)
        total = mass.sum(0).mul_(1.0 - 256.0 * FLOOR).add_(FLOOR)
        if any(ctx.needs_input_grad):
            factor = (1.0 - 256.0 * FLOOR) / total
            rise, fall = upper.mul_(1.0 - upper), lower.mul_(1.0 - lower)
            slope = share * factor
            ctx.save_for_backward(
                mass.mul_(factor).sub_(share * mass.sum(0)),
                (rise - fall).mul_(inverse).mul_(side).mul_(slope).mul_(256.0),
                fall.mul_(below).sub_(rise.mul_(above)).mul_(slope),
            )
        return total.log_()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        weight, location, log_scale = ctx.saved_tensors
        return weight * grads[0], location * grads[0], log_scale * grads[0], None


LIKELIHOODS: dict[str, type[Bernoulli] | type[Logistic]] = {"bernoulli": Bernoulli, "logistic": Logistic}


class OneLayer(Switched):
    """x - h - h - eps - h - h - x."""

    likelihood: Bernoulli | Logistic

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.encoder = nn.Sequential(Dense(PIXELS, width, input_bits=config.input_bits), Dense(width, width))
        self.posterior = PosteriorHead(width, config.latents)
        self.decoder = nn.Sequential(Dense(config.latents, width), Dense(width, width))
        self.likelihood = LIKELIHOODS[config.likelihood](width)
        self.latents = (config.latents,)

    def encode(self, x: Tensor) -> Tensor:
        """Features of images [images, 784] (0/1, or p/256) that do not depend on a latent."""
        return self.encoder(x)

    def posterior_of(self, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
        """Posterior of latent `layer` given the features and the latents before it, in coding order."""
        return self.posterior(features)

    def decode(self, eps: tuple[Tensor, ...]) -> Any:
        """Latents, each [..., latents] -> parameters of the likelihood, as its own `log_likelihood` takes them."""
        (z,) = _on_grid(eps, self.integral)
        return self.likelihood(self.decoder(z))

    def forward(self, x: Tensor, generator: torch.Generator) -> Rates:
        """Rate and distortion of images [images, 784] (0/1, or p/256) with one posterior sample each."""
        return rates(self, x, generator)

    def model_parameters(self) -> list[nn.Parameter]:
        return [*self.decoder.parameters(), *self.likelihood.parameters()]


class TwoLayers(Switched):
    """Top-down: eps = (eps2, eps1) in coding order, z1 = prior_mean(z2) + exp(prior_log_sigma(z2)) * eps1."""

    likelihood: Bernoulli | Logistic

    def __init__(self, config: NetConfig) -> None:
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
        """Features of images [images, 784] (0/1, or p/256) that do not depend on a latent."""
        return self.encoder(x)

    def posterior_of(self, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
        """Posterior of latent `layer` given the features and the latents before it, in coding order."""
        if layer == 0:
            return self.top_posterior(self.top_encoder(features))
        (z2,) = _on_grid(eps[:1], self.integral)
        return self.posterior(self.merge(features, self.generator(z2)))

    def decode(self, eps: tuple[Tensor, ...]) -> Any:
        """Latents, each [..., latents] -> parameters of the likelihood, as its own `log_likelihood` takes them."""
        z2, eps1 = _on_grid(eps, self.integral)
        top = self.generator(z2)
        mean, sigma = self.prior_mean(top), self.prior_log_sigma(top).clamp(LOG_SIGMA.low, LOG_SIGMA.high).exp()
        if self.integral:
            z1 = to_grid(mean + to_grid(sigma, HIDDEN) * eps1, HIDDEN)
        else:
            z1 = mean + sigma * eps1
        return self.likelihood(self.decoder(z1))

    def forward(self, x: Tensor, generator: torch.Generator) -> Rates:
        """Rate and distortion of images [images, 784] (0/1, or p/256) with one posterior sample each."""
        return rates(self, x, generator)

    def model_parameters(self) -> list[nn.Parameter]:
        parts = (self.generator, self.prior_mean, self.prior_log_sigma, self.decoder, self.likelihood)
        return [parameter for part in parts for parameter in part.parameters()]


Net = OneLayer | TwoLayers


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


def build(config: NetConfig) -> Net:
    """A net with fresh weights from torch's global generator."""
    return OneLayer(config) if config.layers == 1 else TwoLayers(config)


def posterior_parameters(net: Net) -> list[nn.Parameter]:
    """The parameters that are not the model's: those of the posterior alone."""
    model = {id(parameter) for parameter in net.model_parameters()}
    return [parameter for parameter in net.parameters() if id(parameter) not in model]


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


def draw(
    net: Net, x: Tensor, particles: int, generator: torch.Generator, frozen: bool = False, betas: tuple[float, float] = (1.0, 1.0)
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


def rates(net: Net, x: Tensor, generator: torch.Generator) -> Rates:
    """Rate and distortion with one posterior sample of each image."""
    terms = draw(net, x, 1, generator)
    bits = 1.0 / (math.log(2.0) * PIXELS)
    return Rates(bits * terms.divergence.mean(), -bits * terms.log_likelihood.mean())


def _frozen(net: Net, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
    """Posterior of `layer` with constant parameters, differentiable in the latents before it."""
    constants = {name: value.detach() for name, value in net.named_parameters()}
    return torch.func.functional_call(
        _PosteriorOf(net), {f"net.{name}": value for name, value in constants.items()}, (layer, features, eps)
    )


class _PosteriorOf(nn.Module):
    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, layer: int, features: Tensor, eps: tuple[Tensor, ...]) -> Gaussian:
        return self.net.posterior_of(layer, features, eps)


def draw_from_prior(net: Net, x: Tensor, particles: int, generator: torch.Generator) -> Terms:
    """Particles from the prior, other ones for every image; log prior = log posterior, so log w = log p(x|z)."""
    eps = tuple(torch.randn((particles, len(x), size), generator=generator, device=x.device, dtype=x.dtype) for size in net.latents)
    log_prior = sum((log_standard_normal(part) for part in eps[1:]), log_standard_normal(eps[0]))
    log_likelihood = net.likelihood.log_likelihood(net.decode(eps), x)
    return Terms(log_likelihood, log_prior, log_prior, torch.zeros_like(log_prior), eps)
