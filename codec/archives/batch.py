"""Compresses what stands together in a block of an archive, as a task that any executor can run.

Each thing becomes a compressed file of its own, of whatever kind; what is no picture and no array is kept as it is. Small pictures of one
form share a file where that is smaller: they are coded as one picture, one below the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from codec.errors import BadInput
from codec.kinds.kind import Info
from codec.kinds.original import keep
from codec.kinds.requests import Settings, Source
from codec.kinds.table import compress_image, is_compressed, kind_of_source
from codec.media.picture import Picture, whole
from codec.media.read import open_picture

MAX_SHARED = 1 << 14  # pixels of each


@dataclass(frozen=True)
class PackedBatch:
    """The files of a block. shared: there is one, for all of them; pixels: of the pictures and arrays in them; notes: for the user."""

    files: tuple[bytes, ...]
    shared: bool
    pixels: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PackBatch:
    """Compress files that are to stand in one block."""

    sources: tuple[Source, ...]
    settings: Settings

    def run(self) -> PackedBatch:
        """Raises CodecError, naming the file."""
        done = [compress_any(source, self.settings) for source in self.sources]
        files, pixels = tuple(data for data, _, _ in done), sum(count for _, count, _ in done)
        notes = tuple(f"{source.name}: {note}" for source, (_, _, told) in zip(self.sources, done, strict=True) for note in told)
        if (stack := stack_pictures(self.sources, self.settings)) is not None:
            together, _ = compress_image(stack, self.settings)
            if len(together) < sum(map(len, files)):
                return PackedBatch((together,), True, pixels, notes)
        return PackedBatch(files, False, pixels, notes)


def compress_any(source: Source, settings: Settings) -> tuple[bytes, int, tuple[str, ...]]:
    """A file, compressed if its kind is known, else kept as it is; how many pixels it has; and what there is to say."""
    plain = replace(source, modified=None)  # the archive has it
    if is_compressed(source.data):
        return keep(source.data, source.ending, None, settings.verify)[0], 0, ()
    try:
        data, summary = kind_of_source(source).compress(plain, settings)
    except BadInput as error:
        if settings.model is not None or settings.method != "auto":
            raise BadInput(f"{source.name}: {error}") from error
        return keep(source.data, source.ending, None, settings.verify)[0], 0, (f"stored as it is: {error}",)
    return data, _pixels(summary.info), ()


def stack_pictures(sources: tuple[Source, ...], settings: Settings) -> Picture | None:
    """Small pictures of one form as one picture, one below the other; None if they are not that, or would not all come back."""
    if len(sources) < 2:
        return None
    found = list[Picture]()
    for source in sources:
        try:
            picture = _small(source, settings)
        except BadInput:
            return None
        if picture is None or (found and _form(picture) != _form(found[0])):
            return None
        found.append(picture)
    return replace(found[0], pixels=np.concatenate([picture.pixels for picture in found]))


def picture_of_stack(picture: Picture, number: int, count: int) -> Picture:
    """One of so many pictures of which a picture is made. Raises BadInput if it is not made of so many."""
    height, rest = divmod(picture.height, count)
    if rest:
        raise BadInput(f"{picture.height} rows are not those of {count} pictures")
    return replace(picture, pixels=np.ascontiguousarray(picture.pixels[number * height : (number + 1) * height]))


def _small(source: Source, settings: Settings) -> Picture | None:
    """The picture in a file, if it is a small one that is coded without loss of anything. Raises BadInput for what is no picture."""
    found = open_picture(source.data, source.ending, settings.max_pixels, False)
    rows = found.rows
    return None if rows is None or found.keep or found.left or rows.width * rows.height >= MAX_SHARED else whole(rows)


def _form(picture: Picture) -> tuple[object, ...]:
    """What pictures of one form have in common."""
    return picture.mode, picture.bits, picture.width, picture.height, picture.metadata


def _pixels(info: Info) -> int:
    return int(getattr(info, "width", 0)) * int(getattr(info, "height", 0))
