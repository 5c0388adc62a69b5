"""Compiles the kernels of more than 8 bits, or loads them from the cache, before the first stripe is coded."""

from __future__ import annotations

import numpy as np

from codec.coding.message import HEAD_LOW
from codec.density.photo.deep.cells import push_deep_intervals
from codec.density.photo.deep.pixels import fill_deep_errors, make_deep_intervals, pop_deep_pixels
from codec.density.photo.deep.scales import deep_tables
from codec.density.photo.least_squares import workspace
from codec.density.photo.network import buffers
from codec.density.photo.predictors import SETS
from codec.density.photo.warm_up import empty_network
from codec.lanes.neighbourhood import wide_neighbourhoods
from codec.lanes.wavefront import pad
from codec.system.kernels import is_ready


def is_deep_warm() -> bool:
    """Whether the kernels have been compiled (or loaded from the cache) in this process."""
    return is_ready(pop_deep_pixels)


def warm_up_deep() -> None:
    """Compile all kernels, or load them from the disk: one pixel, with a network of zeros."""
    network, top = empty_network(), 1
    planes, tile_of = pad(np.zeros((1, 1, 1), np.int32), np.zeros(1, np.int32)), np.zeros(1, np.int64)
    errors, modulations = np.zeros((1, *planes.shape), np.int32), np.zeros((1, 16), np.int32)
    room, around, deep = buffers(network, 1), wide_neighbourhoods(2), deep_tables(network.reciprocal)
    starts, owners, heads = np.zeros(2, np.uint32), np.zeros(2, np.uint8), np.full(1, HEAD_LOW)
    work, costs = workspace(SETS["one"], 1, 1), np.zeros(1, np.int64)
    fill_deep_errors(planes, errors, top, work, around)
    make_deep_intervals(planes, errors, top, network, deep, room, around, tile_of, modulations, starts, starts.copy(), owners, costs)
    push_deep_intervals(heads.copy(), starts.copy(), 0, starts + 1, starts + 1, owners, 1)
    pop_deep_pixels(heads, starts, 0, planes, errors, top, network, deep, room, work, around, tile_of, modulations)
