"""The pixels of a stripe of more than 8 bits: known, or filled while they are decoded, with all that coding them needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.coding.message import Message
from codec.density.density import DeepPlanes
from codec.density.photo.deep.cells import push_deep_intervals
from codec.density.photo.deep.pixels import fill_deep_errors, make_deep_intervals, pop_deep_pixels
from codec.density.photo.deep.scales import deep_tables
from codec.density.photo.least_squares import workspace
from codec.density.photo.model import PhotoModel
from codec.density.photo.network import buffers
from codec.density.photo.predictors import NO_ERROR
from codec.density.photo.start import starting_sums
from codec.density.shared.step import BIT
from codec.errors import BadInput
from codec.lanes.neighbourhood import wide_neighbourhoods
from codec.lanes.wavefront import PAD, coding_order, pad

MAX_TOP = (1 << 16) - 1


@dataclass(frozen=True)
class DeepIntervals:
    """Intervals of precision 28 in coding order, with the lanes that they are in; costs of all samples in that order, in 2^-24 bit."""

    starts: NDArray[np.uint32]
    freqs: NDArray[np.uint32]
    owners: NDArray[np.uint8]
    costs: NDArray[np.int64]

    @property
    def bits(self) -> float:
        return float(self.costs.sum()) / BIT

    def push(self, message: Message) -> None:
        stack, count = message.stack, self.starts.size
        stack.reserve(count)
        stack.size = push_deep_intervals(message.heads, stack.words, stack.size, self.starts, self.freqs, self.owners, count)


class DeepArea:
    """planes: int32 [C, h, w]; top: the highest level; small: predictors begin as those of a small stripe (photo/start.py)."""

    def __init__(self, model: PhotoModel, planes: DeepPlanes, top: int, small: bool) -> None:
        if planes.ndim != 3 or len(planes) != model.channels or planes.dtype != np.int32 or 0 in planes.shape:
            raise BadInput(f"planes of type {planes.dtype} and shape {planes.shape}: this model codes int32 [{model.channels}, h, w]")
        lowest = np.array([0, -top, -top], np.int32)[: len(planes), None, None]
        if not 1 <= top <= MAX_TOP or (planes < lowest).any() or (planes > top).any():
            raise BadInput(f"planes with values beyond those of pictures whose highest level is {top}")
        self.model, self.top, self.samples = model, top, planes.size
        self.height, self.width = planes.shape[1:]
        self.planes = pad(planes, np.array([(top + 1) >> 1, 0, 0][: len(planes)], np.int32))
        self.errors = np.zeros((len(model.predictors), *self.planes.shape), np.int32)
        self.errors[..., 0, :PAD] = NO_ERROR
        start = starting_sums(model.predictors, len(planes)) if small else None
        self.work = workspace(model.predictors, len(planes), self.width, start)
        self.around = wide_neighbourhoods(len(planes) * (1 + len(model.predictors)))
        self.buffers, self.deep = buffers(model.network, len(planes)), deep_tables(model.network.reciprocal)
        self.tile_of = np.zeros(self.width, np.int64)
        self.modulations = model.modulations(np.zeros((1, model.latents), np.int32))

    def intervals(self) -> DeepIntervals:
        """Those of known pixels; asked for once."""
        fill_deep_errors(self.planes, self.errors, self.top, self.work, self.around)
        starts, freqs = (np.empty(2 * self.samples, np.uint32) for _ in range(2))
        owners, costs = np.empty(2 * self.samples, np.uint8), np.zeros(self.samples, np.int64)
        given = (self.planes, self.errors, self.top, self.model.network, self.deep, self.buffers, self.around)
        count = make_deep_intervals(*given, self.tile_of, self.modulations, starts, freqs, owners, costs)
        return DeepIntervals(starts[:count], freqs[:count], owners[:count], costs)

    def pop(self, message: Message) -> DeepPlanes:
        """The planes, filled from a message; asked for once."""
        given = (self.planes, self.errors, self.top, self.model.network, self.deep, self.buffers, self.work, self.around)
        message.run_pop(pop_deep_pixels, *given, self.tile_of, self.modulations)
        return np.ascontiguousarray(self.planes[:, :-1, PAD:-PAD])

    def bits_of_pixels(self, intervals: DeepIntervals) -> NDArray[np.float64]:
        """What each pixel costs, [h, w]."""
        bits = np.zeros(self.height * self.width)
        np.add.at(bits, coding_order(self.height, self.width, len(self.planes)), intervals.costs / BIT)
        return bits.reshape(self.height, self.width)
