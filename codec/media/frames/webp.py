"""Takes WebP animations apart whose frames are without loss: the pixels of each frame, and all other chunks; and writes them again.

The rest of such a file is the file with the contents of its chunks VP8L left out: they have the length 0, as if they were empty. So canvas,
background, loops, places of frames, durations, blending, disposal and metadata stay as they are. What is written holds the same chunks;
those of pixels are packed by Pillow.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence

from PIL import Image

from codec.errors import BadInput
from codec.media.picture import Picture
from codec.media.pillow import pillow

START = 12  # bytes before the first chunk
FRAME_BYTES = 16  # of what a frame says before its chunks
PIXELS, LOSSY, FRAME, HEADER = b"VP8L", b"VP8 ", b"ANMF", b"VP8X"
ANIMATED = 2  # the flag in VP8X
Chunk = tuple[bytes, bytes]


def is_animated(data: bytes) -> bool:
    """Whether a WebP file has frames."""
    return data[:4] == b"RIFF" and data[8:16] == b"WEBP" + HEADER and bool(data[20:21]) and bool(data[20] & ANIMATED)


def split_webp(data: bytes) -> tuple[bytes, Iterator[bytes]]:
    """The rest of a WebP animation, and a WebP file of each of its frames alone. Raises BadInput."""
    pictures, kept = list[bytes](), list[Chunk]()
    for name, content in _chunks(data, START, 8 + int.from_bytes(data[4:8], "little")):
        if name == FRAME:
            inside = list(_chunks(content, FRAME_BYTES, len(content)))
            found = [part for part in inside if part[0] in (PIXELS, LOSSY)]
            if len(found) != 1 or found[0][0] == LOSSY:
                raise BadInput("its frames are lossy ones, which are small already")
            pictures.append(_file([found[0]]))
            content = content[:FRAME_BYTES] + b"".join(_chunk(part, b"" if part == PIXELS else inner) for part, inner in inside)
        elif name in (PIXELS, LOSSY):
            raise BadInput("the WebP file has pixels outside of its frames")
        kept.append((name, content))
    rest = _file(kept)
    if len(data) != 8 + int.from_bytes(data[4:8], "little"):
        raise BadInput("something follows the WebP file, or it is cut off")
    return rest, iter(pictures)


def join_webp(rest: bytes, pictures: Sequence[Picture]) -> bytes:
    """The WebP file of which rest is what split_webp gave, with these pictures. Raises BadInput for fewer or more than it asks for."""
    left, made = list(pictures), list[Chunk]()
    for name, content in _chunks(rest, START, len(rest)):
        if name == FRAME:
            inside = list(_chunks(content, FRAME_BYTES, len(content)))
            if not left:
                raise BadInput("the WebP file has more frames")
            packed = _packed(left.pop(0))
            content = content[:FRAME_BYTES] + b"".join(_chunk(part, packed if part == PIXELS else inner) for part, inner in inside)
        made.append((name, content))
    if left:
        raise BadInput("the WebP file has fewer frames")
    return _file(made)


def _chunks(data: bytes, position: int, end: int) -> Iterator[Chunk]:
    """Names and contents of the chunks from a position to an end. Raises BadInput."""
    while position < end:
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + length > min(end, len(data)):
            raise BadInput("a chunk of the WebP file is damaged or cut off")
        yield data[position : position + 4], data[position + 8 : position + 8 + length]
        position += 8 + length + (length & 1)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)


def _file(chunks: Sequence[Chunk]) -> bytes:
    body = b"WEBP" + b"".join(_chunk(*chunk) for chunk in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _packed(picture: Picture) -> bytes:
    """The pixels of a picture as the content of a chunk VP8L. Raises BadInput."""
    file = io.BytesIO()
    with pillow("write it as a WebP"):
        image = Image.frombytes(picture.mode, (picture.width, picture.height), picture.pixels.tobytes())
        image.save(file, "WEBP", lossless=True, exact=True, quality=40, method=2)
    data = file.getvalue()
    return next((content for name, content in _chunks(data, START, len(data)) if name == PIXELS), b"")
