"""Codes one component of a part: coefficients <-> intervals and words, eight rows of blocks side by side.

Row r of blocks belongs to lane r % 8, and a lane that has finished a row goes on with the row eight below. Time goes in steps: in each,
every lane codes one symbol, from lane 0 to lane 7. A lane begins a block when the row above has finished the block to the right of it, or
is finished; until then it is idle, and its next step is the next chance. What a step needs of the network is computed before any of its
symbols.
"""

from __future__ import annotations

import numpy as np

from codec.density.jpeg.blocks import (
    BASE,
    BLOCK,
    LAST_PLACE,
    PREDICTED,
    STATE,
    CodedBlocks,
    last_of,
    open_block,
    value_at,
    view_of,
)
from codec.density.jpeg.blocks import PLACE as PLACE_OF_LANE
from codec.density.jpeg.constants import KINDS, LAST, SIXTEENTH
from codec.density.jpeg.decisions import BLOCKS, decider_of, find_odds
from codec.density.jpeg.layers import LAST_SCALE, SCALE_OF_NOTHING, run_layers
from codec.density.jpeg.learning import begin_layers, learn_step, turn_to_step
from codec.density.jpeg.network import JpegNetwork, PassBuffers, net_pointers
from codec.density.jpeg.records import COUNT, LEFT, STEPS_LEFT, DecisionCoder
from codec.density.jpeg.summaries import close_block
from codec.density.jpeg.surroundings import coefficient_inputs, last_inputs, take_coefficient, take_last
from codec.density.jpeg.symbols import FORCED, FOUND, KIND, MEMBERS, VALUE, code_coefficients, code_last
from codec.density.shared.network import mixture
from codec.lanes.vectors import LANES, get_i32, get_i64, load_i32, put_i32, put_i64
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

IDLE, AT_LAST, AT_COEFFICIENT = 0, 1, 2  # what a lane is to code
LANE_ROW, LANE_COLUMN, LANE_TASK = 0, 1, 2  # numbers of a lane, int64 [3, 8]


@entry(ieee_division=True)
def code_component(
    blocks: CodedBlocks,
    network: JpegNetwork,
    buffers: PassBuffers,
    coder: DecisionCoder,
    lanes: Array2[np.int64],
    finished: Array1[np.int64],
) -> int:
    """Code all blocks, whose coefficients are known or found, unless no steps are left. lanes: int64 [3, 8], finished: int64 [rows], both
    zeros. How many intervals there are; or words that are left, less than 0 if some were missing."""
    view, net = view_of(blocks), net_pointers(network, buffers)
    decider = decider_of(coder, net)
    component, step = np.int64(1 if blocks.kind == 2 else 0), np.int64(0)
    begin_layers(net)
    for number in range(LANES):
        lanes[LANE_ROW, number] = number
    while True:
        waiting = False
        for number in range(LANES):
            put_i64(net.idle, number, 1)
            if lanes[LANE_ROW, number] < blocks.rows:
                waiting = True
                _begin_step(view, net, decider, lanes, finished, number, component)
        if not waiting or coder.numbers[LEFT] < 0 or coder.numbers[STEPS_LEFT] == 0:
            break
        coder.numbers[STEPS_LEFT] -= 1
        turn_to_step(net, step)
        run_layers(net)
        mixture(net, 0, load_i32(net.sizes, 0))
        find_odds(net)
        for first in range(0, LANES, net.together):
            _code_symbols(view, net, decider, lanes, finished, first, component)
        learn_step(net)
        step += 1
    return coder.numbers[COUNT] if coder.known else coder.numbers[LEFT]


@kernel(inline=True)
def _begin_step(view, net, decider, lanes, finished, number, component):
    """Find what a lane is to code, and what the network is to see of it."""
    if lanes[LANE_TASK, number] != AT_COEFFICIENT:
        row, column = lanes[LANE_ROW, number], lanes[LANE_COLUMN, number]
        if row > 0 and finished[row - 1] < min(column + 2, view.columns):
            lanes[LANE_TASK, number] = IDLE
            return
        lanes[LANE_TASK, number] = AT_LAST
        open_block(view, number, row * view.columns + column)
        put_i64(decider.group, BLOCKS + number, row * view.columns + column)
        last_inputs(view, number, net.inputs)
        put_i64(net.kinds, number, component * KINDS + LAST)
        put_i32(net.sizes, number, LAST_SCALE)
    else:
        coefficient_inputs(view, number, net.inputs)
        put_i64(net.kinds, number, component * KINDS + get_i64(view.state, number * STATE + PLACE_OF_LANE))
        put_i32(net.sizes, number, get_i32(net.inputs, 4 * LANES + number) + SCALE_OF_NOTHING)
    for i in range(3):
        put_i32(net.guesses, i * LANES + number, (64 // SIXTEENTH) * get_i64(view.state, number * STATE + PREDICTED + i))


@kernel(inline=True)
def _code_symbols(view, net, decider, lanes, finished, first, component):
    """Code the symbols of lanes that go together, from `first` on."""
    group, count = decider.group, np.int64(0)
    for number in range(first, first + net.together):
        if lanes[LANE_TASK, number] == AT_LAST:
            block = get_i64(view.state, number * STATE + BLOCK)
            last = code_last(decider, number, component, last_of(view, block) if decider.known else np.int64(0))
            take_last(view, number, net.inputs, last)
            put_i32(net.values, number, last)
            put_i64(net.idle, number, 0)
            lanes[LANE_TASK, number] = AT_COEFFICIENT
        elif lanes[LANE_TASK, number] == AT_COEFFICIENT:
            state = number * STATE
            place, base = get_i64(view.state, state + PLACE_OF_LANE), get_i64(view.state, state + BASE)
            known = value_at(view, get_i64(view.state, state + BLOCK), place) - base if decider.known else np.int64(0)
            put_i64(group, MEMBERS + count, number)
            put_i64(group, KIND + number, get_i64(net.kinds, number))
            put_i64(group, FORCED + number, 1 if place > 0 and place == get_i64(view.state, state + LAST_PLACE) else 0)
            put_i64(group, VALUE + number, known)
            count += 1
    code_coefficients(decider, net.odds, count)
    for i in range(count):
        number = get_i64(group, MEMBERS + i)
        _take_value(view, net, lanes, finished, number, get_i64(group, FOUND + number), get_i64(group, FORCED + number))


@kernel(inline=True)
def _take_value(view, net, lanes, finished, number, value, forced):
    """The coefficient less base of a lane is known."""
    state = number * STATE
    place, base = get_i64(view.state, state + PLACE_OF_LANE), get_i64(view.state, state + BASE)
    put_i32(net.values, number, value)
    put_i64(net.idle, number, forced)
    take_coefficient(view, number, min(max(value + base, -32768), 32767))
    if place == 0:
        close_block(view, number)
        row, column = lanes[LANE_ROW, number], lanes[LANE_COLUMN, number] + 1
        finished[row] = column
        if column == view.columns:
            row, column = row + LANES, np.int64(0)
        lanes[LANE_ROW, number], lanes[LANE_COLUMN, number], lanes[LANE_TASK, number] = row, column, IDLE
