"""The net of latents beside a context: a small hierarchy tells a context net a few numbers of each pixel.

    hierarchy (hierarchy_net.py)     its last features - a 1x1 convolution, every place 2 x 2 pixels = z [pixels, told]
    context net (context_net.py)     neighbours of a pixel, z of it - trunk ...

Its latents are those of the hierarchy, and are worth what the context net gains from z less what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from codec.errors import BadConfig
from codec.learn.arrays.context_net import ContextConfig, ContextNet
from codec.learn.arrays.hierarchy_net import Hierarchy, HierarchyConfig


@dataclass(frozen=True)
class BesideConfig:
    """What both nets are, as HierarchyConfig and ContextConfig say. told: numbers of each pixel."""

    height: int
    width: int
    channels: int = 1
    likelihood: str = "logistic"
    layers: int = 2
    widths: tuple[int, ...] = (32, 32)
    per_scale: tuple[int, ...] = ()
    latents: int = 4
    bottom_up: int = 1
    told: int = 8
    reach: tuple[int, ...] = ContextConfig.reach
    units: int = ContextConfig.units
    blocks: int = ContextConfig.blocks
    features: int = ContextConfig.features
    components: int = ContextConfig.components

    def __post_init__(self) -> None:
        if not 1 <= self.told <= 64:
            raise BadConfig(f"latents tell a context net 1 to 64 numbers of a pixel, not {self.told}")
        assert self.hierarchy and self.context, "they refuse what cannot be"

    @property
    def hierarchy(self) -> HierarchyConfig:
        """The hierarchy's own."""
        return HierarchyConfig(
            self.height, self.width, self.channels, self.likelihood, self.layers, self.widths, self.per_scale, self.latents,
            self.bottom_up, told=self.told,
        )  # fmt: skip

    @property
    def context(self) -> ContextConfig:
        """The context net's own."""
        return ContextConfig(
            self.height, self.width, self.channels, self.likelihood, self.reach, self.units, self.blocks, self.features, self.components,
            self.told,
        )  # fmt: skip


class Beside(nn.Module):
    """Both nets."""

    def __init__(self, config: BesideConfig) -> None:
        super().__init__()
        self.config = config
        self.hierarchy = Hierarchy(config.hierarchy)
        self.context = ContextNet(config.context)
