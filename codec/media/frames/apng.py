"""Takes animated PNG files apart: the pixels of each frame, and all other chunks; and writes them again.

The rest of such a file is its chunks before IEND as metadata.plain_bytes writes them, IHDR among them (as of a PNG that is not interlaced);
fcTL without its sequence number; an empty IDAT or fdAT where the pixels of a frame began. A picture of IDAT is as large as IHDR says, one
of fdAT as the fcTL before it says. What is written holds the same chunks in the same order, one IDAT or fdAT for each picture, and sequence
numbers that count up from 0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from codec.errors import BadInput
from codec.media import png
from codec.media.metadata import excess, plain_bytes, read_metadata
from codec.media.picture import Picture

HEADER, CONTROL, DATA, END = b"IHDR", b"fcTL", b"fdAT", b"IEND"
HEADER_BYTES, CONTROL_BYTES, NUMBER_BYTES = 13, 26, 4


def is_animated(data: bytes) -> bool:
    """Whether a PNG has frames: a chunk acTL stands before its pixels."""
    return data.startswith(png.SIGNATURE) and data.find(b"acTL", len(png.SIGNATURE), max(data.find(png.PIXELS), 0)) > 0


def split_apng(data: bytes) -> tuple[bytes, Iterator[bytes]]:
    """The rest of an animated PNG, and a PNG of each of its pictures alone. Raises BadInput."""
    kept, pictures, before, number = list[tuple[bytes, bytes]](), list[tuple[bytes, list[bytes]]](), b"", 0
    for name, view in png.chunks(data):
        content = bytes(view)
        if name in (CONTROL, DATA):
            if content[:NUMBER_BYTES] != struct.pack(">I", number):
                raise BadInput("the frames of the PNG are out of order")
            number += 1
        if name in (png.PIXELS, DATA):
            size = _size(kept, name)
            if name != before:
                kept.append((name, b""))
                pictures.append((size, []))
            pictures[-1][1].append(content[NUMBER_BYTES * (name == DATA) :])
        elif name != END:
            kept.append((name, _kept(name, content)))
        before = name
    if before != END or excess(tuple(kept)):
        raise BadInput("the PNG is cut off, or has too many chunks")
    palette = next((content for name, content in kept if name == b"PLTE"), b"")
    return plain_bytes(tuple(kept)), (_alone(data, palette, *picture) for picture in pictures)


def join_apng(rest: bytes, pictures: Sequence[Picture]) -> bytes:
    """The PNG of which rest is what split_apng gave, with these pictures. Raises BadInput for other ones than it asks for."""
    chunks, left, number, pieces = read_metadata(b"\0" + rest), list(pictures), 0, [png.SIGNATURE]
    for place, (name, content) in enumerate(chunks):
        if name in (png.PIXELS, DATA):
            size = _size(list(chunks[:place]), name)
            if not left or struct.pack(">II", left[0].width, left[0].height) != size:
                raise BadInput("the frames of the PNG have another size")
            content = _packed(left.pop(0))
        if name in (CONTROL, DATA):
            content, number = struct.pack(">I", number) + content, number + 1
        pieces.append(png.chunk(name, content))
    if left:
        raise BadInput("the PNG has fewer frames")
    return b"".join([*pieces, png.chunk(END, b"")])


def _kept(name: bytes, content: bytes) -> bytes:
    """What the rest has of a chunk. Raises BadInput."""
    if not name or len(content) != {HEADER: HEADER_BYTES, CONTROL: CONTROL_BYTES}.get(name, len(content)):
        raise BadInput("a chunk of the PNG is damaged")
    return content[:-1] + b"\0" if name == HEADER else content[NUMBER_BYTES * (name == CONTROL) :]


def _size(kept: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Width and height of the picture whose chunk of this name follows, as 8 bytes. Raises BadInput."""
    wanted = HEADER if name == png.PIXELS else CONTROL
    found = next((content[:8] for kept_name, content in reversed(kept) if kept_name == wanted), b"")
    if len(found) != 8:
        raise BadInput("the PNG has pixels before it says how many")
    return found


def _alone(data: bytes, palette: bytes, size: bytes, pixels: Sequence[bytes]) -> bytes:
    """A PNG of one picture alone. data: of the file, for its IHDR."""
    start = len(png.SIGNATURE) + 8
    chunks = [png.chunk(HEADER, size + data[start + 8 : start + HEADER_BYTES])]
    chunks += [png.chunk(b"PLTE", palette)] if palette else []
    return b"".join([png.SIGNATURE, *chunks, png.chunk(png.PIXELS, b"".join(pixels)), png.chunk(END, b"")])


def _packed(picture: Picture) -> bytes:
    """The pixels of a picture, filtered and deflated."""
    size = picture.width, picture.height
    pieces = b"".join(png.png_pieces(picture.mode, picture.bits, size, (), [picture.pixels]))
    return b"".join(bytes(content) for name, content in png.chunks(pieces) if name == png.PIXELS)
