"""What the network of the photo model sees of a pixel's surroundings: integers, everything in units of a local scale.

The scale of a channel is a weighted mean of the first predictor's absolute errors at ten neighbours, and 0.35 levels more; its logarithm q
is in 1/32 octave, and ratio(d) is d in 1/32 of the scale, clamped to +-10 scales. Inputs, for each channel in turn

    neighbours    ratio of the nearest, less the first prediction (chroma: less the mean of W, N, NW, NE)
    errors        for each predictor, ratio of its errors at the nearest, clamped to +-6 scales
    better        then, for each but the first, the logarithm of what the first one's errors at the six nearest are to its own, within
                  +-3 octaves
    q

and then, of luma, the first prediction in 1/32 of 64 levels around the middle, and for each further predictor the ratio of how much more
it predicts. A model says how many neighbours and errors it sees (Surroundings). A gray picture has but one channel. The tables of scales
are those of shared/scales.py.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.shared.scales import LOG_ENTRIES, UNIT, Tables, clamp, log_of_sum, look_up, magnitude, make_tables, ratio
from codec.lanes.neighbourhood import copy_neighbourhoods, cover_top, neighbour, neighbourhoods, pixel_of
from codec.lanes.vectors import (
    LANES,
    fill_i32,
    gather_i16,
    get_i32,
    i32_i64,
    lane,
    load_i32,
    low_of,
    pointer,
    put_i64,
    store_i32,
)
from codec.lanes.wavefront import PAD, lane_arrays, lanes_of
from codec.system.array_types import Array1, Array2, Array3, Array4, Array5
from codec.system.kernels import entry, kernel

SCALE_NEIGHBOURS, ERROR_NEIGHBOURS, MEAN_NEIGHBOURS = 10, 6, 4
RATIO_LIMIT, ERROR_LIMIT, KNOWN_LIMIT, BETTER_LIMIT = 320, 192, 256, 96


class Surroundings(NamedTuple):
    """How many neighbours are inputs of luma and of other channels, and how many errors of the first predictor and of each further one."""

    luma: int
    chroma: int
    first: int
    further: int


USUAL = Surroundings(16, 10, 6, 0)


def input_count(channels: int, predictors: int, view: Surroundings) -> int:
    """Inputs of the trunk."""
    errors = view.first + (predictors - 1) * (view.further + 1) + 1
    return view.luma + (channels - 1) * view.chroma + channels * errors + predictors


@kernel
def scale_of(tables, lanes, number, pixel):
    """q, from the errors of the first predictor, whose neighbourhood has this number, around a pixel of the segment."""
    total = fill_i32(0)
    for i in range(SCALE_NEIGHBOURS):
        total = total + (magnitude(neighbour(lanes, number, pixel, i)) << (2 if i < 2 else 1 if i < 4 else 0))
    scale = ((total * fill_i32(57)) >> 10) + fill_i32(22)
    return gather_i16(tables.log, i32_i64(low_of(scale, fill_i32(LOG_ENTRIES - 1))))


@kernel
def trunk_inputs(tables, view, lanes, channels, predictors, pixel, guesses, inputs, scales):
    """Fill inputs (int32 [count][8]) and scales (q, int32 [channels][8]) for a pixel of the segment.

    The neighbourhoods are those of all channels, then of the errors of all predictors and channels; guesses: the predictions of luma in
    1/64 level (int32 [predictors][8]).
    """
    slot, first = 0, load_i32(guesses, 0)
    for c in range(channels):
        q = scale_of(tables, lanes, channels + c, pixel)
        store_i32(scales, c * LANES, q)
        reciprocal = look_up(tables.reciprocal, q)
        center = first if c == 0 else mean_around(lanes, c, pixel)
        for i in range(view.luma if c == 0 else view.chroma):
            value = neighbour(lanes, c, pixel, i) << 6
            store_i32(inputs, slot, ratio(value - center, reciprocal, RATIO_LIMIT))
            slot += LANES
        slot = _error_inputs(tables, view, lanes, channels + c, channels, predictors, pixel, reciprocal, inputs, slot)
        store_i32(inputs, slot, q)
        slot += LANES
    store_i32(inputs, slot, (first - fill_i32(128 * UNIT)) >> 7)
    reciprocal = look_up(tables.reciprocal, load_i32(scales, 0))
    for k in range(1, predictors):
        slot += LANES
        store_i32(inputs, slot, ratio(load_i32(guesses, k * LANES) - first, reciprocal, ERROR_LIMIT))


@kernel
def mean_around(lanes, c, pixel):
    """The mean of W, N, NW and NE in 1/64 level."""
    total = fill_i32(0)
    for i in range(MEAN_NEIGHBOURS):
        total = total + (neighbour(lanes, c, pixel, i) << 4)
    return total


@kernel
def _error_inputs(tables, view, lanes, number, stride, predictors, pixel, reciprocal, inputs, slot):
    """Store the inputs `errors` and `better` of a channel from `slot` on: the new slot. number: the neighbourhood of the first predictor's
    errors; stride: from there to that of the next predictor."""
    log = fill_i32(0)
    for k in range(predictors):
        at, total, shown = number + k * stride, fill_i32(0), view.further if k else view.first
        for i in range(max(shown, ERROR_NEIGHBOURS)):
            error = neighbour(lanes, at, pixel, i)
            if i < shown:
                store_i32(inputs, slot, ratio(error, reciprocal, ERROR_LIMIT))
                slot += LANES
            if i < ERROR_NEIGHBOURS:
                total = total + magnitude(error)
        own = log_of_sum(tables, total)
        if k == 0:
            log = own
        else:
            store_i32(inputs, slot, clamp(log - own, BETTER_LIMIT))
            slot += LANES
    return slot


@entry
def _gather(
    planes: Array4[np.int16], errors: Array5[np.int16], positions: Array2[np.int64], view: Surroundings, log: Array1[np.int16],
    scale: Array1[np.int32], reciprocal: Array1[np.int32], inputs: Array2[np.int16], facts: Array3[np.int32], buffer: Array1[np.int32],
    numbers: Array1[np.int32], state: Array1[np.int64], around: Array1[np.int16],
) -> None:  # fmt: skip
    """Fill inputs and facts of eight positions at a time, each of them the first pixel of a segment.

    buffer: room for their inputs; numbers: for scales and guesses; state, around: for lanes and their neighbourhoods.
    """
    predictors, channels, width = errors.shape[1], planes.shape[1], planes.shape[3] - 2 * PAD
    area, tasks = planes.shape[2] * planes.shape[3], predictors * channels
    tables, lanes = Tables(pointer(log), pointer(scale), pointer(reciprocal)), lanes_of(state, around)
    plane, error = pointer(planes), pointer(errors)
    rows, scales, guesses = pointer(buffer), pointer(numbers), pointer(numbers[channels * LANES :])
    for begin in range(0, len(positions), LANES):
        _stand_on(lanes, positions, begin, area, planes.shape[3], tasks)
        copy_neighbourhoods(lanes, channels, error, tasks, area, width)
        _stand_on(lanes, positions, begin, area, planes.shape[3], channels)
        copy_neighbourhoods(lanes, 0, plane, channels, area, width)
        cover_top(lanes, channels + tasks, 0)
        for k in range(predictors):
            guess = (pixel_of(lanes, 0, 0) << 6) - pixel_of(lanes, channels + k * channels, 0)
            store_i32(guesses, k * LANES, guess)
        trunk_inputs(tables, view, lanes, channels, predictors, 0, guesses, rows, scales)
        for number in range(min(LANES, len(positions) - begin)):
            for i in range(inputs.shape[1]):
                inputs[begin + number, i] = np.int16(get_i32(rows, i * LANES + number))
            for c in range(channels):
                value = lane(pixel_of(lanes, c, 0), number)
                facts[begin + number, c, 0] = value
                facts[begin + number, c, 1] = get_i32(scales, c * LANES + number)
                for k in range(predictors):
                    facts[begin + number, c, 2 + k] = UNIT * value - lane(pixel_of(lanes, channels + k * channels + c, 0), number)


@kernel
def _stand_on(lanes, positions, begin, area, pitch, planes):
    """Put the lanes on eight positions in pictures of so many planes; the last position stands for those that are missing."""
    for number in range(LANES):
        one = min(begin + number, len(positions) - 1)
        picture, y, x = positions[one, 0], positions[one, 1], positions[one, 2]
        put_i64(lanes.y, number, y)
        put_i64(lanes.place, number, picture * planes * area + y * pitch + PAD + x)


@cache
def _tables() -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.int32]]:
    """log, scale and reciprocal, which all models have."""
    tables = make_tables()
    return np.asarray(tables["log"], np.int16), np.asarray(tables["scale"], np.int32), np.asarray(tables["reciprocal"], np.int32)


def gather_inputs(
    planes: NDArray[np.int16], errors: NDArray[np.int16], positions: NDArray[np.int64], view: Surroundings = USUAL
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """What a network sees of some pixels: inputs int16[n, input_count], facts int32[n, C, 2 + P]: pixel, q, predictions (1/64 level).

    planes: int16[N, C, h + 1, w + 8], errors: int16[N, P, C, h + 1, w + 8], padded as in wavefront.py; positions: [n, 3]: picture, y, x.
    Pixels y >= h are not checked for; needs no model.
    """
    (log, scale, reciprocal), (predictors, channels) = _tables(), errors.shape[1:3]
    count = input_count(channels, predictors, view)
    inputs, facts = np.empty((len(positions), count), np.int16), np.empty((len(positions), channels, 2 + predictors), np.int32)
    buffer, numbers = np.empty(count * LANES, np.int32), np.empty((channels + predictors) * LANES, np.int32)
    around = neighbourhoods(channels * (1 + predictors))
    _gather(planes, errors, positions, view, log, scale, reciprocal, inputs, facts, buffer, numbers, lane_arrays(), around)
    return inputs, facts
