"""Compresses what stands together in a block of an archive, as a task that any executor can run.

Each thing becomes a compressed file of its own, of whatever kind; what is no picture and no array is kept as it is. Small pictures of one
form share a file where that is smaller, one below the other: photos as a chain (methods/chain.py), others as one picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from codec.errors import BadInput
from codec.kinds.original import keep
from codec.kinds.requests import Settings, Source
from codec.kinds.table import compress_chain, compress_image, is_compressed, kind_of_source
from codec.media.picture import Picture, whole
from codec.media.read import open_picture

MAX_SHARED = 1 << 14  # pixels of each
PHOTO, STORED = "photo", "stored"  # the method of photos, and that of files as they are, by their names
CHAINED = (("RGB", 8), ("L", 8))  # forms of photos that are coded as chains


@dataclass(frozen=True)
class PackedBatch:
    """The files of a block. shared: there is one, for all of them; pixels: of the pictures and arrays in them; notes: for the user."""

    files: tuple[bytes, ...]
    shared: bool
    pixels: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PackedFile:
    """A compressed file. method: by which a picture was coded, "" of all else; pixels: of a picture; notes: for the user."""

    data: bytes
    method: str = ""
    pixels: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PackBatch:
    """Compress files that are to stand in one block."""

    sources: tuple[Source, ...]
    settings: Settings

    def run(self) -> PackedBatch:
        """Raises CodecError, naming the file."""
        done = [compress_any(source, self.settings) for source in self.sources]
        files, pixels = tuple(one.data for one in done), sum(one.pixels for one in done)
        notes = tuple(f"{source.name}: {note}" for source, one in zip(self.sources, done, strict=True) for note in one.notes)
        stack = None if self.settings.method == STORED else stack_pictures(self.sources, self.settings)
        if stack is not None:
            photos = sum(one.method == PHOTO for one in done)
            together = compress_stack(stack, len(done), self.settings, 2 * photos > len(done))
            if len(together) < sum(map(len, files)):
                return PackedBatch((together,), True, pixels, notes)
        return PackedBatch(files, False, pixels, notes)


def compress_any(source: Source, settings: Settings) -> PackedFile:
    """A file, compressed if its kind is known, else kept as it is."""
    plain = replace(source, modified=None)  # the archive has it
    if is_compressed(source.data):
        return PackedFile(keep(source.data, source.ending, None, settings.verify)[0])
    try:
        data, summary = kind_of_source(source).compress(plain, settings)
    except BadInput as error:
        if settings.model is not None or settings.method != "auto":
            raise BadInput(f"{source.name}: {error}") from error
        return PackedFile(keep(source.data, source.ending, None, settings.verify)[0], notes=(f"stored as it is: {error}",))
    width, height = (int(getattr(summary.info, name, 0)) for name in ("width", "height"))
    return PackedFile(data, str(getattr(summary.info, "method", "")), width * height)


def compress_stack(stack: Picture, count: int, settings: Settings, are_photos: bool) -> bytes:
    """The file of so many small pictures of one form, one below the other: of photos a chain, of drawings one picture."""
    if are_photos and (stack.mode, stack.bits) in CHAINED:
        return compress_chain(stack, count, settings)
    return compress_image(stack, settings)[0]


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

