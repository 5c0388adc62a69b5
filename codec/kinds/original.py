"""Files that are kept as they are, in a file of this codec: what is not a picture of one frame, and what is already smaller.

Their kind is P, too; instead of a picture's sections there is one:

F  numbers as container/numbers.py writes them: length of its ending; the ending (".jpg"); modification time in seconds since 1970 plus 1
   (0: unknown), 0 or, if its bytes stand there as LZMA2, how many they are; 16 bytes digest: the first of SHA-256 of its bytes; the bytes
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from codec.container.container import NAME_BYTES, Container, read_container, write_container
from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.container.numbers import read_length, write_length
from codec.errors import BadFile, BadInput
from codec.kinds.kind import DIGEST_BYTES, check_unpacked, time_number, time_of
from codec.kinds.requests import Restored, Restoring, Source
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.media.array import Array
    from codec.media.picture import Picture, RowSource

KIND = "P"
MAX_SIZE = 1 << 34
MAX_PACKED = 1 << 26  # most bytes that it is tried to pack
TRIAL, GAIN = 1 << 16, 0.97  # larger files are packed if so many bytes from their middle become smaller than this share
EXPANSION = 1 << 13  # most bytes that one of LZMA2 gives
MAX_ENDING = 12
SAME = ({".jpg", ".jpeg", ".jpe", ".jfif"}, {".tif", ".tiff"})  # endings of one format


@record(frozen=True)
class OriginalHeader:
    """What stands before a kept file's bytes in section F. size: of the file, if that is packed, else 0."""

    ending: str
    modified: int | None
    size: int
    digest: bytes


@record(frozen=True)
class OriginalInfo:
    """What a kept file is."""

    ending: str
    modified: int | None
    original_bytes: int
    total_bits: int
    kind: str = "picture"
    method: str = "stored"


def keep(data: bytes, ending: str, modified: int | None = None, verify: bool = True) -> tuple[bytes, OriginalInfo]:
    """The file that holds these bytes; at most 64 bytes larger. An ending that is none of letters and digits is left out.

    verify: it is opened and compared. Raises BadInput if it does not give them back."""
    packed = pack_bytes(data) if _is_worth_packing(data) else data
    if len(packed) >= len(data) - 1 or len(packed) * EXPANSION < len(data):
        packed = data
    header = OriginalHeader(
        ending if _is_ending(ending) else "", modified, len(data) if packed is not data else 0, hashlib.sha256(data).digest()[:DIGEST_BYTES]
    )
    file = write_container(KIND, bytes(NAME_BYTES), {"F": _write_header(header) + packed})
    if verify and OriginalFile(read_container(file)).content(len(data)) != data:
        raise BadInput("the result does not decode to it on this machine; nothing was written (run codec selftest)")
    known = time_of(time_number(modified))
    return file, OriginalInfo(header.ending, known, len(data), 8 * len(file))


class OriginalFile:
    """A kept file, opened (kind.Opened). Raises BadFile."""

    def __init__(self, container: Container) -> None:
        container.check_tags("F")
        self.container = container
        self.header, self.start = _read_header(container.view("F"))

    def info(self) -> OriginalInfo:
        self.container.check()
        size = self.header.size or self.container.span("F")[1] - self.start
        return OriginalInfo(self.header.ending, self.header.modified, size, 8 * len(self.container.data))

    def ending(self) -> str:
        return self.header.ending

    def content(self, max_bytes: int | None = None) -> bytes:
        """The kept file, byte for byte. Raises BadFile, and BadInput if that is more than max_bytes."""
        self.container.check()
        packed, header = self.container.view("F")[self.start :], self.header
        if any(self.container.model) or header.size > len(packed) * EXPANSION:
            raise BadFile("the header of the kept file is damaged")
        check_unpacked(max(header.size, len(packed)), len(self.container.data), max_bytes)
        found = unpack_bytes(packed, header.size) if header.size else bytes(packed)
        if hashlib.sha256(found).digest()[:DIGEST_BYTES] != header.digest:
            raise BadFile("the file is damaged: what was kept does not have the digest that the file carries")
        return found

    def decompress(self, restoring: Restoring) -> Restored:
        from codec.media.picture import cut_out
        from codec.media.write import check_ending, write_picture

        content, header = self.content(restoring.max_bytes), self.header
        if restoring.region is None and (restoring.ending is None or _are_one_format(restoring.ending, header.ending)):
            return Restored(content, header.ending, header.modified)
        if restoring.ending is None:
            raise BadInput(f"a part of a {header.ending} that is stored as it is: say with -o what to write it as")
        part = cut_out(self._rows(content, restoring), restoring.region)
        check_ending(restoring.ending, part.mode, part.metadata, restoring.lossy_ok)
        return Restored(write_picture(part, restoring.ending), restoring.ending, header.modified)

    def restore(self, restoring: Restoring) -> Picture | Array | bytes:
        from codec.media.array import parse_array
        from codec.media.picture import cut_out

        content = self.content(restoring.max_bytes)
        if restoring.region is None and self.header.ending == ".npy":
            return parse_array(content)
        return content if restoring.region is None else cut_out(self._rows(content, restoring), restoring.region)

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        from codec.kinds.compare import check_picture

        content = self.content(restoring.max_bytes)
        if source is not None and content != source.data:
            rows = self._rows(content, restoring)
            check_picture(rows, [slice(0, rows.height)], source, restoring.max_pixels, restoring.progress)

    def _rows(self, content: bytes, restoring: Restoring) -> RowSource:
        """The picture in the kept file. Raises BadInput if it is none, or more than one."""
        from codec.media.read import open_picture

        found = open_picture(content, self.header.ending, restoring.max_pixels)
        if found.rows is None or (found.left and not restoring.lossy_ok):
            raise BadInput(f"it is stored as it is ({found.keep}): take its own ending, {self.header.ending or 'none'}")
        return found.rows


def _write_header(header: OriginalHeader) -> bytes:
    name = header.ending.encode()
    return write_length(len(name)) + name + write_length(time_number(header.modified)) + write_length(header.size) + header.digest


def _read_header(data: memoryview) -> tuple[OriginalHeader, int]:
    """What stands at the begin of section F, and where the bytes begin. Raises BadFile."""
    start = bytes(data[: MAX_ENDING + 64])
    length, position = read_length(start, 0)
    name, position = start[position : position + length], position + length
    modified, position = read_length(start, position)
    size, position = read_length(start, position)
    digest = start[position : position + DIGEST_BYTES]
    if length > MAX_ENDING or not _is_ending(name.decode("latin-1")) or len(digest) != DIGEST_BYTES or size > MAX_SIZE:
        raise BadFile("the header of the kept file is damaged")
    return OriginalHeader(name.decode(), time_of(modified), size, digest), position + DIGEST_BYTES


def _is_ending(text: str) -> bool:
    """Whether a file's ending can be kept: none, or a dot and letters or digits."""
    return not text or (text[0] == "." and text.isascii() and text[1:].isalnum() and len(text) <= MAX_ENDING)


def _are_one_format(left: str, right: str) -> bool:
    return left.lower() == right.lower() or any({left.lower(), right.lower()} <= group for group in SAME)


def _is_worth_packing(data: bytes) -> bool:
    if len(data) <= 4 * TRIAL:
        return True
    middle = data[len(data) // 2 :][:TRIAL]
    return len(data) <= MAX_PACKED and len(pack_bytes(middle)) < GAIN * len(middle)
