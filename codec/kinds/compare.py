"""Compares what a compressed file holds with the file that it was made from, before that is removed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from codec.errors import BadFile
from codec.kinds.requests import Progress, Source
from codec.media.form import Pixels
from codec.media.picture import RowSource
from codec.media.read import open_picture

VERIFYING = "verifying"


def check_picture(ours: RowSource, parts: Sequence[slice], source: Source | None, max_pixels: int, progress: Progress | None) -> None:
    """Read these rows, which come in such parts, to their end; with a source, raise BadFile unless they are those of the picture in it."""
    theirs = None if source is None else _rows_of(source, ours, max_pixels)
    others = iter(()) if theirs is None else iter(theirs.bands(parts))

    def tell(rows: int) -> None:
        if progress is not None:
            progress(VERIFYING, rows * ours.width, ours.height * ours.width)

    tell(0)
    for part, band in zip(parts, ours.bands(parts), strict=True):
        if theirs is not None and _levels(ours, band) != _levels(theirs, next(others)):
            raise BadFile("the picture that it was made from is another: its pixels differ")
        tell(part.stop)


def _rows_of(source: Source, ours: RowSource, max_pixels: int) -> RowSource:
    theirs = open_picture(source.data, source.ending, max_pixels).rows
    if theirs is None or (theirs.mode, theirs.width, theirs.height) != (ours.mode, ours.width, ours.height):
        raise BadFile("the picture that it was made from is another: its mode or size differs")
    return theirs


def _levels(rows: RowSource, pixels: Pixels) -> bytes:
    """The samples; those of few bits as the levels of gray that they stand for."""
    return (pixels * np.uint8(255 // ((1 << rows.bits) - 1)) if rows.mode == "L" else pixels).tobytes()
