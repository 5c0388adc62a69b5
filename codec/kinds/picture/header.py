"""Sections of a file of a picture (kind "P", container.py): what it is, and where its stripes are.

H  numbers as container.py writes lengths: form of the samples (place in FORMS: mode and bits), width, height (neither is 0, samples at
   most 2^34), 1 if all rows are one stripe or 0 if tiles.stripe_rows(height, width) says which rows each has, modification time in
   seconds since 1970 plus 1 (0: unknown); 16 bytes digest: the first of SHA-256 of the first three of these numbers, as they stand here,
   what section M says (metadata.plain_bytes) and the samples, row by row, channel by channel, each of 1, 2 or 4 bytes; if there are
   several stripes, for each: its length, 4 CRC-32 (zlib) of its samples
M  metadata (metadata.py); missing if there are none
S  the stripes from the top down, each a number and what follows from it:
   0 RAW, 3 LZMA    the samples as compact.py writes them
   1 PHOTO          the planes that photo models code (planes.PHOTO_PLANES), all three by a model of 3 channels, or one after the other by
                    a model of 1; of RGB and RGBA by a model of 1 all three as one plane: each what it is
                    (lattice.py), its length unless it is the last, its payload (stripe.py); before these, if the picture has other planes
                    (alpha, black), a length and, as long, those: a number and what follows from it, as here
   2 WEBP           the samples as webp.py writes them; of 8 bits or less

Or, of a file that is kept as it is:

F  numbers: length of its ending, the ending (".jpg"), modification time as above, 0 or, if its bytes stand there as LZMA2 (compact.py), how
   many they are; 16 bytes digest: the first of SHA-256 of its bytes; the bytes

A file names the model of its payloads, and none if there is no PHOTO in it. A reader MUST refuse, before it allocates anything for samples,
a form or size beyond these bounds, another number of stripes than the height has, lengths that do not add up to section S, a stripe that is
too short for its rows: of PHOTO less than 1 byte for 2^7 samples, of LZMA less than 1 for 2^13, of RAW not exactly as long as the samples,
of WEBP with another size in its first bytes than that of the stripe; and PHOTO where all rows are one stripe because the file says so. A
writer MUST NOT write them. (A model decodes a few hundred thousand pixels a second, and a short message of nonsense may be very many of
them; what is flat enough to be as short is shorter by another method.) It MUST refuse samples that have another CRC or digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from codec.container.container import read_length, write_length
from codec.errors import BadFile
from codec.media.picture import CHANNELS, PHOTO_PLANES
from codec.methods.lzma import raw_size, webp_size

RAW, PHOTO, WEBP, LZMA = range(4)
METHODS = {PHOTO: "photo", WEBP: "graphics", LZMA: "planes", RAW: "raw"}
FORMS = (
    ("L", 8), ("RGB", 8), ("LA", 8), ("RGBA", 8), ("P", 8), ("PA", 8), ("CMYK", 8), ("YCbCr", 8), ("LAB", 8), ("1", 1), ("L", 2), ("L", 4),
    ("P", 1), ("P", 2), ("P", 4), ("I;16", 16), ("I", 32), ("F", 32),
)  # fmt: skip
DIGEST_BYTES = 16
CRC_BYTES = 4
MAX_VALUES = 1 << 34
MAX_ROWS = 512  # of a stripe, and more
MAX_ENDING = 12
VALUES_PER_BYTE = {PHOTO: 1 << 7, LZMA: 1 << 13, RAW: 8}


@dataclass(frozen=True)
class Entry:
    """A stripe in section H: its length, and the CRC-32 of its samples; None where the digest alone stands for it."""

    length: int
    crc: int | None


@dataclass(frozen=True)
class PictureHeader:
    """Section H. stripes is empty when there is one stripe only: section S is that."""

    mode: str
    bits: int
    width: int
    height: int
    single: bool = False
    modified: int | None = None
    digest: bytes = bytes(DIGEST_BYTES)
    stripes: tuple[Entry, ...] = ()

    @property
    def channels(self) -> int:
        return CHANNELS[self.mode]

    @property
    def values(self) -> int:
        """Samples: pixels times channels."""
        return self.width * self.height * self.channels


@dataclass(frozen=True)
class KeptHeader:
    """What stands before a kept file's bytes in section F. size: of the file, if that is packed, else 0."""

    ending: str
    modified: int | None
    size: int
    digest: bytes


def picture_numbers(header: PictureHeader) -> bytes:
    """The three numbers with which section H and the digested bytes begin."""
    return b"".join(write_length(value) for value in (FORMS.index((header.mode, header.bits)), header.width, header.height))


def start_digest(header: PictureHeader, plain_metadata: bytes) -> hashlib._Hash:
    """The hash that takes in a picture's samples, from the top down; the digest is its first 16 bytes."""
    return hashlib.sha256(picture_numbers(header) + plain_metadata)


def write_header(header: PictureHeader) -> bytes:
    stripes = b"".join(write_length(entry.length) + (entry.crc or 0).to_bytes(CRC_BYTES, "little") for entry in header.stripes)
    settings = int(header.single), _time(header.modified)
    return picture_numbers(header) + b"".join(map(write_length, settings)) + header.digest + stripes


def read_header(data: bytes) -> PictureHeader:
    """Section H of a file. Raises BadFile."""
    values, position = list[int](), 0
    for _ in range(5):
        value, position = read_length(data, position)
        values.append(value)
    form, width, height, single, modified = values
    if form >= len(FORMS) or single > 1:
        raise BadFile("the file's header is damaged, or of a later release: samples or stripes in a form that this one does not know")
    header = PictureHeader(*FORMS[form], width, height, bool(single), modified - 1 if modified else None)
    if not 1 <= header.values <= MAX_VALUES:
        raise BadFile(f"the file's header is damaged: a picture of {width}x{height} pixels")
    digest, position = data[position : position + DIGEST_BYTES], position + DIGEST_BYTES
    stripes = []
    while position < len(data):
        length, position = read_length(data, position)
        stripes.append(Entry(length, int.from_bytes(data[position : position + CRC_BYTES], "little")))
        position += CRC_BYTES
    if position != len(data) or len(digest) != DIGEST_BYTES:
        raise BadFile("the file's header is damaged: it ends in the middle of a number")
    if len(stripes) == 1 or (single and stripes) or (not single and height > MAX_ROWS * max(1, len(stripes))):
        raise BadFile(f"the file's header is damaged: {len(stripes)} stripes for {height} rows")
    return replace(header, digest=digest, stripes=tuple(stripes))


def write_kept(ending: str, modified: int | None, size: int, digest: bytes) -> bytes:
    name = ending.encode()
    return write_length(len(name)) + name + write_length(_time(modified)) + write_length(size) + digest


def read_kept(data: bytes | memoryview) -> tuple[KeptHeader, int]:
    """What stands at the begin of section F, and where the bytes begin. Raises BadFile."""
    start = bytes(data[: MAX_ENDING + 64])
    length, position = read_length(start, 0)
    name, position = start[position : position + length], position + length
    modified, position = read_length(start, position)
    size, position = read_length(start, position)
    digest = start[position : position + DIGEST_BYTES]
    if length > MAX_ENDING or not is_ending(name.decode("latin-1")) or len(digest) != DIGEST_BYTES or size > MAX_VALUES:
        raise BadFile("the header of the kept file is damaged")
    return KeptHeader(name.decode(), modified - 1 if modified else None, size, digest), position + DIGEST_BYTES


def is_ending(text: str) -> bool:
    """Whether a file's ending can be kept: none, or a dot and letters or digits."""
    return not text or (text[0] == "." and text.isascii() and text[1:].isalnum() and len(text) <= MAX_ENDING)


def stripe_spans(header: PictureHeader, rows: Sequence[slice], size: int) -> list[tuple[int, int]]:
    """(start, end) of each stripe in a section S of `size` bytes; rows: of each stripe. Raises BadFile."""
    entries = header.stripes or (Entry(size, None),)
    if len(rows) != len(entries):
        raise BadFile(f"the file's header is damaged: {len(entries)} stripes in a picture that has {len(rows)}")
    spans, start = list[tuple[int, int]](), 0
    for entry in entries:
        spans.append((start, start + entry.length))
        start += entry.length
    if start != size:
        raise BadFile(f"the file's header is damaged: its stripes are {start} bytes instead of {size}")
    return spans


def is_plausible(stripe: bytes | memoryview, header: PictureHeader, rows: int) -> bool:
    """Whether a stripe can hold so many rows: what is asked before anything is allocated for them."""
    method = stripe[0] if len(stripe) else -1
    if method == RAW:
        return len(stripe) - 1 == raw_size(header.mode, header.bits, header.width, rows)
    if method == WEBP:
        return header.bits <= 8 and webp_size(stripe[1:]) == (header.width, rows)
    if method == PHOTO and (header.single or header.mode not in PHOTO_PLANES or header.bits != 8):
        return False
    return method in VALUES_PER_BYTE and rows * header.width * header.channels <= len(stripe) * VALUES_PER_BYTE[method]


def _time(modified: int | None) -> int:
    return modified + 1 if modified is not None and 0 <= modified < 1 << 40 else 0
