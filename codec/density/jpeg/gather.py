"""Gathers what the networks of the JPEG density see of some blocks of a component, block by block in raster order: for training."""

from __future__ import annotations

import numpy as np

from codec.density.jpeg.blocks import BASE, PREDICTED, CodedBlocks, last_of, open_block, value_at, view_of
from codec.density.jpeg.constants import LAST, PREDICTIONS, SIZE
from codec.density.jpeg.summaries import close_block
from codec.density.jpeg.surroundings import coefficient_inputs, last_inputs, take_coefficient, take_last
from codec.lanes.vectors import LANES, get_i32, get_i64, pointer
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

FACTS = 3 + PREDICTIONS  # of a symbol: its kind, its value less base, whether it cannot be 0, and its predictions in 1/16


@entry
def gather_symbols(
    blocks: CodedBlocks, chosen: Array1[np.uint8], column: Array1[np.int32], inputs: Array2[np.int16], facts: Array2[np.int32]
) -> int:  # fmt: skip
    """Go through all blocks, which are known, and write the symbols of the chosen ones until there is no more room: how many they are.
    inputs: int16 [n, inputs], facts: int32 [n, FACTS]; column: room for a kernel's inputs, int32 [inputs * 8]."""
    view, count, width = view_of(blocks), 0, inputs.shape[1]
    given = pointer(column)
    for block in range(blocks.rows * blocks.columns):
        open_block(view, 0, block)
        last = last_of(view, block)
        wanted = chosen[block] > 0 and count + SIZE + 1 <= facts.shape[0]
        last_inputs(view, 0, given)
        if wanted:
            _write(view, given, width, inputs, facts, count, LAST, last, 0)
            count += 1
        take_last(view, 0, given, last)
        for place in range(last, -1, -1):
            value = value_at(view, block, place)
            coefficient_inputs(view, 0, given)
            if wanted:
                forced = 1 if place == last and place > 0 else 0
                _write(view, given, width, inputs, facts, count, place, value - get_i64(view.state, BASE), forced)
                count += 1
            take_coefficient(view, 0, value)
        close_block(view, 0)
    return count


@kernel
def _write(view, given, width, inputs, facts, count, kind, value, forced):
    for i in range(width):
        inputs[count, i] = np.int16(get_i32(given, i * LANES))
    facts[count, 0], facts[count, 1], facts[count, 2] = kind, value, forced
    for i in range(PREDICTIONS):
        facts[count, 3 + i] = get_i64(view.state, PREDICTED + i)
