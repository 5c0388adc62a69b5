"""Solved predictions: their weights are those of least squares, and they find what the learnt ones are not shown."""

from __future__ import annotations

import numpy as np
from helpers.small_jpegs import small_jpeg_model

from codec.density.jpeg.blocks import make_blocks
from codec.density.jpeg.constants import CLASSES, KINDS, SIZE, ZIGZAG, inputs_of
from codec.density.jpeg.gather import FACTS, gather_symbols
from codec.density.jpeg.solved import DUE, FEW, LEAST, MEAN, OWN, ROOM, SAME, SEEN, Solver, matrix_of

ROWS, COLUMNS = 64, 34  # after so many samples weights are due
STEPS = np.full(SIZE, 2, np.int64)


def related_blocks(seed: int = 0) -> np.ndarray:
    """Blocks whose coefficients at place 1 follow those at places 12 and 14 of the same block, which no learnt prediction sees."""
    rng = np.random.default_rng(seed)
    blocks = np.zeros((ROWS, COLUMNS, SIZE), np.int16)
    blocks[..., ZIGZAG[1:15]] = np.rint(rng.normal(0, 9, (ROWS, COLUMNS, 14)))
    mean = 3.0 * blocks[..., ZIGZAG[12]] - 2.0 * blocks[..., ZIGZAG[14]]
    blocks[..., ZIGZAG[1]] = np.rint(mean + rng.normal(0, 1, (ROWS, COLUMNS)))
    blocks[..., ZIGZAG[1:15]] += blocks[..., ZIGZAG[1:15]] == 0  # all blocks have the same places, and a 0 may teach nothing
    return blocks


def pass_over(blocks: np.ndarray, start: np.ndarray | None) -> tuple[Solver, np.ndarray]:
    """What a pass over a component has come to, and the facts of its symbols."""
    logs, width, count = small_jpeg_model().logs, inputs_of(0, start is not None), ROWS * COLUMNS * (SIZE + 1)
    given = make_blocks(blocks, STEPS, 0, logs, np.ones((CLASSES, KINDS, 32), np.float32), start, None, None)
    facts = np.empty((count, FACTS), np.int32)
    room = np.zeros(width * 8, np.int32), np.empty((count, width), np.int16), facts
    found = gather_symbols(given, np.ones(ROWS * COLUMNS, np.uint8), *room)
    return given.solver, facts[:found]


def test_weights_are_those_of_least_squares_with_their_ridge() -> None:
    rng = np.random.default_rng(1)
    start = (rng.normal(0, 0.01, (CLASSES, SIZE, ROOM))).astype(np.float32)
    found, _ = pass_over(related_blocks(), start)
    for place in (1, 5, 14):
        seen, matrix = int(found.counts[place, SEEN]), matrix_of(found.sums[place], place)
        assert seen == ROWS * COLUMNS < found.counts[place, DUE]
        inner, first = matrix[1:, 1:], start[0, place, 1 : len(matrix)].astype(np.float64)
        own = inner.diagonal()
        ridge = np.diag(own * (SAME + FEW / seen) + MEAN * own.mean() + LEAST)
        weights = first + np.linalg.solve(inner + ridge, matrix[0, 1:] - inner @ first)
        assert np.abs(weights - found.weights[place, 1 : len(matrix)]).max() < 1e-4
    assert 2.5 < found.weights[1, OWN + SIZE - 1 - 12] < 3.0 and -2.0 < found.weights[1, OWN + SIZE - 1 - 14] < -1.5  # less for the ridge


def test_what_follows_other_coefficients_of_a_block_is_foretold() -> None:
    errors = []
    for start in (None, np.zeros((CLASSES, SIZE, ROOM), np.float32)):
        _, facts = pass_over(related_blocks(), start)
        facts = facts[facts[:, 0] == 1]
        errors.append(np.abs(16 * facts[:, 1] - facts[:, 3]).mean())
    assert errors[1] < 0.25 * errors[0]
