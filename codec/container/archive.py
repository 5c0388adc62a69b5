"""Reads and writes the bytes of an archive: blocks of compressed files with the names of what they hold, and an index behind them.

An archive is these parts, with nothing between or after them; numbers are those of numbers.py, all others little-endian and unsigned:

    bytes  what
    4      magic: 0x89 "BA" 0x0A
    1      version: 1
    ...    records: blocks, and an index behind the last one; whoever appends writes blocks and a new index behind the old one

A record:

    1      tag: "B" (block) or "I" (index)
    ...    length of the head, length of the body
    4      CRC-32 (zlib) of everything before it in the record, and of the head
    ...    head, body

The body of a block is compressed files (container.py), one after the other. Its head:

    ...    length of the text as it stands here; the text; for each entry 8 digest: the first of SHA-256 of the file that was packed
    4      CRC-32 of the body

The text of a block: 1 if its entries share the only file of the body or 0, its number of entries (1 to 64), the entries; then, if they do
not share it, the length of the file of each entry that has one. An entry:

    back      0, or how many entries before this one stands another of the same content, which has one of its own; then it has no file
    time      modification time in seconds since 1970 plus 1 (0: unknown), less that of the entry before: 2 d, or -2 d - 1 if d < 0
    name      how many bytes it begins with as the name before does, how many bytes follow, and these: UTF-8, 1 to 4096 bytes in all

The first entry of a text has a time of 0 and no name before it. Entries that share a file hold a picture each: the rows of the picture in
the file, which has their number times as many rows as each of them.

The head of an index is a text: the number of blocks; for each of them how many bytes stand between the end of the record before (of the
magic and the version) and its own begin, how long its record is, its number of entries; then the entries of all blocks in their order.
Its body: 8 place of the record in the file, 4 magic: 0x89 "BE" 0x0A. So the last complete index is found from the end of the file, and
counts. Of a file that does not end in an index all complete blocks count: from the begin on, record by record.

A text is one number and bytes: 0 and the text itself or, if it stands there as LZMA2, its length. A reader MUST refuse numbers, places,
names and CRCs that are not as said here, a text of a block that is longer than 2^19 bytes, an index of more entries than the file has
bytes for digests, whose text is longer than 64 bytes for each byte of the file, or whose names are together; all before it allocates. An
entry of a name that was there before replaces it. What names may be is said in archives/names.py.

Long because this specification stands beside its readers and writers.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from codec.container.container import CRC_BYTES
from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.container.numbers import LENGTH_BYTES, read_length, write_length
from codec.errors import BadFile

MAGIC, END_MAGIC = b"\x89BA\n", b"\x89BE\n"
VERSION = 1
START = MAGIC + bytes([VERSION])
BLOCK, INDEX = b"B", b"I"
DIGEST_BYTES, PLACE_BYTES = 8, 8
MAX_ENTRIES = 64  # of a block
MAX_NAME = 1 << 12  # bytes
MAX_TEXT = 1 << 19  # bytes of a block's text
SHARE = 64  # bytes of an index, or of its names, for each byte of the file
MAX_TIME = 1 << 40
DAMAGED = "the archive is damaged"


class ArchiveEntry(NamedTuple):
    """Something in an archive. back: 0, or how many entries before stands the one whose content it has."""

    name: str
    modified: int | None
    back: int = 0


@dataclass(frozen=True)
class BlockHead:
    """What stands before a block's files. lengths: of these; digests: of what was packed, one for each entry."""

    entries: tuple[ArchiveEntry, ...]
    digests: tuple[bytes, ...]
    shared: bool
    lengths: tuple[int, ...]
    crc: int

    @property
    def own(self) -> int:
        """How many entries have a content of their own."""
        return sum(not entry.back for entry in self.entries)


@dataclass(frozen=True)
class Place:
    """Where a block stands: its record, and how many entries it has."""

    start: int
    length: int
    entries: int


@dataclass(frozen=True)
class Index:
    """All blocks of an archive and their entries. end: of the last block, or of the index behind it; whole: whether the file ends there
    with an index."""

    places: tuple[Place, ...]
    entries: tuple[ArchiveEntry, ...]
    end: int
    whole: bool


@dataclass(frozen=True)
class Record:
    """A part of an archive, without its body. size: of the body, which ends where the record does."""

    tag: bytes
    start: int
    head: bytes
    size: int
    end: int


# ---------------------------------------------------------------- writing


def block_record(entries: Sequence[ArchiveEntry], digests: Sequence[bytes], files: Sequence[bytes], shared: bool) -> bytes:
    """The record of a block."""
    body = b"".join(files)
    numbers = b"".join(write_length(len(file)) for file in files) if not shared else b""
    text = _pack(write_length(int(shared)) + write_length(len(entries)) + _write_entries(entries) + numbers)
    return _record(BLOCK, write_length(len(text)) + text + b"".join(digests) + _crc(body), body)


def index_record(places: Sequence[Place], entries: Sequence[ArchiveEntry], start: int) -> bytes:
    """The record of an index that begins at `start`."""
    numbers, end = [len(places)], len(START)
    for place in places:
        numbers += [place.start - end, place.length, place.entries]
        end = place.start + place.length
    text = _pack(b"".join(map(write_length, numbers)) + _write_entries(entries))
    return _record(INDEX, text, start.to_bytes(PLACE_BYTES, "little") + END_MAGIC)


def _record(tag: bytes, head: bytes, body: bytes) -> bytes:
    start = tag + write_length(len(head)) + write_length(len(body))
    return start + _crc(start + head) + head + body


def _write_entries(entries: Sequence[ArchiveEntry]) -> bytes:
    pieces, time, before = list[bytes](), 0, b""
    for entry in entries:
        name, now = entry.name.encode(), 0 if entry.modified is None else entry.modified + 1
        same = next((i for i, (a, b) in enumerate(zip(name, before, strict=False)) if a != b), min(len(name), len(before)))
        step = 2 * (now - time) if now >= time else -2 * (now - time) - 1
        pieces += [*map(write_length, (entry.back, step, same, len(name) - same)), name[same:]]
        time, before = now, name
    return b"".join(pieces)


def _pack(text: bytes) -> bytes:
    packed = pack_bytes(text)
    return write_length(len(text)) + packed if len(packed) < len(text) else b"\0" + text


def _crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(CRC_BYTES, "little")


# ---------------------------------------------------------------- reading


def is_archive(beginning: bytes) -> bool:
    """Whether these bytes begin as archives do."""
    return beginning.startswith(MAGIC)


def read_start(file: BinaryIO) -> None:
    """Raise BadFile unless an archive begins in this file that this release reads."""
    file.seek(0)
    start = file.read(len(START))
    if not is_archive(start):
        raise BadFile("not an archive of this codec")
    if start != START:
        raise BadFile(f"an archive of version {start[len(MAGIC) :].hex() or 'none'}: this release reads version {VERSION}")


def read_index(file: BinaryIO, size: int) -> Index:
    """The index of an archive of `size` bytes; without one at its end, what its complete blocks say. Raises BadFile."""
    read_start(file)
    file.seek(max(0, size - PLACE_BYTES - len(END_MAGIC)))
    end = file.read(PLACE_BYTES + len(END_MAGIC))
    with suppress(BadFile):  # one that is damaged is none
        record = read_record(file, int.from_bytes(end[:PLACE_BYTES], "little"), size)
        if record.tag == INDEX and record.end == size and end.endswith(END_MAGIC):
            return _read_index(record, size)
    return scan(file, size)


def scan(file: BinaryIO, size: int) -> Index:
    """All complete blocks of an archive, from the begin on, and what they say. Raises BadFile if it does not begin as one."""
    places, entries, owners, end, whole = list[Place](), list[ArchiveEntry](), list[bool](), len(START), False
    read_start(file)
    for record in _records(file, size):
        end, whole = record.end, record.tag == INDEX
        if record.tag == BLOCK:
            head = read_head(record, owners)
            places.append(Place(record.start, record.end - record.start, len(head.entries)))
            entries += head.entries
    return Index(tuple(places), tuple(entries), end, whole and end == size)


def read_record(file: BinaryIO, start: int, size: int) -> Record:
    """The record that begins at a place of an archive of `size` bytes. Raises BadFile if it is cut off or damaged."""
    if not len(START) <= start < size:
        raise BadFile(f"{DAMAGED}: a place beyond its end")
    file.seek(start)
    begin = file.read(1 + 2 * LENGTH_BYTES + CRC_BYTES)
    tag = begin[:1]
    length, position = read_length(begin, 1)
    body, position = read_length(begin, position)
    after = start + position + CRC_BYTES
    if tag not in (BLOCK, INDEX) or length + body > size - after or (tag == BLOCK and length > 2 * MAX_TEXT):
        raise BadFile(f"{DAMAGED} or cut off at byte {start}")
    file.seek(after)
    head = file.read(length)
    if len(head) != length or begin[position : position + CRC_BYTES] != _crc(begin[:position] + head):
        raise BadFile(f"{DAMAGED} at byte {start} (checksum does not match)")
    return Record(tag, start, head, body, after + length + body)


def read_body(file: BinaryIO, record: Record, head: BlockHead) -> bytes:
    """The files of a block. Raises BadFile if they are damaged."""
    file.seek(record.end - record.size)
    body = file.read(record.size)
    if len(body) != record.size or zlib.crc32(body) != head.crc:
        raise BadFile(f"{DAMAGED}: the block at byte {record.start} does not have its checksum")
    return body


def read_head(record: Record, owners: list[bool] | None) -> BlockHead:
    """What a block says of its entries. owners: which of the entries before them have a content of their own, and theirs are added; None:
    it is not checked that others are the same as one of these. Raises BadFile."""
    if record.tag != BLOCK:
        raise BadFile(f"{DAMAGED}: no block at byte {record.start}")
    length, position = read_length(record.head, 0)
    text = _Numbers(_unpack(record.head[position : position + length], MAX_TEXT))
    shared, count = text.number(1), text.number(MAX_ENTRIES)
    entries = text.entries(count, owners, MAX_ENTRIES * MAX_NAME)
    own = sum(not entry.back for entry in entries)
    lengths = (record.size,) if shared else tuple(text.number(record.size) for _ in range(own))
    text.finish()
    rest = record.head[position + length :]
    if not count or sum(lengths) != record.size or len(rest) != DIGEST_BYTES * count + CRC_BYTES or (shared and not own):
        raise BadFile(f"{DAMAGED}: the block at byte {record.start} is not as long as it says")
    digests = tuple(rest[i : i + DIGEST_BYTES] for i in range(0, DIGEST_BYTES * count, DIGEST_BYTES))
    return BlockHead(entries, digests, bool(shared), lengths, int.from_bytes(rest[-CRC_BYTES:], "little"))


def _read_index(record: Record, size: int) -> Index:
    text = _Numbers(_unpack(record.head, SHARE * size))
    places, end, count = list[Place](), len(START), 0
    for _ in range(text.number(size // DIGEST_BYTES)):
        start = end + text.number(size)
        place = Place(start, text.number(size), text.number(MAX_ENTRIES))
        end, count = place.start + place.length, count + place.entries
        if end > record.start or not place.length or not place.entries:
            raise BadFile(f"{DAMAGED}: its index names places that it does not have")
        places.append(place)
    if count * DIGEST_BYTES > size:
        raise BadFile(f"{DAMAGED}: its index has more entries than it has room for")
    entries = text.entries(count, [], SHARE * size)
    text.finish()
    return Index(tuple(places), entries, record.end, True)


def _records(file: BinaryIO, size: int) -> Iterator[Record]:
    """All records up to the first that is cut off or damaged."""
    place = len(START)
    while place < size:
        try:
            record = read_record(file, place, size)
        except BadFile:
            return
        yield record
        place = record.end


def _unpack(data: bytes, most: int) -> bytes:
    size, position = read_length(data, 0)
    if max(size, len(data) - position) > most:
        raise BadFile(f"{DAMAGED}: {size} bytes of names in {len(data)}")
    return unpack_bytes(data[position:], size) if size else data[position:]


class _Numbers:
    """Reads a text from its begin to its end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def number(self, most: int) -> int:
        value, self.position = read_length(self.data, self.position)
        if value > most:
            raise BadFile(f"{DAMAGED}: {value} where {most} is the most")
        return value

    def entries(self, count: int, owners: list[bool] | None, most: int) -> tuple[ArchiveEntry, ...]:
        """So many entries, whose names have `most` bytes together. owners: as in read_head."""
        found, time, name, total = list[ArchiveEntry](), 0, b"", 0
        for _ in range(count):
            back, step = self.number(MAX_TIME if owners is None else len(owners)), self.number(4 * MAX_TIME)
            time += -(step + 1 >> 1) if step & 1 else step >> 1
            same, rest = self.number(len(name)), self.number(MAX_NAME)
            name = name[:same] + self.data[self.position : self.position + rest]
            self.position, total = self.position + rest, total + len(name)
            if back and owners is not None and not owners[-back]:
                raise BadFile(f"{DAMAGED}: an entry is the same as one that is the same as another")
            if self.position > len(self.data) or not 1 <= len(name) <= MAX_NAME or total > most or not 0 <= time <= MAX_TIME:
                raise BadFile(f"{DAMAGED}: an entry has no name or no time")
            if owners is not None:
                owners.append(not back)
            found.append(ArchiveEntry(_decoded(name), time - 1 if time else None, back))
        return tuple(found)

    def finish(self) -> None:
        if self.position != len(self.data):
            raise BadFile(f"{DAMAGED}: something follows its names")


def _decoded(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        raise BadFile(f"{DAMAGED}: a name that is no text") from error
