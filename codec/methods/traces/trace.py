"""What the traces of a picture share: the form of what they say of a stripe, and how it is packed."""

from __future__ import annotations

import zlib

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile

SMALLEST = 1 << 12  # pixels of a stripe in which traces are looked for


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
