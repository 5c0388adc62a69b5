"""Likelihoods of the digits models' pixels given the last hidden features: logits of binary pixels, logistic mixtures of gray ones.

Gray values p are in units where p/256 is what a net sees. Each of the 256 values of a pixel has a mass of at least FLOOR, as in coding.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from codec.learn.arrays.images import PIXELS
from codec.learn.common.autograd import Context, apply, on_gradient
from codec.learn.common.data import LARGEST, LEVELS
from codec.learn.common.quantise import Dense, Grid, heads, wide

LOGIT = Grid(6, -14.0, 14.0)
SATURATED = float(torch.sigmoid(torch.tensor(LOGIT.high)))  # no gradient there: Adam would turn the tiniest into a drift without end
COMPONENTS = 4
PIXEL_FEATURE = Grid(6, -(2**15 - 1) / 64, (2**15 - 1) / 64)  # steep functions of a pixel: they run into the hundreds
COMPONENT = Grid(5, -8.0, 8.0)
LOCATION = Grid(12, -1.0, 2.0)
LOG_SCALE = Grid(4, -3.0, 6.0)
FLOOR = 2.0**-24


class BernoulliPixels(nn.Module):
    """Likelihood of binary pixels: one logit each."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.logit = Dense(inputs, PIXELS, LOGIT, leaky=False)

    def forward(self, features: Tensor) -> Tensor:
        """The logits [..., 784] of features [..., inputs]."""
        logits: Tensor = self.logit(features)
        return logits

    def log_likelihood(self, features: Tensor, x: Tensor) -> Tensor:
        """log p(x|z) of pixels 0 or 1 [images, 784], given features [..., images, inputs] -> [..., images]."""
        return log_bernoulli(self(features), x)


def log_bernoulli(logits: Tensor, x: Tensor) -> Tensor:
    """log p of pixels 0 or 1 [images, 784], given logits [..., images, 784] -> [..., images]."""
    return apply(_BernoulliSum, logits, 2.0 * x - 1.0)


class _BernoulliSum(torch.autograd.Function):
    """sum log sigmoid(sign * logit) over the last axis (a multiple of 4), with one logarithm for four pixels."""

    @staticmethod
    def forward(ctx: Context, logits: Tensor, signs: Tensor) -> Tensor:
        probability = logits.to(wide(logits), copy=True).mul_(signs).clamp_(LOGIT.low, LOGIT.high).sigmoid_()
        ctx.save_for_backward(probability, signs, logits.new_empty(0))  # the last for its type
        quarter = torch.unflatten(probability, -1, (4, -1))
        product = quarter[..., 0, :] * quarter[..., 1, :]
        return product.mul_(quarter[..., 2, :]).mul_(quarter[..., 3, :]).log_().sum(-1)

    @staticmethod
    def backward(ctx: Context, *grads: Tensor) -> tuple[Tensor, None]:
        probability, signs, logits = ctx.saved_tensors
        return (SATURATED - probability).mul_(signs).mul_(grads[0].unsqueeze(-1)).to(logits.dtype), None


class MixtureParameters(NamedTuple):
    """Parameters of 8-bit pixels, [..., 784, components] each: logits of the weights, locations as p/256, log scales in pixel units."""

    weight: Tensor
    location: Tensor
    log_scale: Tensor


def _without_outer_rows(gradient: Tensor) -> Tensor:
    inner = torch.ones_like(gradient)
    inner[[0, -1]] = 0.0
    return gradient * inner


class LogisticPixels(nn.Module):
    """Likelihood of 8-bit pixels: features of each pixel from one dense layer, then the same small net for every pixel.

    The first component stands on black and the last one on white, everywhere alike: their steep gradients would drown all others.
    """

    FEATURES = 3
    HIDDEN_UNITS = 16

    def __init__(self, inputs: int) -> None:
        super().__init__()
        bits = PIXEL_FEATURE.fraction_bits
        self.features = Dense(inputs, PIXELS * self.FEATURES, PIXEL_FEATURE)
        self.hidden = Dense(self.FEATURES, self.HIDDEN_UNITS, PIXEL_FEATURE, input_bits=bits)
        self.weight = Dense(self.HIDDEN_UNITS, COMPONENTS, COMPONENT, leaky=False, input_bits=bits)
        self.location = Dense(self.HIDDEN_UNITS, COMPONENTS, LOCATION, leaky=False, input_bits=bits)
        self.log_scale = Dense(self.HIDDEN_UNITS, COMPONENTS, LOG_SCALE, leaky=False, input_bits=bits)
        with torch.no_grad():
            self.location.bias.copy_(torch.tensor([-2.0, 64.0, 192.0, 253.0]) / LEVELS)
            self.log_scale.bias.copy_(torch.tensor([-1.0, 4.0, 4.0, 0.0]))
        for head in (self.location, self.log_scale):
            with torch.no_grad():
                head.weight[[0, -1]] = 0.0
            on_gradient(head.weight, _without_outer_rows)

    def forward(self, features: Tensor) -> MixtureParameters:
        """The mixtures of features [..., inputs]."""
        hidden = self.hidden(torch.unflatten(self.features(features), -1, (PIXELS, self.FEATURES)))
        weight, location, log_scale = heads(hidden, (self.weight, self.location, self.log_scale))
        return MixtureParameters(
            weight.clamp(COMPONENT.low, COMPONENT.high),
            location.clamp(LOCATION.low, LOCATION.high),
            log_scale.clamp(LOG_SCALE.low, LOG_SCALE.high),
        )

    def log_likelihood(self, features: Tensor, x: Tensor) -> Tensor:
        """log p(x|z) of pixels p/256 [images, 784], given features [..., images, inputs] -> [..., images]."""
        return log_mixture(self(features), x)


def log_mixture(mixture: MixtureParameters, x: Tensor) -> Tensor:
    """log p of pixels p/256 [images, 784], given their mixtures -> [..., images]."""
    kind = wide(mixture.weight)
    weight, location, log_scale = (part.movedim(-1, 0).to(kind).contiguous() for part in mixture)
    return apply(_LogisticMixture, weight, location, log_scale, LEVELS * x).sum(-1)


class _LogisticMixture(torch.autograd.Function):
    """log of the mixture's mass in the bin of each pixel [images, 784], parameters [components, ..., images, 784] -> [..., images, 784].

    Gradients are found along the way: autograd would keep and pass over thirty arrays of this size.
    """

    @staticmethod
    def forward(ctx: Context, weight: Tensor, location: Tensor, log_scale: Tensor, pixel: Tensor) -> Tensor:
        distance = pixel - LEVELS * location
        inverse = (-log_scale).exp_()
        first, last = pixel == 0.0, pixel == LARGEST
        # The curve is symmetric: measured in its lower tail, differences keep their digits. Outermost bins take the tails.
        side = torch.where(first, -1.0, torch.where(last, 1.0, distance.sign()))
        distance = distance.mul_(side)
        above, below = (0.5 - distance).mul_(inverse), (-0.5 - distance).mul_(inverse)
        upper, lower = above.sigmoid(), below.sigmoid().mul_(torch.where(first | last, 0.0, 1.0).to(pixel.dtype))
        share = torch.softmax(weight, 0)
        mass = (upper - lower).mul_(share)
        total = mass.sum(0).mul_(1.0 - LEVELS * FLOOR).add_(FLOOR)
        if any(ctx.needs_input_grad):
            factor = (1.0 - LEVELS * FLOOR) / total
            rise, fall = upper.mul_(1.0 - upper), lower.mul_(1.0 - lower)
            slope = share * factor
            ctx.save_for_backward(
                mass.mul_(factor).sub_(share * mass.sum(0)),
                (rise - fall).mul_(inverse).mul_(side).mul_(slope).mul_(LEVELS),
                fall.mul_(below).sub_(rise.mul_(above)).mul_(slope),
            )
        return total.log_()

    @staticmethod
    def backward(ctx: Context, *grads: Tensor) -> tuple[Tensor | None, ...]:
        weight, location, log_scale = ctx.saved_tensors
        return weight * grads[0], location * grads[0], log_scale * grads[0], None


LIKELIHOODS: dict[str, type[BernoulliPixels] | type[LogisticPixels]] = {"bernoulli": BernoulliPixels, "logistic": LogisticPixels}
