"""A file of a picture, read: all of it, the stripes of a region, or what is intact of a damaged one."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from codec.container.container import Container, check_tags, read_container
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadInput, CodecError
from codec.kinds.picture.header import DIGEST_BYTES, METHODS, PHOTO, PictureHeader, is_plausible, read_header, start_digest, stripe_spans
from codec.kinds.requests import MAX_PIXELS
from codec.media.metadata import plain_bytes, read_metadata
from codec.media.picture import Chunks, Picture, Pixels, check_pixels, sample_type
from codec.methods.method import decode_part
from codec.system.executor import affordable, in_order

if TYPE_CHECKING:
    from codec.density.photo.model import PhotoModel  # with all the kernels of photos

KIND = "P"

FindModel: TypeAlias = "Callable[[bytes], PhotoModel]"
Progress = Callable[[int], None]
Region = tuple[int, int, int, int]


@dataclass(frozen=True)
class Report:
    """What can be said of a file without its model. model: its name, no bytes if the file needs none; methods: stripes by each."""

    mode: str
    bits: int
    width: int
    height: int
    model: bytes
    stripes: int
    methods: Mapping[str, int]
    metadata: Chunks
    modified: int | None
    payload_bits: int
    total_bits: int


class StoredRows:
    """The rows of a picture in a file. region: x, y, width, height of the part that is wanted, of which bands are then.

    salvage: go on where the file is damaged; `lost` then holds the ranges of rows (of the region) that are given as zeros.
    Raises BadFile, and BadInput for a region outside of the picture or more pixels than max_pixels.
    """

    def __init__(
        self,
        data: bytes,
        find_model: FindModel | None = None,
        region: Region | None = None,
        salvage: bool = False,
        max_pixels: int = MAX_PIXELS,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.container, self.header, extra = open_file(data, salvage or region is not None, salvage)
        self.metadata, self.bare = extra or (), extra is None
        header, self.salvage, self.progress = self.header, salvage, progress
        self.part = inside(region, header.width, header.height)
        check_pixels(self.part[2], self.part[3], max_pixels)
        self.mode, self.bits, (_, _, self.width, self.height) = header.mode, header.bits, self.part
        self.rows, self.stripes = rows_of(header), self.container.view("S")
        self.spans = stripe_spans(header, self.rows, self.container.span("S")[1])
        self.lost: list[tuple[int, int]] = []
        self.held = 0
        self.threads = threads or affordable(header.values // len(self.rows))
        top, bottom = self.part[1], self.part[1] + self.part[3]
        self.wanted = [number for number, rows in enumerate(self.rows) if rows.start < bottom and rows.stop > top]
        for number in () if salvage else self.wanted:
            self._check(number)
        self.model = find_model(self.container.model) if find_model is not None and any(self.container.model) else None

    def bands(self, parts: Sequence[slice] = ()) -> Iterator[Pixels]:
        """The pixels of the wanted rows, from the top down; checked, but for the digest, which may only fail at the end.

        parts: of Rows; here they are those of the stripes in any case."""
        header, (left, top, width, height) = self.header, self.part
        digest = start_digest(header, plain_bytes(self.metadata))
        self.lost.clear()
        for number, pixels in zip(self.wanted, in_order(self._decode, self.wanted, self.threads), strict=True):
            rows = self.rows[number]
            first, last = max(rows.start, top), min(rows.stop, top + height)
            if pixels is None:
                self.lost.append((first - top, last - top))
                yield np.zeros((last - first, width, header.channels), sample_type(header.mode))
            else:
                digest.update(pixels.data)
                yield np.ascontiguousarray(pixels[first - rows.start : last - rows.start, left : left + width])
            if self.progress is not None:
                self.progress(last - top)
        if not self.salvage and len(self.wanted) == len(self.rows) > 1 and not self._has_digest(digest):
            raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")

    def picture(self) -> Picture:
        """All of it in memory."""
        pixels, row = np.empty((self.height, self.width, self.header.channels), sample_type(self.mode)), 0
        for band in self.bands():
            pixels[row : row + len(band)] = band
            row += len(band)
        return Picture(self.mode, pixels, self.metadata, self.bits)

    def _check(self, number: int) -> None:
        (start, end), rows = self.spans[number], self.rows[number]
        if end > len(self.stripes) or not is_plausible(self.stripes[start:end], self.header, rows.stop - rows.start):
            raise BadFile(f"the file is damaged: {end - start} bytes for the rows {rows.start} to {rows.stop - 1}")

    def _decode(self, number: int) -> Pixels | None:
        """The pixels of a stripe; None where salvage finds them damaged."""
        (start, end), rows = self.spans[number], self.rows[number]
        try:
            self._check(number)
            pixels = decode_part(self.stripes[start:end], self.header, rows.stop - rows.start, self.model)
            if not self._is_intact(number, pixels):
                raise BadFile("they do not have their checksum")
        except CodecError as error:
            if self.salvage:
                return None
            raise BadFile(f"the file is damaged: rows {rows.start} to {rows.stop - 1} do not decode ({error})") from error
        return pixels

    def _is_intact(self, number: int, pixels: Pixels) -> bool:
        """Whether the pixels of a stripe have its CRC; of a single one the digest stands for it, or its section if metadata are lost."""
        if self.bare and not self.header.stripes:
            return self.container.is_intact("S")
        if self.header.stripes:
            return zlib.crc32(pixels.data) == self.header.stripes[number].crc
        digest = start_digest(self.header, plain_bytes(self.metadata))
        digest.update(pixels.data)
        return self._has_digest(digest)

    def _has_digest(self, digest: hashlib._Hash) -> bool:
        return digest.digest()[:DIGEST_BYTES] == self.header.digest


def rows_of(header: PictureHeader) -> list[slice]:
    """The rows of a picture's stripes."""
    if header.single:
        return [slice(0, header.height)]
    return stripe_rows(header.height, header.width)


def open_file(data: bytes, lazy: bool = False, salvage: bool = False) -> tuple[Container, PictureHeader, Chunks | None]:
    """The header and metadata of a file, all of it checked against the bytes at hand. Raises BadFile.

    lazy: section S is not read. salvage: the file may be cut off, and its metadata damaged: they are None then.
    """
    container = read_container(data, verify=not lazy, whole=not salvage)
    if container.kind != KIND:
        raise BadFile(f"a file of kind {container.kind!r}: no picture")
    check_tags(container, "HMS")
    header, (_, size) = read_header(container.section("H")), container.span("S")
    stripe_spans(header, rows_of(header), size)
    try:
        return container, header, read_metadata(container.section("M")) if "M" in container.spans else ()
    except BadFile:
        if salvage:
            return container, header, None
        raise


def report(data: bytes) -> Report:
    """What a file of a picture is; needs no model and decodes nothing. Raises BadFile."""
    rows = StoredRows(data, max_pixels=1 << 62)
    header, methods = rows.header, dict[str, int]()
    for start, _ in rows.spans:
        method = METHODS[rows.stripes[start]]
        methods[method] = methods.get(method, 0) + 1
    name = rows.container.model if METHODS[PHOTO] in methods else b""
    payload, total = 8 * (len(rows.stripes) - len(rows.spans)), 8 * len(data)
    return Report(
        header.mode, header.bits, header.width, header.height, name, len(rows.rows), methods, rows.metadata, header.modified, payload, total
    )


def inside(region: Region | None, width: int, height: int) -> Region:
    """The region of a picture of this size; all of it for None. Raises BadInput if it is not inside."""
    if region is None:
        return 0, 0, width, height
    left, top, across, down = region
    if min(left, top) < 0 or min(across, down) < 1 or left + across > width or top + down > height:
        raise BadInput(f"the region {left},{top},{across},{down} is not inside of the picture, which has {width}x{height} pixels")
    return region
