"""What the traces of a picture share: their names, and how what they say of a stripe is read and packed. What a file is can be told
without numpy."""

from __future__ import annotations

import zlib

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile

SMALLEST = 1 << 12  # pixels of a stripe in which traces are looked for
PLAIN, LEVELS, YCBCR, LINE, LATTICE = range(5)  # kinds, in the low bits of a trace's first byte
KIND_BITS, SIDE_SHIFT, MOST_SIDE = 7, 3, 3 << 3
MAP_NAMES = (  # of colour maps (maps.py), by the second byte of a lattice
    "PhotoYCC", *("BT.709", "BT.601", "BT.709 full range", "BT.601 full range") * 3, "JFIF",
)  # fmt: skip
LAYOUT_NAMES, LAYOUT_BITS = ("4:4:4", "4:2:0", "4:2:2", "4:2:0 smoothed"), 15  # of layouts (layouts.py), by the low bits of the third


def packed(text: bytes) -> bytes:
    """Length and bytes of a deflated text."""
    data = zlib.compress(text, 9)
    return write_length(len(data)) + data


def unpacked(trace: bytes, start: int, most: int) -> bytes:
    """The text, of at most so many bytes, whose length stands at `start`. Raises BadFile."""
    _, position = read_length(trace, start)
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(trace[position:], most + 1)
    except zlib.error as error:
        raise BadFile("the file is damaged: a stripe does not say what it is") from error
    if len(text) > most or not unpacker.eof or unpacker.unused_data:
        raise BadFile("the file is damaged: a stripe says too much of what it is")
    return text


def read_trace(data: bytes | memoryview) -> tuple[bytes, int]:
    """The trace of a stripe, and where its bytes end. Raises BadFile."""
    head = bytes(data[:16])
    kind = head[0] & KIND_BITS if head and head[0] <= KIND_BITS + MOST_SIDE else KIND_BITS
    if kind == PLAIN:
        return head[:1], 1
    if kind not in (LEVELS, YCBCR, LINE, LATTICE):
        raise BadFile("the file is damaged: a stripe of a kind that this release does not know")
    length, position = read_length(head, {LEVELS: 2, LATTICE: 3}.get(kind, 1))
    if position + length > len(data):
        raise BadFile("the file is damaged: a stripe is cut off")
    return bytes(data[: position + length]), position + length


def side_of(trace: bytes) -> int:
    """The side from which a stripe is coded."""
    return (trace[0] & MOST_SIDE) >> SIDE_SHIFT


def trace_names(trace: bytes) -> list[str]:
    """What is told of a trace, read by read_trace."""
    kind = trace[0] & KIND_BITS
    names = {LEVELS: "levels", YCBCR: "JPEG", LINE: "line"}
    found = [_lattice_name(trace)] if kind == LATTICE else [names[kind]] if kind in names else []
    return found + (["mirrored"] if side_of(trace) else [])


def _lattice_name(trace: bytes) -> str:
    """Of the map and the layout, as people know them."""
    number, layout = trace[1], trace[2] & LAYOUT_BITS
    known = number < len(MAP_NAMES) and layout < len(LAYOUT_NAMES)
    return f"{MAP_NAMES[number]} {LAYOUT_NAMES[layout]}" if known else "an unknown lattice"
