"""The nets of hierarchies: VAEs with any number of spatial latent layers, convolutional, for arrays of any shape.

    scales       1/2 of the image's sides, 1/4, 1/8 ...                     as many as `widths` has
    bottom-up    x - a convolution of stride 2 - block ... = e of the finest scale - stride 2 - block ... = e of the next one ...
    top-down     coarsest scale first; h is what is known from all latents so far:
                 layer i:  posterior of eps_i from (h, e), in units of the prior     z = sigma(h) * eps_i     h <- block(h + spread(z))
                 between scales  h <- a 1x1 convolution to four times as many features, of which every pixel becomes 2 x 2 pixels
    likelihood   of each pixel and channel from h of the finest scale, after one more block if that scale has no layer

A block is x + 1x1(leaky(3x3(x))). Every latent is coded in units of its prior: eps has the prior N(0, 1), whose scale sigma(h) stands in
the net, and whose mean is in h already. The posterior of eps has mean delta / sigma(h) and log sigma s - log sigma(h), where the net
gives delta and s. Colours are coded as differences from green, modulo 256 (density/arrays/colour.py).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from codec.density.arrays.neighbours import FRACTION_BITS, LIMIT
from codec.errors import BadConfig
from codec.learn.arrays.likelihoods import COMPONENT, LOCATION, LOG_SCALE, LOGIT, MixtureParameters
from codec.learn.common.convolution import Convolution
from codec.learn.common.data import COLOURS
from codec.learn.common.gaussian import LOG_SIGMA, MEAN, Gaussian
from codec.learn.common.quantise import Grid
from codec.learn.common.run import Weights, put_weights

PRIOR = Grid(8, -4.0, 4.0)  # log sigma of a prior
MOVED = Grid(10, -64.0, 64.0)  # delta
POSTERIOR = Grid(8, -8.0, 8.0)  # log sigma of a posterior, before the prior's is taken off
LATENT = Grid(10, -256.0, 256.0)  # z
TOLD = Grid(FRACTION_BITS, -LIMIT / 2**FRACTION_BITS, LIMIT / 2**FRACTION_BITS)  # as what a context net sees
SHARES = 3  # the finest scale has three times as many layers as the third one


@dataclass(frozen=True)
class HierarchyConfig:
    """What a hierarchy is. layers: of latents; widths: features of each scale, finest first; per_scale: layers of each scale, finest first,
    if they are not shared out; latents: channels of each layer; bottom_up: blocks of each scale in the encoder; components: logistic ones
    of a pixel's channel; told: how many numbers of each pixel there are in place of a likelihood (beside_net.py)."""

    height: int
    width: int
    channels: int = 1
    likelihood: str = "logistic"
    layers: int = 6
    widths: tuple[int, ...] = (64, 64, 64)
    per_scale: tuple[int, ...] = ()
    latents: int = 8
    bottom_up: int = 1
    components: int = 2
    told: int = 0

    def __post_init__(self) -> None:
        if self.likelihood not in ("bernoulli", "logistic"):
            raise BadConfig(f"likelihood is 'bernoulli' or 'logistic', not {self.likelihood!r}")
        if not 1 <= self.layers <= 16 or not 1 <= len(self.widths) <= 6:
            raise BadConfig(f"a hierarchy has 1 to 16 layers and the widths of 1 to 6 scales, not {asdict(self)}")
        if self.per_scale and (len(self.per_scale) != len(self.widths) or min(self.per_scale) < 0 or sum(self.per_scale) != self.layers):
            raise BadConfig(f"{list(self.per_scale)} layers of the scales are not {self.layers} layers of {len(self.widths)} scales")
        if self.per_scale and not self.per_scale[-1]:
            raise BadConfig(f"{list(self.per_scale)} layers of the scales: the coarsest one needs a layer; give fewer widths")
        if min(self.widths) < 2 or min(self.latents, self.components) < 1:
            raise BadConfig(f"a hierarchy has widths of at least 2, latents and components, not {asdict(self)}")

    @property
    def is_binary(self) -> bool:
        return self.likelihood == "bernoulli"

    @property
    def differences(self) -> bool:
        """Whether colours are seen as differences from green."""
        return self.channels == COLOURS and not self.is_binary and not self.told

    @property
    def sides(self) -> list[tuple[int, int]]:
        """Height and width of each scale, finest first; without per_scale there are no more of them than layers."""
        found, sides = list[tuple[int, int]](), (self.height, self.width)
        for _ in self.widths if self.per_scale else self.widths[: self.layers]:
            sides = -(-sides[0] // 2), -(-sides[1] // 2)
            found.append(sides)
        return found

    @property
    def scales(self) -> list[int]:
        """The scale of each layer, coarsest first. Without per_scale: one each, the others shared out, most to the finest."""
        counts = list(self.per_scale) or [1] * len(self.sides)
        while sum(counts) < self.layers:
            shares = [max(1, SHARES - scale) for scale in range(len(counts))]
            counts[min(range(len(counts)), key=lambda scale: counts[scale] / shares[scale])] += 1
        return [scale for scale in reversed(range(len(counts))) for _ in range(counts[scale])]

    def shape(self, layer: int) -> tuple[int, int, int]:
        """[height, width, channels] of a layer's latents."""
        return (*self.sides[self.scales[layer]], self.latents)


def as_planes(eps: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Latents or pixels [..., height * width * channels] as [n, channels, height, width]."""
    return eps.reshape(-1, *shape).permute(0, 3, 1, 2)


def as_rows(planes: Tensor) -> Tensor:
    """The way back: [n, height * width * channels]."""
    return planes.permute(0, 2, 3, 1).reshape(len(planes), -1)


def put_with_new_blocks(net: Hierarchy, weights: Weights) -> None:
    """Give a net the weights of another one like it. Where its encoder has more blocks, the new ones begin as identity. Raises
    BadCheckpoint."""
    every = dict(weights)
    for name, value in net.state_dict().items():
        if name not in weights and name.startswith("encoder."):
            every[name] = torch.zeros_like(value) if name.endswith(("second.weight", "second.bias")) else value
    put_weights(net, every)


def shuffled(planes: Tensor) -> Tensor:
    """[n, 4 * channels, rows, columns] -> [n, channels, 2 * rows, 2 * columns]: channels [2, 2, c] of a place become 2 x 2 places of c."""
    images, channels, rows, columns = planes.shape
    parts = planes.reshape(images, 2, 2, channels // 4, rows, columns).permute(0, 3, 4, 1, 5, 2)
    return parts.reshape(images, channels // 4, 2 * rows, 2 * columns)


class Residual(nn.Module):
    """x + 1x1(leaky(3x3(x))), with half as many hidden features."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = Convolution(width, width // 2, 3, leaky=True)
        self.second = Convolution(width // 2, width, gain=0.3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.second(self.first(x))
        return out


class Residuals(nn.Sequential):
    """Residuals of one width, one after the other."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__(*(Residual(width) for _ in range(count)))

    @property
    def every(self) -> list[Residual]:
        return [block for block in self if isinstance(block, Residual)]


class LatentLayer(nn.Module):
    """A layer of latents at some scale: its prior's scale, its posterior and what it does to h. top: nothing is known before it."""

    def __init__(self, width: int, latents: int, top: bool) -> None:
        super().__init__()
        self.prior = None if top else Convolution(width, latents, grid=PRIOR, gain=0.1)
        self.merge = Convolution(width if top else 2 * width, width, leaky=True)
        self.mean = Convolution(width, latents, grid=MOVED, gain=0.5)
        self.log_sigma = Convolution(width, latents, grid=POSTERIOR, gain=0.1)
        self.spread = Convolution(latents, width, 3, input_bits=LATENT.fraction_bits)
        self.block = Residual(width)
        with torch.no_grad():
            self.log_sigma.bias.fill_(-0.5)

    def prior_of(self, h: Tensor | None) -> Tensor | None:
        """log sigma of the prior; None: 0."""
        return None if self.prior is None else self.prior(h).float().clamp(PRIOR.low, PRIOR.high)

    def posterior(self, h: Tensor | None, e: Tensor, prior: Tensor | None) -> Gaussian:
        """The posterior of eps [n, latents], in the order of [height, width, channels]."""
        merged = self.merge(e if h is None else torch.cat((h, e), 1))
        mean, log_sigma = self.mean(merged).float(), self.log_sigma(merged).float()
        if prior is not None:
            mean, log_sigma = mean * (-prior).exp(), log_sigma - prior
        return Gaussian(as_rows(mean.clamp(MEAN.low, MEAN.high)), as_rows(log_sigma.clamp(LOG_SIGMA.low, LOG_SIGMA.high)))

    def forward(self, h: Tensor | None, eps: Tensor, prior: Tensor | None) -> Tensor:
        """h after this layer's eps [n, latents, height, width] is known."""
        z = self.spread(eps if prior is None else eps * prior.exp())
        after: Tensor = self.block(z if h is None else h + z)
        return after


class Hierarchy(nn.Module):
    """The whole net; `layers` coarsest first, as they are coded."""

    def __init__(self, config: HierarchyConfig) -> None:
        super().__init__()
        self.config = config
        widths, scales = config.widths[: len(config.sides)], config.scales
        self.stem = Convolution(config.channels, widths[0], 4, 2, (1, 2), leaky=True)
        self.down = nn.ModuleList(Convolution(a, b, 2, 2, (0, 1)) for a, b in pairwise(widths))
        self.encoder = nn.ModuleList(Residuals(width, config.bottom_up) for width in widths)
        self.up = nn.ModuleList(Convolution(b, 4 * a) for a, b in pairwise(widths))
        self.layers = nn.ModuleList(LatentLayer(widths[scale], config.latents, i == 0) for i, scale in enumerate(scales))
        self.last = None if 0 in scales else Residual(widths[0])
        self.tail = Convolution(widths[0], 2 * widths[0], leaky=True)
        values = 4 * config.channels
        if config.told:
            self.told = Convolution(2 * widths[0], 4 * config.told, grid=TOLD, gain=0.3)
            return
        if config.is_binary:
            self.logit = Convolution(2 * widths[0], values, grid=LOGIT, gain=0.3)
            return
        count = config.components
        self.weight = Convolution(2 * widths[0], values * count, grid=COMPONENT, gain=0.1)
        self.location = Convolution(2 * widths[0], values * count, grid=LOCATION, gain=0.1)
        self.log_scale = Convolution(2 * widths[0], values * count, grid=LOG_SCALE, gain=0.1)
        with torch.no_grad():
            self.location.bias.fill_(0.5)
            self.log_scale.bias.copy_(torch.linspace(2.0, 3.0, count).repeat(values))

    @property
    def every(self) -> list[LatentLayer]:
        """The layers of latents."""
        return [layer for layer in self.layers if isinstance(layer, LatentLayer)]

    @property
    def bottom_up(self) -> list[Residuals]:
        """The encoder's blocks, scale by scale."""
        return [blocks for blocks in self.encoder if isinstance(blocks, Residuals)]

    def shape(self, layer: int) -> tuple[int, int, int]:
        """[height, width, channels] of a layer's latents, of which an export may have dropped some."""
        return (*self.config.shape(layer)[:2], self.every[layer].spread.weight.shape[1])

    def encode(self, x: Tensor) -> list[Tensor]:
        """Features e of each scale, of images [n, channels, height, width] in units of 64 from the middle (binary: 0 and 1)."""
        e = self.stem(x)
        features = []
        for scale, blocks in enumerate(self.bottom_up):
            e = blocks(self.down[scale - 1](e) if scale else e)
            features.append(e)
        return features

    def rise(self, h: Tensor, scale: int) -> Tensor:
        """h of the scale above this one, at this one."""
        height, width = self.config.sides[scale]
        return shuffled(self.up[scale](h))[:, :, :height, :width]

    def arrive(self, h: Tensor | None, layer: int) -> Tensor | None:
        """h before a layer, at its scale; before the pixels, for the number behind the last layer."""
        scales = [*self.config.scales, 0]
        if h is not None:
            for scale in reversed(range(scales[layer], scales[layer - 1])):
                h = self.rise(h, scale)
        return h

    def features(self, h: Tensor | None) -> Tensor:
        """What the likelihood sees of h after the last layer."""
        h = self.arrive(h, self.config.layers)
        found: Tensor = self.tail(h if self.last is None else self.last(h))
        return found

    def told_to_pixels(self, h: Tensor | None) -> Tensor:
        """What a context net is told of each pixel, [n, height * width, told]."""
        return self.to_pixels(self.told(self.features(h)), self.config.told).clamp(TOLD.low, TOLD.high)

    def to_pixels(self, out: Tensor, values: int) -> Tensor:
        """[n, 4 * k * values, rows, columns] -> [n, k * height * width, values], each place of the finest scale 2 x 2 pixels."""
        config = self.config
        out = shuffled(out.float()).permute(0, 2, 3, 1)[:, : config.height, : config.width]
        return out.reshape(len(out), -1, values)

    def logits(self, h: Tensor | None) -> Tensor:
        """Of binary images: [n, pixels]."""
        return self.to_pixels(self.logit(self.features(h)), 1).squeeze(-1).clamp(LOGIT.low, LOGIT.high)

    def mixtures(self, h: Tensor | None) -> MixtureParameters:
        """Of images of 8 bits: [n, pixels, components] each."""
        features = self.features(h)
        heads = (self.weight, COMPONENT), (self.location, LOCATION), (self.log_scale, LOG_SCALE)
        found = [self.to_pixels(head(features), self.config.components).clamp(grid.low, grid.high) for head, grid in heads]
        return MixtureParameters(*found)
