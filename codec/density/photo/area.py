"""The pixels of a stripe of a photo: known, or filled while they are decoded, with all that coding them needs but z (shared/step.Area)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Costs, Leaf
from codec.coding.message import Message
from codec.density.density import Planes
from codec.density.latents import FULL_BITS, normal_bins
from codec.density.photo.least_squares import Workspace, workspace
from codec.density.photo.model import PhotoModel
from codec.density.photo.network import Buffers, buffers
from codec.density.photo.pixels import make_intervals, pop_pixels
from codec.density.photo.predictors import NO_ERROR, pad_values, predict_padded
from codec.density.photo.start import starting_sums
from codec.density.photo.surroundings import KNOWN_LIMIT, gather_inputs
from codec.density.shared.intervals import push_intervals
from codec.density.shared.logistic import PRECISION
from codec.density.shared.scales import LOWEST_SCALE
from codec.density.shared.step import BIT, Area, Latents
from codec.density.shared.tiles import tile_columns
from codec.errors import BadInput
from codec.lanes.wavefront import PAD, coding_order, pad
from codec.system.records import record

SAMPLE_STEP = 8


class PhotoArea:
    """planes: int16 [C, h + 1, w + 8], errors: [P, C, h + 1, w + 8], padded (wavefront.py)."""

    def __init__(self, model: PhotoModel, planes: Planes, errors: NDArray[np.int16], start: NDArray[np.float64] | None = None) -> None:
        self.model, self.planes, self.errors = model, planes, errors
        self.height, self.width = planes.shape[1] - 1, planes.shape[2] - 2 * PAD
        self.columns = tile_columns(self.width)
        self.tile_of = np.repeat(np.arange(len(self.columns)), [part.stop - part.start for part in self.columns])
        self.buffers: Buffers = buffers(model.network, len(planes))
        self.work: Workspace = workspace(model.predictors, len(planes), self.width, start, model.in_singles)
        self.fixed = model.modulations(np.zeros((1, model.latents), np.int32))
        self.is_known = False
        self.seen: list[tuple[NDArray[np.int64], NDArray[np.int64]]] | None = None  # of a known area: what the posterior sees of all rows

    @classmethod
    def known(cls, model: PhotoModel, planes: Planes, small: bool = False) -> PhotoArea:
        """The area of planes int16 [channels, h, w], h and w at least 1; small: predictors begin as those of a small stripe (start.py).

        Raises BadInput for planes that are not the model's."""
        if planes.ndim != 3 or len(planes) != model.channels or planes.dtype != np.int16 or 0 in planes.shape:
            raise BadInput(f"planes of type {planes.dtype} and shape {planes.shape}: this model codes int16 [{model.channels}, h, w]")
        lowest = np.array([0, -255, -255], np.int16)[: len(planes), None, None]
        if (planes < lowest).any() or (planes > 255).any():
            raise BadInput("planes with values beyond those of 8-bit pictures")
        padded, start = pad(planes, pad_values(len(planes))), starting_sums(model.predictors, len(planes)) if small else None
        area = cls(model, padded, predict_padded(padded, model.predictors, start, model.in_singles), start)
        area.is_known = True
        return area

    @classmethod
    def unknown(cls, model: PhotoModel, shape: tuple[int, ...], small: bool = False) -> PhotoArea:
        """The area of planes of this shape that are to be decoded."""
        if len(shape) != 3 or shape[0] != model.channels or min(shape) < 1:
            raise BadInput(f"a stripe of shape {shape}: this model codes [{model.channels}, h, w]")
        padded = pad(np.zeros(shape, np.int16), pad_values(shape[0]))
        start = starting_sums(model.predictors, shape[0]) if small else None
        area = cls(model, padded, np.zeros((len(model.predictors), *padded.shape), np.int16), start)
        area.errors[..., 0, :PAD] = NO_ERROR
        return area

    @property
    def tiles(self) -> int:
        return len(self.columns)

    @property
    def latents(self) -> int:
        return self.model.latents

    @property
    def points(self) -> int:
        """Its tiles; or it is one itself if the model learns from pixel to pixel, from one tile to the next."""
        return 1 if self.model.learns else self.tiles

    def inner(self) -> Planes:
        """The planes without their padding, int16 [C, h, w]."""
        return self.planes[:, :-1, PAD:-PAD]

    def can_fund(self, rows: int) -> bool:
        main = self.height - rows
        sampled = main > SAMPLE_STEP // 2 and all(_samples(part.start, part.stop).size for part in self.columns)
        return main == 0 or (rows > 0 and sampled)

    def rows(self, first: int, count: int, latents: Latents | None = None) -> PhotoRows:
        return PhotoRows(self, first, count, None if latents is None else self.model.normal.values[2 * latents + 1])

    def posterior(self, rows: int, points: int) -> Leaf:
        model, shape = self.model, (points, self.tiles * self.latents // points)
        given = model.posterior({"features": self.features(rows)})
        location = (given["mean"].astype(np.int64) << model.normal.mean_shift).reshape(shape)
        return Leaf(normal_bins(model.normal, location, (given["log_sigma"] - model.normal.lowest_scale).reshape(shape), FULL_BITS))

    def features(self, rows: int) -> NDArray[np.int32]:
        """What the posterior sees of the tiles' first `rows` rows, [tiles, features]: the mean over a grid of pixels of what a small net
        makes of each."""
        if self.is_known and self.seen is None:  # an encoder asks for several numbers of rows
            self.seen = self._seen(self.height)
        parts = [h[y < rows] for y, h in self.seen or self._seen(rows)]
        return np.stack([(part.sum(0) + len(part) // 2) // len(part) for part in parts]).astype(np.int32)

    def _seen(self, rows: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Of each tile the rows of the grid's pixels in the first `rows` rows, and what the small net makes of each, [pixels, features]."""
        tables, found = self.model.network, []
        for part in self.columns:
            y, x = _samples(0, rows), _samples(part.start, part.stop)
            positions = np.stack([np.zeros(y.size * x.size, np.int64), np.repeat(y, x.size), np.tile(x, y.size)], 1)
            inputs, facts = gather_inputs(self.planes[None], self.errors[None], positions, tables.surroundings)
            errors = (facts[..., 0] << 6) - facts[..., 2]
            reciprocals = tables.reciprocal[facts[..., 1] - LOWEST_SCALE]
            known = np.clip((errors * reciprocals + (1 << 11)) >> 12, -KNOWN_LIMIT, KNOWN_LIMIT)
            pairs = np.stack([known, np.abs(known)], -1).reshape(len(known), -1)
            h = self.model.sample({"x": np.concatenate([inputs.astype(np.int32), pairs], 1)})["h"].astype(np.int64)
            found.append((positions[:, 1], h))
        return found


def _samples(start: int, stop: int) -> NDArray[np.int64]:
    """Rows or columns of the grid of samples."""
    first = start + (SAMPLE_STEP // 2 - start) % SAMPLE_STEP
    return np.arange(first, stop, SAMPLE_STEP)


class Intervals(NamedTuple):
    """Costs of the data points; starts, freqs and lanes of all pixels' channels in coding order."""

    costs: Costs
    starts: NDArray[np.uint32]
    freqs: NDArray[np.uint32]
    owners: NDArray[np.uint8]


def push_all(message: Message, intervals: Intervals) -> None:
    """Push the intervals of rows, the last pixel first."""
    _, starts, freqs, owners = intervals
    message.stack.reserve(starts.size)
    message.stack.size = push_intervals(message.heads, message.stack.words, message.stack.size, starts, freqs, owners, starts.size)


@record
class PhotoRows:
    """The coder of rows of an area (shared/step.AreaRows). eps: the latents' values, None for z = 0. Data points: the area's."""

    area: PhotoArea
    first: int
    count: int
    eps: NDArray[np.int32] | None = None
    total_bits: float = 0.0  # of the last push or cost

    def push(self, message: Message, symbol: Area) -> None:
        push_all(message, self.intervals())

    def pop(self, message: Message) -> PhotoArea:
        area = self.area
        tile_of, modulations = self._modulations()
        given = (area.planes, area.errors, self.first, self.count, area.model.network, area.buffers, area.work, tile_of, modulations)
        message.run_pop(pop_pixels, *given)
        return area

    def cost(self, symbol: Area) -> Costs:
        return self.intervals().costs

    def bits_of_pixels(self) -> NDArray[np.float64]:
        width, channels = self.area.width, len(self.area.planes)
        freqs = self.intervals().freqs
        bits = np.zeros(self.count * width)
        np.add.at(bits, coding_order(self.count, width, channels), PRECISION - np.log2(freqs))
        return bits.reshape(self.count, width)

    def intervals(self) -> Intervals:
        area = self.area
        size = self.count * area.width * len(area.planes)
        starts, freqs, owners = np.empty(size, np.uint32), np.empty(size, np.uint32), np.empty(size, np.uint8)
        costs = np.zeros(area.tiles, np.int64)
        tile_of, modulations = self._modulations()
        given = (area.planes, area.errors, self.first, self.count, area.model.network, area.buffers, tile_of, modulations)
        make_intervals(*given, starts, freqs, owners, costs)
        self.total_bits = float(costs.sum()) / BIT
        return Intervals(costs.reshape(area.points, -1).sum(1), starts, freqs, owners)

    def _modulations(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        if self.eps is None:
            return np.zeros_like(self.area.tile_of), self.area.fixed
        return self.area.tile_of, self.area.model.modulations(self.eps.reshape(self.area.tiles, -1))
