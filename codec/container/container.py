"""Reads and writes the compressed file: a kind, the name of a model, and sections of bytes, whatever is in them.

All numbers are little-endian and unsigned. A file is these parts in this order, with nothing between or after them:

    bytes  what
    4      magic: 0x89 "BB" 0x0A
    1      version: 1; from 16 on, what follows is the short form of a picture (kinds/picture/short.py), which has no sections
    1      kind: a letter that says what the sections mean ("A": an array of images, "F": frames, "J": a JPEG file, "P": a picture)
    8      name of the model: the first bytes of the SHA-256 of its file; zeros if none is needed
    1      S, number of sections, 1 to 64
    ...    S records: 1 tag, a letter; 1 to 6 length
    4      CRC-32 (zlib) of everything before
    ...    S sections in the order of their records: the bytes, then 4 CRC-32 of them

A length is a number as numbers.py writes it. No tag comes twice. A reader MUST refuse a file that is not exactly as long as its records
say, any CRC that does not match, an unknown version or kind, and an unknown tag in upper case; it MUST ignore an unknown tag in lower
case. It MUST compare lengths with the bytes at hand before it allocates. It MAY check a section's CRC only when it reads that section, to
save what is intact in a damaged file.

The ending of a file's name is .bb, its MIME type application/vnd.bits-back (not registered). What file(1) needs to know it:

    0       string  \\x89BB\\n   bits-back compressed
    >5      string  A          arrays of images
    >5      string  F          frames
    >5      string  J          JPEG file
    >5      string  P          picture
    >4      ubyte   >15        picture, short
    >4      ubyte   x          \\b, version %d
    !:mime  application/vnd.bits-back
    !:ext   bb
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile

MAGIC = b"\x89BB\n"
VERSION = 1
FIRST_SHORT = 16  # versions of the short form
MAX_SECTIONS = 64
NAME_BYTES = 8
CRC_BYTES = 4
START = struct.Struct("<4sBc8sB")


class Container(NamedTuple):
    """A file's header, and where its sections are. Sections are checked when they are read, or all at once by `check`."""

    kind: str
    model: bytes
    spans: Mapping[str, tuple[int, int]]
    data: bytes

    def check_length(self) -> None:
        """Raise BadFile for a file that is cut off, or that something follows."""
        end = max(start + length + CRC_BYTES for start, length in self.spans.values())
        if end != len(self.data):
            raise BadFile(f"the file has {len(self.data)} bytes instead of {end}: it is cut off, or something follows it")

    def check(self) -> None:
        """Raise BadFile unless the file has its length and every section its checksum."""
        self.check_length()
        for tag in self.spans:
            self._check_section(tag)

    def section(self, tag: str) -> bytes:
        """The bytes of a section. Raises BadFile if it is missing or damaged."""
        self._check_section(tag)
        return bytes(self.view(tag))

    def view(self, tag: str) -> memoryview:
        """The bytes of a section as they stand in the file: perhaps damaged, and fewer than they were in a file that is cut off."""
        start, length = self.span(tag)
        return memoryview(self.data)[start : start + length]

    def span(self, tag: str) -> tuple[int, int]:
        """Where a section begins, and its length. Raises BadFile if it is missing."""
        if tag not in self.spans:
            raise BadFile(f"a section {tag!r} is missing from the file")
        return self.spans[tag]

    def is_intact(self, tag: str) -> bool:
        """Whether a section has its checksum."""
        start, length = self.span(tag)
        return zlib.crc32(self.view(tag)) == int.from_bytes(self.data[start + length : start + length + CRC_BYTES], "little")

    def check_tags(self, known: str) -> None:
        """Refuse sections that a reader has to know (upper case) and does not. Raises BadFile."""
        unknown = [tag for tag in self.spans if tag.isupper() and tag not in known]
        if unknown:
            raise BadFile(f"the file has sections {unknown} that this release does not know")

    def _check_section(self, tag: str) -> None:
        if not self.is_intact(tag):
            raise BadFile(f"section {tag!r} of the file is damaged (checksum does not match)")

    @property
    def overhead(self) -> int:
        """How many bytes of the file are in no section."""
        return len(self.data) - sum(length for _, length in self.spans.values())


def write_container(kind: str, model: bytes, sections: Mapping[str, bytes]) -> bytes:
    """The bytes of a file. kind and tags: one ASCII letter each; model: 8 bytes."""
    letters = [kind, *sections]
    if len(model) != NAME_BYTES or not 1 <= len(sections) <= MAX_SECTIONS or not all(_is_letter(letter) for letter in letters):
        raise BadFile("a file needs a kind and 1 to 64 sections named by letters, and a model's name of 8 bytes")
    head = START.pack(MAGIC, VERSION, kind.encode(), model, len(sections))
    head += b"".join(tag.encode() + write_length(len(content)) for tag, content in sections.items())
    return b"".join((head, _crc(head), *(piece for content in sections.values() for piece in (content, _crc(content)))))


def is_short(data: bytes) -> bool:
    """Whether a file is a picture in its short form."""
    return data[: len(MAGIC)] == MAGIC and len(data) > len(MAGIC) and data[len(MAGIC)] >= FIRST_SHORT


def read_container(data: bytes) -> Container:
    """Read a file's header. The sections are not looked at, and may be damaged or cut off: `Container.check` tells. Raises BadFile."""
    if data[: len(MAGIC)] != MAGIC:
        raise BadFile("not a file of this codec")
    if len(data) < START.size:
        raise BadFile("the file is cut off in its header")
    _, version, kind, model, count = START.unpack_from(data)
    if version != VERSION:
        raise BadFile(f"a file of version {version}: this release reads version {VERSION}")
    position, lengths = START.size, dict[str, int]()
    for _ in range(count):
        tag = data[position : position + 1].decode("latin-1")
        length, position = read_length(data, position + 1)
        if not _is_letter(tag) or tag in lengths:
            raise BadFile("the file's header is damaged: a section's tag is no letter or comes twice")
        lengths[tag] = length
    if not 1 <= count <= MAX_SECTIONS or data[position : position + CRC_BYTES] != _crc(data[:position]):
        raise BadFile("the file's header is damaged or cut off (checksum does not match)")
    position, spans = position + CRC_BYTES, dict[str, tuple[int, int]]()
    for tag, length in lengths.items():
        spans[tag] = position, length
        position += length + CRC_BYTES
    return Container(kind.decode("latin-1"), model, spans, data)


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isalpha()


def _crc(data: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(data))
