"""Least-squares predictors whose window moves over the picture: the only floats that decide a bit.

A model names a set of them (SETS); they differ in regressors and windows. For channel c the regressors f of a predictor are its `own`
nearest neighbours and, of each earlier channel, the current pixel and the `other` - 1 nearest neighbours, each less the mean of W, N, NW
and NE of its own channel. Every pixel adds g f f' and g f t (t: the pixel itself, centred too),

    g = 1 / (4 + mean squared error of the predictor at the six nearest neighbours)

to the sums of its segment, 8 pixels of a row. The weights for segment j of row y solve a ridge regression towards (1/2, 1/2, 0 ...) by
Cholesky, with the sums

    left(j) + above(j) + K above(j + 1) + K^2 above(j + 2)       above: what row y - 1 has left at a segment
    left(j) = K (left(j - 1) + own(j - 1)),  left(0) = 0          own(j) = R above(j) + the sums of row y's segment j

Exactness: double precision + - * / and square root in the order written here, never reordered (numba without fastmath; lanes are
different rows), no contraction, no library function. Sums below 2^-60 become 0. A prediction is rounded to 1/64 level at once; one that is
no number, or absurd, becomes W. All inputs are integers: regressors and pixels are multiplied by 4, so that means are whole.

Orders, where they decide a bit: regressors are the own neighbours in the order of NEAR, then for each earlier channel its current
pixel and its neighbours. own(j) begins as R above(j), the pixels add (g f_i) f_j one after another, i >= j, t as the last f. The sums of
the window are added from left to right as written, with K^2 = K K. Then 16 times the ridge is added to the diagonal, half of that to the
first two of the right-hand side, which is the last row of the factor: l_ij = (s_ij - l_i0 l_j0 - l_i1 l_j1 ...) (1 / sqrt(pivot)), no pivot
below 1e-9. Weights follow from the last to the first, each subtracted from those before it at once. A prediction is the mean, plus w_0 f_0,
plus w_1 f_1 ...

How rows share sums: eight rows are worked side by side, each three segments behind the one above (wavefront.py). `history` holds own(j) of
the last four segments of time, for all lanes; what lane l needs of the row above is lane l - 1, three, two and one segments of time
ago. The last row of a group leaves its sums in `last`, for the first of the next group.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from codec.lanes.vectors import (
    LANES,
    f64_i32,
    fill_f64,
    fill_i32,
    fill_i64,
    gather_i16,
    get_f64,
    get_i64,
    high_of,
    i32_f64,
    lane,
    load_f64,
    load_i32,
    load_i64,
    low_of,
    pointer,
    put_f64,
    root,
    select,
    store_f64,
    store_i32,
    with_lane,
)
from codec.lanes.wavefront import PAD, SEGMENT, lane_arrays, lanes_of, pad, place_lanes, put_padded, segments_of, step_lanes


class Predictor(NamedTuple):
    """Regressors of the channel itself and of each earlier one, decays R and K, and the ridge of channel 0 and of the others."""

    own: int
    other: int
    decay_row: float
    decay_segment: float
    ridge_luma: float
    ridge_chroma: float


LONG, WIDE, SMALL, LEAST = (
    Predictor(20, 12, 0.97, 0.85, 16.0, 4.0),
    Predictor(16, 5, 0.87, 0.55, 16.0, 4.0),
    Predictor(6, 3, 0.7, 0.4, 4.0, 1.0),
    Predictor(4, 2, 0.5, 0.3, 4.0, 1.0),
)
SETS = {"one": (SMALL,), "two": (WIDE, SMALL), "four": (WIDE, SMALL, LONG, LEAST)}
MOST = max(predictor.own + 2 * predictor.other for predictors in SETS.values() for predictor in predictors)
ERROR_NEIGHBOURS = 6
UNIT = 64  # predictions are in 1/64 level
LOCAL_MEAN = 4  # neighbours, and what all pixels are multiplied with
TINY = 2.0**-60
SMALLEST_PIVOT = 1e-9
NO_ERROR = 384  # what stands for the error left of the first pixel
SLOTS = 4  # of history

NUMBER, ENTRIES, SUMS, REGRESSORS, WEIGHTS, OWN, OTHER, FIELDS = 0, 1, 2, 3, 4, 5, 6, 7
DECAY_ROW, DECAY_SEGMENT, RIDGE, CONSTANTS = 0, 1, 2, 3


class Sums(NamedTuple):
    """Pointers to doubles: history (8 unused, then [4][entries][8]), left[entries][8], last[segments + 3][entries],
    matrix, regressors[predictor, channel][8 pixels][n + 1][8], gains[predictor, channel][8][8], weights[predictor, channel][n][8],
    constants[predictor, channel]: decays and ridge; and to integers: plan, for each predictor and channel its number of regressors, of
    entries, where its parts begin, and how many regressors are its own and of each other; means[channel][8],
    guesses[predictor, channel][8]."""

    history: Any
    left: Any
    last: Any
    matrix: Any
    regressors: Any
    gains: Any
    weights: Any
    constants: Any
    plan: Any
    means: Any
    guesses: Any
    entries: Any
    predictors: Any
    channels: Any
    pitch_segments: Any


class Workspace(NamedTuple):
    """The arrays behind Sums and Lanes, for a stripe of one width."""

    doubles: NDArray[np.float64]
    last: NDArray[np.float64]
    constants: NDArray[np.float64]
    plan: NDArray[np.int64]
    ints: NDArray[np.int32]
    lanes: NDArray[np.int64]


def workspace(predictors: Sequence[Predictor], channels: int, width: int) -> Workspace:
    """Fresh sums: nothing learnt."""
    plan = np.zeros((len(predictors), channels, FIELDS), np.int64)
    constants = np.zeros((len(predictors), channels, CONSTANTS))
    entries = regressors = weights = 0
    for k, predictor in enumerate(predictors):
        for c in range(channels):
            number = predictor.own + c * predictor.other
            count = (number + 1) * (number + 2) // 2 - 1
            ridge = predictor.ridge_chroma if c else predictor.ridge_luma
            plan[k, c] = number, count, entries, regressors, weights, predictor.own, predictor.other
            constants[k, c] = predictor.decay_row, predictor.decay_segment, LOCAL_MEAN * LOCAL_MEAN * ridge
            entries, regressors, weights = entries + count, regressors + SEGMENT * (number + 1), weights + number
    tasks = len(predictors) * channels
    size = 1 + SLOTS * entries + entries + MATRIX + regressors + SEGMENT * tasks + weights
    segments = (width + SEGMENT - 1) // SEGMENT + 3
    ints = np.zeros((channels + tasks) * LANES, np.int32)
    return Workspace(np.zeros(size * LANES), np.zeros(segments * entries), constants, plan, ints, lane_arrays())


MATRIX = (MOST + 1) * (MOST + 2) // 2 + MOST  # the sums to solve, and reciprocals of the pivots


@njit(inline="always")
def sums_of(work):
    predictors, channels = work.plan.shape[0], work.plan.shape[1]
    tasks = predictors * channels
    plan = work.plan.reshape(-1)
    final = (tasks - 1) * FIELDS
    entries = plan[final + SUMS] + plan[final + ENTRIES]
    regressors = plan[final + REGRESSORS] + SEGMENT * (plan[final + NUMBER] + 1)
    left = LANES * (1 + SLOTS * entries)
    matrix = left + LANES * entries
    regressor = matrix + LANES * MATRIX
    gains = regressor + LANES * regressors
    weights = gains + LANES * SEGMENT * tasks
    doubles = work.doubles
    return Sums(
        pointer(doubles), pointer(doubles[left:]), pointer(work.last), pointer(doubles[matrix:]), pointer(doubles[regressor:]),
        pointer(doubles[gains:]), pointer(doubles[weights:]), pointer(work.constants), pointer(plan), pointer(work.ints),
        pointer(work.ints[LANES * channels :]), entries, predictors, channels, work.last.size // entries - 1,
    )  # fmt: skip


# ---------------------------------------------------------------- weights


@njit
def begin_segment(sums, lanes, segment):
    """Solve for the weights of the segments on which the lanes stand."""
    place = load_i64(lanes.x, 0) >> 3
    segments = fill_i64(sums.pitch_segments - 2)
    first = place == fill_i64(0)
    one_more, two_more = place + fill_i64(1) < segments, place + fill_i64(2) < segments
    for task in range(sums.predictors * sums.channels):
        plan, constants = task * FIELDS, task * CONSTANTS
        number, begin = get_i64(sums.plan, plan + NUMBER), get_i64(sums.plan, plan + SUMS)
        decay, ridge = get_f64(sums.constants, constants + DECAY_SEGMENT), get_f64(sums.constants, constants + RIDGE)
        _window(sums, lanes, segment, begin, get_i64(sums.plan, plan + ENTRIES), decay, first, one_more, two_more)
        _solve(sums.matrix, number, ridge, sums.weights, get_i64(sums.plan, plan + WEIGHTS) * LANES)


@njit
def _slot(sums, segment, ago):
    return LANES + ((segment - ago) & (SLOTS - 1)) * sums.entries * LANES


@njit
def _flushed(value):
    small = (value < fill_f64(TINY)) & (fill_f64(-TINY) < value)
    return select(small, fill_f64(0.0), value)


@njit
def _window(sums, lanes, segment, begin, entries, decay, first, one_more, two_more):
    """Gather the sums of the window into `matrix`, and go on with `left`."""
    one, two, three = _slot(sums, segment, 1), _slot(sums, segment, 2), _slot(sums, segment, 3)
    place = min(get_i64(lanes.x, 0) >> 3, sums.pitch_segments - 2) * sums.entries
    zero, once, twice = fill_f64(0.0), fill_f64(decay), fill_f64(decay * decay)
    for e in range(begin, begin + entries):
        i = e * LANES
        left = select(first, zero, _flushed(once * (load_f64(sums.left, i) + load_f64(sums.history, one + i))))
        store_f64(sums.left, i, left)
        here = with_lane(load_f64(sums.history, three + i - 1), 0, get_f64(sums.last, place + e))
        next_one = with_lane(load_f64(sums.history, two + i - 1), 0, get_f64(sums.last, place + sums.entries + e))
        next_two = with_lane(load_f64(sums.history, one + i - 1), 0, get_f64(sums.last, place + 2 * sums.entries + e))
        total = left + here + once * select(one_more, next_one, zero) + twice * select(two_more, next_two, zero)
        store_f64(sums.matrix, i - begin * LANES, total)


@njit
def _solve(matrix, number, ridge, weights, place):
    """Cholesky in place; the right-hand side is row `number` of the packed lower triangle, so that it is substituted forward on the way."""
    pivots = (MOST + 1) * (MOST + 2) // 2 * LANES
    rhs = number * (number + 1) // 2
    for i in range(2):
        store_f64(matrix, (rhs + i) * LANES, load_f64(matrix, (rhs + i) * LANES) + fill_f64(0.5 * ridge))
    for j in range(number):
        row = j * (j + 1) // 2 * LANES
        pivot = load_f64(matrix, row + j * LANES) + fill_f64(ridge)
        for k in range(j):
            factor = load_f64(matrix, row + k * LANES)
            pivot = pivot - factor * factor
        least = fill_f64(SMALLEST_PIVOT)
        inverse = fill_f64(1.0) / root(select(pivot < least, least, pivot))
        store_f64(matrix, pivots + j * LANES, inverse)
        i = j + 1
        while i + 3 <= number:
            _four_rows(matrix, row, i, j, inverse)
            i += 4
        while i <= number:
            _one_row(matrix, row, i, j, inverse)
            i += 1
    for i in range(number):
        store_f64(weights, place + i * LANES, load_f64(matrix, (rhs + i) * LANES))
    for i in range(number - 1, -1, -1):
        weight = load_f64(weights, place + i * LANES) * load_f64(matrix, pivots + i * LANES)
        store_f64(weights, place + i * LANES, weight)
        row = i * (i + 1) // 2 * LANES
        for k in range(i):
            other = load_f64(weights, place + k * LANES) - load_f64(matrix, row + k * LANES) * weight
            store_f64(weights, place + k * LANES, other)


@njit
def _one_row(matrix, pivot_row, i, j, inverse):
    row = i * (i + 1) // 2 * LANES
    value = load_f64(matrix, row + j * LANES)
    for k in range(0, j * LANES, LANES):
        value = value - load_f64(matrix, row + k) * load_f64(matrix, pivot_row + k)
    store_f64(matrix, row + j * LANES, value * inverse)


@njit
def _four_rows(matrix, pivot_row, i, j, inverse):
    """Four times _one_row, side by side: each step of a sum waits for the one before it."""
    row_a, row_b = i * (i + 1) // 2 * LANES, (i + 1) * (i + 2) // 2 * LANES
    row_c, row_d = (i + 2) * (i + 3) // 2 * LANES, (i + 3) * (i + 4) // 2 * LANES
    end = j * LANES
    a, b, c, d = load_f64(matrix, row_a + end), load_f64(matrix, row_b + end), load_f64(matrix, row_c + end), load_f64(matrix, row_d + end)
    for k in range(0, end, LANES):
        factor = load_f64(matrix, pivot_row + k)
        a = a - load_f64(matrix, row_a + k) * factor
        b = b - load_f64(matrix, row_b + k) * factor
        c = c - load_f64(matrix, row_c + k) * factor
        d = d - load_f64(matrix, row_d + k) * factor
    store_f64(matrix, row_a + end, a * inverse)
    store_f64(matrix, row_b + end, b * inverse)
    store_f64(matrix, row_c + end, c * inverse)
    store_f64(matrix, row_d + end, d * inverse)


# ---------------------------------------------------------------- predictions


@njit
def _regressors_at(sums, k, c, pixel):
    """Where the regressors of a predictor, channel and pixel of the segment begin."""
    task = (k * sums.channels + c) * FIELDS
    return (get_i64(sums.plan, task + REGRESSORS) + pixel * (get_i64(sums.plan, task + NUMBER) + 1)) * LANES


@njit
def predict_channel(sums, lanes, planes, offset, errors, area, c, pixel, low, high):
    """Predict channel c of the lanes' pixels, of which the channels before c are known: guesses in 1/64 level, between low and high.

    planes: int16, channel c begins at `offset`; errors: of all predictors and channels, `area` elements each.
    """
    place = load_i64(lanes.place, 0) + fill_i64(offset)
    mean = fill_i32(0)
    for i in range(LOCAL_MEAN):
        mean = mean + gather_i16(planes, place + load_i64(lanes.offsets, i * LANES))
    store_i32(sums.means, c * LANES, mean)
    for k in range(sums.predictors):
        task, begin = k * sums.channels + c, _regressors_at(sums, k, c, pixel)
        own, others = get_i64(sums.plan, task * FIELDS + OWN), get_i64(sums.plan, task * FIELDS + OTHER)
        for i in range(own):
            value = gather_i16(planes, place + load_i64(lanes.offsets, i * LANES))
            store_f64(sums.regressors, begin + i * LANES, i32_f64((value << 2) - mean))
        for other in range(c):
            known = _regressors_at(sums, k, other, pixel)
            target = begin + (own + other * others) * LANES
            store_f64(sums.regressors, target, load_f64(sums.regressors, known + (own + other * others) * LANES))
            for i in range(1, others):
                store_f64(sums.regressors, target + i * LANES, load_f64(sums.regressors, known + (i - 1) * LANES))
        guess = _guess(sums, task, begin, mean, low, high, gather_i16(planes, place + load_i64(lanes.offsets, 0)))
        store_i32(sums.guesses, task * LANES, guess)
        _gain(sums, lanes, errors, area, task, pixel)


@njit
def _guess(sums, task, begin, mean, low, high, west):
    number, weights = get_i64(sums.plan, task * FIELDS + NUMBER), get_i64(sums.plan, task * FIELDS + WEIGHTS) * LANES
    total = i32_f64(mean)
    for i in range(0, number * LANES, LANES):
        total = total + load_f64(sums.weights, weights + i) * load_f64(sums.regressors, begin + i)
    scaled = total * fill_f64(UNIT / LOCAL_MEAN)
    sane = (fill_f64(-1e6) < scaled) & (scaled < fill_f64(1e6))
    offset = 1 << 20
    rounded = f64_i32(select(sane, scaled, fill_f64(0.0)) + fill_f64(offset + 0.5)) - fill_i32(offset)
    return select(sane, low_of(high_of(rounded, fill_i32(low)), fill_i32(high)), west * fill_i32(UNIT))


@njit
def _gain(sums, lanes, errors, area, task, pixel):
    place = load_i64(lanes.place, 0) + fill_i64(task * area)
    total = fill_f64(0.0)
    for i in range(ERROR_NEIGHBOURS):
        error = i32_f64(gather_i16(errors, place + load_i64(lanes.offsets, i * LANES)))
        total = total + error * error
    squares = float(ERROR_NEIGHBOURS * UNIT * UNIT)
    gain = fill_f64(squares) / (total + fill_f64(4.0 * squares))
    idle = load_i64(lanes.idle, 0) == fill_i64(1)
    store_f64(sums.gains, (task * SEGMENT + pixel) * LANES, select(idle, fill_f64(0.0), gain))


@njit
def learn_channel(sums, lanes, errors, area, width, c, pixel, value):
    """Tell the predictors what channel c of the lanes' pixels is (int32)."""
    centred = i32_f64((value << 2) - load_i32(sums.means, c * LANES))
    for k in range(sums.predictors):
        task = k * sums.channels + c
        number = get_i64(sums.plan, task * FIELDS + NUMBER)
        store_f64(sums.regressors, _regressors_at(sums, k, c, pixel) + number * LANES, centred)
        # the next channels take this pixel from here: it stands behind the own regressors and those of the channels before
        error = (value << 6) - load_i32(sums.guesses, task * LANES)
        for number_of_lane in range(LANES):
            if get_i64(lanes.idle, number_of_lane) == 0:
                place = task * area + get_i64(lanes.place, number_of_lane)
                put_padded(errors, place, get_i64(lanes.x, number_of_lane), width, lane(error, number_of_lane))


@njit
def end_segment(sums, lanes, segment):
    """Add the segments that the lanes have just passed to the sums."""
    now, three = _slot(sums, segment, 0), _slot(sums, segment, 3)
    place = min(get_i64(lanes.x, 0) >> 3, sums.pitch_segments - 2) * sums.entries
    for task in range(sums.predictors * sums.channels):
        decay = fill_f64(get_f64(sums.constants, task * CONSTANTS + DECAY_ROW))
        number, e = get_i64(sums.plan, task * FIELDS + NUMBER), get_i64(sums.plan, task * FIELDS + SUMS)
        begin, gains = get_i64(sums.plan, task * FIELDS + REGRESSORS) * LANES, task * SEGMENT * LANES
        for i in range(number + 1):
            _add_row(sums, begin, gains, number, i, min(i + 1, number), now, three, place, e, decay)
            e += min(i + 1, number)
    for number_of_lane in range(LANES):
        if get_i64(lanes.final, number_of_lane) == 1:
            target = (get_i64(lanes.x, number_of_lane) >> 3) * sums.entries
            for e in range(sums.entries):
                put_f64(sums.last, target + e, get_f64(sums.history, now + e * LANES + number_of_lane))


@njit
def _add_row(sums, begin, gains, number, i, count, now, three, place, e, decay):
    """own = decay * above + g f f', for `count` entries of row i; e: the first of them."""
    step, row = (number + 1) * LANES, begin + i * LANES
    f0 = load_f64(sums.gains, gains) * load_f64(sums.regressors, row)
    f1 = load_f64(sums.gains, gains + LANES) * load_f64(sums.regressors, row + step)
    f2 = load_f64(sums.gains, gains + 2 * LANES) * load_f64(sums.regressors, row + 2 * step)
    f3 = load_f64(sums.gains, gains + 3 * LANES) * load_f64(sums.regressors, row + 3 * step)
    f4 = load_f64(sums.gains, gains + 4 * LANES) * load_f64(sums.regressors, row + 4 * step)
    f5 = load_f64(sums.gains, gains + 5 * LANES) * load_f64(sums.regressors, row + 5 * step)
    f6 = load_f64(sums.gains, gains + 6 * LANES) * load_f64(sums.regressors, row + 6 * step)
    f7 = load_f64(sums.gains, gains + 7 * LANES) * load_f64(sums.regressors, row + 7 * step)
    for j in range(count):
        at = (e + j) * LANES
        above = with_lane(load_f64(sums.history, three + at - 1), 0, get_f64(sums.last, place + e + j))
        total, column = decay * above, begin + j * LANES
        total = total + f0 * load_f64(sums.regressors, column)
        total = total + f1 * load_f64(sums.regressors, column + step)
        total = total + f2 * load_f64(sums.regressors, column + 2 * step)
        total = total + f3 * load_f64(sums.regressors, column + 3 * step)
        total = total + f4 * load_f64(sums.regressors, column + 4 * step)
        total = total + f5 * load_f64(sums.regressors, column + 5 * step)
        total = total + f6 * load_f64(sums.regressors, column + 6 * step)
        total = total + f7 * load_f64(sums.regressors, column + 7 * step)
        store_f64(sums.history, now + at, _flushed(total))


# ---------------------------------------------------------------- a stripe of known pixels


@njit(cache=True, nogil=True, error_model="numpy")
def _predict(planes, errors, work):
    sums, lanes = sums_of(work), lanes_of(work.lanes)
    channels, rows, width = planes.shape[0], planes.shape[1] - 1, planes.shape[2] - 2 * PAD
    area = planes.shape[1] * planes.shape[2]
    plane, error = pointer(planes), pointer(errors)
    for segment in range(segments_of(rows, width)):
        place_lanes(lanes, segment, 0, rows, width)
        begin_segment(sums, lanes, segment)
        for pixel in range(SEGMENT):
            for c in range(channels):
                low, high = (0, 255 * UNIT) if c == 0 else (-255 * UNIT, 255 * UNIT)
                predict_channel(sums, lanes, plane, c * area, error, area, c, pixel, low, high)
                value = gather_i16(plane, load_i64(lanes.place, 0) + fill_i64(c * area))
                learn_channel(sums, lanes, error, area, width, c, pixel, value)
            if pixel + 1 < SEGMENT:
                step_lanes(lanes, width)
        end_segment(sums, lanes, segment)


def pad_values(channels: int) -> NDArray[np.int16]:
    """What stands left of row 0 in the planes: the middle of their range."""
    return np.array([128, 0, 0][:channels], np.int16)


def predict(planes: NDArray[np.int16], predictors: Sequence[Predictor]) -> NDArray[np.int16]:
    """The errors of P predictors over one stripe, 64 p - prediction: planes int16[C, h, w] to errors int16[P, C, h, w]."""
    return predict_padded(pad(planes, pad_values(len(planes))), predictors)[..., :-1, PAD:-PAD]


def predict_padded(planes: NDArray[np.int16], predictors: Sequence[Predictor]) -> NDArray[np.int16]:
    """The same with padding on both sides: int16[C, h + 1, w + 8] to [P, C, h + 1, w + 8]."""
    errors = np.zeros((len(predictors), *planes.shape), np.int16)
    errors[..., 0, :PAD] = NO_ERROR
    _predict(planes, errors, workspace(predictors, len(planes), planes.shape[2] - 2 * PAD))
    return errors
