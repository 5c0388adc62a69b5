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
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Costs, Leaf, interval_costs
from codec.coding.message import Message
from codec.density.arrays.context_lanes import LaneBatch, LaneContext
from codec.density.arrays.context_tables import EDGE_BITS, SPREAD_BITS, BinaryTables, GrayTables
from codec.density.arrays.neighbours import FACTOR_BITS, LIMIT, Canvas, Contrasts, Neighbourhood, Seen, look_around
from codec.density.latents import PRECISION
from codec.nets.program import Program

Outputs: TypeAlias = dict[str, NDArray[np.int32]]


@dataclass(frozen=True)
class ContextLikelihood:
    """A likelihood as a model file has it, its numbers checked. lanes: the quick way to run its nets, where there is one."""

    hood: Neighbourhood
    contrasts: Contrasts
    trunk: Program
    channels: tuple[Program, ...]
    tables: GrayTables | BinaryTables
    lanes: LaneContext | None = None

    def coder(self, points: int, z: NDArray[np.int32] | None, block_rows: int | None = None) -> ContextCoder:
        """The coder of images [points, pixels * channels]; z: int32 [points, pixels, features], None for a model without latents."""
        return ContextCoder(self, points, z, block_rows)

    def leaf(self, channel: int, seen: Seen, centre: NDArray[np.int64], outputs: Outputs) -> Leaf:
        """The coder of one channel of a pixel of every image."""
        tables = self.tables
        if isinstance(tables, BinaryTables):
            return tables.leaf(outputs["logit"] - tables.lowest)
        spread, level = self.contrasts.spreads[seen.contrast], self.contrasts.levels[seen.contrast] >> tables.level_shift
        location = (centre[:, None] << EDGE_BITS) + (outputs["location"] * spread[:, None] >> SPREAD_BITS)
        scale = np.clip(outputs["scale"] + level[:, None] - tables.lowest_scale, 0, tables.reciprocals.size - 1)
        return tables.leaf(outputs["weight"] - tables.lowest_weight, location.astype(np.int32), scale.astype(np.int32))


class ContextCoder:
    """The coder of a batch of images (coders.Coder). Symbol: an array [points, pixels * channels]."""

    def __init__(self, likelihood: ContextLikelihood, points: int, z: NDArray[np.int32] | None, block_rows: int | None) -> None:
        self.likelihood, self.points, self.z, self.block_rows = likelihood, points, z, block_rows

    def push(self, message: Message, symbol: NDArray[np.integer]) -> None:
        for leaf, value in self._known(symbol, backwards=True):
            leaf.push(message, value)

    def pop(self, message: Message) -> NDArray[np.uint8]:
        hood = self.likelihood.hood
        batch = self._batch(hood.empty_canvas(self.points))
        images = np.zeros((self.points, hood.pixels, hood.channels), np.uint8)
        for pixel in range(hood.pixels):
            if pixel % hood.width == 0:
                batch.begin_row(pixel // hood.width)
            batch.look(pixel)
            for channel in range(hood.channels):
                value = batch.leaf(pixel, channel).pop(message)
                images[:, pixel, channel] = value
                batch.put(pixel, channel, value)
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
        batch, values = self._batch(hood.canvas_of(images)), images.reshape(self.points, hood.pixels, hood.channels)
        step = -1 if backwards else 1
        for pixel in range(hood.pixels)[::step]:
            batch.look(pixel)
            for channel in range(hood.channels)[::step]:
                yield batch.leaf(pixel, channel), values[:, pixel, channel].astype(np.int64)

    def _batch(self, canvas: Canvas) -> PixelBatch:
        one = self.likelihood
        if one.lanes is None or self.z is not None:
            return PlainBatch(one, canvas, self.z, self.block_rows)
        return LaneBatch(one.lanes, one.hood, one.tables, canvas)


class PixelBatch(Protocol):
    """Images on a canvas, coded side by side, pixel by pixel."""

    def begin_row(self, row: int) -> None:
        """Fill the margins when all above a row is known."""

    def look(self, pixel: int) -> None:
        """Go to a pixel of every image."""

    def leaf(self, pixel: int, channel: int) -> Leaf:
        """The coder of one of its channels, given those before it."""

    def put(self, pixel: int, channel: int, values: NDArray[np.integer]) -> None:
        """Tell a channel's values."""


class PlainBatch:
    """The batch on the model's own programs."""

    def __init__(self, likelihood: ContextLikelihood, canvas: Canvas, z: NDArray[np.int32] | None, block_rows: int | None) -> None:
        self.likelihood, self.canvas, self.z, self.block_rows = likelihood, canvas, z, block_rows
        self.every = np.arange(len(canvas))

    def begin_row(self, row: int) -> None:
        self.likelihood.hood.begin_row(self.canvas, row)

    def look(self, pixel: int) -> None:
        one = self.likelihood
        self.seen = look_around(one.hood, one.contrasts, self.canvas, self.every, np.full(len(self.every), pixel))
        inputs = {"seen": self.seen.inputs} if self.z is None else {"seen": self.seen.inputs, "z": self.z[:, pixel]}
        self.features = one.trunk(inputs, self.block_rows)

    def leaf(self, pixel: int, channel: int) -> Leaf:
        one, name, cell = self.likelihood, f"features{channel}", int(self.likelihood.hood.cells[pixel])
        inputs, centre = {name: self.features[name]}, self.seen.centres[:, channel].astype(np.int64)
        if channel:
            off = self.canvas[:, cell : cell + channel].astype(np.int64) - self.seen.centres[:, :channel]
            inputs["off"] = np.clip((off * one.contrasts.factors[self.seen.contrast][:, None] + 128) >> FACTOR_BITS, -LIMIT, LIMIT)
            centre += off[:, -1]
        return one.leaf(channel, self.seen, centre, one.channels[channel](inputs, self.block_rows))

    def put(self, pixel: int, channel: int, values: NDArray[np.integer]) -> None:
        self.canvas[:, int(self.likelihood.hood.cells[pixel]) + channel] = values


def program_names(channels: int) -> Sequence[str]:
    """The programs of a likelihood."""
    return ["trunk", *(f"channel{channel}" for channel in range(channels))]
