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

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.shared.scales import LOG_ENTRIES, UNIT, Tables, clamp, log_of_sum, look_up, magnitude, make_tables, ratio
from codec.lanes.vectors import (
    LANES,
    fill_i32,
    fill_i64,
    gather_i16,
    get_f32,
    get_i16,
    get_i64,
    i32_f32,
    i32_i64,
    lane,
    load_i32,
    load_i64,
    low_of,
    pointer,
    put_i64,
    store_f32,
    store_i32,
)
from codec.lanes.wavefront import NEAR, NEIGHBOURS, PAD, neighbour
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
def scale_of(tables, errors, place, offsets):
    """q, from the errors of the first predictor (int16) around `place` (int64)."""
    total = fill_i32(0)
    for i in range(SCALE_NEIGHBOURS):
        error = magnitude(gather_i16(errors, place + load_i64(offsets, i * LANES)))
        total = total + (error << (2 if i < 2 else 1 if i < 4 else 0))
    scale = ((total * fill_i32(57)) >> 10) + fill_i32(22)
    return gather_i16(tables.log, i32_i64(low_of(scale, fill_i32(LOG_ENTRIES - 1))))


@kernel
def trunk_inputs(tables, view, planes, errors, area, channels, predictors, place, error_place, offsets, guesses, inputs, scales):
    """Fill inputs (float32 [count][8]) and scales (q, int32 [channels][8]).

    planes, errors: int16, a channel has `area` elements; place, error_place: where the lanes' pixels are in the first channel of each
    (int64); guesses: the predictions of luma in 1/64 level (int32 [predictors][8]).
    """
    slot, first = 0, load_i32(guesses, 0)
    for c in range(channels):
        at, one = place + fill_i64(c * area), error_place + fill_i64(c * area)
        q = scale_of(tables, errors, one, offsets)
        store_i32(scales, c * LANES, q)
        reciprocal = look_up(tables.reciprocal, q)
        center = first if c == 0 else _mean_around(planes, at, offsets)
        for i in range(view.luma if c == 0 else view.chroma):
            value = gather_i16(planes, at + load_i64(offsets, i * LANES)) << 6
            store_f32(inputs, slot, i32_f32(ratio(value - center, reciprocal, RATIO_LIMIT)))
            slot += LANES
        slot = _error_inputs(tables, view, errors, channels * area, predictors, one, offsets, reciprocal, inputs, slot)
        store_f32(inputs, slot, i32_f32(q))
        slot += LANES
    store_f32(inputs, slot, i32_f32((first - fill_i32(128 * UNIT)) >> 7))
    reciprocal = look_up(tables.reciprocal, load_i32(scales, 0))
    for k in range(1, predictors):
        slot += LANES
        store_f32(inputs, slot, i32_f32(ratio(load_i32(guesses, k * LANES) - first, reciprocal, ERROR_LIMIT)))


@kernel
def _mean_around(planes, place, offsets):
    """The mean of W, N, NW and NE in 1/64 level."""
    total = fill_i32(0)
    for i in range(MEAN_NEIGHBOURS):
        total = total + (gather_i16(planes, place + load_i64(offsets, i * LANES)) << 4)
    return total


@kernel
def _error_inputs(tables, view, errors, stride, predictors, place, offsets, reciprocal, inputs, slot):
    """Store the inputs `errors` and `better` of a channel from `slot` on: the new slot. stride: of errors, between predictors."""
    log = fill_i32(0)
    for k in range(predictors):
        at, total, shown = place + fill_i64(k * stride), fill_i32(0), view.further if k else view.first
        for i in range(max(shown, ERROR_NEIGHBOURS)):
            error = gather_i16(errors, at + load_i64(offsets, i * LANES))
            if i < shown:
                store_f32(inputs, slot, i32_f32(ratio(error, reciprocal, ERROR_LIMIT)))
                slot += LANES
            if i < ERROR_NEIGHBOURS:
                total = total + magnitude(error)
        own = log_of_sum(tables, total)
        if k == 0:
            log = own
        else:
            store_f32(inputs, slot, i32_f32(clamp(log - own, BETTER_LIMIT)))
            slot += LANES
    return slot


@entry
def _gather(
    planes: Array4[np.int16], errors: Array5[np.int16], positions: Array2[np.int64], view: Surroundings, near: Array1[np.int64],
    log: Array1[np.int16], scale: Array1[np.int32], reciprocal: Array1[np.int32], inputs: Array2[np.int16], facts: Array3[np.int32],
    buffer: Array1[np.float32], numbers: Array1[np.int32], state: Array1[np.int64],
) -> None:  # fmt: skip
    """Fill inputs and facts of eight positions at a time. buffer: room for their inputs; numbers: for scales and guesses; state: for their
    places in planes and in errors, and for offsets."""
    predictors, channels, width = errors.shape[1], planes.shape[1], planes.shape[3] - 2 * PAD
    area = planes.shape[2] * planes.shape[3]
    tables = Tables(pointer(log), pointer(scale), pointer(reciprocal))
    plane, error = pointer(planes), pointer(errors)
    rows, neighbours, ints = pointer(buffer), pointer(near), pointer(state)
    offsets, scales, guesses = pointer(state[2 * LANES :]), pointer(numbers), pointer(numbers[channels * LANES :])
    for begin in range(0, len(positions), LANES):
        for k in range(LANES):
            one = min(begin + k, len(positions) - 1)
            picture, y, x = positions[one, 0], positions[one, 1], positions[one, 2]
            spot = y * planes.shape[3] + PAD + x
            put_i64(ints, k, picture * channels * area + spot)
            put_i64(ints, LANES + k, picture * predictors * channels * area + spot)
            for i in range(NEIGHBOURS):
                put_i64(offsets, i * LANES + k, neighbour(neighbours, i, y, width))
        place, error_place = load_i64(ints, 0), load_i64(ints, LANES)
        pixel = gather_i16(plane, place) << 6
        for i in range(predictors):
            store_i32(guesses, i * LANES, pixel - gather_i16(error, error_place + fill_i64(i * channels * area)))
        trunk_inputs(tables, view, plane, error, area, channels, predictors, place, error_place, offsets, guesses, rows, scales)
        for k in range(min(LANES, len(positions) - begin)):
            for i in range(inputs.shape[1]):
                inputs[begin + k, i] = np.int16(get_f32(rows, i * LANES + k))
            for c in range(channels):
                here, there = get_i64(ints, k) + c * area, get_i64(ints, LANES + k) + c * area
                value = np.int32(get_i16(plane, here))
                facts[begin + k, c, 0] = value
                facts[begin + k, c, 1] = lane(load_i32(scales, c * LANES), k)
                for i in range(predictors):
                    facts[begin + k, c, 2 + i] = UNIT * value - get_i16(error, there + i * channels * area)


def gather_inputs(
    planes: NDArray[np.int16], errors: NDArray[np.int16], positions: NDArray[np.int64], view: Surroundings = USUAL
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """What a network sees of some pixels: inputs int16[n, input_count], facts int32[n, C, 2 + P]: pixel, q, predictions (1/64 level).

    planes: int16[N, C, h + 1, w + 8], errors: int16[N, P, C, h + 1, w + 8], padded as in wavefront.py; positions: [n, 3]: picture, y, x.
    Pixels y >= h are not checked for; needs no model, as all models have the same tables.
    """
    tables, (predictors, channels) = make_tables(), errors.shape[1:3]
    count = input_count(channels, predictors, view)
    inputs, facts = np.empty((len(positions), count), np.int16), np.empty((len(positions), channels, 2 + predictors), np.int32)
    buffer, numbers = np.empty(count * LANES, np.float32), np.empty((channels + predictors) * LANES, np.int32)
    state = np.empty((2 + NEIGHBOURS) * LANES, np.int64)
    log, (scale, reciprocal) = np.asarray(tables["log"], np.int16), (np.asarray(tables[name], np.int32) for name in ("scale", "reciprocal"))
    _gather(planes, errors, positions, view, NEAR.reshape(-1), log, scale, reciprocal, inputs, facts, buffer, numbers, state)
    return inputs, facts
