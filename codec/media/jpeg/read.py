"""Takes a JPEG file apart: coefficients, and a description of everything else, from which write.py makes the same file.

    file --> structure: all segments, without the bodies of APPn and COM
         --> rest: these bodies, and what stands behind the end, or behind where reading stopped
         --> coefficients, in arrays
         --> notes: what libjpeg would have written otherwise

A file that is cut short or broken is read as far as it can be read; the rest of it stays bytes. Nothing is promised of what comes out
before it was put together and compared: a file of strange scans may give another one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadInput
from codec.media.jpeg.bits import POSITION, READER_FIELDS
from codec.media.jpeg.huffman import lookup_of
from codec.media.jpeg.notes import GIVEN, LIMITED, ONES, SINGLE, UNLIMITED, ZEROS, ScanNotes
from codec.media.jpeg.reading import CUTS, EXTRA, LONGEST, NOTES, RESTARTS, read_band, read_mcus
from codec.media.jpeg.reading import LIMITED as NOTED_LIMITED
from codec.media.jpeg.reading import ONES as NOTED_ONES
from codec.media.jpeg.reading import ZEROS as NOTED_ZEROS
from codec.media.jpeg.scan_arrays import intervals_of, mcus_of, numbers_of, slots_of, stacked
from codec.media.jpeg.segments import Frame, Scan, Walk
from codec.media.jpeg.standard import ZIGZAG

Coefficients = NDArray[np.int16]  # of all components, one after the other, in whole rows and columns of blocks

ROOM = 1 << 20  # exceptions of a kind in a scan
BLOCKS_PER_BYTE = 8  # that a file can have: a block takes a bit at least
VISITS = 128  # of all blocks, by all scans together
MOST_SCANS = 1 << 12


@dataclass(frozen=True)
class JpegDescription:
    """A JPEG file but for its coefficients. stopped: MCUs of its last scan that were read, 0 for all of them."""

    structure: bytes
    rest: bytes
    notes: tuple[ScanNotes, ...]
    stopped: int = 0


@dataclass(frozen=True)
class Layout:
    """What the structure of a file says. steps: of quantisation, of each component; interleaved: components that are in MCUs with others;
    bodies: (place, length) of what the structure lacks, in it."""

    frame: Frame
    scans: tuple[Scan, ...]
    steps: tuple[tuple[int, ...], ...]
    interleaved: frozenset[int]
    bodies: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Jpeg:
    """A JPEG file that was taken apart. end: where what was understood of it ends; whatever stands behind is in the description's rest."""

    description: JpegDescription
    layout: Layout
    coefficients: Coefficients
    end: int


def read_jpeg(data: bytes, max_pixels: int) -> Jpeg:
    """Take a file apart. Raises BadInput for one that is not understood, with the reason."""
    reading = _Reading(data, max_pixels)
    if (stop := reading.run(None)) is not None:
        if stop == (0, 0):
            raise BadInput("a first scan that cannot be read")
        reading = _Reading(data, max_pixels)
        reading.run(stop)
    return reading.result()


class _Reading:
    """One reading of a file."""

    def __init__(self, data: bytes, max_pixels: int) -> None:
        self.data, self.walk = data, Walk(data, max_pixels)
        self.array = np.frombuffer(data, np.uint8)
        self.coefficients: Coefficients = np.zeros(0, np.int16)
        self.reach: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.scans, self.notes, self.spans = list[Scan](), list[ScanNotes](), list[tuple[int, int]]()
        self.stopped, self.end, self.visits = 0, 0, 0

    def run(self, stop: tuple[int, int] | None) -> tuple[int, int] | None:
        """Read up to (scan, MCU) `stop`. Gives where reading has to stop instead, if it has to."""
        while (scan := self._next()) is not None:
            number, frame = len(self.scans), self.walk.frame
            assert frame is not None
            if stop == (number, 0):
                break
            is_last = stop is not None and stop[0] == number
            mcus = stop[1] if stop is not None and is_last else mcus_of(frame, scan)[1]
            done, end, notes = self._read(frame, scan, mcus)
            if done < mcus:
                return number, done
            self.scans.append(scan)
            self.notes.append(notes)
            self.spans.append((scan.start, end))
            self.walk.position = self.walk.end = self.end = end
            if is_last:
                self.stopped = mcus
                return None
        return None

    def _next(self) -> Scan | None:
        """The next scan that is understood."""
        try:
            scan = self.walk.scan()
        except BadInput:
            if not self.scans:
                raise
            scan = None
        frame = self.walk.frame
        if scan is None or frame is None:
            self.end = self.walk.end
            if not self.scans:
                raise BadInput("a JPEG without a picture")
            return None
        self.visits += mcus_of(frame, scan)[1] * len(slots_of(frame, scan))
        if not self.scans:
            if frame.coefficients > 64 * BLOCKS_PER_BYTE * len(self.data):
                raise BadInput(f"{len(self.data)} bytes that cannot hold the {frame.width}x{frame.height} pixels that they claim")
            self.coefficients, self.reach = np.zeros(frame.coefficients, np.int16), np.zeros(frame.coefficients // 64, np.uint8)
        elif self.visits > VISITS * frame.coefficients // 64 or len(self.scans) == MOST_SCANS:
            return None
        return scan

    def _read(self, frame: Frame, scan: Scan, mcus: int) -> tuple[int, int, ScanNotes]:
        """Read so many MCUs of a scan: how many could be, where its data end, and its exceptions."""
        reader, notes = np.zeros(READER_FIELDS, np.int64), np.zeros(NOTES, np.int64)
        reader[POSITION], notes[[NOTED_ONES, NOTED_ZEROS, NOTED_LIMITED]] = scan.start, 1
        pads, room = np.zeros(intervals_of(scan, mcus), np.uint8), min(ROOM, mcus * 10)
        extra, cuts, restarts = (np.empty((size, 2), np.int64) for size in (room, room, min(ROOM, len(pads))))
        header = stacked(scan, lookup_of), slots_of(frame, scan), numbers_of(frame, scan, mcus)
        arrays = reader, *header, self.coefficients, ZIGZAG, self.reach
        if scan.first == 0:
            done = read_mcus(self.array, *arrays, pads, extra, restarts, notes, np.zeros(4, np.int64))
        else:
            done = read_band(self.array, *arrays, pads, extra, cuts, restarts, notes)
        padding = ONES if notes[NOTED_ONES] else ZEROS if notes[NOTED_ZEROS] else GIVEN
        runs = LIMITED if notes[NOTED_LIMITED] else UNLIMITED
        found = cuts[: notes[CUTS]]
        if notes[LONGEST] == 1 and len(found):
            runs, found = SINGLE, found[:0]
        behind = found[found[:, 1] == 0] if runs == LIMITED else found
        told = pads.tobytes() if padding == GIVEN else b""
        exceptions = extra[: notes[EXTRA]].copy(), behind[:, 0].copy(), restarts[: notes[RESTARTS]].copy()
        return done, int(reader[POSITION]), ScanNotes(padding, runs, told, *exceptions)

    def result(self) -> Jpeg:
        """What was read."""
        walk, data = self.walk, self.data
        assert walk.frame is not None
        cuts = sorted([*self.spans, *((start, start + length) for start, length in walk.bodies if start < self.end)])
        pieces, bodies, last = list[bytes](), list[tuple[int, int]](), 0
        for start, end in cuts:
            pieces.append(data[last:start])
            if (start, end) not in self.spans:
                bodies.append((start, end))
            last = end
        structure = b"".join([*pieces, data[last : self.end]])
        rest = b"".join([*(data[start:end] for start, end in bodies), data[self.end :]])
        description = JpegDescription(structure, rest, tuple(self.notes), self.stopped)
        return Jpeg(description, layout_of(structure, walk.max_pixels), self.coefficients, self.end)


def layout_of(structure: bytes, max_pixels: int) -> Layout:
    """What a structure says. Raises BadInput for one that is none."""
    walk, scans = Walk(structure, max_pixels, bare=True), list[Scan]()
    try:
        while (scan := walk.scan()) is not None:
            scans.append(scan)
    except BadInput:
        if not scans:
            raise
    frame = walk.frame
    if frame is None or not scans:
        raise BadInput("a JPEG without a picture")
    steps = tuple(walk.latched.get(place, (1,) * 64) for place in range(len(frame.components)))
    together = frozenset(place for scan in scans if len(scan.components) > 1 for place in scan.components)
    return Layout(frame, tuple(scans), steps, together, tuple(walk.bodies))


def components_of(layout: Layout, coefficients: Coefficients) -> list[Coefficients]:
    """The coefficients of each component [rows, columns, 64], with the blocks that fill up MCUs if there are any."""
    found = []
    for place, one in enumerate(layout.frame.components):
        blocks = coefficients[one.offset :][: 64 * one.whole_rows * one.whole_columns].reshape(one.whole_rows, one.whole_columns, 64)
        found.append(np.ascontiguousarray(blocks if place in layout.interleaved else blocks[: one.rows, : one.columns]))
    return found


def joined(layout: Layout, components: list[Coefficients]) -> Coefficients:
    """The coefficients of all components, from those of each: the inverse of components_of."""
    found = np.zeros(layout.frame.coefficients, np.int16)
    for one, blocks in zip(layout.frame.components, components, strict=True):
        whole = found[one.offset :][: 64 * one.whole_rows * one.whole_columns].reshape(one.whole_rows, one.whole_columns, 64)
        whole[: blocks.shape[0], : blocks.shape[1]] = blocks
    return found
