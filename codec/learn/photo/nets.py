"""The net of photos: the likelihood of a picture's pixels given a z per tile, and the posterior of z, in the forms that codec/ computes.

    trunk        inputs (with two predictors 62 of colour pictures, 26 of gray ones) - 64 - 48   once per pixel
    head c       (trunk, known values of channel c and of those before it) - 32 - (2 + P) K   once per channel
    modulate     z (24) - 64 - scale and shift of every hidden unit above                     once per tile
    sample       (inputs, errors of all channels) - 48 - 32, mean over the tile's samples     every 64th pixel
    posterior    mean - 48 - mean and log sigma of z in units of its prior N(0, 1)            once per tile

Known values of a channel: how far its P - 1 further predictions are from the first, its error, the magnitude of that, and its log2.
A head sees the differences of its own channel and the other three of every channel before it. Tensors have axes [tiles, pixels, ...], or
[particles, tiles, pixels, ...] where they depend on z.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from codec.density.photo.predictors import SETS
from codec.density.photo.surroundings import USUAL, Surroundings, input_count
from codec.errors import BadConfig
from codec.lanes.vectors import LANES
from codec.lanes.wavefront import NEIGHBOURS
from codec.learn.common.data import LEVELS
from codec.learn.common.gaussian import Gaussian, PosteriorHead
from codec.learn.common.kernel_layers import (
    INPUT_BITS,
    INPUT_LIMIT,
    SCALE,
    SHIFT,
    SUM_BITS,
    UNIT_BITS,
    UNIT_LIMIT,
    KernelLayer,
    Modulations,
    activate,
    mixture_bits,
)
from codec.learn.common.quantise import HIDDEN, Dense, Switched, heads, to_grid

LEVELS_OF_PLANES = (float(LEVELS), 2.0 * LEVELS - 1.0, 2.0 * LEVELS - 1.0)
OF_ERROR = 3  # known values of an error
FIRST_SCALES = (-1.7, -0.7, 0.4, 1.2, -2.7)  # octaves
FIRST_WAY = -1.0  # a logit, where there are several ways
FIRST_LOG_SIGMA = -1.5
MODULATION_GAIN = 0.05


@dataclass(frozen=True)
class PhotoConfig:
    """What a photo net is. latents = 0: there is no z, all tiles are modelled alike."""

    channels: int = 3
    predictors: str = "two"
    surroundings: tuple[int, int, int, int] = USUAL
    latents: int = 24
    trunk: tuple[int, int] = (64, 48)
    head: int = 32
    components: int = 3
    modulation: int = 64
    sample: tuple[int, int] = (48, 32)
    posterior: int = 48

    def __post_init__(self) -> None:
        if self.channels not in (1, 3) or self.predictors not in SETS:
            sets = ", ".join(SETS)
            raise BadConfig(
                f"a photo net has 1 or 3 channels, not {self.channels}, and one of the predictors {sets}, not {self.predictors}"
            )
        if len(self.surroundings) != 4 or not all(0 <= count <= NEIGHBOURS for count in self.surroundings):
            raise BadConfig(f"a photo net sees four numbers of surroundings, of 0 to {NEIGHBOURS} each, not {self.surroundings}")
        widths = (*self.trunk, *self.sample, self.head, self.modulation, self.posterior)
        if (
            self.latents < 0
            or min(widths) < 1
            or not 1 <= self.components <= len(FIRST_SCALES)
            or len(self.trunk) != 2
            or len(self.sample) != 2
        ):
            raise BadConfig(f"a photo net has two layers in its trunk and sample net, 1 to 5 components and no empty layer: {asdict(self)}")
        if any(width % LANES for width in (*self.trunk, self.head)):
            raise BadConfig(f"the layers of a photo net's trunk and heads have multiples of {LANES} units: {asdict(self)}")

    @property
    def further(self) -> int:
        """Predictors but the first."""
        return len(SETS[self.predictors]) - 1

    @property
    def inputs(self) -> int:
        """What the trunk sees of a pixel."""
        return input_count(self.channels, 1 + self.further, self.view)

    @property
    def view(self) -> Surroundings:
        """What of a pixel's surroundings is shown to the net."""
        return Surroundings(*self.surroundings)

    @property
    def units(self) -> tuple[int, ...]:
        """Hidden units of the layers that a z modulates, in the order of the modulations."""
        return (*self.trunk, *(self.head for _ in range(self.channels)))


Layers = Mapping[str, tuple[Tensor, Tensor]]  # weights [outputs, inputs] and biases [outputs], or [tiles, outputs, inputs] and so on


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A dense layer of x [..., inputs]; of x [tiles, pixels, inputs] where each tile has weights of its own."""
    if weight.dim() == 2:
        return functional.linear(x, weight, bias)
    sums = torch.bmm(x, weight.mT)
    return sums if bias is None else sums + bias.unsqueeze(1)


class SeenPixels(NamedTuple):
    """Pixels as the net sees them. inputs [..., I]; known and facts [..., channels, P + 2], facts as `mixture_bits` takes them."""

    inputs: Tensor
    known: Tensor
    facts: Tensor


class ChannelHead(nn.Module):
    """The hidden layer and the outputs of one channel."""

    def __init__(self, config: PhotoConfig, channel: int) -> None:
        super().__init__()
        differences, step = config.further, config.further + OF_ERROR
        self.columns = [step * channel + i for i in range(differences)] if channel else []
        self.columns += [step * j + differences + i for j in range(channel) for i in range(OF_ERROR)]
        self.hidden = KernelLayer(config.trunk[1] + len(self.columns), config.head, UNIT_BITS, UNIT_LIMIT, SUM_BITS)
        self.out = KernelLayer(config.head, (OF_ERROR + differences) * config.components, UNIT_BITS, UNIT_LIMIT, UNIT_BITS)
        k = config.components
        nn.init.normal_(self.out.weight, 0.0, 0.01)
        with torch.no_grad():
            self.out.bias[2 * k : 3 * k] = torch.tensor(FIRST_SCALES[:k])
            self.out.bias[3 * k :] = FIRST_WAY if differences > 1 else 0.0


class PhotoNet(Switched):
    """The net of one kind of pictures, gray or colour."""

    levels: Tensor

    def __init__(self, config: PhotoConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk0 = KernelLayer(config.inputs, config.trunk[0], INPUT_BITS, INPUT_LIMIT, SUM_BITS)
        self.trunk1 = KernelLayer(config.trunk[0], config.trunk[1], UNIT_BITS, UNIT_LIMIT, SUM_BITS)
        self.heads = nn.ModuleList([ChannelHead(config, channel) for channel in range(config.channels)])
        self.register_buffer("levels", torch.tensor(LEVELS_OF_PLANES[: config.channels]), persistent=False)
        if config.latents:
            self.modulate = TileModulation(config)
            self.encoder = TileEncoder(config)

    def channel_heads(self) -> list[ChannelHead]:
        """The heads, channel by channel."""
        return [head for head in self.heads if isinstance(head, ChannelHead)]

    def modulations(self, eps: Tensor) -> Modulations:
        """What values [..., latents] of z, in units of the prior, do to the hidden units: [..., 1, units]."""
        made: Modulations = self.modulate(to_grid(eps, HIDDEN) if self.quantised else eps)
        return made

    def outputs(self, pixels: SeenPixels, modulations: Modulations | None = None, layers: Layers | None = None) -> Tensor:
        """What the heads say of pixels: [..., channels, (2 + P) K], not yet rounded or clamped. layers: in place of the net's own."""
        parts, used = self._parts(modulations), layers or self.layers_used()
        known = pixels.known.flatten(-2)
        h = activate(linear(pixels.inputs, *used["trunk0"]), parts[0], self.quantised)
        h = activate(linear(h, *used["trunk1"]), parts[1], self.quantised)
        of_trunk, of_known, bias = self._joined(known.shape[-1], used)
        sums = linear(h, of_trunk) + linear(known, of_known, bias)
        hidden = torch.unflatten(activate(sums, parts[2], self.quantised), -1, (self.config.channels, -1))
        return torch.stack([linear(hidden[..., c, :], *used[f"out{c}"]) for c in range(self.config.channels)], -2)

    def layers_used(self) -> Layers:
        """Weights and biases of the likelihood's layers, on their grids if the net is quantised, by the names of kernel_layers."""
        return {name: layer.parameters_used() for name, layer in kernel_layers(self)}

    def layer_inputs(self, pixels: SeenPixels) -> dict[str, Tensor]:
        """What every layer sees of pixels, of which z says nothing, by the names of kernel_layers."""
        used, known = self.layers_used(), pixels.known.flatten(-2)
        hidden = activate(linear(pixels.inputs, *used["trunk0"]), None, self.quantised)
        features = activate(linear(hidden, *used["trunk1"]), None, self.quantised)
        found = {"trunk0": pixels.inputs, "trunk1": hidden}
        for c, head in enumerate(self.channel_heads()):
            found[f"head{c}"] = torch.cat([features, known[..., head.columns]], -1)
            found[f"out{c}"] = activate(linear(found[f"head{c}"], *used[f"head{c}"]), None, self.quantised)
        return found

    def _parts(self, modulations: Modulations | None) -> Sequence[Modulations | None]:
        """The modulations of the trunk's two layers, and of all heads."""
        if modulations is None:
            return None, None, None
        widths = [*self.config.trunk, self.config.channels * self.config.head]
        return [Modulations(*parts) for parts in zip(*(torch.split(part, widths, -1) for part in modulations), strict=True)]

    def _joined(self, width: int, used: Layers) -> tuple[Tensor, Tensor, Tensor]:
        """The heads' hidden layers as one: weights of the trunk's units and of all known values (zero where a head sees them not)."""
        trunk, weights, biases = [], [], []
        for c, head in enumerate(self.channel_heads()):
            weight, bias = used[f"head{c}"]
            trunk.append(weight[..., : self.config.trunk[1]])
            known = weight.new_zeros(*weight.shape[:-1], width)
            columns = torch.tensor(head.columns, dtype=torch.long, device=weight.device)
            weights.append(known.index_copy(-1, columns, weight[..., self.config.trunk[1] :]))
            biases.append(bias)
        return torch.cat(trunk, -2), torch.cat(weights, -2), torch.cat(biases, -1)

    def bits(self, pixels: SeenPixels, modulations: Modulations | None = None) -> Tensor:
        """-log2 p of every channel of every pixel, [..., channels]."""
        return mixture_bits(self.outputs(pixels, modulations), pixels.facts, self.levels, self.quantised)

    def posterior(self, samples: SeenPixels) -> Gaussian:
        """The posterior of z given samples [tiles, samples, ...] of tiles: [tiles, latents]."""
        posterior: Gaussian = self.encoder(samples)
        return posterior


class TileModulation(Switched):
    """z -> m - 1 and c of all hidden units. Begins at the identity, with a small gain."""

    def __init__(self, config: PhotoConfig) -> None:
        super().__init__()
        self.hidden = Dense(config.latents, config.modulation)
        self.scale = Dense(config.modulation, sum(config.units), SCALE, leaky=False)
        self.shift = Dense(config.modulation, sum(config.units), SHIFT, leaky=False)
        with torch.no_grad():
            for layer in (self.scale, self.shift):
                layer.weight.mul_(MODULATION_GAIN)

    def forward(self, eps: Tensor) -> Modulations:
        scale, shift = heads(self.hidden(eps), (self.scale, self.shift))
        return Modulations(scale.clamp(SCALE.low, SCALE.high).unsqueeze(-2), shift.clamp(SHIFT.low, SHIFT.high).unsqueeze(-2))


class TileEncoder(Switched):
    """Samples of tiles -> the posterior of their z."""

    def __init__(self, config: PhotoConfig) -> None:
        super().__init__()
        width = config.inputs + 2 * config.channels
        self.sample = nn.Sequential(Dense(width, config.sample[0], input_bits=INPUT_BITS), Dense(*config.sample))
        self.features = Dense(config.sample[1], config.posterior)
        self.head = PosteriorHead(config.posterior, config.latents)
        with torch.no_grad():
            self.head.log_sigma.weight.mul_(0.1)
            self.head.log_sigma.bias.fill_(FIRST_LOG_SIGMA)

    def forward(self, samples: SeenPixels) -> Gaussian:
        errors = samples.known[..., -OF_ERROR:-1].flatten(-2)
        pooled = self.sample(torch.cat([samples.inputs, errors], -1)).sum(-2) / samples.inputs.shape[-2]
        posterior: Gaussian = self.head(self.features(to_grid(pooled, HIDDEN) if self.quantised else pooled))
        return posterior


def kernel_layers(net: PhotoNet) -> list[tuple[str, KernelLayer]]:
    """The likelihood's layers under the names that they have in a model file."""
    of_heads = [(f"head{c}", head.hidden) for c, head in enumerate(net.channel_heads())]
    of_outputs = [(f"out{c}", head.out) for c, head in enumerate(net.channel_heads())]
    return [("trunk0", net.trunk0), ("trunk1", net.trunk1), *of_heads, *of_outputs]


def with_idle_latents(net: PhotoNet, latents: int) -> PhotoNet:
    """A net with latents that say nothing (posterior = prior, no modulation), its pixels modelled as by `net`, which has none."""
    full = PhotoNet(replace(net.config, latents=latents))
    full.load_state_dict(net.state_dict(), strict=False)
    with torch.no_grad():
        for module in (*full.modulate.modules(), *full.encoder.modules()):
            if isinstance(module, Dense):
                module.weight.zero_()
                module.bias.zero_()
    return full
