"""What the predictions of a JPEG model begin with: learnt ones with the mean of what they have come to in some files, solved ones with what
solves the sums of some files together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import NUMBERS
from codec.density.jpeg.constants import CLASSES, KINDS, SIZE
from codec.density.jpeg.gather import gather_symbols
from codec.density.jpeg.solved import AREA, FEW, LEAST, ROOM, SAME, SEEN, matrix_of
from codec.learn.jpeg.passes import pass_room, passes_of
from codec.system.executor import cores, in_order

FIRST_WEIGHT, FIRST_POWER = 0.2, 256.0


def first_start() -> NDArray[np.float32]:
    """What learnt predictions begin with when nothing is known: a little of both borders."""
    start = np.zeros((CLASSES, KINDS, 2 * NUMBERS), np.float32)
    start[..., :2], start[..., NUMBERS:] = FIRST_WEIGHT, FIRST_POWER
    return start


def mean_start(files: Sequence[Path]) -> NDArray[np.float32]:
    """The mean of what the weights of learnt predictions come to in files; of their powers the geometric one."""
    first = first_start()
    weights = np.zeros((CLASSES, KINDS, NUMBERS))
    powers = np.zeros_like(weights)
    counts = np.zeros(CLASSES)
    for index, file in enumerate(files):
        for blocks, known in passes_of(file, first, None, index):
            gather_symbols(blocks, np.zeros(len(known), np.uint8), *pass_room(blocks.kind, False, 0))
            weights[blocks.kind] += blocks.weights
            powers[blocks.kind] += np.log(blocks.powers)
            counts[blocks.kind] += 1
    found = np.maximum(counts, 1)[:, None, None]
    mean = np.concatenate([weights / found, np.exp(powers / found)], -1)
    return np.where(counts[:, None, None] > 0, mean, first).astype(np.float32)


def solved_start(files: Sequence[Path]) -> NDArray[np.float32]:
    """What solves the sums of files, each of which counts by the root of how many samples it has of a place; few samples say little."""
    sums, samples, found = np.zeros((CLASSES, SIZE, AREA)), np.zeros((CLASSES, SIZE)), np.zeros((CLASSES, SIZE, ROOM), np.float32)

    def work(index: int) -> list[tuple[int, NDArray[np.float64], NDArray[np.float64]]]:
        made = []
        for blocks, known in passes_of(files[index], first_start(), found, index):
            gather_symbols(blocks, np.zeros(len(known), np.uint8), *pass_room(blocks.kind, True, 0))
            roots = np.sqrt(blocks.solver.counts[:, SEEN])
            made.append((blocks.kind, blocks.solver.sums / np.maximum(roots, 1)[:, None], roots))
        return made

    for made in in_order(work, range(len(files)), cores()):
        for kind, of_file, roots in made:
            sums[kind] += of_file
            samples[kind] += roots
    for kind, place in itertools.product(range(CLASSES), range(SIZE)):
        matrix = matrix_of(sums[kind, place], place)
        diagonal = matrix.diagonal()[1:]
        ridge = np.diag((SAME + FEW / max(samples[kind, place], 1.0)) * diagonal + SAME * diagonal.mean() + LEAST)
        found[kind, place, 1 : len(matrix)] = np.linalg.solve(matrix[1:, 1:] + ridge, matrix[0, 1:])
    return found
