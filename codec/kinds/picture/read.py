"""Reads the file of a picture: all of it, the stripes of a region, or what is intact of a damaged one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

import numpy as np

from codec.container.container import is_short, read_container
from codec.density.density import PlanesDensity
from codec.errors import BadFile
from codec.kinds.kind import DIGEST_BYTES
from codec.kinds.picture.header import PictureHeader, start_digest, stripe_spans
from codec.kinds.picture.info import PictureInfo, StripeCounts, info_of
from codec.kinds.picture.long import LongFile
from codec.kinds.picture.short import read_short
from codec.kinds.picture.stripes import Checksum, DecodeStripe, walk
from codec.kinds.requests import Progress
from codec.media.form import Chunks, Pixels, sample_type
from codec.media.limits import MAX_PIXELS, check_pixels
from codec.media.picture import Picture, Region, inside
from codec.methods.choice import method_of
from codec.system.executor import affordable

DECOMPRESSING = "decompressing"
MOST_SALVAGED = 1 << 13  # samples that a byte of a damaged file may stand for: those that are lost are given as zeros, and take memory

FindDensity: TypeAlias = Callable[[bytes], PlanesDensity]  # for the name of a model, 8 bytes


class Carrier(Protocol):
    """A picture's file in one of its forms (long.py, short.py), whose header has been read. stripes: as they stand in the file, perhaps
    damaged, and fewer bytes than stripes_length in a file that is cut off; model: the name of the one that it needs, zeros if none."""

    @property
    def data(self) -> bytes: ...
    @property
    def header(self) -> PictureHeader: ...
    @property
    def model(self) -> bytes: ...
    @property
    def stripes(self) -> memoryview: ...
    @property
    def stripes_length(self) -> int: ...

    def check_length(self) -> None:
        """Raise BadFile for a file that is visibly cut off, or that something follows."""
        ...

    def check(self) -> None:
        """Raise BadFile unless the file has its length and all of its checksums that need no decoding."""
        ...

    def metadata(self) -> Chunks:
        """Raises BadFile if they are damaged."""
        ...

    def single_checksum(self, metadata: Chunks | None) -> Checksum | None:
        """What the pixels of a single stripe are checked against; metadata: None if they are lost; None for a stripe that is damaged."""
        ...


class PictureFile:
    """A picture's file, whose header has been checked against the bytes at hand. Raises BadFile."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier, self.header, self.stripes = carrier, carrier.header, carrier.stripes
        self.spans = stripe_spans(self.header, carrier.stripes_length)

    @classmethod
    def read(cls, data: bytes) -> PictureFile:
        """Of the bytes of a file."""
        return cls(read_short(data) if is_short(data) else LongFile(read_container(data)))

    def metadata(self) -> Chunks:
        """Raises BadFile if they are damaged."""
        return self.carrier.metadata()

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
        self.carrier.check()
        counts = StripeCounts()
        for number, (start, end) in enumerate(self.spans):
            counts.add(self.stripes[start:end], self.check_stripe(number), self.header.form)
        payload, total = len(self.stripes) - len(self.spans), len(self.carrier.data)
        return info_of(self.header, self.carrier.model, self.metadata(), counts, payload, total)


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
        known = self._checked_metadata(region is None and not salvage)
        self.metadata, self.bare = known or (), known is None
        form = self.header.form
        self.part = inside(region, form.width, form.height)
        check_pixels(self.part[2], self.part[3], max_pixels)
        if salvage and form.samples > len(file.carrier.data) * MOST_SALVAGED:
            raise BadFile(f"the file is damaged: {len(file.carrier.data)} bytes are left of {form.width}x{form.height} pixels")
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
        if any(self.file.carrier.model):
            self.density = find(self.file.carrier.model)

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

    def _checked_metadata(self, all_of_it: bool) -> Chunks | None:
        """The metadata, None if they are lost; without salvage, the file has its length and, if all of it is wanted, its checksums."""
        carrier = self.file.carrier
        if all_of_it:
            carrier.check()
        elif not self.salvage:
            carrier.check_length()
        try:
            return carrier.metadata()
        except BadFile:
            if not self.salvage:
                raise
            return None

    def _told(self, label: str, row: int, last: int) -> None:
        if self.progress is not None:
            top, height = self.part[1], self.part[3]
            self.progress(label, max(0, min(row - top, height)) * self.width, height * self.width)

    def _task(self, number: int) -> DecodeStripe:
        start, end = self.file.spans[number]
        checksum = self._checksum(number)
        data = bytes(self.file.stripes[start:end]) if checksum is not None and end <= len(self.file.stripes) else b""
        form, single = self.header.form, self.header.single
        return DecodeStripe(self.rows[number], data, form, single, self.density, checksum or Checksum(), self.salvage)

    def _checksum(self, number: int) -> Checksum | None:
        """None for a stripe that is known to be damaged."""
        if self.header.stripes:
            return Checksum(self.header.stripes[number].crc)
        return self.file.carrier.single_checksum(None if self.bare else self.metadata)
