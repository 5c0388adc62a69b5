"""Kernels that write the entropy-coded data of a scan from coefficients: the mirror images of reading.py.

They write what libjpeg would: runs of ends of blocks as long as they can be, no runs of zeros before the end of a block, restarts in their
order; but for the exceptions that reading.py noted. They count every symbol, so that tables can be made from that.

Kernels give False if the room does not suffice. Exceptions stand in the order of the scan; one that never comes up hides those behind it.
"""

from __future__ import annotations

import numpy as np

from codec.media.jpeg.bits import END, FULL_BLOCK, bits_of, put_bits, put_padding, put_symbol, size_of
from codec.media.jpeg.reading import (
    AC,
    COMPONENT,
    DC,
    FIRST,
    HIGH,
    INTERVAL,
    LAST,
    LOW,
    MCUS,
    NO_MARKER,
    WIDTH,
    Bytes,
    Numbers,
    Table,
    place_of_block,
)
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

NEXT_EXTRA, NEXT_CUT, NEXT_RESTART, CURSORS = 0, 1, 2, 3  # which exception of each kind comes next
PADS_ONES, PADS_ZEROS, PADS_GIVEN = 0, 1, 2


@kernel
def end_padding(out, writer, pads, padding, interval):
    """Fill up the last byte of an interval."""
    put_padding(out, writer, 255 if padding == PADS_ONES else 0 if padding == PADS_ZEROS else np.int64(pads[interval]))


@kernel
def restart(out, writer, pads, padding, restarts, cursors, number):
    """Write the padding and the restart behind interval `number`."""
    end_padding(out, writer, pads, padding, number)
    marker, cursor = number & 7, cursors[NEXT_RESTART]
    if cursor < len(restarts) and restarts[cursor, 0] == number:
        marker = restarts[cursor, 1]
        cursors[NEXT_RESTART] = cursor + 1
    if marker != NO_MARKER:
        position = writer[0]
        out[position], out[position + 1] = 255, 208 + marker
        writer[0] = position + 2


@kernel(inline=True)
def extra_of(extra, cursors, block):
    """How many runs of zeros stand before the end of a block."""
    cursor = cursors[NEXT_EXTRA]
    if cursor < len(extra) and extra[cursor, 0] == block:
        cursors[NEXT_EXTRA] = cursor + 1
        return min(4, max(0, extra[cursor, 1]))
    return 0


@kernel(inline=True)
def write_ac(out, writer, codes, counts, table, last, coefficients, start, natural, reach, pending):
    """Write the coefficients behind the DC of a block."""
    run, end = 0, min(last, np.int64(reach[start >> 6]))
    for place in range(1, end + 1):
        value = np.int64(coefficients[start + natural[place]])
        if value == 0:
            run += 1
            continue
        while run > 15:
            put_symbol(out, writer, codes, counts, table, 0xF0, 0, 0)
            run -= 16
        size = size_of(value)
        put_symbol(out, writer, codes, counts, table, run << 4 | size, bits_of(value, size), size)
        run = 0
    run += last - end
    for _ in range(pending):
        put_symbol(out, writer, codes, counts, table, 0xF0, 0, 0)
        run -= 16
    if run > 0:
        put_symbol(out, writer, codes, counts, table, 0, 0, 0)


@entry
def write_mcus(
    out: Bytes,
    writer: Numbers,
    codes: Array2[np.uint32],
    counts: Table,
    slots: Table,
    scan: Numbers,
    coefficients: Array1[np.int16],
    natural: Numbers,
    reach: Bytes,
    pads: Bytes,
    padding: int,
    extra: Table,
    restarts: Table,
    cursors: Numbers,
    previous: Numbers,
) -> bool:
    """Write a scan that begins with DCs. padding: which pads there are; previous: 4 zeros.

    Long because a kernel has no closures: the arrays are passed on to each step."""
    blocks, low, row, column = len(slots), scan[LOW], 0, 0
    for mcu in range(scan[MCUS]):
        if writer[0] + FULL_BLOCK > writer[END]:
            return False
        if scan[INTERVAL] and mcu and mcu % scan[INTERVAL] == 0:
            restart(out, writer, pads, padding, restarts, cursors, mcu // scan[INTERVAL] - 1)
            previous[:] = 0
        for slot in range(blocks):
            start = place_of_block(slots, slot, row, column)
            value = np.int64(coefficients[start]) >> low
            if scan[HIGH]:
                put_bits(out, writer, value & 1, 1)
                continue
            difference = value - previous[slots[slot, COMPONENT]]
            previous[slots[slot, COMPONENT]] = value
            size = size_of(difference)
            put_symbol(out, writer, codes, counts, slots[slot, DC], size, bits_of(difference, size), size)
            if scan[LAST]:
                pending = extra_of(extra, cursors, mcu * blocks + slot)
                write_ac(out, writer, codes, counts, slots[slot, AC], scan[LAST], coefficients, start, natural, reach, pending)
                if writer[0] + FULL_BLOCK > writer[END]:
                    return False
        column += 1
        if column == scan[WIDTH]:
            column, row = 0, row + 1
    end_padding(out, writer, pads, padding, (scan[MCUS] - 1) // scan[INTERVAL] if scan[INTERVAL] else 0)
    return True


@kernel(inline=True)
def put_corrections(out, writer, scan, coefficients, start, natural, place, stop):
    """Write the corrections of a block's coefficients from a place to before another."""
    low = scan[LOW]
    while place < stop:
        value = abs(np.int64(coefficients[start + natural[place]])) >> low
        if value > 1:
            put_bits(out, writer, value & 1, 1)
        place += 1


@kernel(inline=True)
def corrections_of(scan, coefficients, start, natural, reach, place):
    """How many corrections a block has from a place on; -1 if it has coefficients there that are new in this scan."""
    count, low, last = 0, scan[LOW], min(scan[LAST], np.int64(reach[start >> 6]))
    while place <= last:
        value = abs(np.int64(coefficients[start + natural[place]])) >> low
        if value == 1 or (value and not scan[HIGH]):
            return -1
        count += value > 1
        place += 1
    return count


@kernel
def write_zeros(out, writer, codes, counts, scan, coefficients, start, natural, place):
    """Write a run of 16 zeros, and the corrections among them. Gives the place behind."""
    put_symbol(out, writer, codes, counts, 0, 0xF0, 0, 0)
    first, zeros = place, 0
    while place <= scan[LAST] and zeros < 16:
        zeros += abs(np.int64(coefficients[start + natural[place]])) >> scan[LOW] == 0
        place += 1
    if scan[HIGH]:
        put_corrections(out, writer, scan, coefficients, start, natural, first, place)
    return place


@kernel
def write_block(out, writer, codes, counts, scan, coefficients, start, natural, reach, pending):
    """Write a block up to its end. Gives the place where the end stands."""
    begin, run, low = scan[FIRST], 0, scan[LOW]
    for place in range(scan[FIRST], min(scan[LAST], np.int64(reach[start >> 6])) + 1):
        value = np.int64(coefficients[start + natural[place]])
        level = abs(value) >> low
        if level == 0:
            run += 1
        elif level == 1 or not scan[HIGH]:
            while run > 15:
                begin = write_zeros(out, writer, codes, counts, scan, coefficients, start, natural, begin)
                run -= 16
            if scan[HIGH]:
                put_symbol(out, writer, codes, counts, 0, run << 4 | 1, 1 if value > 0 else 0, 1)
                put_corrections(out, writer, scan, coefficients, start, natural, begin, place)
            else:
                size = size_of(level)
                put_symbol(out, writer, codes, counts, 0, run << 4 | size, bits_of(level if value > 0 else -level, size), size)
            begin, run = place + 1, 0
    for _ in range(pending):
        begin = write_zeros(out, writer, codes, counts, scan, coefficients, start, natural, begin)
    return begin


@kernel
def length_of_run(scan, slots, coefficients, natural, reach, block, row, column, place, most, extra, cuts, cursors):
    """How many blocks end together: that one, and those after it in which nothing is new."""
    last, length = scan[MCUS], 1
    if scan[INTERVAL]:
        last = min(last, (block // scan[INTERVAL] + 1) * scan[INTERVAL])
    corrections = corrections_of(scan, coefficients, place_of_block(slots, 0, row, column), natural, reach, place)
    cut, other = cursors[NEXT_CUT], cursors[NEXT_EXTRA]
    while cut < len(cuts) and cuts[cut] < block:
        cut += 1
    cursors[NEXT_CUT] = cut
    if cut < len(cuts):
        last = min(last, cuts[cut] + 1)
    if other < len(extra):
        last = min(last, extra[other, 0])
    while block + length < last and length < most[0] and corrections <= most[1]:
        column += 1
        if column == scan[WIDTH]:
            column, row = 0, row + 1
        found = corrections_of(scan, coefficients, place_of_block(slots, 0, row, column), natural, reach, scan[FIRST])
        if found < 0:
            break
        corrections += found
        length += 1
    return length


@entry
def write_band(
    out: Bytes,
    writer: Numbers,
    codes: Array2[np.uint32],
    counts: Table,
    slots: Table,
    scan: Numbers,
    coefficients: Array1[np.int16],
    natural: Numbers,
    reach: Bytes,
    pads: Bytes,
    padding: int,
    extra: Table,
    cuts: Numbers,
    most: Numbers,
    restarts: Table,
    cursors: Numbers,
) -> bool:
    """Write a scan of a progressive file without DCs. cuts: blocks behind which a run of ends of blocks is cut; most: blocks of a run,
    and corrections with which one goes on.

    Long because a run of ends goes over blocks: what is known of it stands in variables."""
    block, row, column = 0, 0, 0
    while block < scan[MCUS]:
        if writer[0] + FULL_BLOCK > writer[END]:
            return False
        if scan[INTERVAL] and block and block % scan[INTERVAL] == 0:
            restart(out, writer, pads, padding, restarts, cursors, block // scan[INTERVAL] - 1)
        start, pending, length = place_of_block(slots, 0, row, column), extra_of(extra, cursors, block), 1
        place = write_block(out, writer, codes, counts, scan, coefficients, start, natural, reach, pending)
        ends = place <= scan[LAST]
        if ends:
            length = length_of_run(scan, slots, coefficients, natural, reach, block, row, column, place, most, extra, cuts, cursors)
            size = size_of(length) - 1
            put_symbol(out, writer, codes, counts, 0, size << 4, length - (1 << size), size)
        for _ in range(length):
            if ends and scan[HIGH]:
                if writer[0] + FULL_BLOCK > writer[END]:
                    return False
                start = place_of_block(slots, 0, row, column)
                stop = min(scan[LAST], np.int64(reach[start >> 6])) + 1
                put_corrections(out, writer, scan, coefficients, start, natural, place, stop)
                place = scan[FIRST]
            column += 1
            if column == scan[WIDTH]:
                column, row = 0, row + 1
        block += length
    end_padding(out, writer, pads, padding, (scan[MCUS] - 1) // scan[INTERVAL] if scan[INTERVAL] else 0)
    return True


@entry
def find_reach(coefficients: Array1[np.int16], natural: Numbers, order: Bytes, reach: Bytes) -> None:
    """The last place of each block, in zigzag order, whose coefficient is not 0; 0 if there is none. order: the zigzag places in natural
    order, which grow along a row."""
    for block in range(len(reach)):
        found = np.int64(0)
        for row in range(8):
            start = 64 * block + 8 * row
            high = coefficients[start + 4] | coefficients[start + 5] | coefficients[start + 6] | coefficients[start + 7]
            low = coefficients[start] | coefficients[start + 1] | coefficients[start + 2] | coefficients[start + 3]
            if high != 0:
                found = max(found, np.int64(order[8 * row + 7]))
            elif low != 0:
                found = max(found, np.int64(order[8 * row + 3]))
        while found > 0 and coefficients[64 * block + natural[found]] == 0:
            found -= 1
        reach[block] = found
