"""Puts a JPEG file together from its coefficients and its description (read.py), byte for byte."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadFile
from codec.media.jpeg.bits import END, FULL_BLOCK, MISSING, POSITION, WRITER_FIELDS
from codec.media.jpeg.huffman import codes_of
from codec.media.jpeg.notes import GIVEN, MOST, ScanNotes
from codec.media.jpeg.read import Coefficients, JpegDescription, Layout
from codec.media.jpeg.scan_arrays import intervals_of, mcus_of, numbers_of, slots_of, stacked
from codec.media.jpeg.segments import Frame, Scan
from codec.media.jpeg.standard import ZIGZAG
from codec.media.jpeg.writing import CURSORS, find_reach, write_band, write_mcus

Reach = NDArray[np.uint8]  # of each block: no coefficient behind that place is other than 0

SYMBOLS = 256
PLACES = np.argsort(ZIGZAG).astype(np.uint8)


def write_jpeg(description: JpegDescription, layout: Layout, coefficients: Coefficients, size: int) -> bytes:
    """The file, which has `size` bytes. Raises BadFile for a description and coefficients that are none of a file of that size."""
    found = assembled(description, layout, coefficients, size)
    if len(found) != size:
        raise BadFile("the file is damaged: what was decoded is no file of its size")
    return found


def assembled(description: JpegDescription, layout: Layout, coefficients: Coefficients, most: int) -> bytes:
    """The file, which has at most so many bytes. Raises BadFile."""
    structure, rest, notes = description.structure, memoryview(description.rest), description.notes
    if len(notes) != len(layout.scans):
        raise BadFile("the file is damaged: its scans are not as many as are described")
    pieces, position, used = list[bytes | memoryview](), 0, 0
    reach: Reach = np.zeros(len(coefficients) // 64, np.uint8)
    find_reach(coefficients, ZIGZAG, PLACES, reach)
    left, last = most - len(structure) - len(rest), len(notes) - 1
    for place, length in sorted([*layout.bodies, *((scan.start, -1 - number) for number, scan in enumerate(layout.scans))]):
        pieces.append(structure[position:place])
        position = place
        if length >= 0:
            pieces.append(rest[used : used + length])
            used += length
            continue
        number = -1 - length
        stopped = description.stopped if number == last else 0
        pieces.append(write_scan(layout.frame, layout.scans[number], notes[number], stopped, coefficients, reach, left))
        left -= len(pieces[-1])
    if used > len(rest):
        raise BadFile("the file is damaged: a description that lacks bytes")
    return b"".join([*pieces, structure[position:], rest[used:]])


def write_scan(frame: Frame, scan: Scan, notes: ScanNotes, stopped: int, coefficients: Coefficients, reach: Reach, room: int) -> bytes:
    """The entropy-coded data of a scan, or of so many MCUs of it, in at most so many bytes. Raises BadFile."""
    mcus = mcus_of(frame, scan)[1]
    if stopped > mcus or room < 0 or (notes.padding == GIVEN and len(notes.pads) != intervals_of(scan, stopped or mcus)):
        raise BadFile("the file is damaged: a scan that is shorter than what is said of it")
    out, writer = np.empty(room + 2 * FULL_BLOCK, np.uint8), np.zeros(WRITER_FIELDS, np.int64)
    writer[END] = len(out)
    codes, cursors = stacked(scan, codes_of), np.zeros(CURSORS, np.int64)
    counts = np.zeros((len(codes), SYMBOLS), np.int64)
    arrays = writer, codes, counts, slots_of(frame, scan), numbers_of(frame, scan, stopped or mcus), coefficients, ZIGZAG, reach
    pads = np.frombuffer(notes.pads or b"\0", np.uint8)
    if scan.first == 0:
        fits = write_mcus(out, *arrays, pads, notes.padding, notes.extra, notes.restarts, cursors, np.zeros(4, np.int64))
    else:
        most = np.array(MOST[notes.runs], np.int64)
        fits = write_band(out, *arrays, pads, notes.padding, notes.extra, notes.cuts, most, notes.restarts, cursors)
    if not fits or writer[MISSING] or writer[POSITION] > room:
        raise BadFile("the file is damaged: what was decoded cannot be written as its tables say")
    return out[: writer[POSITION]].tobytes()
