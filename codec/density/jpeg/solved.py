"""The solved prediction of a coefficient: linear least squares over all that a component has shown of its place so far.

Of numbers x_1, x_2 ... (regressors.py) it predicts x_0, what is to be coded less base, all of them dequantised, float32:

    prediction     sum of w_i x_i, eight of them side by side, these as ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7)); divided by the step,
                   within +-2047, in 1/16, rounded
    sample         of what was coded: z_i = x_i g, rounded, within +-4095, g = 512 / (step (near + 4)), near being twice the magnitudes of W
                   and N and those of NW, NE, WW and NN, in coefficients
    sums           after every FIRST_BATCH samples of a place, from SOME on every BATCH, S_ij grows by their z_i z_j: whole numbers below
                   2^53, in whatever order; a sample of zeros is none
    weights        w = start + d, start being the model's, found anew when DUE samples were seen; then DUE is a quarter more than these, or
                   FIRST_BATCH to MOST_DUE more. d solves (S + ridge) d = s, s_i being S_i0 less the sum of S_ij start_j, and ridge the
                   diagonal S_ii (SAME + FEW / samples) + MEAN mean of S_ii + LEAST

in doubles, in the order in which `_solve` has them. A rounded x is floor(x + 32768.5) - 32768.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import LARGEST_PREDICTION, SIXTEENTH, SIZE
from codec.density.jpeg.floats import kept_within, sum_of_eight
from codec.lanes.vectors import (
    LANES,
    f32_i32,
    fill_f32,
    fill_f64,
    fill_i32,
    get_f32,
    get_f64,
    get_i32,
    get_i64,
    i32_f64,
    lane,
    load_f32,
    load_f64,
    load_i32,
    multiply_pairs,
    pair_up,
    pointer,
    put_f32,
    put_f64,
    put_i64,
    store_f64,
    store_i32,
)
from codec.system.array_types import Array1, Array2, Array3
from codec.system.kernels import kernel

OWN = 81  # where the coefficients of the block itself begin among the numbers
ROOM = OWN + SIZE - 1  # numbers of a coefficient
FIRST_BATCH, BATCH = 32, 128  # samples that are added together, of the first SOME and of later ones
SOME = 1024
LARGEST_NUMBER, GAIN = 4095.0, 512.0
HIGH = 4  # rows of a tile of sums, which is as wide as a vector; the tiles of a place, those above the diagonal, lie row by row
TILE = HIGH * LANES
AREA = TILE * sum((ROOM - i // LANES * LANES) // LANES for i in range(0, ROOM, HIGH))
SEEN, DUE, HELD, COUNTS = 0, 1, 2, 3  # of a place: samples in its sums, those at which weights are due, and those that wait
FIRST_DUE, MOST_DUE = 96, 4096
SAME, FEW, MEAN, LEAST = 1e-3, 60.0, 5e-4, 1.0


class Solver(NamedTuple):
    """What a pass keeps of its places. numbers: float32 [8, ROOM] and gains [8], of the lanes' coefficients; start, weights: float32
    [SIZE, ROOM]; errors: int16 [blocks + 1, SIZE], how far off predictions were, in 1/16; batches: int32 [SIZE, BATCH / 2, ROOM], two
    samples in a number; sums: float64 [SIZE, AREA]; matrix: float64 [ROOM + 1, ROOM], to solve in. All of no size in a pass whose
    predictions are not solved."""

    numbers: Array2[np.float32]
    gains: Array1[np.float32]
    start: Array2[np.float32]
    weights: Array2[np.float32]
    errors: Array2[np.int16]
    batches: Array3[np.int32]
    sums: Array2[np.float64]
    counts: Array2[np.int64]
    matrix: Array2[np.float64]


class SolverView(NamedTuple):
    """A Solver as pointers, and whether predictions are solved."""

    numbers: Any
    gains: Any
    start: Any
    weights: Any
    errors: Any
    batches: Any
    sums: Any
    counts: Any
    matrix: Any
    solves: Any


def make_solver(start: NDArray[np.float32] | None, blocks: int) -> Solver:
    """A Solver of so many blocks whose weights begin with these, float32 [SIZE, ROOM], or of a pass whose predictions are not solved."""
    places, lanes, rows = (0, 0, 0) if start is None else (SIZE, LANES, ROOM + 1)
    first = np.zeros((0, ROOM), np.float32) if start is None else start
    counts = np.zeros((places, COUNTS), np.int64)
    counts[:, DUE] = FIRST_DUE
    return Solver(
        numbers=np.zeros((lanes, ROOM), np.float32),
        gains=np.zeros(lanes, np.float32),
        start=first,
        weights=first.copy(),
        errors=np.zeros((blocks + 1 if places else 0, SIZE), np.int16),
        batches=np.zeros((places, BATCH // 2, ROOM), np.int32),
        sums=np.zeros((places, AREA), np.float64),
        counts=counts,
        matrix=np.zeros((rows, ROOM), np.float64),
    )


@kernel(inline=True)
def solver_view(solver):
    """The pointers to a Solver."""
    return SolverView(
        numbers=pointer(solver.numbers),
        gains=pointer(solver.gains),
        start=pointer(solver.start),
        weights=pointer(solver.weights),
        errors=pointer(solver.errors),
        batches=pointer(solver.batches),
        sums=pointer(solver.sums),
        counts=pointer(solver.counts),
        matrix=pointer(solver.matrix),
        solves=solver.counts.size > 0,
    )


def matrix_of(sums: NDArray[np.float64], place: int) -> NDArray[np.float64]:
    """The sums S_ij of a place, from its tiles [AREA]."""
    count = OWN + SIZE - 1 - place
    width, at = -(-count // LANES) * LANES, 0
    matrix = np.zeros((width, width))
    for i in range(0, width, HIGH):
        for j in range(i // LANES * LANES, width, LANES):
            matrix[i : i + HIGH, j : j + LANES] = sums[at : at + TILE].reshape(HIGH, LANES)
            at += TILE
    upper = np.triu(matrix[:count, :count])
    whole: NDArray[np.float64] = upper + np.triu(upper, 1).T
    return whole


@kernel
def _count_of(place):
    """How many numbers a coefficient has: those from OWN on are the coefficients above its place, from the last place down."""
    return OWN + SIZE - 1 - place


@kernel
def _whole_vectors(count):
    return (count + LANES - 1) // LANES * LANES


@kernel
def solved_prediction(solver, number, place, step):
    """The prediction of a lane's coefficient, in 1/16, whose numbers are in place, number 0 being 0."""
    at, weights, total = number * ROOM, place * ROOM, fill_f32(0.0)
    for i in range(0, _whole_vectors(_count_of(place)), LANES):
        total = total + load_f32(solver.numbers, at + i) * load_f32(solver.weights, weights + i)
    total = sum_of_eight(total) / fill_f32(np.float32(step))
    total = kept_within(total, LARGEST_PREDICTION) * fill_f32(np.float32(SIXTEENTH)) + fill_f32(32768.5)
    return np.int64(lane(f32_i32(total), 0)) - 32768


@kernel
def learn_solved(solver, number, place):
    """Take a sample of a lane's coefficient, which is number 0 now; if the weights of its place are due, find them."""
    counts = place * COUNTS
    seen, held, count = get_i64(solver.counts, counts + SEEN), get_i64(solver.counts, counts + HELD), _count_of(place)
    held += _hold(solver, number, place, held, _whole_vectors(count))
    if held == (FIRST_BATCH if seen < SOME else BATCH):
        _add_batch(solver, place, _whole_vectors(count), held)
        seen, held = seen + held, np.int64(0)
        put_i64(solver.counts, counts + SEEN, seen)
        if seen >= get_i64(solver.counts, counts + DUE):
            put_i64(solver.counts, counts + DUE, seen + min(max(seen >> 2, FIRST_BATCH), MOST_DUE))
            _solve(solver, place, count, seen)
    put_i64(solver.counts, counts + HELD, held)


@kernel
def _hold(solver, number, place, held, width):
    """Put a sample behind those that wait: 1 if it is one, 0 if all of it is 0."""
    at, row, gain = number * ROOM, (place * (BATCH // 2) + (held >> 1)) * ROOM, fill_f32(get_f32(solver.gains, number))
    squares = fill_f32(0.0)
    for i in range(0, width, LANES):
        value = kept_within(load_f32(solver.numbers, at + i) * gain, LARGEST_NUMBER)
        squares = squares + value * value
        whole = f32_i32(value + fill_f32(32768.5)) - fill_i32(32768)
        if held & 1 == 1:
            whole = pair_up(load_i32(solver.batches, row + i), whole)
        store_i32(solver.batches, row + i, whole)
    return np.int64(1 if lane(sum_of_eight(squares), 0) > 0.0 else 0)


@kernel
def _add_batch(solver, place, width, held):
    """Add the samples that wait, an even number, to the sums, a tile at a time."""
    first, at, zero = place * (BATCH // 2) * ROOM, place * AREA, fill_i32(0)
    for i in range(0, width, HIGH):
        for j in range(i // LANES * LANES, width, LANES):
            a, b, c, d = zero, zero, zero, zero
            for pair in range(first, first + (held >> 1) * ROOM, ROOM):
                column, row = load_i32(solver.batches, pair + j), pair + i
                a = multiply_pairs(fill_i32(get_i32(solver.batches, row)), column, a)
                b = multiply_pairs(fill_i32(get_i32(solver.batches, row + 1)), column, b)
                c = multiply_pairs(fill_i32(get_i32(solver.batches, row + 2)), column, c)
                d = multiply_pairs(fill_i32(get_i32(solver.batches, row + 3)), column, d)
            store_f64(solver.sums, at, load_f64(solver.sums, at) + i32_f64(a))
            store_f64(solver.sums, at + LANES, load_f64(solver.sums, at + LANES) + i32_f64(b))
            store_f64(solver.sums, at + 2 * LANES, load_f64(solver.sums, at + 2 * LANES) + i32_f64(c))
            store_f64(solver.sums, at + 3 * LANES, load_f64(solver.sums, at + 3 * LANES) + i32_f64(d))
            at += TILE


@kernel
def _solve(solver, place, count, seen):
    """Find the weights of a place: Gauss' elimination of rows that begin with the vector of their diagonal, what stands left of which comes
    to about 0; row ROOM of the matrix is the right-hand side, and row 0 the reciprocals of the pivots."""
    matrix, right, width = solver.matrix, ROOM * ROOM, _whole_vectors(count)
    _begin_rows(solver, place, count, width, seen)
    for k in range(1, count):
        row = k * ROOM
        inverse = np.float64(1.0) / get_f64(matrix, row + k)
        share = get_f64(matrix, right + k) * inverse
        _subtract(matrix, right, row, k, width, share)
        put_f64(matrix, k, inverse)
        put_f64(matrix, right + k, share)
        for i in range(k + 1, count):
            _subtract(matrix, i * ROOM, row, i, width, get_f64(matrix, row + i) * inverse)
    weights = place * ROOM
    for k in range(count - 1, 0, -1):
        total = np.float64(0.0)
        for i in range(k + 1, count):
            total += get_f64(matrix, k * ROOM + i) * get_f64(matrix, right + i)
        found = get_f64(matrix, right + k) - total * get_f64(matrix, k)
        put_f64(matrix, right + k, found)
        put_f32(solver.weights, weights + k, get_f32(solver.start, weights + k) + np.float32(found))


@kernel
def _subtract(matrix, target, row, first, width, share):
    """From a row take a share of another one, from column `first` on."""
    shares = fill_f64(share)
    for i in range(first // LANES * LANES, width, LANES):
        store_f64(matrix, target + i, load_f64(matrix, target + i) - shares * load_f64(matrix, row + i))


@kernel
def _begin_rows(solver, place, count, width, seen):
    """The sums of a place with their ridge, and the right-hand side."""
    matrix, at, start, right, mean = solver.matrix, place * AREA, place * ROOM, ROOM * ROOM, np.float64(0.0)
    for i in range(0, width, HIGH):
        for j in range(i // LANES * LANES, width, LANES):
            for k in range(i, i + HIGH):
                store_f64(matrix, k * ROOM + j, load_f64(solver.sums, at + (k - i) * LANES))
            at += TILE
    for i in range(0, width, LANES):
        store_f64(matrix, right + i, load_f64(matrix, i))
    for i in range(1, count):
        row, total = i * ROOM, np.float64(0.0)
        mean += get_f64(matrix, row + i)
        _subtract(matrix, right, row, i, width, np.float64(get_f32(solver.start, start + i)))
        for j in range((i // LANES + 1) * LANES, count):  # those before have been subtracted, or will be, from their own rows
            total += get_f64(matrix, row + j) * np.float64(get_f32(solver.start, start + j))
        put_f64(matrix, right + i, get_f64(matrix, right + i) - total)
    mean = mean / np.float64(count - 1) * np.float64(MEAN) + np.float64(LEAST)
    more = np.float64(SAME) + np.float64(FEW) / np.float64(seen)
    for i in range(1, count):
        own = get_f64(matrix, i * ROOM + i)
        put_f64(matrix, i * ROOM + i, own + own * more + mean)
