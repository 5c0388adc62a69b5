"""Kernels that read the entropy-coded data of a scan into coefficients.

What a canonical writer (writing.py) would do otherwise is noted on the way, as exceptions: bits that pad intervals, restarts that are not
those expected, runs of zeros that stand before the end of a block (`extra`), runs of ends of blocks that could have been longer (`cuts`).

Kernels give how many MCUs they read. If that is less than they were asked for, what follows cannot be read, or not be written again, and
the coefficients are worth nothing: read so many MCUs, from zeros.

`reach` has a number for each block: no coefficient behind that place of the zigzag order is other than 0.
"""

from __future__ import annotations

import numpy as np

from codec.media.jpeg.bits import align, is_beyond, take_bit, take_bits, take_symbol, take_value
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

Bytes = Array1[np.uint8]
Numbers = Array1[np.int64]
Table = Array2[np.int64]

# A block of an MCU, a row of `slots`: offset of its component's coefficients, blocks from row to row, blocks that an MCU has across and
# down, place of the block in them, the component's number in the scan, rows of its tables among lookups or codes
OFFSET, STRIDE, ACROSS, DOWN, COLUMN, ROW, COMPONENT, DC, AC, SLOT_FIELDS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
# of a scan: MCUs across, MCUs to code, MCUs of an interval (0: no restarts), first and last coefficient, point transforms
WIDTH, MCUS, INTERVAL, FIRST, LAST, HIGH, LOW, SCAN_FIELDS = 0, 1, 2, 3, 4, 5, 6, 7
# what is counted: exceptions of each kind; 1 while all padding is ones, zeros; 1 while no run has more corrections than libjpeg keeps;
# the longest run
EXTRA, CUTS, RESTARTS, ONES, ZEROS, LIMITED, LONGEST, NOTES = 0, 1, 2, 3, 4, 5, 6, 7
MOST_RUN, MOST_CORRECTIONS = 32767, 937  # of a run of ends of blocks; bits of corrections with which libjpeg ends one
NO_MARKER = 8  # a restart without its marker
MOST_VALUE = 32767


@kernel
def note_padding(bits, pads, interval, notes):
    """Take in what align gave at the end of an interval."""
    pads[interval] = bits
    if bits & (bits + 1) != 0:
        notes[ONES] = 0
    if bits & (bits - 1) != 0:
        notes[ZEROS] = 0


@kernel
def end_interval(data, reader, number, pads, restarts, notes):
    """Read the padding and the restart behind interval `number`; False if there are too many exceptions."""
    note_padding(align(data, reader), pads, number, notes)
    position, found = reader[0], np.int64(NO_MARKER)
    if position + 1 < len(data) and data[position] == 255 and 208 <= data[position + 1] <= 215:
        found = np.int64(data[position + 1]) - 208
        reader[0] = position + 2
    if found != number & 7:
        count = notes[RESTARTS]
        if count == len(restarts):
            return False
        restarts[count, 0], restarts[count, 1] = number, found
        notes[RESTARTS] = count + 1
    return True


@kernel(inline=True)
def place_of_block(slots, slot, row, column):
    """Where the coefficients of a block begin, in the MCU of this row and column."""
    down, across = row * slots[slot, DOWN] + slots[slot, ROW], column * slots[slot, ACROSS] + slots[slot, COLUMN]
    return slots[slot, OFFSET] + 64 * (down * slots[slot, STRIDE] + across)


@kernel(inline=True)
def read_ac(data, reader, lookups, table, last, coefficients, start, natural, reach):
    """Read the coefficients behind the DC of a block: how many runs of zeros stood before its end; -1 for what is none."""
    place, pending = 1, 0
    while place <= last:
        symbol = take_symbol(data, reader, lookups, table)
        run, size = symbol >> 4, symbol & 15
        if size:
            place += run
            if symbol < 0 or place > last:
                return -1
            coefficients[start + natural[place]] = take_value(reader, size)
            place += 1
            pending = 0
        elif run == 15:
            place += 16
            pending += 1
        elif run == 0:
            break
        else:
            return -1
    reach[start >> 6] = min(63, place - 1)
    return pending


@kernel(inline=True)
def read_dc(data, reader, lookups, slots, slot, scan, coefficients, start, previous):
    """Read the DC of a block, or a bit of it; False for what is none."""
    low = scan[LOW]
    if scan[HIGH]:
        coefficients[start] |= take_bit(data, reader) << low
        return True
    size = take_symbol(data, reader, lookups, slots[slot, DC])
    if not 0 <= size <= 15:
        return False
    value = previous[slots[slot, COMPONENT]] + (take_value(reader, size) if size else 0)
    previous[slots[slot, COMPONENT]] = value
    if abs(value << low) > MOST_VALUE:
        return False
    coefficients[start] = value << low
    return True


@entry
def read_mcus(
    data: Bytes,
    reader: Numbers,
    lookups: Array2[np.uint16],
    slots: Table,
    scan: Numbers,
    coefficients: Array1[np.int16],
    natural: Numbers,
    reach: Bytes,
    pads: Bytes,
    extra: Table,
    restarts: Table,
    notes: Numbers,
    previous: Numbers,
) -> int:
    """Read a scan that begins with DCs: of a sequential file, or of a progressive one. natural: places of coefficients in blocks; pads:
    one for each interval; extra, restarts: [room, 2]; notes: the counts; previous: 4 zeros.

    Long because a kernel has no closures: the arrays are passed on to each step."""
    blocks, row, column = len(slots), 0, 0
    for mcu in range(scan[MCUS]):
        if scan[INTERVAL] and mcu and mcu % scan[INTERVAL] == 0:
            if not end_interval(data, reader, mcu // scan[INTERVAL] - 1, pads, restarts, notes):
                return mcu
            previous[:] = 0
        for slot in range(blocks):
            start = place_of_block(slots, slot, row, column)
            if not read_dc(data, reader, lookups, slots, slot, scan, coefficients, start, previous):
                return mcu
            if scan[LAST]:
                pending = read_ac(data, reader, lookups, slots[slot, AC], scan[LAST], coefficients, start, natural, reach)
                if pending < 0 or (pending and notes[EXTRA] == len(extra)):
                    return mcu
                if pending:
                    extra[notes[EXTRA], 0], extra[notes[EXTRA], 1] = mcu * blocks + slot, pending
                    notes[EXTRA] += 1
        if is_beyond(reader):
            return mcu
        column += 1
        if column == scan[WIDTH]:
            column, row = 0, row + 1
    note_padding(align(data, reader), pads, (scan[MCUS] - 1) // scan[INTERVAL] if scan[INTERVAL] else 0, notes)
    return scan[MCUS]


@kernel(inline=True)
def correct(data, reader, coefficients, place, low):
    """Read the correction of a coefficient."""
    if take_bit(data, reader) and (abs(np.int64(coefficients[place])) >> low) & 1 == 0:
        coefficients[place] += (1 << low) if coefficients[place] > 0 else -(1 << low)


@kernel(inline=True)
def correct_rest(data, reader, scan, coefficients, start, natural, place, last):
    """Read the corrections of a block from a place on. Gives how many there were."""
    count, low = 0, scan[LOW]
    while place <= last:
        if coefficients[start + natural[place]] != 0:
            correct(data, reader, coefficients, start + natural[place], low)
            count += 1
        place += 1
    return count


@kernel
def skip_zeros(data, reader, scan, coefficients, start, natural, place, run):
    """Go past so many coefficients that are 0, reading the corrections of others; stop at the next that is 0. Gives its place."""
    while place <= scan[LAST]:
        if coefficients[start + natural[place]] != 0:
            correct(data, reader, coefficients, start + natural[place], scan[LOW])
        elif run == 0:
            break
        else:
            run -= 1
        place += 1
    return place


@kernel
def read_block(data, reader, lookups, scan, coefficients, start, natural, reach):
    """Read a block up to its end. Gives (place where the end stands, runs of zeros before it, blocks that end so: 0 if the last
    coefficient was reached); a place of -1 for what is no block."""
    place, pending, low = scan[FIRST], 0, scan[LOW]
    while place <= scan[LAST]:
        symbol = take_symbol(data, reader, lookups, 0)
        run, size = symbol >> 4, symbol & 15
        if symbol < 0 or (scan[HIGH] and size > 1):
            return -1, 0, 0
        if size:
            value = take_value(reader, size)
            if scan[HIGH]:
                place = skip_zeros(data, reader, scan, coefficients, start, natural, place, run)
            else:
                place += run
            if place > scan[LAST] or abs(value) << low > MOST_VALUE:
                return -1, 0, 0
            coefficients[start + natural[place]] = value << low
            reach[start >> 6] = max(place, np.int64(reach[start >> 6]))
            pending = 0
            place += 1
        elif run == 15:
            pending += 1
            if scan[HIGH]:
                place = skip_zeros(data, reader, scan, coefficients, start, natural, place, 15) + 1
            else:
                place += 16
        else:
            return place, pending, (1 << run) + (take_bits(reader, run) if run else 0)
    return place, pending, 0


@entry
def read_band(
    data: Bytes,
    reader: Numbers,
    lookups: Array2[np.uint16],
    slots: Table,
    scan: Numbers,
    coefficients: Array1[np.int16],
    natural: Numbers,
    reach: Bytes,
    pads: Bytes,
    extra: Table,
    cuts: Table,
    restarts: Table,
    notes: Numbers,
) -> int:
    """Read a scan of a progressive file without DCs, of one component, as read_mcus does. cuts: [room, 2]: blocks behind which a run of
    ends of blocks was cut, and 1 if libjpeg does so.

    Long because a run of ends goes over blocks: what is known of it stands in variables."""
    run, length, corrections, good, is_open = 0, 0, 0, 0, False
    row, column = 0, 0
    for block in range(scan[MCUS]):
        if run == 0:
            good = block
        if scan[INTERVAL] and block and block % scan[INTERVAL] == 0:
            if run or not end_interval(data, reader, block // scan[INTERVAL] - 1, pads, restarts, notes):
                return good
            is_open = False
        start, place = place_of_block(slots, 0, row, column), scan[FIRST]
        if run == 0:
            place, pending, ended = read_block(data, reader, lookups, scan, coefficients, start, natural, reach)
            if place < 0 or notes[EXTRA] == len(extra) or notes[CUTS] == len(cuts):
                return good
            if pending:
                extra[notes[EXTRA], 0], extra[notes[EXTRA], 1] = block, pending
                notes[EXTRA] += 1
            if ended and is_open and place == scan[FIRST] and length < MOST_RUN:
                cuts[notes[CUTS], 0], cuts[notes[CUTS], 1] = block - 1, corrections > MOST_CORRECTIONS
                notes[CUTS] += 1
            run, length, corrections, is_open = ended, ended, 0, False
            notes[LONGEST] = max(notes[LONGEST], length)
        if run:
            if scan[HIGH]:
                last = min(scan[LAST], np.int64(reach[start >> 6]))
                corrections += correct_rest(data, reader, scan, coefficients, start, natural, place, last)
            run -= 1
            is_open = run == 0
            if run and corrections > MOST_CORRECTIONS:
                notes[LIMITED] = 0
        if is_beyond(reader):
            return good
        column += 1
        if column == scan[WIDTH]:
            column, row = 0, row + 1
    if run:
        return good
    note_padding(align(data, reader), pads, (scan[MCUS] - 1) // scan[INTERVAL] if scan[INTERVAL] else 0, notes)
    return scan[MCUS]
