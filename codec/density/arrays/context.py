"""A likelihood that sees the pixels coded before: all images of a batch side by side, pixel by pixel in raster order, channel by channel.

Images are [height, width] or [height, width, channels]. Its part of a model's metadata (model.py), {"kind": "context", ...}:

    reach          which neighbours are seen (neighbours.py); tensors contrast.factors, contrast.levels, contrast.spreads, by contrast
    of gray values only:
    curve_shift, lowest_scale     logistic.reciprocals have an entry for each number of a scale, from the lowest one on
    level_shift                   a scale's number is what the channel's program gives and levels[contrast] >> level_shift, and clamped

and its programs:

    trunk          seen (what neighbours.py gives), and z [features] if there are latents -> features0, features1 ... of the channels
    channel<c>     features<c>; off [c] (how far the channels before it are off their centres, an input like a neighbour) if c > 0
                   -> weight, location, scale, [K] each; of binary images logit [1]

The program decode of a model with latents gives z, [height * width, features]. Tables of mixtures and logits are those of the other
likelihoods in model.py. In units of logistic.edges (2^-8 gray values) a component lies at 2^8 centre + (location * spreads[contrast] >> 8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Costs, Leaf, interval_costs
from codec.coding.distributions import Bernoulli
from codec.coding.indexed_mixture import IndexedMixture
from codec.coding.message import Message, Vector
from codec.coding.tables import Curve
from codec.density.arrays.neighbours import FACTOR_BITS, LIMIT, Contrasts, Neighbourhood, Seen, look_around
from codec.density.latents import PRECISION
from codec.nets.program import Program

EDGE_BITS = 8  # fraction bits of logistic.edges
SPREAD_BITS = 8

Outputs: TypeAlias = dict[str, NDArray[np.int32]]


@dataclass(frozen=True)
class GrayTables:
    """The tables of mixtures; lowest: weight's and scale's; highest: scale's."""

    curve: Curve
    edges: NDArray[np.int64]
    reciprocals: NDArray[np.int64]
    weights: NDArray[np.int64]
    lowest_weight: int
    lowest_scale: int
    level_shift: int


@dataclass(frozen=True)
class BinaryTables:
    """The table of logits."""

    ones: Vector
    lowest: int


@dataclass(frozen=True)
class ContextLikelihood:
    """A likelihood as a model file has it, its numbers checked."""

    hood: Neighbourhood
    contrasts: Contrasts
    trunk: Program
    channels: tuple[Program, ...]
    tables: GrayTables | BinaryTables

    def coder(self, points: int, z: NDArray[np.int32] | None, block_rows: int | None = None) -> ContextCoder:
        """The coder of images [points, pixels * channels]; z: int32 [points, pixels, features], None for a model without latents."""
        return ContextCoder(self, points, z, block_rows)

    def leaf(self, channel: int, seen: Seen, centre: NDArray[np.int64], outputs: Outputs) -> Leaf:
        """The coder of one channel of a pixel of every image."""
        tables = self.tables
        if isinstance(tables, BinaryTables):
            return Leaf(Bernoulli(tables.ones[outputs["logit"][:, 0] - tables.lowest], PRECISION))
        spread, level = self.contrasts.spreads[seen.contrast], self.contrasts.levels[seen.contrast] >> tables.level_shift
        location = (centre[:, None] << EDGE_BITS) + (outputs["location"] * spread[:, None] >> SPREAD_BITS)
        scale = np.clip(outputs["scale"] + level[:, None] - tables.lowest_scale, 0, tables.reciprocals.size - 1)
        return Leaf(
            IndexedMixture(
                tables.curve, tables.edges, tables.reciprocals, tables.weights, PRECISION,
                outputs["weight"] - tables.lowest_weight, location.astype(np.int32), scale.astype(np.int32),
            )
        )  # fmt: skip


class ContextCoder:
    """The coder of a batch of images (coders.Coder). Symbol: an array [points, pixels * channels]."""

    def __init__(self, likelihood: ContextLikelihood, points: int, z: NDArray[np.int32] | None, block_rows: int | None) -> None:
        self.likelihood, self.points, self.z, self.block_rows = likelihood, points, z, block_rows
        self.every = np.arange(points)

    def push(self, message: Message, symbol: NDArray[np.integer]) -> None:
        for leaf, value in self._known(symbol, backwards=True):
            leaf.push(message, value)

    def pop(self, message: Message) -> NDArray[np.uint8]:
        hood = self.likelihood.hood
        canvas, cells = hood.empty_canvas(self.points), hood.cells
        images = np.zeros((self.points, hood.pixels, hood.channels), np.uint8)
        for pixel in range(hood.pixels):
            if pixel % hood.width == 0:
                hood.begin_row(canvas, pixel // hood.width)
            seen, features = self._look(canvas, pixel)
            for channel in range(hood.channels):
                value = self._leaf(channel, seen, features, images[:, pixel]).pop(message)
                images[:, pixel, channel] = canvas[:, cells[pixel] + channel] = value
        return images.reshape(self.points, -1)

    def cost(self, symbol: NDArray[np.integer]) -> Costs:
        costs = np.zeros(self.points, np.int64)
        for leaf, value in self._known(symbol, backwards=False):
            costs += interval_costs(leaf.dist.span(value)[1].reshape(-1, 1), PRECISION)
        return costs

    def _known(self, symbol: NDArray[np.integer], backwards: bool) -> Iterator[tuple[Leaf, NDArray[np.int64]]]:
        """The coder of every channel of every pixel of images that are known, and its value."""
        hood = self.likelihood.hood
        images = np.ascontiguousarray(symbol, np.uint8)
        canvas, values = hood.canvas_of(images), images.reshape(self.points, hood.pixels, hood.channels)
        step = -1 if backwards else 1
        for pixel in range(hood.pixels)[::step]:
            seen, features = self._look(canvas, pixel)
            for channel in range(hood.channels)[::step]:
                leaf = self._leaf(channel, seen, features, values[:, pixel])
                yield leaf, values[:, pixel, channel].astype(np.int64)

    def _look(self, canvas: NDArray[np.uint8], pixel: int) -> tuple[Seen, Outputs]:
        """What is seen of a pixel of every image, and what the trunk makes of it."""
        one = self.likelihood
        seen = look_around(one.hood, one.contrasts, canvas, self.every, np.full(self.points, pixel))
        inputs = {"seen": seen.inputs} if self.z is None else {"seen": seen.inputs, "z": self.z[:, pixel]}
        return seen, one.trunk(inputs, self.block_rows)

    def _leaf(self, channel: int, seen: Seen, features: Outputs, values: NDArray[np.uint8]) -> Leaf:
        """The coder of a channel; values: uint8 [points, channels], of which the channels before it are known."""
        one, name = self.likelihood, f"features{channel}"
        inputs, centre = {name: features[name]}, seen.centres[:, channel].astype(np.int64)
        if channel:
            off = values[:, :channel].astype(np.int64) - seen.centres[:, :channel]
            inputs["off"] = np.clip((off * one.contrasts.factors[seen.contrast][:, None] + 128) >> FACTOR_BITS, -LIMIT, LIMIT)
            centre += off[:, -1]
        return one.leaf(channel, seen, centre, one.channels[channel](inputs, self.block_rows))


def program_names(channels: int) -> Sequence[str]:
    """The programs of a likelihood."""
    return ["trunk", *(f"channel{channel}" for channel in range(channels))]
