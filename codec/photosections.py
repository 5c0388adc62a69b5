"""Sections of a file of a picture (kind "P", container.py): what it is, and where its stripes are.

H  numbers as container.py writes lengths: mode (0 L, 1 RGB), width, height (neither is 0, their product at most 2^28);
   16 bytes digest: the first of SHA-256 of these three numbers, as they stand here, and the pixels, row by row, channel by channel;
   for each stripe, unless there is a section R: its length (0: its pixels are stored as they are), 4 CRC-32 (zlib) of its pixels
S  the stripes from the top down, stripe.stripe_rows(height) says which rows each has: a stripe's payload (stripe.py), or, if its
   length in H is 0, the bytes of its pixels
R  instead of S: the bytes of all pixels

A file with S names the model of its stripes, one with R names none. A writer MUST write R when the file with S would be larger, and
MUST store a stripe's pixels as they are when its payload is not smaller or has less than 1 byte for 2^20 values (pixels times channels).
A reader MUST refuse a file with both or neither of S and R, a mode or size beyond these bounds, another number of stripes than the
height has, a length of less than 1 byte for 2^20 values, lengths that do not add up to section S, an R that is not as long as the
pixels, all of it before it allocates anything for pixels; and pixels that have another CRC or digest.

Why 2^20: no interval of a photo model is larger than 1 - 254 / 2^24 (photo.py), so that a value costs at least 2^-15.6 bits and one
byte holds fewer than 2^19. A file of n bytes can therefore not make a reader allocate more than n times 2^20 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from codec.container import read_length, write_length
from codec.errors import BadFile
from codec.planes import CHANNELS, MAX_PIXELS

MODES = ("L", "RGB")
DIGEST_BYTES = 16
CRC_BYTES = 4
MAX_ROWS = 512  # of a stripe, and more
VALUES_PER_BYTE = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A stripe in section H: the length of its payload, 0 if its pixels are stored as they are, and the CRC-32 of its pixels."""

    length: int
    crc: int


@dataclass(frozen=True)
class PictureHeader:
    """Section H. stripes is empty when all pixels are stored as they are."""

    mode: str
    width: int
    height: int
    digest: bytes
    stripes: tuple[Entry, ...]

    @property
    def channels(self) -> int:
        return CHANNELS[self.mode]

    @property
    def values(self) -> int:
        """Pixels times channels: bytes of the decoded picture."""
        return self.width * self.height * self.channels


def picture_numbers(mode: str, width: int, height: int) -> bytes:
    """The three numbers with which section H and the digested bytes begin."""
    return b"".join(write_length(value) for value in (MODES.index(mode), width, height))


def start_digest(mode: str, width: int, height: int) -> hashlib._Hash:
    """The hash that takes in a picture's pixels, from the top down; the digest is its first 16 bytes."""
    return hashlib.sha256(picture_numbers(mode, width, height))


def write_header(header: PictureHeader) -> bytes:
    stripes = b"".join(write_length(entry.length) + entry.crc.to_bytes(CRC_BYTES, "little") for entry in header.stripes)
    return picture_numbers(header.mode, header.width, header.height) + header.digest + stripes


def read_header(data: bytes) -> PictureHeader:
    """Section H of a file. Raises BadFile."""
    mode, position = read_length(data, 0)
    width, position = read_length(data, position)
    height, position = read_length(data, position)
    if mode >= len(MODES) or not 1 <= width * height <= MAX_PIXELS:
        raise BadFile(f"the file's header is damaged: a picture of {width}x{height} pixels in mode {mode}")
    digest, position = data[position : position + DIGEST_BYTES], position + DIGEST_BYTES
    stripes = []
    while position < len(data):
        length, position = read_length(data, position)
        stripes.append(Entry(length, int.from_bytes(data[position : position + CRC_BYTES], "little")))
        position += CRC_BYTES
    if stripes and height > MAX_ROWS * len(stripes):
        raise BadFile(f"the file's header is damaged: {len(stripes)} stripes for {height} rows")
    if position != len(data) or len(digest) != DIGEST_BYTES:
        raise BadFile("the file's header is damaged: it ends in the middle of a number")
    return PictureHeader(MODES[mode], width, height, digest, tuple(stripes))


def is_plausible(length: int, values: int) -> bool:
    """Whether a payload of so many bytes can hold so many values."""
    return values <= length * VALUES_PER_BYTE


def stripe_spans(header: PictureHeader, rows: Sequence[slice], size: int) -> list[tuple[int, int]]:
    """(start, end) of each stripe in a section S of `size` bytes; rows as stripe.stripe_rows gives them. Raises BadFile."""
    if len(rows) != len(header.stripes):
        raise BadFile(f"the file's header is damaged: {len(header.stripes)} stripes in a picture that has {len(rows)}")
    spans, start = list[tuple[int, int]](), 0
    for part, entry in zip(rows, header.stripes, strict=True):
        values = (part.stop - part.start) * header.width * header.channels
        if entry.length and not is_plausible(entry.length, values):
            raise BadFile(f"the file's header is damaged: {values} values in a stripe of {entry.length} bytes")
        spans.append((start, start + (entry.length or values)))
        start = spans[-1][1]
    if start != size:
        raise BadFile(f"the file's header is damaged: its stripes are {start} bytes instead of {size}")
    return spans
