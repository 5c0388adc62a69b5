"""Section H of an array's file: what was written is read, and numbers that lie are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from codec.container.numbers import write_length
from codec.density.density import Batch
from codec.errors import BadFile
from codec.kinds.array.header import TYPES, ArrayHeader, array_numbers, read_header, write_runs

BATCHES = (Batch(1, 2, 1), Batch(1, 1, 1), Batch(2, 0, 1), Batch(4, 0, 5), Batch(4, 0, 5), Batch(4, 0, 5), Batch(3, 0, 1))
HEADER = ArrayHeader(np.dtype(np.uint8), False, (19, 4, 4), BATCHES)


def written(header: ArrayHeader, particles: int = 5) -> bytes:
    return array_numbers(header) + write_runs(particles, header.batches)


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("shape", [(19, 4, 4), (16,), (0, 28, 28), (1, 2, 3, 4, 5, 6, 7, 8)], ids=str)
def test_a_header_comes_back(dtype: np.dtype[np.generic], fortran: bool, shape: tuple[int, ...]) -> None:
    header = ArrayHeader(dtype, fortran, shape, BATCHES)
    assert read_header(written(header)) == header


def test_there_are_as_many_images_as_in_all_batches() -> None:
    assert HEADER.images == 19


def test_no_batches_are_a_header_too() -> None:
    header = ArrayHeader(np.dtype(np.uint8), False, (0, 4, 4), ())
    assert read_header(written(header)) == header and header.images == 0


def test_the_lengths_of_parts_come_last() -> None:
    header = replace(HEADER, parts=(5, 70))
    assert read_header(array_numbers(header) + write_runs(5, header.batches, header.parts)) == header


def test_equal_batches_stand_together() -> None:
    assert write_runs(5, BATCHES) == b"".join(map(write_length, [5, 5, 1, 1, 2, 0, 1, 1, 1, 0, 1, 2, 0, 0, 3, 4, 0, 1, 1, 3, 0, 0]))


LIES = {
    "more batches than there may be": [0, 0, 3, 1 << 30, 4, 4, 1, 1, 1 << 20, 1025, 0, 0],
    "many runs of many batches": [0, 0, 3, 4, 4, 4, 1, 2, 1 << 20, 1, 0, 0, 1 << 20, 1, 0, 0],
    "a batch that is too wide for its particles": [0, 0, 3, 1024, 4, 4, 4096, 1, 1, 1024, 0, 1],
    "an unknown type": [9],
    "too many axes": [0, 0, 9],
    "no axes": [0, 0, 0],
    "nothing": [],
    "no particles": [0, 0, 1, 16, 0, 0],
    "a batch of nothing": [0, 0, 1, 16, 1, 1, 1, 0, 0, 0],
    "fewer runs than it says": [0, 0, 1, 16, 1, 2, 1, 1, 0, 0],
    "more than it says": [0, 0, 1, 16, 1, 1, 1, 1, 0, 0, 0],
}


@pytest.mark.parametrize("numbers", LIES.values(), ids=list(LIES))
def test_numbers_that_lie_are_refused(numbers: list[int]) -> None:
    with pytest.raises(BadFile):
        read_header(b"".join(map(write_length, numbers)))
