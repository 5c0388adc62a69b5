"""Compiles the photo model's kernels, or loads them from the cache, before the first stripe is coded."""

from __future__ import annotations

import numpy as np

from codec.coding.message import HEAD_LOW
from codec.density.photo.least_squares import workspace
from codec.density.photo.network import Network, buffers
from codec.density.photo.pixels import make_intervals, pop_pixels
from codec.density.photo.predictors import SETS, pad_values, predict_padded
from codec.density.photo.surroundings import USUAL, gather_inputs
from codec.density.shared.intervals import push_intervals
from codec.density.shared.plan import EVERY, INPUTS, LAYER_FIELDS, LEARNT, OUTPUTS, SHIFT
from codec.lanes.wavefront import pad
from codec.system.kernels import is_ready


def is_warm() -> bool:
    """Whether the kernels have been compiled (or loaded from the cache) in this process."""
    return is_ready(pop_pixels)


def empty_network() -> Network:
    """A network of zeros."""
    plan, scales, longs = np.zeros((8, LAYER_FIELDS), np.int64), np.ones(1024, np.int32), np.zeros(1 << 13, np.int64)
    plan[:, [INPUTS, OUTPUTS, SHIFT]], plan[:, EVERY], plan[:, LEARNT] = 8, 1, -1
    weights, log, learnt = np.zeros(4096, np.int32), np.zeros(1 << 15, np.int16), np.zeros((3, 0), np.float32)
    arrays = weights, weights, plan.reshape(-1), scales, scales, longs, longs, log, scales, scales, longs, learnt, learnt[0]
    return Network(*arrays, USUAL, 8, 1, 1, False, 1, 8, 1, 1)


def warm_up() -> None:
    """Compile all kernels, or load them from the disk: one pixel, with a network of zeros."""
    network, longs = empty_network(), np.zeros(1, np.int64)
    planes, tile_of, modulations = pad(np.zeros((1, 1, 1), np.int16), pad_values(1)), np.zeros(1, np.int64), np.zeros((1, 16), np.int32)
    errors, room = predict_padded(planes, SETS["one"]), buffers(network, 1)
    starts, owners = np.zeros(1, np.uint32), np.zeros(1, np.uint8)
    make_intervals(planes, errors, 0, 1, network, room, tile_of, modulations, starts, starts.copy(), owners, longs)
    push_intervals(np.full(1, HEAD_LOW), starts.copy(), 0, starts + 1, starts + 1, owners, 1)
    pop_pixels(np.full(1, HEAD_LOW), starts, 0, planes, errors, 0, 1, network, room, workspace(SETS["one"], 1, 1), tile_of, modulations)
    gather_inputs(planes[None], errors[None], np.zeros((1, 3), np.int64))
