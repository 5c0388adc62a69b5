"""The compressed file of a picture, and what can be done with it; to tell what it is takes no more than its header."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from codec.errors import BadFile
from codec.kinds.kind import Info
from codec.kinds.picture.file import Carrier, PictureFile
from codec.kinds.requests import Restored, Restoring, Source
from codec.media.form import Chunks

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import PlanesDensity
    from codec.kinds.picture.read import StoredRows
    from codec.media.picture import Picture


class OpenedPicture:
    """The compressed file of a picture, opened (kind.Opened)."""

    def __init__(self, carrier: Carrier) -> None:
        self.file = PictureFile(carrier)

    def info(self) -> Info:
        return self.file.info()

    def ending(self) -> str:
        from codec.media.write import fitting_ending

        metadata: Chunks = ()
        with suppress(BadFile):  # damaged ones keep nobody from salvaging the pixels
            metadata = self.file.metadata()
        return fitting_ending(self.file.header.form.mode, metadata)

    def decompress(self, restoring: Restoring) -> Restored:
        from codec.media.write import check_ending, write_rows

        rows = self._rows(restoring)
        ending = self.ending() if restoring.ending is None else restoring.ending
        check_ending(ending, rows.mode, rows.metadata, restoring.lossy_ok)
        rows.find_density(_finder(restoring))
        content = write_rows(rows.mode, rows.bits, (rows.width, rows.height), rows.metadata, rows.bands(), ending)
        return Restored(content, ending, rows.header.modified, tuple(rows.lost))

    def restore(self, restoring: Restoring) -> Picture:
        rows = self._rows(restoring)
        rows.find_density(_finder(restoring))
        return rows.picture()

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        from codec.kinds.compare import check_picture

        rows = self._rows(replace(restoring, progress=None))
        rows.find_density(_finder(restoring))
        check_picture(rows, rows.rows, source, restoring.max_pixels, restoring.progress)  # the digest is checked when bands end

    def _rows(self, restoring: Restoring) -> StoredRows:
        from codec.kinds.picture.read import StoredRows

        limits = restoring.max_pixels, restoring.threads, restoring.progress
        return StoredRows(self.file, restoring.region, restoring.salvage, *limits)


def _finder(restoring: Restoring) -> Callable[[bytes], PlanesDensity]:
    from codec.density import library
    from codec.kinds.ready import make_ready

    def find(name: bytes) -> PlanesDensity:
        density = library.named_by(name, restoring.model).planes
        density = density if restoring.limited else density.unlimited()
        make_ready(density, restoring.progress)
        return density

    return find
