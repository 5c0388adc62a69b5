"""Section H of a file of an array (kind "A"): what is coded, and in which batches. The other section, P, is the density's payload.

H  one number after the other, as container/numbers.py writes them:
   type (0 uint8, 1 bool), order of the array in memory (0 C, 1 Fortran), axes (1 to 8), the length of each axis, particles N,
   runs; for each run: how many batches, images in each batch, depth, 1 if its batches use N particles or 0 if one;
   if the images are coded in several parts, the length of each part in P
P  for each part the message of the chain (density/arrays/chain.py) as coding/message_bytes.py writes one of one lane
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from codec.container.numbers import read_length, write_length
from codec.density.density import MAX_BATCH, MAX_BATCH_PARTICLES, MAX_PARTICLES, Batch
from codec.errors import BadFile
from codec.system.records import record

TYPES: tuple[np.dtype[np.generic], ...] = (np.dtype(np.uint8), np.dtype(np.bool_))
MAX_AXES = 8
MAX_BATCHES = 1 << 20


@record(frozen=True)
class ArrayHeader:
    """Section H. parts: the length of each part in P; none if there is one, which is all of P."""

    dtype: np.dtype[np.generic]
    fortran: bool
    shape: tuple[int, ...]
    batches: tuple[Batch, ...]
    parts: tuple[int, ...] = ()

    @property
    def images(self) -> int:
        return sum(batch.images for batch in self.batches)


def array_numbers(header: ArrayHeader) -> bytes:
    """The numbers up to the axes, with which the digested bytes begin, too."""
    values = TYPES.index(header.dtype), int(header.fortran), len(header.shape), *header.shape
    return b"".join(map(write_length, values))


def write_runs(particles: int, batches: Sequence[Batch], parts: Sequence[int] = ()) -> bytes:
    """The numbers from the particles on. parts: the lengths of several parts."""
    runs: list[list[int]] = []
    for batch in batches:
        run = [batch.images, batch.depth, int(batch.particles > 1)]
        if runs and runs[-1][1:] == run:
            runs[-1][0] += 1
        else:
            runs.append([1, *run])
    return b"".join(write_length(value) for value in (particles, len(runs), *(value for run in runs for value in run), *parts))


def read_header(data: bytes) -> ArrayHeader:
    """Section H of a file. Raises BadFile."""
    position = 0

    def number(low: int, high: int) -> int:
        nonlocal position
        value, position = read_length(data, position)
        if not low <= value <= high:
            raise BadFile(f"the file's header is damaged: {value} is not from {low} to {high}")
        return value

    dtype, fortran = TYPES[number(0, len(TYPES) - 1)], bool(number(0, 1))
    shape = tuple(number(0, 1 << 40) for _ in range(number(1, MAX_AXES)))
    particles, batches = number(1, MAX_PARTICLES), list[Batch]()
    for _ in range(number(0, len(data))):
        count, images, depth, several = number(1, MAX_BATCHES), number(1, MAX_BATCH), number(0, 255), number(0, 1)
        batch = Batch(images, depth, particles if several else 1)
        if len(batches) + count > MAX_BATCHES or images * batch.particles > max(MAX_BATCH_PARTICLES, batch.particles):
            raise BadFile("the file's header is damaged: its batches are too many or too large")
        batches += [batch] * count
    parts = list[int]()
    while position < len(data):
        parts.append(number(1, 1 << 40))
    if len(parts) == 1:
        raise BadFile("the file's header is damaged: it is longer than what it says")
    return ArrayHeader(dtype, fortran, shape, tuple(batches), tuple(parts))
