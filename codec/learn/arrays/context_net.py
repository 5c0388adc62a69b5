"""The net that codes a pixel given its neighbours: a trunk once a pixel, a head a channel that sees the channels before it.

    inputs (density/arrays/neighbours.py) - first - blocks, each added to what it takes - split into `features` for each channel
    features of channel c, how far the channels before it are off their centres - mixer - weights, locations, scales of K logistics

Locations are in units of the pixel's contrast, measured from the channel's centre; scales multiply the contrast. A binary image has a logit
in place of a mixture.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from codec.density.arrays.neighbours import FACTOR_BITS, FRACTION_BITS, LIMIT, Contrasts, Neighbourhood, Seen
from codec.errors import BadConfig
from codec.learn.arrays.likelihoods import COMPONENT, LOG_SCALE, LOGIT, MixtureParameters
from codec.learn.common.data import LEVELS
from codec.learn.common.quantise import Dense, Grid, Switched, heads

UNIT = Grid(FRACTION_BITS, -(2**18 - 1) / 2**FRACTION_BITS, (2**18 - 1) / 2**FRACTION_BITS)  # of units: a few run into the thousands
WEIGHTS = (1 << 11) - 1  # as integers: the widest of a layer are some twenty times as large as usual
LOCATION = Grid(8, -16.0, 16.0)
SCALE = Grid(LOG_SCALE.fraction_bits, -4.0, 4.0)
SPREAD_BITS = 8
LEAST_CONTRAST = 1.0  # gray values: below it, noise is that of rounding


@dataclass(frozen=True)
class ContextConfig:
    """What a context net is. reach: the neighbours that it sees; units, blocks: of the trunk; features: of each channel; components: K;
    told: how many numbers of each pixel it takes from latents (beside_net.py)."""

    height: int
    width: int
    channels: int = 1
    likelihood: str = "logistic"
    reach: tuple[int, ...] = (5, 4, 4, 3, 2)
    units: int = 128
    blocks: int = 2
    features: int = 40
    components: int = 5
    told: int = 0

    def __post_init__(self) -> None:
        if self.likelihood not in ("bernoulli", "logistic"):
            raise BadConfig(f"likelihood is 'bernoulli' or 'logistic', not {self.likelihood!r}")
        if min(self.units, self.features, self.components) < 1 or not 0 <= self.blocks <= 16:
            raise BadConfig(f"a context net has units, features and components, and at most 16 blocks, not {asdict(self)}")

    @property
    def is_binary(self) -> bool:
        return self.likelihood == "bernoulli"

    @property
    def hood(self) -> Neighbourhood:
        fill = 0 if self.is_binary else LEVELS // 2
        return Neighbourhood(self.height, self.width, self.channels, self.reach, not self.is_binary, fill)


def make_contrasts(hood: Neighbourhood) -> Contrasts:
    """The tables by contrast, made once, when a net is built or exported."""
    one = float(1 << (FRACTION_BITS + FACTOR_BITS))
    if not hood.centred:
        return Contrasts(np.array([round(2 * one)]), np.zeros(1, np.int64), np.array([1 << SPREAD_BITS]))
    spread = np.maximum(np.arange(hood.contrasts) / (6.0 * hood.channels), LEAST_CONTRAST)
    levels = np.rint(np.log(spread) * 2**SCALE.fraction_bits).astype(np.int64) << (FRACTION_BITS - SCALE.fraction_bits)
    return Contrasts(np.rint(one / spread).astype(np.int64), levels, np.rint(spread * 2**SPREAD_BITS).astype(np.int64))


@dataclass(frozen=True)
class Views:
    """A batch: what is seen of some pixels, and the pixels' values [points, channels], as floats; told: what latents say of them."""

    inputs: Tensor
    centres: Tensor
    factors: Tensor
    spreads: Tensor
    levels: Tensor
    values: Tensor
    told: Tensor | None = None


def views_of(seen: Seen, tables: Contrasts, values: NDArray[np.uint8], device: torch.device | str = "cpu") -> Views:
    """What the net takes, from what was seen and the pixels themselves."""

    def scaled(array: NDArray[np.generic], bits: int) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device).float() * 2.0**-bits

    factors, spreads, levels = (table[seen.contrast][:, None] for table in (tables.factors, tables.spreads, tables.levels))
    return Views(
        scaled(seen.inputs, FRACTION_BITS),
        scaled(seen.centres, 0),
        scaled(factors, FACTOR_BITS),
        scaled(spreads, SPREAD_BITS),
        scaled(levels, FRACTION_BITS),
        scaled(values, 0),
    )


class Layers(nn.ModuleList):
    """Dense layers side by side: `every` of them."""

    @property
    def every(self) -> list[Dense]:
        return [layer for layer in self if isinstance(layer, Dense)]


class ContextNet(Switched):
    """p(x) of a pixel's channels, one after the other, given what is seen."""

    def __init__(self, config: ContextConfig) -> None:
        super().__init__()
        self.config, channels, bits = config, config.channels, FRACTION_BITS
        inputs = (config.hood.inputs, config.told) if config.told else config.hood.inputs
        self.first = Dense(inputs, config.units, UNIT, input_bits=bits, limit=WEIGHTS)
        self.blocks = Layers(Dense(config.units, config.units, UNIT, input_bits=bits, limit=WEIGHTS) for _ in range(config.blocks))
        self.split = Layers(Dense(config.units, config.features, UNIT, input_bits=bits, limit=WEIGHTS) for _ in range(channels))
        widths = [(config.features, c) if c else (config.features,) for c in range(channels)]
        self.mixers = Layers(Dense(width, config.features, UNIT, input_bits=bits, limit=WEIGHTS) for width in widths)
        with torch.no_grad():
            for block in self.blocks.every:
                block.weight.mul_(0.5)
        if config.is_binary:
            self.logits = Layers(Dense(config.features, 1, LOGIT, leaky=False, input_bits=bits, limit=WEIGHTS) for _ in range(channels))
        else:
            self.weights = self._heads(COMPONENT, 0.0, 0.0)
            self.locations = self._heads(LOCATION, -1.0, 1.0)
            self.scales = self._heads(SCALE, -1.0, 0.0)

    def _heads(self, grid: Grid, low: float, high: float) -> Layers:
        config, made = self.config, list[Dense]()
        for _ in range(config.channels):
            head = Dense(config.features, config.components, grid, leaky=False, input_bits=FRACTION_BITS, limit=WEIGHTS)
            with torch.no_grad():
                head.weight.mul_(0.25)
                head.bias.copy_(torch.linspace(low, high, config.components))
            made.append(head)
        return Layers(made)

    def trunk(self, inputs: Tensor, told: Tensor | None = None) -> list[Tensor]:
        """The features of each channel [points, features], of inputs on their grid."""
        hidden = self.first(inputs) if told is None else self.first(inputs, told)
        for block in self.blocks.every:
            hidden = (hidden + block(hidden)).clamp(UNIT.low, UNIT.high)
        return [part(hidden).clamp(UNIT.low, UNIT.high) for part in self.split.every]

    def mixed(self, views: Views) -> list[Tensor]:
        """The last features of each channel, which see the channels before it."""
        off = self.off_centre(views)
        features = self.trunk(views.inputs, views.told)
        return [mixer(features[c], off[:, :c]) if c else mixer(features[c]) for c, mixer in enumerate(self.mixers.every)]

    def off_centre(self, views: Views) -> Tensor:
        """How far each channel is off its centre, as an input."""
        raw = torch.floor((views.values - views.centres) * views.factors + 0.5)
        return raw.clamp(-LIMIT, LIMIT) * 2.0**-FRACTION_BITS

    def mixtures(self, views: Views) -> MixtureParameters:
        """The mixtures of every channel, [points, channels, components] each; locations as p/256."""
        layers = zip(self.weights.every, self.locations.every, self.scales.every, strict=True)
        found = [heads(part, of_channel) for part, of_channel in zip(self.mixed(views), layers, strict=True)]
        weight, location, scale = (torch.stack(parts, 1) for parts in zip(*found, strict=True))
        middle = moved_centres(views.centres, views.values)
        location = middle.unsqueeze(-1) + views.spreads.unsqueeze(-1) * location.clamp(LOCATION.low, LOCATION.high)
        scale = scale.clamp(SCALE.low, SCALE.high) + views.levels.unsqueeze(-1)
        return MixtureParameters(weight.clamp(COMPONENT.low, COMPONENT.high), location / LEVELS, scale.clamp(LOG_SCALE.low, LOG_SCALE.high))

    def binary_logits(self, views: Views) -> Tensor:
        """The logits of every channel [points, channels]."""
        return torch.cat([head(part) for head, part in zip(self.logits.every, self.mixed(views), strict=True)], -1)


def moved_centres(centres: Tensor, values: Tensor) -> Tensor:
    """Each channel's centre, moved by what the channel before it was off its own."""
    before = torch.cat([torch.zeros_like(centres[:, :1]), (values - centres)[:, :-1]], 1)
    return centres + before
