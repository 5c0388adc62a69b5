"""The sums over a predictor's moving window, and the weights that solve them: eight rows side by side.

Rows share sums like this: each row is worked three segments behind the one above (lanes/wavefront.py). `history` holds own(j) of the last
four segments of time, for all lanes; what lane l needs of the row above is lane l - 1, three, two and one segments of time ago. The last
row of a group leaves its sums in `last`, for the first of the next group. predictors.py says what the sums are and in which order they
are made: their bits decide predictions.

Long because the layout of the sums stands beside the kernels that walk through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.lanes.neighbourhood import neighbourhoods
from codec.lanes.vectors import (
    LANES,
    fill_as,
    fill_i64,
    get_f64,
    get_i64,
    get_real,
    load_i64,
    load_real,
    pointer,
    put_real,
    real_pointer,
    root,
    select,
    store_real,
    with_lane,
)
from codec.lanes.wavefront import SEGMENT, lane_arrays
from codec.system.array_types import Array1, Array3
from codec.system.kernels import kernel


class Predictor(NamedTuple):
    """Regressors of the channel itself and of each earlier one, decays R and K, and the ridge of channel 0 and of the others."""

    own: int
    other: int
    decay_row: float
    decay_segment: float
    ridge_luma: float
    ridge_chroma: float


LOCAL_MEAN = 4  # neighbours, and what all pixels are multiplied with
TINY = 2.0**-60
SMALLEST_PIVOT = 1e-9
SLOTS = 4  # of history
SPARE = 3  # segments of `last` behind the end of a row, which the window of its last segments looks at

# numbers of a task, which is a predictor and a channel: of its plan, and of its constants
NUMBER, ENTRIES, SUMS, REGRESSORS, WEIGHTS, OWN, OTHER, FIELDS = 0, 1, 2, 3, 4, 5, 6, 7
DECAY_ROW, DECAY_SEGMENT, RIDGE, CONSTANTS = 0, 1, 2, 3


class Reals(NamedTuple):
    """The parts of a Workspace: pointers, those to reals all to doubles or all to singles. A task is a predictor and a channel; its entries
    are the sums that it keeps; n is its number of regressors.

    history        reals, 8 unused, then [4 segments of time][entries of all tasks][8]: own(j)
    left           reals [entries of all tasks][8]: left(j)
    last           reals [segments of a row + 3][entries of all tasks]
    matrix         reals: the sums to solve, and reciprocals of the pivots
    regressors     reals, for each task [8 pixels][n + 1][8], the pixel itself last
    gains          reals, for each task [8 pixels][8]
    weights        reals, for each task [n][8]
    constants      doubles, for each task its decays and ridge
    plan           integers, for each task n, its number of entries, where its entries, regressors and weights begin, and how many of its
                   regressors are of its own channel and of each channel before
    means          integers [channels][8]
    guesses        integers, for each task [8]
    """

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
    segments: Any


class Sums(NamedTuple):
    """The sums in doubles and in singles, of which in_singles says which are in use; what both have stands beside them."""

    doubles: Any
    singles: Any
    in_singles: Any
    guesses: Any
    predictors: Any
    channels: Any


class Workspace(NamedTuple):
    """The arrays behind Sums and Lanes, for a stripe of one width: doubles and last of doubles, or the same of singles."""

    doubles: Array1[np.float64]
    last: Array1[np.float64]
    singles: Array1[np.float32]
    last_singles: Array1[np.float32]
    constants: Array3[np.float64]
    plan: Array3[np.int64]
    ints: Array1[np.int32]
    lanes: Array1[np.int64]
    neighbourhoods: Array1[np.int16]


def workspace(
    predictors: Sequence[Predictor], channels: int, width: int, start: NDArray[np.float64] | None = None, in_singles: bool = False
) -> Workspace:
    """Fresh sums: nothing learnt, or a row above the first that has left the sums `start` at each segment."""
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
    tasks, matrix = len(predictors) * channels, matrix_room(int(plan[..., NUMBER].max()))
    size = LANES * (1 + SLOTS * entries + entries + matrix + regressors + SEGMENT * tasks + weights)
    segments = (width + SEGMENT - 1) // SEGMENT + SPARE
    last = np.zeros(segments * entries) if start is None else np.tile(start, segments)
    doubles, singles = (0, size) if in_singles else (size, 0)
    return Workspace(
        doubles=np.zeros(doubles),
        last=np.zeros(0) if in_singles else last,
        singles=np.zeros(singles, np.float32),
        last_singles=last.astype(np.float32) if in_singles else np.zeros(0, np.float32),
        constants=constants,
        plan=plan,
        ints=np.zeros((channels + tasks) * LANES, np.int32),
        lanes=lane_arrays(),
        neighbourhoods=neighbourhoods(channels + tasks),
    )


def workspace_bytes(predictors: Sequence[Predictor], channels: int, width: int) -> int:
    """About how much memory a workspace takes: the sums that a row leaves for the next one grow with the width."""
    numbers = [predictor.own + c * predictor.other for predictor in predictors for c in range(channels)]
    return 8 * sum((number + 1) * (number + 2) // 2 - 1 for number in numbers) * ((width + SEGMENT - 1) // SEGMENT + SPARE)


def matrix_room(most: int) -> int:
    """Entries of a matrix of so many regressors: the triangle, the right-hand side below it, and reciprocals of the pivots."""
    return (most + 1) * (most + 2) // 2 + most


matrix_room_of = kernel(matrix_room)


@kernel(inline=True)
def sums_of(work):
    """The pointers to a workspace."""
    return Sums(
        doubles=_reals_of(work, work.doubles, work.last),
        singles=_reals_of(work, work.singles, work.last_singles),
        in_singles=work.singles.size > 0,
        guesses=pointer(work.ints[LANES * work.plan.shape[1] :]),
        predictors=work.plan.shape[0],
        channels=work.plan.shape[1],
    )


@kernel(inline=True)
def _reals_of(work, numbers, last):
    """The pointers to reals, of which `numbers` has all but `last`."""
    predictors, channels = work.plan.shape[0], work.plan.shape[1]
    tasks, plan = predictors * channels, pointer(work.plan)
    most, entries, regressors = 0, 0, 0
    for task in range(0, tasks * FIELDS, FIELDS):
        most, entries = max(most, get_i64(plan, task + NUMBER)), entries + get_i64(plan, task + ENTRIES)
        regressors += SEGMENT * (get_i64(plan, task + NUMBER) + 1)
    # where the parts begin, one after the other
    left = LANES * (1 + SLOTS * entries)
    matrix = left + LANES * entries
    regressor = matrix + LANES * matrix_room_of(most)
    gains = regressor + LANES * regressors
    weights = gains + LANES * SEGMENT * tasks
    return Reals(
        history=real_pointer(numbers),
        left=real_pointer(numbers[left:]),
        last=real_pointer(last),
        matrix=real_pointer(numbers[matrix:]),
        regressors=real_pointer(numbers[regressor:]),
        gains=real_pointer(numbers[gains:]),
        weights=real_pointer(numbers[weights:]),
        constants=pointer(work.constants),
        plan=plan,
        means=pointer(work.ints),
        guesses=pointer(work.ints[LANES * channels :]),
        entries=entries,
        predictors=predictors,
        channels=channels,
        segments=last.size // entries - SPARE,
    )


@kernel(inline=True)
def begin_segment(sums, lanes, segment):
    """Solve for the weights of the segments on which the lanes stand."""
    if sums.in_singles:
        _begin_segment(sums.singles, lanes, segment)
    else:
        _begin_segment(sums.doubles, lanes, segment)


@kernel
def _begin_segment(sums, lanes, segment):
    place = load_i64(lanes.x, 0) >> 3
    segments = fill_i64(sums.segments)
    first = place == fill_i64(0)
    one_more, two_more = place + fill_i64(1) < segments, place + fill_i64(2) < segments
    for task in range(sums.predictors * sums.channels):
        plan, constants = task * FIELDS, task * CONSTANTS
        number, begin = get_i64(sums.plan, plan + NUMBER), get_i64(sums.plan, plan + SUMS)
        decay, ridge = get_f64(sums.constants, constants + DECAY_SEGMENT), get_f64(sums.constants, constants + RIDGE)
        entries, decay_row = get_i64(sums.plan, plan + ENTRIES), get_f64(sums.constants, constants + DECAY_ROW)
        _window(sums, lanes, segment, begin, entries, decay, decay_row, first, one_more, two_more)
        _solve(sums.matrix, number, ridge, sums.weights, get_i64(sums.plan, plan + WEIGHTS) * LANES)


@kernel
def _slot(sums, segment, ago):
    """Where the history of so many segments of time ago begins."""
    return LANES + ((segment - ago) & (SLOTS - 1)) * sums.entries * LANES


@kernel
def _flushed(value):
    """0 for what is so small that machines may differ in it."""
    return select(value * value < fill_as(value, TINY * TINY), fill_as(value, 0.0), value)


@kernel
def _window(sums, lanes, segment, begin, entries, decay, decay_row, first, one_more, two_more):
    """Gather the sums of the window into `matrix`, go on with `left`, and begin own(j)."""
    now, one, two, three = _slot(sums, segment, 0), _slot(sums, segment, 1), _slot(sums, segment, 2), _slot(sums, segment, 3)
    place = min(get_i64(lanes.x, 0) >> 3, sums.segments) * sums.entries
    some = load_real(sums.left, begin * LANES)
    zero, once, twice, decayed = fill_as(some, 0.0), fill_as(some, decay), fill_as(some, decay * decay), fill_as(some, decay_row)
    # a load that begins one element early gives lane l what lane l - 1 has; lane 0 takes what the group above has left
    for e in range(begin, begin + entries):
        i = e * LANES
        left = select(first, zero, _flushed(once * (load_real(sums.left, i) + load_real(sums.history, one + i))))
        store_real(sums.left, i, left)
        here = with_lane(load_real(sums.history, three + i - 1), 0, get_real(sums.last, place + e))
        next_one = with_lane(load_real(sums.history, two + i - 1), 0, get_real(sums.last, place + sums.entries + e))
        next_two = with_lane(load_real(sums.history, one + i - 1), 0, get_real(sums.last, place + 2 * sums.entries + e))
        store_real(sums.history, now + i, decayed * here)  # own(j) begins as this
        total = left + here + once * select(one_more, next_one, zero) + twice * select(two_more, next_two, zero)
        store_real(sums.matrix, i - begin * LANES, total)


@kernel
def _row(i):
    """Where row i of a packed lower triangle begins."""
    return i * (i + 1) // 2 * LANES


@kernel
def _solve(matrix, number, ridge, weights, place):
    """Cholesky in place, two columns at a time; the right-hand side is row `number` of the packed lower triangle, so that it is substituted
    forward on the way."""
    pivots, rhs = _row(number + 1), _row(number)
    for i in range(0, 2 * LANES, LANES):
        value = load_real(matrix, rhs + i)
        store_real(matrix, rhs + i, value + fill_as(value, 0.5 * ridge))
    for j in range(0, number, 2):
        _two_pivots(matrix, j, number, ridge, pivots)
        i = j + 2
        while i + 3 <= number:
            _four_rows(matrix, i, j, pivots)
            i += 4
        while i <= number:
            _one_row(matrix, i, j, pivots)
            i += 1
    for i in range(number):
        store_real(weights, place + i * LANES, load_real(matrix, rhs + i * LANES))
    for i in range(number - 1, 0, -2):
        _two_weights(matrix, weights, place, i, pivots)
    if number % 2 == 1:
        store_real(weights, place, load_real(weights, place) * load_real(matrix, pivots))


@kernel
def _inverse_root(pivot):
    least = fill_as(pivot, SMALLEST_PIVOT)
    return fill_as(pivot, 1.0) / root(select(pivot < least, least, pivot))


@kernel
def _two_pivots(matrix, j, number, ridge, pivots):
    """The pivots of columns j and j + 1, and what stands between them; if column j is the last, the right-hand side stands in row j + 1."""
    row, next_row = _row(j), _row(j + 1)
    first, between = load_real(matrix, row + j * LANES), load_real(matrix, next_row + j * LANES)
    second = load_real(matrix, next_row + (j + 1) * LANES)
    first, second = first + fill_as(first, ridge), second + fill_as(second, ridge)
    for k in range(0, j * LANES, LANES):
        a, b = load_real(matrix, row + k), load_real(matrix, next_row + k)
        first, between, second = first - a * a, between - b * a, second - b * b
    inverse = _inverse_root(first)
    between = between * inverse
    store_real(matrix, pivots + j * LANES, inverse)
    store_real(matrix, next_row + j * LANES, between)
    if j + 1 < number:
        store_real(matrix, pivots + (j + 1) * LANES, _inverse_root(second - between * between))


@kernel
def _one_row(matrix, i, j, pivots):
    """Entries j and j + 1 of row i."""
    row, pivot_row, next_row, end = _row(i), _row(j), _row(j + 1), j * LANES
    a, b = load_real(matrix, row + end), load_real(matrix, row + end + LANES)
    for k in range(0, end, LANES):
        value = load_real(matrix, row + k)
        a = a - value * load_real(matrix, pivot_row + k)
        b = b - value * load_real(matrix, next_row + k)
    a = a * load_real(matrix, pivots + end)
    b = b - a * load_real(matrix, next_row + end)
    store_real(matrix, row + end, a)
    store_real(matrix, row + end + LANES, b * load_real(matrix, pivots + end + LANES))


@kernel
def _four_rows(matrix, i, j, pivots):
    """Four times _one_row, side by side: each step of a sum waits for the one before it."""
    row_a, row_b, row_c, row_d = _row(i), _row(i + 1), _row(i + 2), _row(i + 3)
    pivot_row, next_row, end, after = _row(j), _row(j + 1), j * LANES, (j + 1) * LANES
    a, b, c, d = (
        load_real(matrix, row_a + end),
        load_real(matrix, row_b + end),
        load_real(matrix, row_c + end),
        load_real(matrix, row_d + end),
    )
    e, f = load_real(matrix, row_a + after), load_real(matrix, row_b + after)
    g, h = load_real(matrix, row_c + after), load_real(matrix, row_d + after)
    for k in range(0, end, LANES):
        first, second = load_real(matrix, pivot_row + k), load_real(matrix, next_row + k)
        value = load_real(matrix, row_a + k)
        a, e = a - value * first, e - value * second
        value = load_real(matrix, row_b + k)
        b, f = b - value * first, f - value * second
        value = load_real(matrix, row_c + k)
        c, g = c - value * first, g - value * second
        value = load_real(matrix, row_d + k)
        d, h = d - value * first, h - value * second
    first, second = load_real(matrix, pivots + end), load_real(matrix, pivots + after)
    between = load_real(matrix, next_row + end)
    a, b, c, d = a * first, b * first, c * first, d * first
    e, f, g, h = e - a * between, f - b * between, g - c * between, h - d * between
    store_real(matrix, row_a + end, a)
    store_real(matrix, row_b + end, b)
    store_real(matrix, row_c + end, c)
    store_real(matrix, row_d + end, d)
    store_real(matrix, row_a + after, e * second)
    store_real(matrix, row_b + after, f * second)
    store_real(matrix, row_c + after, g * second)
    store_real(matrix, row_d + after, h * second)


@kernel
def _two_weights(matrix, weights, place, i, pivots):
    """Weights i and i - 1, subtracted from those before them."""
    row, next_row, at = _row(i), _row(i - 1), place + i * LANES
    first = load_real(weights, at) * load_real(matrix, pivots + i * LANES)
    second = load_real(weights, at - LANES) - load_real(matrix, row + (i - 1) * LANES) * first
    second = second * load_real(matrix, pivots + (i - 1) * LANES)
    store_real(weights, at, first)
    store_real(weights, at - LANES, second)
    for k in range(0, (i - 1) * LANES, LANES):
        value = load_real(weights, place + k) - load_real(matrix, row + k) * first
        store_real(weights, place + k, value - load_real(matrix, next_row + k) * second)


@kernel(inline=True)
def end_segment(sums, lanes, segment):
    """Add the segments that the lanes have just passed to the sums."""
    if sums.in_singles:
        _end_segment(sums.singles, lanes, segment)
    else:
        _end_segment(sums.doubles, lanes, segment)


@kernel
def _end_segment(sums, lanes, segment):
    now = _slot(sums, segment, 0)
    for task in range(sums.predictors * sums.channels):
        number, e = get_i64(sums.plan, task * FIELDS + NUMBER), get_i64(sums.plan, task * FIELDS + SUMS)
        begin, gains = get_i64(sums.plan, task * FIELDS + REGRESSORS) * LANES, task * SEGMENT * LANES
        for i in range(number + 1):
            _add_row(sums, begin, gains, number, i, min(i + 1, number), now + e * LANES)
            e += min(i + 1, number)
    for number_of_lane in range(LANES):
        if get_i64(lanes.final, number_of_lane) == 1:
            target = (get_i64(lanes.x, number_of_lane) >> 3) * sums.entries
            for e in range(sums.entries):
                put_real(sums.last, target + e, get_real(sums.history, now + e * LANES + number_of_lane))


@kernel
def _add_row(sums, begin, gains, number, i, count, to):
    """Add g f f' to `count` entries of row i, which begin at `to` in the history. The eight pixels' g f_i stay in registers."""
    step, row = (number + 1) * LANES, begin + i * LANES
    f0 = load_real(sums.gains, gains) * load_real(sums.regressors, row)
    f1 = load_real(sums.gains, gains + LANES) * load_real(sums.regressors, row + step)
    f2 = load_real(sums.gains, gains + 2 * LANES) * load_real(sums.regressors, row + 2 * step)
    f3 = load_real(sums.gains, gains + 3 * LANES) * load_real(sums.regressors, row + 3 * step)
    f4 = load_real(sums.gains, gains + 4 * LANES) * load_real(sums.regressors, row + 4 * step)
    f5 = load_real(sums.gains, gains + 5 * LANES) * load_real(sums.regressors, row + 5 * step)
    f6 = load_real(sums.gains, gains + 6 * LANES) * load_real(sums.regressors, row + 6 * step)
    f7 = load_real(sums.gains, gains + 7 * LANES) * load_real(sums.regressors, row + 7 * step)
    for j in range(count):
        total, column = load_real(sums.history, to + j * LANES), begin + j * LANES
        total = total + f0 * load_real(sums.regressors, column)
        total = total + f1 * load_real(sums.regressors, column + step)
        total = total + f2 * load_real(sums.regressors, column + 2 * step)
        total = total + f3 * load_real(sums.regressors, column + 3 * step)
        total = total + f4 * load_real(sums.regressors, column + 4 * step)
        total = total + f5 * load_real(sums.regressors, column + 5 * step)
        total = total + f6 * load_real(sums.regressors, column + 6 * step)
        total = total + f7 * load_real(sums.regressors, column + 7 * step)
        store_real(sums.history, to + j * LANES, _flushed(total))
