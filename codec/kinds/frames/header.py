"""Sections of a file of several frames or pages (kind "F"): what they are, and the pictures that hold them.

H  numbers as container/numbers.py writes them: format of the file that comes back (place in media/frames/series.FORMATS); length of its
   ending, the ending (".gif"); modification time in seconds since 1970 plus 1 (0: unknown); 16 bytes digest: the first of SHA-256 of the
   rest and, for each frame, mode, bits, width and height as text ("RGB 8 640 480"), and its samples; then the table of the groups: how many
   there are, and for each its way (place in ways.WAYS), how many frames it has, and
   of again: how many frames before each of them the same one is; of change: left and upper edge of the rectangle;
   of all ways but again: bytes of its picture
M  the rest of the file (media/frames/series.py): a number, and as many bytes; the number is 0, or the length of the rest if it stands there
   as LZMA2 (container/lzma2.py)
S  the pictures, one after the other: the file of each (picture/header.py, picture/short.py), less the magic with which it begins

A reader MUST refuse, before it decodes a picture, more frames than 2^16, more bytes of samples in all frames, packed as a PNG packs them,
than 2^25 or 2^8 for each byte of the file (unless the user allows more), pictures that do not fit their groups, and lengths that do not add
up. It MUST refuse a file that has another digest. A writer MUST NOT write what a reader refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.container.numbers import read_length, write_length
from codec.errors import BadFile
from codec.kinds.frames.ways import AGAIN, CHANGE, WAYS, Group
from codec.kinds.kind import DIGEST_BYTES, check_unpacked, time_number, time_of
from codec.media.frames.series import FORMATS
from codec.media.picture import Picture

MAX_ENDING, MAX_FRAMES, MAX_EDGE = 12, 1 << 16, 1 << 31
FREE_BYTES, BYTES_PER_BYTE = 1 << 25, 1 << 8  # of all frames, packed as a PNG packs them: so many, and so many for each byte of the file
EXPANSION = 1 << 13  # most bytes that one of LZMA2 gives


@dataclass(frozen=True)
class CodedGroup:
    """A group, and the bytes of its picture; 0 for what is there again."""

    group: Group
    length: int = 0


@dataclass(frozen=True)
class FramesHeader:
    """Section H."""

    format: str
    ending: str
    modified: int | None
    digest: bytes
    groups: tuple[CodedGroup, ...]


def table_bytes(groups: Sequence[CodedGroup]) -> bytes:
    """The table of groups."""
    values = [len(groups)]
    for one in groups:
        group, (left, top, _, _) = one.group, one.group.region or (0, 0, 0, 0)
        values += [WAYS.index(group.way), group.frames]
        values += [group.back] if group.way == AGAIN else [left, top, one.length] if group.way == CHANGE else [one.length]
    return b"".join(map(write_length, values))


def read_table(data: bytes, position: int) -> tuple[CodedGroup, ...]:
    """The table of groups, from its place to the end of the data. Raises BadFile."""
    groups, frames = list[CodedGroup](), 0

    def number(low: int, high: int) -> int:
        nonlocal position
        value, position = read_length(data, position)
        if not low <= value <= high:
            raise BadFile(f"the file's header is damaged: {value} is not from {low} to {high}")
        return value

    for _ in range(number(1, min(MAX_FRAMES, len(data)))):
        way, count = WAYS[number(0, len(WAYS) - 1)], number(1, MAX_FRAMES - frames)
        back = number(1, frames) if way == AGAIN else 0
        region = (number(0, MAX_EDGE), number(0, MAX_EDGE), 0, 0) if way == CHANGE else None
        groups.append(CodedGroup(Group(way, count, back, region), 0 if way == AGAIN else number(1, 1 << 34)))
        frames += count
    if position != len(data):
        raise BadFile("the file's header is damaged: it is longer than what it says")
    return tuple(groups)


def frames_header_bytes(header: FramesHeader) -> bytes:
    name = header.ending.encode()
    start = write_length(FORMATS.index(header.format)) + write_length(len(name)) + name + write_length(time_number(header.modified))
    return start + header.digest + table_bytes(header.groups)


def read_frames_header(data: bytes) -> FramesHeader:
    """Section H of a file. Raises BadFile."""
    place, position = read_length(data, 0)
    length, position = read_length(data, position)
    name, position = data[position : position + length].decode("latin-1"), position + length
    modified, position = read_length(data, position)
    digest, position = data[position : position + DIGEST_BYTES], position + DIGEST_BYTES
    if place >= len(FORMATS) or not 1 <= length <= MAX_ENDING or not (name[:1] == "." and name.isascii() and name[1:].isalnum()):
        raise BadFile("the file's header is damaged, or of a later release: frames of a format that this one does not know")
    return FramesHeader(FORMATS[place], name, time_of(modified), digest, read_table(data, position))


def write_rest(rest: bytes) -> bytes:
    """Section M."""
    packed = pack_bytes(rest)
    small = len(packed) < len(rest) <= len(packed) * EXPANSION
    return write_length(len(rest)) + packed if small else b"\0" + rest


def read_rest(data: bytes, file: int, most: int | None) -> bytes:
    """The rest in section M of a file of so many bytes. Raises BadFile, BadInput."""
    size, position = read_length(data, 0)
    if size > len(data) * EXPANSION:
        raise BadFile("the file's header is damaged: its rest is larger than it can be")
    check_unpacked(max(size, len(data)), file, most)
    return unpack_bytes(data[position:], size) if size else data[position:]


def digest_of(rest: bytes, frames: Iterable[Picture]) -> bytes:
    """The digest of a rest and frames."""
    found = hashlib.sha256(rest)
    for frame in frames:
        found.update(f"{frame.mode} {frame.bits} {frame.width} {frame.height}".encode())
        found.update(frame.pixels.tobytes())
    return found.digest()[:DIGEST_BYTES]
