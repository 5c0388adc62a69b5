"""Packs files into an archive: a new one, one that is there, or one whose packing was interrupted.

    items --read, digest--> blocks of what stands together --tasks--> any executor --in order--> records, an index behind them

What stands in a block is decided by the order of the items and their sizes alone, and records are written in that order. So the archive is
the same whoever does the tasks, and an interrupted run is a beginning of the archive, to its last complete block: going on from there
gives the same bytes. Items are read when their turn comes, and no more blocks are held than are worked on.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from codec.archives.batch import PackBatch, PackedBatch
from codec.archives.names import check_name
from codec.container import archive
from codec.container.archive import DIGEST_BYTES, MAX_ENTRIES, START, ArchiveEntry, Index, Place
from codec.errors import BadFile, BadInput, CodecError
from codec.kinds.requests import Settings, Source, naming
from codec.system import files
from codec.system.executor import Task

MAX_BATCH = 1 << 18  # bytes of the files that are packed into one block, if they are several
LARGE = 1 << 16  # bytes of a file that has a block of its own
SYNC_BYTES = 1 << 26  # that are written before they are forced to the disk

Run = Callable[[Iterable[Task[PackedBatch]]], Iterator[PackedBatch]]  # gives the results of tasks in their order, holding few of them


@dataclass(frozen=True)
class Item:
    """Something to pack. name: in the archive; path: of its file, or None and its bytes."""

    name: str
    path: Path | None = None
    data: bytes = b""
    modified: int | None = None

    def read(self) -> Source:
        """Raises BadInput."""
        check_name(self.name)
        ending = Path(self.name).suffix.lower()
        if self.path is None:
            return Source(self.name, self.data, ending, self.modified)
        data, status = files.read_file(self.path)
        return Source(self.name, data, ending, files.seconds_of(status))


@dataclass
class Packed:
    """How far packing has come. items: that were looked at; skipped: that were there already; same: entries whose content was; read: bytes;
    written: bytes of the archive; problems: of items that could not be read; notes: what else there is to say."""

    items: int = 0
    skipped: int = 0
    same: int = 0
    read: int = 0
    written: int = 0
    pixels: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Planned:
    """A block that is to be packed. sources: of the entries that have a content of their own; items: that were looked at for it."""

    entries: tuple[ArchiveEntry, ...]
    digests: tuple[bytes, ...]
    sources: tuple[Source, ...]
    items: int
    skipped: int
    read: int


def pack_items(
    items: Iterable[Item], path: Path, settings: Settings, run: Run, update: bool = False, resume: bool = False,
    tell: Callable[[Packed], None] | None = None,
) -> Packed:  # fmt: skip
    """Pack items into an archive at a path, where nothing may be: unless update, add what is new or changed; or resume, go on where packing
    them was interrupted. tell: is told after each block. Raises CodecError; what was packed by then stays, and resume goes on from it."""
    done = Packed()
    try:
        with _opened(path, update or resume) as file:
            known = _known(file, path, resume, done) if update or resume else _Known()
            if not known.places and not file.tell():
                file.write(START)
            _add(items, file, known, settings, run, done, tell)
    except OSError as error:
        raise BadInput(f"{path}: cannot write it: {error.strerror or error}") from error
    done.written = path.stat().st_size
    return done


@dataclass
class _Known:
    """What an archive has. digests, holders: of the last entry of each name, and the number of the entry that has its content; owners: that
    number by the whole SHA-256 of a content, where this run has read it: what two files share of a digest does not make them the same."""

    places: list[Place] = field(default_factory=list)
    entries: list[ArchiveEntry] = field(default_factory=list)
    digests: dict[str, bytes] = field(default_factory=dict)
    holders: dict[str, int] = field(default_factory=dict)
    owners: dict[bytes, int] = field(default_factory=dict)
    is_whole: bool = False

    def add(self, place: Place, entries: Sequence[ArchiveEntry], digests: Sequence[bytes]) -> None:
        self.places.append(place)
        self.note(len(self.entries), entries, digests)
        self.entries += entries

    def note(self, number: int, entries: Sequence[ArchiveEntry], digests: Sequence[bytes]) -> None:
        for at, (entry, digest) in enumerate(zip(entries, digests, strict=True), number):
            self.digests[entry.name], self.holders[entry.name] = digest, at - entry.back


def _opened(path: Path, is_there: bool) -> BinaryIO:
    """The archive, open to be written at its end."""
    if not is_there or not os.path.lexists(path):
        files.check_free(path, False, "-f replaces it, -u adds to it, --resume goes on with it")
        return open(path, "x+b")
    return open(path, "r+b")


def _known(file: BinaryIO, path: Path, resume: bool, done: Packed) -> _Known:
    """What an archive has; what stands behind its last complete block or index is cut off if that is allowed. Raises CodecError."""
    size, known = file.seek(0, os.SEEK_END), _Known()
    if resume and size < len(START):
        file.truncate(0)
        file.seek(0)
        return known
    with naming(path):
        index = archive.read_index(file, size) if not resume else archive.scan(file, size)
        if not resume and not index.whole:
            raise BadFile("packing it was interrupted: --resume goes on with it")
        end = _read_blocks(file, size, index, known, resume)
    known.is_whole = index.whole and end == size
    if end < size:
        done.notes.append(f"{path}: {size - end} bytes behind the last complete block are cut off")
        file.truncate(end)
    file.seek(end)
    return known


def _read_blocks(file: BinaryIO, size: int, index: Index, known: _Known, check: bool) -> int:
    """Learn what the blocks hold; the end of what is intact, if that is checked. Raises BadFile."""
    owners = list[bool]()
    for place in index.places:
        record = archive.read_record(file, place.start, size)
        head = archive.read_head(record, owners)
        if check:
            try:
                archive.read_body(file, record, head)
            except BadFile:
                return place.start
        known.add(place, head.entries, head.digests)
    return index.end


def _add(
    items: Iterable[Item], file: BinaryIO, known: _Known, settings: Settings, run: Run, done: Packed, tell: Callable[[Packed], None] | None
) -> None:
    waiting, unsynced = deque[Planned](), 0

    def tasks() -> Iterator[PackBatch]:
        for planned in _plan(items, known, done.problems):
            waiting.append(planned)
            yield PackBatch(planned.sources, settings)

    count = len(known.places)
    for result in run(tasks()):
        planned, start = waiting.popleft(), file.tell()
        if planned.entries:
            record = archive.block_record(planned.entries, planned.digests, result.files, result.shared)
            file.write(record)
            file.flush()
            known.places.append(Place(start, len(record), len(planned.entries)))
            unsynced += len(record)
        if unsynced > SYNC_BYTES:
            os.fsync(file.fileno())
            unsynced = 0
        _count(done, planned, result)
        done.written = file.tell()
        if tell is not None:
            tell(done)
    if len(known.places) > count or not known.is_whole:
        file.write(archive.index_record(known.places, known.entries, file.tell()))
        file.flush()
        os.fsync(file.fileno())


def _count(done: Packed, planned: Planned, result: PackedBatch) -> None:
    done.items, done.skipped, done.read = done.items + planned.items, done.skipped + planned.skipped, done.read + planned.read
    done.same += sum(entry.back > 0 for entry in planned.entries)
    done.pixels += result.pixels
    done.notes += result.notes


def _plan(items: Iterable[Item], known: _Known, problems: list[str]) -> Iterator[Planned]:
    """The blocks that items become: a large one for itself, of small ones as many as a block holds."""
    pending, looked, skipped, read = list[tuple[ArchiveEntry, bytes, Source | None]](), 0, 0, 0

    def close() -> Planned:
        entries, digests = tuple(entry for entry, _, _ in pending), tuple(digest for _, digest, _ in pending)
        planned = Planned(entries, digests, tuple(source for _, _, source in pending if source is not None), looked, skipped, read)
        known.entries += entries
        pending.clear()
        return planned

    for item in items:
        try:
            source = item.read()
        except CodecError as error:
            problems.append(str(error))
            continue
        whole, size = hashlib.sha256(source.data).digest(), len(source.data)
        digest = whole[:DIGEST_BYTES]
        held = sum(len(one.data) for _, _, one in pending if one is not None)
        if is_there := known.digests.get(source.name) == digest:
            known.owners.setdefault(whole, known.holders[source.name])
        same = whole in known.owners
        if pending and (len(pending) == MAX_ENTRIES or (not same and (size > LARGE or held + size > MAX_BATCH))):
            yield close()
            looked = skipped = read = 0
        looked, read = looked + 1, read + size
        if is_there:
            skipped += 1
            continue
        number = len(known.entries) + len(pending)
        entry = ArchiveEntry(source.name, source.modified, number - known.owners.setdefault(whole, number))
        pending.append((entry, digest, None if same else source))
        known.note(number, (entry,), (digest,))
        if not same and size > LARGE:
            yield close()
            looked = skipped = read = 0
    yield close()
