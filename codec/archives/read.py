"""Reads archives: what is in them, and any of it without the rest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate, groupby
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import BinaryIO

from PIL import Image

from codec.archives.batch import picture_of_stack
from codec.container import archive
from codec.container.archive import DIGEST_BYTES, ArchiveEntry, BlockHead, Index, Record
from codec.errors import BadFile, BadInput
from codec.kinds.kind import Opened, facts_of
from codec.kinds.requests import Restored, Restoring, naming
from codec.kinds.table import is_picture, open_file
from codec.media.array import Array
from codec.media.limits import MAX_PIXELS
from codec.media.picture import Picture
from codec.media.pillow import to_pillow
from codec.media.read import open_image
from codec.media.write import FORMATS, check_ending, fitting_ending, write_picture
from codec.system import files
from codec.system.remote import is_remote, open_remote


@dataclass(frozen=True)
class Location:
    """Where an entry stands: in which block, as which of its entries. holder: the block that holds its content; own: which of the contents
    there is its own."""

    entry: ArchiveEntry
    block: int
    position: int
    holder: int
    own: int


@dataclass(frozen=True)
class Block:
    """A block that was read."""

    number: int
    record: Record
    head: BlockHead
    body: bytes


@dataclass(frozen=True)
class ArchiveSummary:
    """What is in an archive, without decoding it. same: entries whose content another has; shared: those whose file others share; files:
    bytes of compressed files; whole: whether it ends in an index, as it does unless packing was interrupted."""

    entries: int
    blocks: int
    same: int
    shared: int
    files: int
    whole: bool
    kind: str = "archive"


class Archive:
    """An archive, open to be read: a context. Threads take one each (again). Raises CodecError.

    path: of its file; names: those of its entries, in the order in which they were packed; is_whole: whether it ends in an index."""

    def __init__(self, path: Path) -> None:
        self.path, self.file = path, _opened(path)
        try:
            self.size = self.file.seek(0, os.SEEK_END)
            with naming(path):
                self.index: Index = archive.read_index(self.file, self.size)
        except BaseException:
            self.file.close()
            raise
        self.found = _found(self.index)
        self.firsts = list(accumulate((place.entries for place in self.index.places), initial=0))  # number of the first entry of each block
        self.turn = RLock()  # to read the file
        self.block: Block | None = None  # the last that was read
        self.stack: tuple[int, Picture] | None = None  # the last pictures that share a file, and in which block

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()

    def again(self) -> Archive:
        """The same archive for another thread: both read the one file, in turns, which is closed once."""
        other = copy(self)
        other.block = other.stack = None
        return other

    def together(self, names: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        """Names, in their order, in groups whose content stands in one block, and the bytes of that: what is worth restoring in one go."""
        for holder, those in groupby(names, lambda name: self._find(name).holder):
            yield self.index.places[holder].length, list(those)

    @property
    def is_whole(self) -> bool:
        return self.index.whole

    @property
    def names(self) -> list[str]:
        return list(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[str]:
        return iter(self.found)

    def __contains__(self, name: object) -> bool:
        return name in self.found

    def __getitem__(self, name: str) -> Image.Image | Array | bytes:
        """What was packed under a name: an image of Pillow, an array, or the bytes of what is neither."""
        found = self.restore(name, Restoring())
        if isinstance(found, Picture):
            return to_pillow(found)
        with suppress(BadInput):  # what is no picture
            return open_image(found, MAX_PIXELS) if isinstance(found, bytes) else found
        return found

    def read(self, name: str) -> bytes:
        """The file that was packed under a name, as codec unpack writes it."""
        return self.unpack(name, Restoring()).content

    def entry(self, name: str) -> ArchiveEntry:
        """Raises BadInput for a name that is not there."""
        return self._find(name).entry

    def sizes(self) -> dict[str, int]:
        """The bytes of the compressed file that holds each entry; of one that several share, each one's part; 0 for the same as another."""
        heads = [self._head(number)[1] for number in range(len(self.index.places))]
        return {name: 0 if found.entry.back else _part_bytes(heads[found.block], found.own) for name, found in self.found.items()}

    def summary(self) -> ArchiveSummary:
        heads = [self._head(number)[1] for number in range(len(self.index.places))]
        same = sum(entry.back > 0 for entry in self.index.entries)
        shared = sum(head.own for head in heads if head.shared)
        files = sum(sum(head.lengths) for head in heads)
        return ArchiveSummary(len(self.index.entries), len(heads), same, shared, files, self.is_whole)

    def restore(self, name: str, restoring: Restoring) -> Picture | Array | bytes:
        """What was packed under a name, as a picture or an array; or bytes of what is neither."""
        found = self._find(name)
        with naming(f"{self.path}: {name}"):
            part = self._part(found, restoring)
            return part if isinstance(part, Picture) else part.restore(restoring)

    def unpack(self, name: str, restoring: Restoring) -> Restored:
        """The file that was packed under a name; a picture's in the format of its name, if that holds it. ending: what follows the name."""
        found = self._find(name)
        with naming(f"{self.path}: {name}"):
            part, wanted = self._part(found, restoring), Path(name).suffix.lower()
            if isinstance(part, Picture):
                ending = wanted if _holds(wanted, part) else fitting_ending(part.mode, part.metadata)
                return Restored(write_picture(part, ending), "" if wanted in ("", ending) else ending, found.entry.modified)
            restored = _decompressed(part, wanted, restoring)
            same = not is_picture(part) or wanted in ("", restored.ending)
            return replace(restored, ending="" if same else restored.ending, modified=found.entry.modified)

    def verify(self, name: str, restoring: Restoring) -> None:
        """Decode what was packed under a name, and check it. Raises CodecError."""
        found = self._find(name)
        with naming(f"{self.path}: {name}"):
            part, digest = self._part(found, restoring), self._block(found.block).head.digests[found.position]
            if isinstance(part, Picture):
                return
            part.verify(restoring)
            if _is_exact(part) and sha256(part.decompress(restoring).content).digest()[:DIGEST_BYTES] != digest:
                raise BadFile("the archive is damaged: what was packed had another digest")

    def _find(self, name: str) -> Location:
        if name not in self.found:
            raise BadInput(f"{self.path}: nothing in it is called {name!a}: codec list shows what there is")
        return self.found[name]

    def _part(self, found: Location, restoring: Restoring) -> Picture | Opened:
        """A picture that shares its file with others, or a compressed file."""
        block = self._block(found.holder)
        if not block.head.shared:
            start = sum(block.head.lengths[: found.own])
            return open_file(block.body[start : start + block.head.lengths[found.own]])
        if self.stack is None or self.stack[0] != found.holder:
            picture = open_file(block.body).restore(restoring)
            if not isinstance(picture, Picture):
                raise BadFile("the archive is damaged: pictures share a file that is none")
            self.stack = found.holder, picture
        return picture_of_stack(self.stack[1], found.own, block.head.own)

    def _block(self, number: int) -> Block:
        if self.block is None or self.block.number != number:
            with self.turn:
                record, head = self._head(number)
                self.block = Block(number, record, head, archive.read_body(self.file, record, head))
        return self.block

    def _head(self, number: int) -> tuple[Record, BlockHead]:
        """What stands before the files of a block."""
        place, first = self.index.places[number], self.firsts[number]
        with self.turn:
            record = archive.read_record(self.file, place.start, self.size)
        head = archive.read_head(record, None)
        if record.end != place.start + place.length or head.entries != self.index.entries[first : first + place.entries]:
            raise BadFile("the archive is damaged: its index names other entries than its blocks")
        return record, head


def _part_bytes(head: BlockHead, own: int) -> int:
    return round(head.lengths[0] / head.own) if head.shared else head.lengths[own]


def _opened(path: Path) -> BinaryIO:
    if is_remote(path):
        return open_remote(path)
    try:
        with files.open_regular(path, "an archive is read from a file") as file:
            return open(file.name, "rb")
    except OSError as error:
        raise BadInput(f"{path}: cannot read it: {error.strerror or error}") from error


def _found(index: Index) -> dict[str, Location]:
    """Where the last entry of each name stands."""
    found, places = dict[str, Location](), list[tuple[int, int]]()
    entries = iter(index.entries)
    for block, place in enumerate(index.places):
        own = 0
        for position in range(place.entries):
            entry = next(entries)
            places.append(places[-entry.back] if entry.back else (block, own))
            own += not entry.back
            found[entry.name] = Location(entry, block, position, *places[-1])
    return found


def _is_exact(opened: Opened) -> bool:
    """Whether a compressed file gives back the one that it was made from, byte for byte."""
    facts = facts_of(opened.info())
    return facts.get("kind") in ("jpeg", "array") or facts.get("method") == "stored"


def _holds(ending: str, picture: Picture) -> bool:
    """Whether files of an ending hold a picture."""
    try:
        check_ending(ending, picture.mode, picture.metadata, False)
    except BadInput:
        return False
    return True


def _decompressed(opened: Opened, wanted: str, restoring: Restoring) -> Restored:
    """What a compressed file gives back; a picture in the format of the ending that is wanted, if that holds it."""
    if is_picture(opened) and wanted in FORMATS and wanted != opened.ending():
        try:
            return opened.decompress(replace(restoring, ending=wanted))
        except BadInput:  # also what the format of the ending does not hold
            pass
    return opened.decompress(replace(restoring, ending=None))
