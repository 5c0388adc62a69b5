"""Predicts pixels by least squares over a window that moves with them, in doubles or singles whose every operation has its order.

A model names a set of them (SETS); they differ in regressors and windows. For channel c the regressors f of a predictor are its `own`
nearest neighbours and, of each earlier channel, the current pixel and the `other` - 1 nearest neighbours, each less the mean of W, N, NW
and NE of its own channel. Every pixel adds g f f' and g f t (t: the pixel itself, centred too),

    g = 1 / (4 + mean squared error of the predictor at the six nearest neighbours)

to the sums of its segment, 8 pixels of a row. The weights for segment j of row y solve a ridge regression towards (1/2, 1/2, 0 ...) by
Cholesky, with the sums

    left(j) + above(j) + K above(j + 1) + K^2 above(j + 2)       above: what row y - 1 has left at a segment
    left(j) = K (left(j - 1) + own(j - 1)),  left(0) = 0          own(j) = R above(j) + the sums of row y's segment j

Above the first row nothing is left, or in a small stripe what start.py has.

Exactness: + - * / and square root in the order written here, never reordered (lanes are different rows), no contraction, no library
function; in double precision, or for models that say so in single precision, in which decays, K K and half a ridge are rounded. Sums below
2^-60 become 0. A prediction is rounded to 1/64 level at once; one that is no number, or absurd, becomes W.
All inputs are integers: regressors and pixels are multiplied by 4, so that means are whole.

Orders, where they decide a bit: regressors are the own neighbours in the order of NEAR, then for each earlier channel its current
pixel and its neighbours. own(j) begins as R above(j), the pixels add (g f_i) f_j one after another, i >= j, t as the last f. The sums of
the window are added from left to right as written, with K^2 = K K. Then 16 times the ridge is added to the diagonal, half of that to the
first two of the right-hand side, which is the last row of the factor: l_ij = (s_ij - l_i0 l_j0 - l_i1 l_j1 ...) (1 / sqrt(pivot)), no pivot
below 1e-9. Weights follow from the last to the first, each subtracted from those before it at once. A prediction is the mean, plus w_0 f_0,
plus w_1 f_1 ...

Sums and weights are those of least_squares.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.least_squares import (
    FIELDS,
    LOCAL_MEAN,
    NUMBER,
    OTHER,
    OWN,
    REGRESSORS,
    WEIGHTS,
    Predictor,
    Workspace,
    begin_segment,
    end_segment,
    sums_of,
    workspace,
)
from codec.density.shared.scales import UNIT
from codec.lanes.neighbourhood import copy_neighbourhoods, cover_top, neighbour, pixel_of, put_pixel
from codec.lanes.vectors import (
    LANES,
    f64_i32,
    fill_as,
    fill_f64,
    fill_i32,
    fill_i64,
    get_i64,
    high_of,
    i32_real,
    lane,
    load_i32,
    load_i64,
    load_real,
    low_of,
    pointer,
    real_f64,
    select,
    store_i32,
    store_real,
)
from codec.lanes.wavefront import PAD, SEGMENT, lanes_of, pad, place_lanes, put_padded, segments_of, step_lanes
from codec.system.array_types import Array3, Array4
from codec.system.kernels import entry, kernel

LONG, WIDE, SMALL, LEAST = (
    Predictor(20, 12, 0.97, 0.85, 16.0, 4.0),
    Predictor(16, 5, 0.87, 0.55, 16.0, 4.0),
    Predictor(6, 3, 0.7, 0.4, 4.0, 1.0),
    Predictor(4, 2, 0.5, 0.3, 4.0, 1.0),
)
SETS = {"one": (SMALL,), "two": (WIDE, SMALL), "four": (WIDE, SMALL, LONG, LEAST)}
ERROR_NEIGHBOURS = 6
NO_ERROR = 384  # what stands for the error left of the first pixel
ABSURD, BELOW = 1e6, 1 << 20  # of 8 bits (predict_channel)


@kernel
def _regressors_at(sums, k, c, pixel):
    """Where the regressors of a predictor, channel and pixel of the segment begin."""
    task = (k * sums.channels + c) * FIELDS
    return (get_i64(sums.plan, task + REGRESSORS) + pixel * (get_i64(sums.plan, task + NUMBER) + 1)) * LANES


@kernel(inline=True)
def predict_channel(sums, lanes, c, pixel, low, high, absurd, below):
    """Predict channel c of the lanes' pixels, of which the channels before c are known: guesses in 1/64 level, between low and high.

    absurd: so large a prediction becomes W; below: a number that all others are smaller than, also their negatives.
    The neighbourhoods are those of all channels, then of the errors of all predictors and channels.
    """
    if sums.in_singles:
        _predict_channel(sums.singles, lanes, c, pixel, low, high, absurd, below)
    else:
        _predict_channel(sums.doubles, lanes, c, pixel, low, high, absurd, below)


@kernel
def _predict_channel(sums, lanes, c, pixel, low, high, absurd, below):
    mean = fill_i32(0)
    for i in range(LOCAL_MEAN):
        mean = mean + neighbour(lanes, c, pixel, i)
    store_i32(sums.means, c * LANES, mean)
    for k in range(sums.predictors):
        task, begin = k * sums.channels + c, _regressors_at(sums, k, c, pixel)
        own, others = get_i64(sums.plan, task * FIELDS + OWN), get_i64(sums.plan, task * FIELDS + OTHER)
        for i in range(own):
            store_real(sums.regressors, begin + i * LANES, i32_real(sums.regressors, (neighbour(lanes, c, pixel, i) << 2) - mean))
        for other in range(c):  # its pixel stands behind its own regressors, and its neighbours are the first of these
            known = _regressors_at(sums, k, other, pixel)
            target = begin + (own + other * others) * LANES
            store_real(sums.regressors, target, load_real(sums.regressors, known + (own + other * others) * LANES))
            for i in range(1, others):
                store_real(sums.regressors, target + i * LANES, load_real(sums.regressors, known + (i - 1) * LANES))
        guess = _guess(sums, task, begin, mean, low, high, absurd, below, neighbour(lanes, c, pixel, 0))
        store_i32(sums.guesses, task * LANES, guess)
        _gain(sums, lanes, task, pixel)


@kernel
def _guess(sums, task, begin, mean, low, high, absurd, below, west):
    """The prediction in 1/64 level, from the regressors that begin at `begin`; west: the pixel to the left."""
    number, weights = get_i64(sums.plan, task * FIELDS + NUMBER), get_i64(sums.plan, task * FIELDS + WEIGHTS) * LANES
    total = i32_real(sums.weights, mean)
    for i in range(0, number * LANES, LANES):
        total = total + load_real(sums.weights, weights + i) * load_real(sums.regressors, begin + i)
    scaled = real_f64(total * fill_as(total, UNIT / LOCAL_MEAN))
    sane = (fill_f64(-absurd) < scaled) & (scaled < fill_f64(absurd))
    rounded = f64_i32(select(sane, scaled, fill_f64(0.0)) + fill_f64(below + 0.5)) - fill_i32(below)
    return select(sane, low_of(high_of(rounded, fill_i32(low)), fill_i32(high)), west * fill_i32(UNIT))


@kernel
def _gain(sums, lanes, task, pixel):
    """Store g of the lanes' pixels, 0 where a lane is idle."""
    total = i32_real(sums.gains, fill_i32(0))
    for i in range(ERROR_NEIGHBOURS):
        error = i32_real(sums.gains, neighbour(lanes, sums.channels + task, pixel, i))
        total = total + error * error
    squares = float(ERROR_NEIGHBOURS * UNIT * UNIT)
    gain = fill_as(total, squares) / (total + fill_as(total, 4.0 * squares))
    idle = load_i64(lanes.idle, 0) == fill_i64(1)
    store_real(sums.gains, (task * SEGMENT + pixel) * LANES, select(idle, fill_as(total, 0.0), gain))


@kernel(inline=True)
def learn_channel(sums, lanes, errors, area, width, c, pixel, value):
    """Tell the predictors what channel c of the lanes' pixels is (int32)."""
    if sums.in_singles:
        _learn_channel(sums.singles, lanes, errors, area, width, c, pixel, value)
    else:
        _learn_channel(sums.doubles, lanes, errors, area, width, c, pixel, value)


@kernel
def _learn_channel(sums, lanes, errors, area, width, c, pixel, value):
    centred = i32_real(sums.regressors, (value << 2) - load_i32(sums.means, c * LANES))
    for k in range(sums.predictors):
        task = k * sums.channels + c
        number = get_i64(sums.plan, task * FIELDS + NUMBER)
        store_real(sums.regressors, _regressors_at(sums, k, c, pixel) + number * LANES, centred)
        # the next channels take this pixel from here: it stands behind the own regressors and those of the channels before
        error = (value << 6) - load_i32(sums.guesses, task * LANES)
        put_pixel(lanes, sums.channels + task, pixel, error)
        for number_of_lane in range(LANES):
            if get_i64(lanes.idle, number_of_lane) == 0:
                place = task * area + get_i64(lanes.place, number_of_lane)
                put_padded(errors, place, get_i64(lanes.x, number_of_lane), width, lane(error, number_of_lane))


# ---------------------------------------------------------------- a stripe of known pixels


@entry(ieee_division=True)
def fill_errors(planes: Array3[np.int16], errors: Array4[np.int16], work: Workspace) -> None:
    """Fill the errors [P, C, h + 1, w + 8] of known planes [C, h + 1, w + 8], both padded, with sums that begin as `work` has them."""
    sums, lanes = sums_of(work), lanes_of(work.lanes, work.neighbourhoods)
    channels, rows, width = planes.shape[0], planes.shape[1] - 1, planes.shape[2] - 2 * PAD
    area = planes.shape[1] * planes.shape[2]
    plane, error = pointer(planes), pointer(errors)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, 0, rows, width)
        copy_neighbourhoods(lanes, 0, plane, channels, area, width)
        copy_neighbourhoods(lanes, channels, error, channels * sums.predictors, area, width)
        begin_segment(sums, lanes, segment)
        for pixel in range(SEGMENT):
            cover_top(lanes, channels * (1 + sums.predictors), pixel)
            for c in range(channels):
                low, high = (0, 255 * UNIT) if c == 0 else (-255 * UNIT, 255 * UNIT)
                predict_channel(sums, lanes, c, pixel, low, high, ABSURD, BELOW)
                value = pixel_of(lanes, c, pixel)
                learn_channel(sums, lanes, error, area, width, c, pixel, value)
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)
        end_segment(sums, lanes, segment)


def pad_values(channels: int) -> NDArray[np.int16]:
    """What stands left of row 0 in the planes: the middle of their range."""
    return np.array([128, 0, 0][:channels], np.int16)


def predict(planes: NDArray[np.int16], predictors: Sequence[Predictor], in_singles: bool = False) -> NDArray[np.int16]:
    """The errors of P predictors over one stripe, 64 p - prediction: planes int16[C, h, w] to errors int16[P, C, h, w]."""
    return predict_padded(pad(planes, pad_values(len(planes))), predictors, None, in_singles)[..., :-1, PAD:-PAD]


def predict_padded(
    planes: NDArray[np.int16], predictors: Sequence[Predictor], start: NDArray[np.float64] | None = None, in_singles: bool = False
) -> NDArray[np.int16]:
    """predict with padding on both sides: int16[C, h + 1, w + 8] to [P, C, h + 1, w + 8]. start: sums to begin with (start.py)."""
    errors = np.zeros((len(predictors), *planes.shape), np.int16)
    errors[..., 0, :PAD] = NO_ERROR
    fill_errors(planes, errors, workspace(predictors, len(planes), planes.shape[2] - 2 * PAD, start, in_singles))
    return errors
