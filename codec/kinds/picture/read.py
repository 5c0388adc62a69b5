"""Reads the rows of a picture's file: all of them, the stripes of a region, or what is intact of a damaged one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from codec.density.density import PlanesDensity
from codec.errors import BadFile
from codec.kinds.kind import DIGEST_BYTES
from codec.kinds.picture.checksum import Checksum
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.header import start_digest
from codec.kinds.picture.stripes import DecodeStripe, walk
from codec.kinds.requests import Progress
from codec.media.form import Chunks, Pixels, sample_type
from codec.media.limits import MAX_PIXELS, check_pixels
from codec.media.picture import Picture, Region, inside
from codec.system.executor import affordable

DECOMPRESSING = "decompressing"
MOST_SALVAGED = 1 << 13  # samples that a byte of a damaged file may stand for: those that are lost are given as zeros, and take memory

FindDensity: TypeAlias = Callable[[bytes], PlanesDensity]  # for the name of a model, 8 bytes


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
