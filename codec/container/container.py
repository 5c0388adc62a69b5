"""The compressed file: a kind, the name of a model, and sections of bytes. It knows nothing of what is in them.

All numbers are little-endian and unsigned. A file is these parts in this order, with nothing between or after them:

    bytes  what
    4      magic: 0x89 "BB" 0x0A
    1      version: 1
    1      kind: a letter that says what the sections mean ("A": arrays of images, pipeline.py; "P": a picture, picture_sections.py)
    8      name of the model: the first bytes of the SHA-256 of its file; zeros if none is needed
    1      S, number of sections, 1 to 64
    ...    S records: 1 tag, a letter; 1 to 6 length
    4      CRC-32 (zlib) of everything before
    ...    S sections in the order of their records: the bytes, then 4 CRC-32 of them

A length is written in groups of 7 bits, lowest first, each but the last with bit 7 set; the last is not 0 unless it is
the only one. No tag comes twice. A reader MUST refuse a file that is not exactly as long as its records say, any CRC that does
not match, an unknown version or kind, and an unknown tag in upper case; it MUST ignore an unknown tag in lower case. It MUST
compare lengths with the bytes at hand before it allocates. It MAY check a section's CRC only when it reads that section, to save
what is intact in a damaged file.

The ending of a file's name is .bb, its MIME type application/vnd.bits-back (not registered). What file(1) needs to know it:

    0       string  \\x89BB\\n   bits-back compressed
    >5      string  A          arrays of images
    >5      string  P          picture
    >4      byte    x          \\b, version %d
    !:mime  application/vnd.bits-back
    !:ext   bb
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from codec.errors import BadFile

MAGIC = b"\x89BB\n"
VERSION = 1
MAX_SECTIONS = 64
LENGTH_BYTES = 6
NAME_BYTES = 8
START = struct.Struct("<4sBc8sB")


@dataclass(frozen=True)
class Container:
    """A file's header, and where its sections are. `section` checks and gives one section's bytes."""

    kind: str
    model: bytes
    spans: Mapping[str, tuple[int, int]]
    data: bytes

    def section(self, tag: str) -> bytes:
        """The bytes of a section. Raises BadFile if it is missing or damaged."""
        if not self.is_intact(tag):
            raise BadFile(f"section {tag!r} of the file is damaged (checksum does not match)")
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
        return zlib.crc32(self.view(tag)) == int.from_bytes(self.data[start + length : start + length + 4], "little")

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


def read_container(data: bytes, verify: bool = True, whole: bool = True) -> Container:
    """Read a file's header and, with `verify`, check every section; without `whole`, a file may be cut off or grown. Raises BadFile."""
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
    if not 1 <= count <= MAX_SECTIONS or data[position : position + 4] != _crc(data[:position]):
        raise BadFile("the file's header is damaged or cut off (checksum does not match)")
    position, spans = position + 4, dict[str, tuple[int, int]]()
    for tag, length in lengths.items():
        spans[tag] = position, length
        position += length + 4
    if whole and position != len(data):
        raise BadFile(f"the file has {len(data)} bytes instead of {position}: it is cut off, or something follows it")
    container = Container(kind.decode("latin-1"), model, spans, data)
    damaged = [tag for tag in spans if verify and not container.is_intact(tag)]
    if damaged:
        raise BadFile(f"section {damaged[0]!r} of the file is damaged (checksum does not match)")
    return container


def check_tags(container: Container, known: str) -> None:
    """Refuse sections that one has to know (upper case) and does not."""
    unknown = [tag for tag in container.spans if tag.isupper() and tag not in known]
    if unknown:
        raise BadFile(f"the file has sections {unknown} that this release does not know")


def write_length(value: int) -> bytes:
    """A number below 2^42 in groups of 7 bits."""
    if not 0 <= value < 1 << 7 * LENGTH_BYTES:
        raise BadFile(f"{value} is no length that a file can hold")
    groups = bytearray()
    while value >= 128:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])


def read_length(data: bytes, position: int) -> tuple[int, int]:
    """(the number at this position, the position after it). Raises BadFile."""
    value = 0
    for group in range(LENGTH_BYTES):
        if position + group >= len(data):
            break
        byte = data[position + group]
        value |= (byte & 127) << 7 * group
        if byte < 128:
            if byte == 0 and group:
                break
            return value, position + group + 1
    raise BadFile("a number in the file is cut off, too large or not in its shortest form")


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isalpha()


def _crc(data: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(data))
