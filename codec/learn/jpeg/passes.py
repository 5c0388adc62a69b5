"""Passes over the components of JPEG files, as the codec goes through them, for what is gathered or learnt on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import CodedBlocks, log_table, make_blocks
from codec.density.jpeg.constants import inputs_of
from codec.density.jpeg.gather import FACTS
from codec.density.jpeg.luma import luma_ratio, luma_references
from codec.learn.jpeg.files import read_coefficients

MOST_BLOCKS = 24000  # of luma, that are gone through
SMALLEST = 4  # blocks to a side


def pass_room(kind: int, solves: bool, count: int) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int32]]:
    """Room for the inputs of eight lanes, and for inputs and facts of so many symbols of a class of components; solves: whether
    predictions are solved."""
    width = inputs_of(kind, solves)
    return np.zeros(width * 8, np.int32), np.empty((count, width), np.int16), np.empty((count, FACTS), np.int32)


def passes_of(
    file: Path, start: NDArray[np.float32], solved: NDArray[np.float32] | None, seed: int
) -> Iterator[tuple[CodedBlocks, NDArray[np.int16]]]:
    """Blocks of each component of some rows of a file, and their coefficients [blocks, 64]; a caller goes through them before it asks for
    the next. Nothing of a file that cannot be read, or is too small."""
    found = read_coefficients(file)
    if found is None:
        return
    form, components = found
    one = form.components[0]
    units = max(1, MOST_BLOCKS // (one.columns * one.vertical))
    first = int(np.random.default_rng(seed).integers(0, max(1, form.unit_rows - units + 1)))
    part = slice(first, min(first + units, form.unit_rows))
    logs, colour = log_table(), len(components) == 3
    luma = chroma = None
    for i, (shape, whole) in enumerate(zip(form.components, components, strict=True)):
        known = np.ascontiguousarray(whole[shape.rows_of(part)])
        rows, columns = known.shape[:2]
        if min(rows, columns) < SMALLEST:
            return
        steps, references = np.array(shape.steps, np.int64), None
        ratio = luma_ratio((one.vertical, one.horizontal), (shape.vertical, shape.horizontal))
        if luma is not None and colour and ratio is not None:
            of_luma = luma.coefficients[:-1].reshape(luma.rows, luma.columns, 64)
            facts = luma.facts[:-1].reshape(luma.rows, luma.columns, -1)
            references = luma_references(of_luma, facts, np.array(one.steps, np.int64), ratio, rows, columns)
        kind = i if colour else 0
        blocks = make_blocks(known, steps, kind, logs, start, solved, references, chroma if kind == 2 else None)
        yield blocks, known.reshape(-1, 64)
        luma, chroma = blocks if i == 0 else luma, blocks if i == 1 else chroma
