"""Reads the file of a picture: all of it, the stripes of a region, or what is intact of a damaged one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from codec.container.container import Container, read_container
from codec.density.density import PlanesDensity
from codec.errors import BadFile
from codec.kinds.kind import DIGEST_BYTES
from codec.kinds.picture.header import PictureHeader, picture_numbers, read_header, start_digest, stripe_spans
from codec.kinds.picture.info import PictureInfo, info_of
from codec.kinds.picture.stripes import Checksum, DecodeStripe, walk
from codec.kinds.requests import Progress
from codec.media.form import Chunks, Pixels, sample_type
from codec.media.limits import MAX_PIXELS, check_pixels
from codec.media.metadata import plain_bytes, read_metadata
from codec.media.picture import Picture, Region, inside
from codec.methods.choice import method_of
from codec.system.executor import affordable

KIND = "P"
DECOMPRESSING = "decompressing"
MOST_SALVAGED = 1 << 13  # samples that a byte of a damaged file may stand for: those that are lost are given as zeros, and take memory

FindDensity: TypeAlias = Callable[[bytes], PlanesDensity]  # for the name of a model, 8 bytes


class PictureFile:
    """A picture's file, whose header has been read and checked against the bytes at hand. Raises BadFile."""

    def __init__(self, container: Container) -> None:
        if container.kind != KIND:
            raise BadFile(f"a file of kind {container.kind!r}: no picture")
        container.check_tags("HMS")
        self.container = container
        self.header: PictureHeader = read_header(container.section("H"))
        self.spans = stripe_spans(self.header, container.span("S")[1])
        self.stripes = container.view("S")

    @classmethod
    def read(cls, data: bytes) -> PictureFile:
        """Of the bytes of a file."""
        return cls(read_container(data))

    def metadata(self) -> Chunks:
        """Raises BadFile if they are damaged."""
        return read_metadata(self.container.section("M")) if "M" in self.container.spans else ()

    def check_stripe(self, number: int) -> str:
        """The name of the method of a stripe that can hold its rows. Raises BadFile for one that cannot."""
        (start, end), rows = self.spans[number], self.header.rows[number]
        data = self.stripes[start:end]
        try:
            method = method_of(data if end <= len(self.stripes) else data[:0], self.header.form, rows.stop - rows.start, self.header.single)
        except BadFile as error:
            raise BadFile(f"the file is damaged: {end - start} bytes for the rows {rows.start} to {rows.stop - 1}") from error
        return method.name

    def info(self) -> PictureInfo:
        """What it is; needs no model and decodes nothing. Raises BadFile."""
        self.container.check()
        methods = Counter(self.check_stripe(number) for number in range(len(self.spans)))
        payload, total = len(self.stripes) - len(self.spans), len(self.container.data)
        return info_of(self.header, self.container.model, self.metadata(), methods, payload, total)


class StoredRows:
    """The rows of a picture in a file (picture.RowSource). region: the part that is wanted, of which bands are then.

    salvage: go on where the file is damaged; `lost` then holds the ranges of rows (of the region) that are given as zeros.
    Raises BadFile, and BadInput for a region outside of the picture or more pixels than max_pixels.
    """

    def __init__(
        self,
        file: PictureFile,
        region: Region | None = None,
        salvage: bool = False,
        max_pixels: int = MAX_PIXELS,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.file, self.header, self.salvage, self.progress = file, file.header, salvage, progress
        self.metadata, self.bare = self._checked_metadata(region is None and not salvage)
        form = self.header.form
        self.part = inside(region, form.width, form.height)
        check_pixels(self.part[2], self.part[3], max_pixels)
        if salvage and form.samples > len(file.container.data) * MOST_SALVAGED:
            raise BadFile(f"the file is damaged: {len(file.container.data)} bytes are left of {form.width}x{form.height} pixels")
        self.mode, self.bits, (_, _, self.width, self.height) = form.mode, form.bits, self.part
        self.rows, self.held, self.lost = self.header.rows, 0, list[tuple[int, int]]()
        self.threads = threads or affordable(form.samples // len(self.rows))
        top, bottom = self.part[1], self.part[1] + self.part[3]
        self.wanted = [number for number, rows in enumerate(self.rows) if rows.start < bottom and rows.stop > top]
        for number in () if salvage else self.wanted:
            file.check_stripe(number)
        self.density: PlanesDensity | None = None

    def find_density(self, find: FindDensity) -> None:
        """Get the density that the file needs, if it needs one, before any row is asked for."""
        if any(self.file.container.model):
            self.density = find(self.file.container.model)

    def bands(self, parts: Sequence[slice] = ()) -> Iterator[Pixels]:
        """The pixels of the wanted rows, from the top down; checked, but for the digest, which may only fail at the end.

        parts: of RowSource; here they are those of the stripes in any case."""
        form, (left, top, width, height) = self.header.form, self.part
        digest = start_digest(form, self.metadata)
        self.lost.clear()
        rows, tasks = [self.rows[number] for number in self.wanted], (self._task(number) for number in self.wanted)
        done = None if self.progress is None else self._told
        for part, pixels in walk(tasks, rows, self.threads, DECOMPRESSING, done):
            first, last = max(part.start, top), min(part.stop, top + height)
            if pixels is None:
                self.lost.append((first - top, last - top))
                yield np.zeros((last - first, width, form.channels), sample_type(form.mode))
            else:
                digest.update(pixels.data)
                yield np.ascontiguousarray(pixels[first - part.start : last - part.start, left : left + width])
        is_all = not self.salvage and len(self.wanted) == len(self.rows) > 1
        if is_all and digest.digest()[:DIGEST_BYTES] != self.header.digest:
            raise BadFile("the file is damaged: what was decoded does not have the digest that the file carries")

    def picture(self) -> Picture:
        """All of it in memory."""
        pixels, row = np.empty((self.height, self.width, self.header.form.channels), sample_type(self.mode)), 0
        for band in self.bands():
            pixels[row : row + len(band)] = band
            row += len(band)
        return Picture(self.mode, pixels, self.metadata, self.bits)

    def _checked_metadata(self, all_of_it: bool) -> tuple[Chunks, bool]:
        """The metadata, and whether they are lost; without salvage, the file has its length and, if all of it is wanted, its checksums."""
        container = self.file.container
        if all_of_it:
            container.check()
        elif not self.salvage:
            container.check_length()
        try:
            return self.file.metadata(), False
        except BadFile:
            if not self.salvage:
                raise
            return (), True

    def _told(self, label: str, row: int, last: int) -> None:
        if self.progress is not None:
            top, height = self.part[1], self.part[3]
            self.progress(label, max(0, min(row - top, height)) * self.width, height * self.width)

    def _task(self, number: int) -> DecodeStripe:
        start, end = self.file.spans[number]
        data = bytes(self.file.stripes[start:end]) if self._is_there(number) else b""
        form, single = self.header.form, self.header.single
        return DecodeStripe(self.rows[number], data, form, single, self.density, self._checksum(number), self.salvage)

    def _is_there(self, number: int) -> bool:
        """Whether all bytes of a stripe are, and of a single one whose metadata are lost, intact: the digest takes them in."""
        return self.file.spans[number][1] <= len(self.file.stripes) and (
            not self.bare or bool(self.header.stripes) or self.file.container.is_intact("S")
        )

    def _checksum(self, number: int) -> Checksum:
        """Of a single stripe the digest stands for it."""
        if self.header.stripes:
            return Checksum(self.header.stripes[number].crc)
        if self.bare:
            return Checksum()
        return Checksum(None, picture_numbers(self.header.form) + plain_bytes(self.metadata), self.header.digest)
