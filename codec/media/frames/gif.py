"""Takes GIF files apart: the indices of each image, and all that stands around them; and writes them again.

The rest of a GIF is the file without the data of its images: each image descriptor, with its palette, is followed by the next block. So
delays, disposal, transparency, places of frames, palettes, comments and loops stay as they are. What is written holds the same blocks; the
data of images are packed by Pillow, so they may have another length.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from codec.errors import BadInput
from codec.media.form import Pixels
from codec.media.picture import Picture
from codec.media.pillow import pillow

MAGIC = (b"GIF87a", b"GIF89a")
EXTENSION, IMAGE, END = 0x21, 0x2C, 0x3B  # how blocks begin
CONTROL, APPLICATION = 0xF9, 0xFF  # extensions
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
SCREEN, DESCRIPTOR = 13, 10  # bytes before the palette of all images, and before that of one
HAS_PALETTE, INTERLACED = 0x80, 0x40
PALETTE = bytes(range(256)) * 3  # of a file of one image: no ramp of gray, which Pillow would call another mode
CUT_OFF = "the GIF is cut off"


def is_timed(data: bytes) -> bool:
    """Whether a GIF has several images, or one with a time or a number of loops. Raises BadInput for a damaged one."""
    timed, images = False, 0
    for kind, start, body, _ in _blocks(data, True):
        images += kind == IMAGE
        control = data[start + 1] if kind == EXTENSION else 0
        timed |= control == CONTROL and data[body + 2 : body + 4] not in (b"\0\0", b"")
        timed |= control == APPLICATION and data[body + 1 : body + 12] in LOOPS
    return images > 1 or (images == 1 and timed)


def split_gif(data: bytes) -> tuple[bytes, Iterator[bytes]]:
    """The rest of a GIF, and a GIF of each of its images alone. Raises BadInput."""
    places = [block[1:] for block in _blocks(data, True) if block[0] == IMAGE]
    ends = [0, *(end for _, _, end in places)]
    pieces = [data[last:body] for last, (_, body, _) in zip(ends, places, strict=False)]
    return b"".join(pieces) + data[ends[-1] :], (_alone(data, *place) for place in places)


def join_gif(rest: bytes, pictures: Sequence[Picture]) -> bytes:
    """The GIF of which rest is what split_gif gave, with these indices. Raises BadInput for other pictures than it asks for."""
    pieces, last, left = list[bytes](), 0, list(pictures)
    for kind, start, body, _ in _blocks(rest, False):
        if kind == IMAGE:
            width, height = _size(rest, start)
            if not left or (left[0].mode, left[0].width, left[0].height) != ("P", width, height):
                raise BadInput("the images of the GIF have another size")
            pieces += [rest[last:body], _packed(left.pop(0).pixels, bool(rest[start + 9] & INTERLACED))]
            last = body
    if left:
        raise BadInput("the GIF has fewer images")
    return b"".join(pieces) + rest[last:]


def _blocks(data: bytes, has_pixels: bool) -> Iterator[tuple[int, int, int, int]]:
    """(kind, start, body, end) of each block up to the end of the GIF: of an image, the body is its data, which the rest of a GIF has not.

    Raises BadInput."""
    if data[:6] not in MAGIC or len(data) < SCREEN:
        raise BadInput("no GIF")
    position = SCREEN + _palette_bytes(data[10])
    while True:
        kind, start = data[position] if position < len(data) else -1, position
        if kind == END:
            return
        if kind == EXTENSION:
            body = position + 2
            position = _after(data, body)
        elif kind == IMAGE and position + DESCRIPTOR <= len(data):
            body = position + DESCRIPTOR + _palette_bytes(data[position + 9])
            position = _after(data, body + 1) if has_pixels else body
        else:
            raise BadInput(CUT_OFF if kind < 0 or kind == IMAGE else f"the GIF has a block of an unknown kind, {kind}")
        yield kind, start, body, position


def _after(data: bytes, position: int) -> int:
    """The position after the pieces that begin here. Raises BadInput."""
    while position < len(data):
        size = data[position]
        position += 1 + size
        if size == 0:
            return position
    raise BadInput(CUT_OFF)


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & HAS_PALETTE else 0


def _size(data: bytes, start: int) -> tuple[int, int]:
    """Width and height of the image whose descriptor begins here."""
    return int.from_bytes(data[start + 5 : start + 7], "little"), int.from_bytes(data[start + 7 : start + 9], "little")


def _alone(data: bytes, start: int, body: int, end: int) -> bytes:
    """A GIF of this image alone, which fills it."""
    size, interlaced = data[start + 5 : start + 9], bytes([data[start + 9] & INTERLACED])
    return b"GIF89a" + size + b"\xf7\0\0" + PALETTE + b"," + bytes(4) + size + interlaced + data[body:end] + b";"


def _packed(pixels: Pixels, interlaced: bool) -> bytes:
    """The data of an image, as they stand in a GIF. Raises BadInput."""
    height, width, _ = pixels.shape
    rows = [row for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for row in range(first, height, step)] if interlaced else None
    ordered = np.ascontiguousarray(pixels if rows is None else pixels[rows])
    file = io.BytesIO()
    with pillow("write it as a GIF"):
        image = Image.frombytes("P", (width, height), ordered.tobytes())
        image.putpalette(PALETTE)
        image.save(file, "GIF", optimize=False, interlace=0)
    data = file.getvalue()
    body, end = next(block[2:] for block in _blocks(data, True) if block[0] == IMAGE)
    return data[body:end]
