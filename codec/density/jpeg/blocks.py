"""The blocks of a component while it is coded, and who the neighbours of a block are. summaries.py has what is kept of a finished one.

Blocks that do not exist are replaced: N by W, W by N, NW by W, NE by N, further ones by the nearer one; both N and W by a block of zeros.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import EDGE, FIELD, SIXTEENTH, SIZE, ZIGZAG, cosines
from codec.density.jpeg.solved import Solver, make_solver, solver_view
from codec.lanes.vectors import LANES, get_i16, get_i32, get_i64, pointer, put_i64
from codec.system.array_types import Array1, Array2
from codec.system.kernels import kernel

LOG_ENTRIES = 1 << 15
HIGHEST_INPUT = 352
FACTS = 4  # of a finished block: last, sum of low ones, sum of high ones
LAST_OF, LOW_OF, HIGH_OF = 0, 1, 2
SLOPES = 4  # of a finished block: sums of products and squares, with luma and with the first chroma component
SLOPE_BITS, SLOPE_LIMIT = 12, 1 << 14
MEAN_BITS = 8  # fraction bits of running means
NUMBERS = 16  # of what the learnt prediction is made of
# of a lane: the numbers in `state`, from TOP on eight of each
BLOCK, WEST, NORTH, NORTHWEST, NORTHEAST, WEST2, NORTH2, LAST_PLACE, PLACE = 0, 1, 2, 3, 4, 5, 6, 7, 8
SUM, EXPECTED, FADING, COUNT, BASE, HAS_NORTH, HAS_WEST, SLOPE_LUMA, SLOPE_CHROMA = 9, 10, 11, 12, 13, 14, 15, 16, 17
TOP, LEFT, RISE, SLANT, PREDICTED, FADING_ERROR, STATE = 18, 26, 34, 42, 50, 53, 56


class CodedBlocks(NamedTuple):
    """The blocks of a pass: coefficients and what is kept of finished ones. Arrays of `blocks + 1` blocks; the last one is all zeros.

    coefficients, boxes (sums over frequencies), luma (at this component's resolution, dequantised), busy (mean magnitude of luma, in 1/4),
    chroma (the first chroma component): int16 [blocks + 1, 64]. tops, lefts: int32 [blocks + 1, 8], the continued borders. facts: int32
    [blocks + 1, FACTS]; of luma luma_facts. slopes: int64 [blocks + 1, SLOPES]. means: int32 [KINDS + 1], the last one counts blocks.
    rises, slants: likewise, how their last two rows or columns differ. weights, powers: float32 [KINDS, NUMBERS].
    """

    coefficients: Array2[np.int16]
    boxes: Array2[np.int16]
    tops: Array2[np.int32]
    lefts: Array2[np.int32]
    rises: Array2[np.int32]
    slants: Array2[np.int32]
    facts: Array2[np.int32]
    luma: Array2[np.int16]
    busy: Array2[np.int16]
    chroma: Array2[np.int16]
    luma_facts: Array2[np.int32]
    chroma_facts: Array2[np.int32]
    slopes: Array2[np.int64]
    means: Array1[np.int32]
    weights: Array2[np.float32]
    powers: Array2[np.float32]
    scales: Array1[np.int64]
    tables: Array1[np.int16]
    places: Array1[np.int64]
    state: Array2[np.int64]
    scratch: Array2[np.int32]
    rows: int
    columns: int
    kind: int
    solver: Solver


class View(NamedTuple):
    """CodedBlocks as pointers."""

    coefficients: Any
    boxes: Any
    tops: Any
    lefts: Any
    rises: Any
    slants: Any
    facts: Any
    luma: Any
    busy: Any
    chroma: Any
    luma_facts: Any
    chroma_facts: Any
    slopes: Any
    means: Any
    weights: Any
    powers: Any
    steps: Any
    from_top: Any
    from_left: Any
    from_luma: Any
    step_logs: Any
    logs: Any
    zigzag: Any
    edge: Any
    above: Any
    differ: Any
    further: Any
    state: Any
    scratch: Any
    rows: Any
    columns: Any
    kind: Any
    solver: Any


@kernel(inline=True)
def view_of(blocks):
    """The pointers to CodedBlocks."""
    scales, places = blocks.scales, blocks.places
    return View(
        coefficients=pointer(blocks.coefficients),
        boxes=pointer(blocks.boxes),
        tops=pointer(blocks.tops),
        lefts=pointer(blocks.lefts),
        rises=pointer(blocks.rises),
        slants=pointer(blocks.slants),
        facts=pointer(blocks.facts),
        luma=pointer(blocks.luma),
        busy=pointer(blocks.busy),
        chroma=pointer(blocks.chroma),
        luma_facts=pointer(blocks.luma_facts),
        chroma_facts=pointer(blocks.chroma_facts),
        slopes=pointer(blocks.slopes),
        means=pointer(blocks.means),
        weights=pointer(blocks.weights),
        powers=pointer(blocks.powers),
        steps=pointer(scales),
        from_top=pointer(scales[SIZE:]),
        from_left=pointer(scales[2 * SIZE :]),
        from_luma=pointer(scales[3 * SIZE :]),
        step_logs=pointer(scales[4 * SIZE :]),
        logs=pointer(blocks.tables),
        zigzag=pointer(places),
        edge=pointer(places[SIZE:]),
        above=pointer(places[SIZE + FIELD :]),
        differ=pointer(places[SIZE + 2 * FIELD :]),
        further=pointer(places[SIZE + 3 * FIELD :]),
        state=pointer(blocks.state),
        scratch=pointer(blocks.scratch),
        rows=blocks.rows,
        columns=blocks.columns,
        kind=blocks.kind,
        solver=solver_view(blocks.solver),
    )


def log_table() -> NDArray[np.int16]:
    """32 log2(1 + i / 16), made with floating point."""
    return np.rint(32 * np.log2(1 + np.arange(LOG_ENTRIES) / SIXTEENTH)).astype(np.int16)


def make_blocks(
    coefficients: NDArray[np.int16],
    steps: NDArray[np.int64],
    kind: int,
    logs: NDArray[np.int16],
    start: NDArray[np.float32],
    solved: NDArray[np.float32] | None,
    references: tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int32]] | None,
    first_chroma: CodedBlocks | None,
) -> CodedBlocks:
    """Blocks of coefficients int16 [rows, columns, 64], which are copied. kind: of component, below CLASSES. start: float32
    [CLASSES, KINDS, 16], weights and powers to begin with; solved: float32 [CLASSES, SIZE, ROOM], weights of solved predictions, or None.
    references: luma, busy and luma's facts at this resolution.

    Long because it names all of them.
    """
    rows, columns = coefficients.shape[:2]
    count = rows * columns

    def room(width: int, element: type[np.integer] = np.int16) -> NDArray[Any]:
        return np.zeros((count + 1, width), element)

    luma, busy, luma_facts = references if references is not None else (room(SIZE), room(SIZE), room(FACTS, np.int32))
    edges = np.stack([np.repeat(EDGE, FIELD) * steps, np.tile(EDGE, FIELD) * steps])
    step_logs = logs[np.minimum(SIXTEENTH * (steps - 1), LOG_ENTRIES - 1)] // 2
    scales = np.concatenate([steps, *((SIXTEENTH << 24) // edges), (SIXTEENTH << 16) // steps, step_logs])
    basis, last = cosines(), cosines()[:, 7]
    means = np.concatenate([(4 << MEAN_BITS) // (1 + np.arange(SIZE)), [10 << MEAN_BITS, 0]]).astype(np.int32)
    return CodedBlocks(
        coefficients=np.pad(coefficients.reshape(count, SIZE), ((0, 1), (0, 0))),
        boxes=room(SIZE),
        tops=room(FIELD, np.int32),
        lefts=room(FIELD, np.int32),
        rises=room(FIELD, np.int32),
        slants=room(FIELD, np.int32),
        facts=room(FACTS, np.int32),
        luma=luma,
        busy=busy,
        chroma=first_chroma.coefficients if first_chroma else room(SIZE),
        luma_facts=luma_facts,
        chroma_facts=first_chroma.facts if first_chroma else room(FACTS, np.int32),
        slopes=room(SLOPES, np.int64),
        means=means,
        weights=np.ascontiguousarray(start[kind, :, :NUMBERS]),
        powers=np.ascontiguousarray(start[kind, :, NUMBERS:]),
        scales=scales.astype(np.int64),
        tables=logs,
        places=np.concatenate([ZIGZAG, EDGE, (5 * last - basis[:, 6]) // 4, last - basis[:, 6], basis[:, 5] - basis[:, 6]]),
        state=np.zeros((LANES, STATE), np.int64),
        scratch=np.zeros((LANES, NUMBERS), np.int32),
        rows=rows,
        columns=columns,
        kind=kind,
        solver=make_solver(solved[kind] if solved is not None else None, count),
    )


@kernel
def log_of(logs, sixteenths):
    """log of a magnitude in 1/16."""
    return np.int64(get_i16(logs, min(max(sixteenths, 0), LOG_ENTRIES - 1)))


@kernel
def within(value, limit):
    return min(max(value, -limit), limit)


@kernel
def coefficient_at(view, block, place):
    return np.int64(get_i16(view.coefficients, block * SIZE + place))


@kernel
def value_at(view, block, place):
    """The coefficient of a block at a place in the zigzag order."""
    return coefficient_at(view, block, get_i64(view.zigzag, place))


@kernel
def last_of(view, block):
    """The place of the last coefficient of a block that is not 0; 0 if there is none but the DC."""
    place = np.int64(SIZE - 1)
    while place > 0 and value_at(view, block, place) | value_at(view, block, place - 1) == 0:
        place -= 2
    return place if place > 0 and value_at(view, block, place) != 0 else max(place - 1, 0)


@kernel
def box_at(view, block, place):
    return np.int64(get_i16(view.boxes, block * SIZE + place))


@kernel
def fact_of(view, block, fact):
    return np.int64(get_i32(view.facts, block * FACTS + fact))


# ---------------------------------------------------------------- a block begins


@kernel
def open_block(view, number, block):
    """Put a lane on a block: who its neighbours are, and what continues their borders."""
    state, nothing = number * STATE, view.rows * view.columns
    row, column = block // view.columns, block % view.columns
    has_north, has_west = row > 0, column > 0
    north, west = block - view.columns, block - 1
    if not has_north:
        north = west if has_west else nothing
    if not has_west:
        west = north
    northwest = block - view.columns - 1 if has_north and has_west else west
    northeast = block - view.columns + 1 if has_north and column + 1 < view.columns else north
    put_i64(view.state, state + BLOCK, block)
    put_i64(view.state, state + WEST, west)
    put_i64(view.state, state + NORTH, north)
    put_i64(view.state, state + NORTHWEST, northwest)
    put_i64(view.state, state + NORTHEAST, northeast)
    put_i64(view.state, state + WEST2, block - 2 if column > 1 else west)
    put_i64(view.state, state + NORTH2, block - 2 * view.columns if row > 1 else north)
    put_i64(view.state, state + LAST_PLACE, -1)
    put_i64(view.state, state + PLACE, SIZE)
    for i in range(SUM, BASE + 1):
        put_i64(view.state, state + i, 0)
    put_i64(view.state, state + HAS_NORTH, 1 if has_north else 0)
    put_i64(view.state, state + HAS_WEST, 1 if has_west else 0)
    for i in range(FIELD):
        put_i64(view.state, state + TOP + i, get_i32(view.tops, north * FIELD + i))
        put_i64(view.state, state + LEFT + i, get_i32(view.lefts, west * FIELD + i))
        put_i64(view.state, state + RISE + i, get_i32(view.rises, north * FIELD + i) if has_north else 0)
        put_i64(view.state, state + SLANT + i, get_i32(view.slants, west * FIELD + i) if has_west else 0)
    if view.kind > 0:
        _find_slopes(view, state, west, north, northwest, northeast)


@kernel
def _find_slopes(view, state, west, north, northwest, northeast):
    """How the component rises with luma and with the first chroma component, in the four nearest blocks."""
    for i in range(view.kind):
        products = squares = np.int64(0)
        for block in (west, north, northwest, northeast):
            products += get_i64(view.slopes, block * SLOPES + 2 * i)
            squares += get_i64(view.slopes, block * SLOPES + 2 * i + 1)
        slope = within((products << SLOPE_BITS) // (squares + 1), SLOPE_LIMIT)
        put_i64(view.state, state + SLOPE_LUMA + i, slope)
