"""Walks through the segments of a JPEG file: tables, frame, and the header of each scan, behind which its entropy-coded data stand.

    SOI  segments  SOS header  [entropy-coded data]  segments  SOS header  [entropy-coded data]  ...  EOI  [anything]

Who walks says where the entropy-coded data end; so the same walk goes through a file and through a file without them. Bare files lack the
bodies of APPn and COM segments, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from codec.errors import BadInput
from codec.media.jpeg.huffman import LENGTHS, check_table
from codec.media.jpeg.standard import STANDARD_AC, STANDARD_DC, ZIGZAG
from codec.media.limits import check_pixels

SOI, EOI, SOS, DQT, DHT, DRI, DNL, SOF2, COM = 0xD8, 0xD9, 0xDA, 0xDB, 0xC4, 0xDD, 0xDC, 0xC2, 0xFE
CODED = (0xC0, 0xC1, SOF2)  # baseline, extended and progressive, Huffman codes
FRAMES = {
    0xC3: "a lossless JPEG", 0xC5: "a hierarchical JPEG", 0xC6: "a hierarchical JPEG", 0xC7: "a hierarchical JPEG",
    0xC9: "arithmetic coding", 0xCA: "arithmetic coding", 0xCB: "a lossless JPEG", 0xCD: "a hierarchical JPEG",
    0xCE: "a hierarchical JPEG", 0xCF: "a hierarchical JPEG",
}  # fmt: skip
BODIES = (*range(0xE0, 0xF0), COM)
MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)  # of a segment: no restart, no byte of entropy-coded data
LAST = 63
MAX_SHIFT = 13
MAX_UNIT = 10  # blocks of an MCU


@dataclass(frozen=True)
class Component:
    """A component of a frame. rows, columns: its blocks; whole_rows, whole_columns: with those that fill up MCUs; offset: of its first
    coefficient among those of all components, which have whole rows and columns; steps: of quantisation, in natural order."""

    identifier: int
    horizontal: int
    vertical: int
    table: int
    rows: int
    columns: int
    whole_rows: int
    whole_columns: int
    offset: int


@dataclass(frozen=True)
class Frame:
    """across, down: MCUs of all components."""

    progressive: bool
    width: int
    height: int
    across: int
    down: int
    components: tuple[Component, ...]

    @property
    def coefficients(self) -> int:
        """How many there are in whole rows and columns of blocks."""
        last = self.components[-1]
        return last.offset + 64 * last.whole_rows * last.whole_columns


@dataclass(frozen=True)
class Scan:
    """The header of a scan, and what it is coded by. components: places in the frame; dc, ac: the table of each; first, last: coefficients
    in zigzag order; high, low: point transforms before it and after it; interval: MCUs from restart to restart, 0: none. start: of its
    entropy-coded data in what is walked through."""

    components: tuple[int, ...]
    dc: tuple[bytes, ...]
    ac: tuple[bytes, ...]
    first: int
    last: int
    high: int
    low: int
    interval: int
    start: int


@dataclass
class Walk:
    """A walk through `data`: scan() gives one scan after the other. bare: bodies of APPn and COM are not there.

    bodies: (place, length) of each so far, in `data`; end: where what was understood ends."""

    data: bytes
    max_pixels: int
    bare: bool = False
    position: int = 2
    frame: Frame | None = None
    bodies: list[tuple[int, int]] = field(default_factory=list)
    steps: dict[int, tuple[int, ...]] = field(default_factory=dict)
    latched: dict[int, tuple[int, ...]] = field(default_factory=dict)
    end: int = 2
    _interval: int = 0
    _header: bytes = b""
    _dc: dict[int, bytes] = field(default_factory=lambda: dict(STANDARD_DC))
    _ac: dict[int, bytes] = field(default_factory=lambda: dict(STANDARD_AC))

    def scan(self) -> Scan | None:
        """The next scan; None at the end, or where something stands that is no segment. Raises BadInput for frames and scans that are not
        understood."""
        if self.data[:2] != b"\xff\xd8":
            raise BadInput("no JPEG")
        while (marker := self._marker()) is not None:
            if marker == EOI:
                self.end = self.position
                return None
            length = int.from_bytes(self.data[self.position : self.position + 2], "big")
            start, stop = self.position + 2, self.position + length
            inside = start if self.bare and marker in BODIES else stop
            if length < 2 or inside > len(self.data) or start > len(self.data) or marker == SOI:
                return None
            if marker in BODIES:
                self.bodies.append((start, length - 2))
            self.position = inside
            found = self._segment(marker, self.data[start:stop])
            self.end = self.position
            if found is not None:
                return found
        return None

    def _marker(self) -> int | None:
        """The next marker, wherever it stands; restarts and bytes that are none are left behind. None if there is none."""
        found = MARKER.search(self.data, self.position)
        if found is None:
            return None
        self.position = found.end()
        return self.data[found.end() - 1]

    def _segment(self, marker: int, body: bytes) -> Scan | None:
        """Take in a segment; a scan, if it is the header of one."""
        if marker in FRAMES:
            raise BadInput(FRAMES[marker])
        if marker in CODED:
            if self._header:
                raise BadInput("a JPEG of several frames")
            self._header = bytes([marker]) + body
        elif marker == DQT:
            self._quantisation(body)
        elif marker == DHT:
            self._tables(body)
        elif marker == DRI and len(body) == 2:
            self._interval = int.from_bytes(body, "big")
        elif marker == SOS:
            if self.frame is None:
                self.frame = self._read_frame()
            return self._read_scan(self.frame, body)
        return None

    def _quantisation(self, body: bytes) -> None:
        while body:
            size = 1 + (body[0] >> 4 > 0)
            steps = [0] * 64
            if len(body) < 1 + 64 * size:
                return
            for number, place in enumerate(ZIGZAG):
                steps[place] = max(1, int.from_bytes(body[1 + size * number : 1 + size * (number + 1)], "big"))
            self.steps[body[0] & 15] = tuple(steps)
            body = body[1 + 64 * size :]

    def _tables(self, body: bytes) -> None:
        while body:
            size = 1 + LENGTHS + sum(body[1 : 1 + LENGTHS])
            check_table(body[1:size])
            (self._ac if body[0] & 16 else self._dc)[body[0] & 15] = body[1:size]
            body = body[size:]

    def _read_frame(self) -> Frame:
        """The frame; its height may stand behind the first scan."""
        header = self._header
        if len(header) < 7 or len(header) != 7 + 3 * header[6]:
            raise BadInput("a JPEG without the header of a frame")
        precision, height, width = header[1], int.from_bytes(header[2:4], "big"), int.from_bytes(header[4:6], "big")
        if precision != 8:
            raise BadInput(f"{precision} bits a sample")
        height = height or self._late_height()
        parts = [(header[place], header[place + 1] >> 4, header[place + 1] & 15, header[place + 2]) for place in range(7, len(header), 3)]
        if not 1 <= len(parts) <= 4 or not width or not height or any(not 1 <= side <= 4 for part in parts for side in part[1:3]):
            raise BadInput("a JPEG without a size, or of components that are none")
        check_pixels(width, height, self.max_pixels)
        most_across, most_down = max(part[1] for part in parts), max(part[2] for part in parts)
        across, down = -(-width // (8 * most_across)), -(-height // (8 * most_down))
        found, offset = list[Component](), 0
        for identifier, horizontal, vertical, table in parts:
            rows, columns = (-(-height * vertical // most_down) + 7) // 8, (-(-width * horizontal // most_across) + 7) // 8
            whole = down * vertical, across * horizontal
            if len(parts) == 1:
                whole = rows, columns
            found.append(Component(identifier, horizontal, vertical, table, rows, columns, *whole, offset))
            offset += 64 * whole[0] * whole[1]
        return Frame(header[0] == SOF2, width, height, across, down, tuple(found))

    def _late_height(self) -> int:
        """The height in a DNL segment, behind the first scan; 0 if there is none."""
        found = MARKER.search(self.data, self.position)
        place = found.start() if found is not None else 0
        is_there = self.data[place : place + 4] == bytes([0xFF, DNL, 0, 4])
        return int.from_bytes(self.data[place + 4 : place + 6], "big") if is_there else 0

    def _read_scan(self, frame: Frame, body: bytes) -> Scan:
        count = body[0] if body else 0
        if len(body) != 4 + 2 * count or not 1 <= count <= 4:
            raise BadInput("a scan without a header")
        names = [component.identifier for component in frame.components]
        wanted = [body[1 + 2 * number] for number in range(count)]
        places = list[int]()
        for name in wanted:
            free = [place for place, other in enumerate(names) if other == name and place not in places]  # names may come twice
            if not free:
                raise BadInput("a scan of components that are not in the frame")
            places.append(free[0])
        first, last, high, low = *body[-3:-1], body[-1] >> 4, body[-1] & 15
        chosen = [frame.components[place] for place in places]
        if not frame.progressive:
            first, last, high, low = 0, LAST, 0, 0  # as libjpeg does
        fits = first <= last <= LAST and (first > 0 or last == 0 or not frame.progressive) and (first == 0 or count == 1)
        if not fits or max(high, low) > MAX_SHIFT or (high and low != high - 1):
            raise BadInput("a scan of coefficients that are none")
        if count > 1 and sum(part.horizontal * part.vertical for part in chosen) > MAX_UNIT:
            raise BadInput("an MCU of too many blocks")
        tables = [body[2 + 2 * number] for number in range(count)]
        dc = tuple(self._dc.get(table >> 4, b"") for table in tables) if first == 0 and not high else ()
        ac = tuple(self._ac.get(table & 15, b"") for table in tables) if last > 0 else ()
        if not all(dc) or not all(ac):
            raise BadInput("a scan whose Huffman tables are missing")
        for place in places:
            self.latched.setdefault(place, self.steps.get(frame.components[place].table, (1,) * 64))
        return Scan(tuple(places), dc, ac, first, last, high, low, self._interval, self.position)
