"""Takes files of several frames or pages apart, into pictures and all else, and puts them together again: GIF, PNG, WebP, TIFF.

    file --read_series--> Series: the format's name, the rest of the file, a picture of each frame        file <--write_series-- Series

Frames are what the file stores, of whatever size and place, and not what a viewer would show: so nothing has to be worked out to write them
again. Each is opened as a file of its own. gif.py, apng.py, webp.py and tiff.py specify the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from codec.errors import BadFile, BadInput
from codec.media.frames import apng, gif, tiff, webp
from codec.media.picture import Picture, whole
from codec.media.read import Opener

FORMATS = ("GIF", "PNG", "WEBP", "TIFF")  # their places stand in files
ENDINGS = {"GIF": (".gif",), "PNG": (".png", ".apng"), "WEBP": (".webp",), "TIFF": (".tif", ".tiff")}
JOIN: dict[str, Callable[[bytes, Sequence[Picture]], bytes]] = {
    "GIF": gif.join_gif, "PNG": apng.join_apng, "WEBP": webp.join_webp, "TIFF": tiff.join_tiff
}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """A file of frames, taken apart. format: one of FORMATS; pictures: without metadata, which are in the rest."""

    format: str
    rest: bytes
    pictures: tuple[Picture, ...]

    def equals(self, other: Series) -> bool:
        same = (self.format, self.rest, len(self.pictures)) == (other.format, other.rest, len(other.pictures))
        return same and all(are_equal(*pair) for pair in zip(self.pictures, other.pictures, strict=True))


def are_equal(one: Picture, other: Picture) -> bool:
    """Whether two pictures have the same mode, bits and pixels."""
    return (one.mode, one.bits) == (other.mode, other.bits) and np.array_equal(one.pixels, other.pixels)


def format_of(data: bytes) -> str:
    """The format of a file of several frames or pages; "" for any other file, and for a damaged one."""
    if data[:6] in gif.MAGIC:
        try:
            return "GIF" if gif.is_timed(data) else ""
        except BadInput:
            return ""
    found = {"PNG": apng.is_animated, "WEBP": webp.is_animated, "TIFF": tiff.has_pages}
    return next((name for name, is_one in found.items() if is_one(data)), "")


def read_series(data: bytes, opener: Opener, max_pixels: int) -> Series:
    """Raises BadInput for a file that is damaged, too large, or would not come back with all that it has."""
    name = format_of(data)
    try:
        found = _opened(name, data, opener, max_pixels)
        if not found.pictures or not found.equals(_opened(name, write_series(found), opener, max_pixels)):
            raise BadInput("its frames would not come back as they are")
    except BadFile as error:
        raise BadInput(str(error)) from error
    return found


def write_series(series: Series) -> bytes:
    """The file of a series. Raises BadInput for pictures that do not fit the rest, BadFile for a rest that is none."""
    return JOIN[series.format](series.rest, series.pictures)


def _opened(name: str, data: bytes, opener: Opener, max_pixels: int) -> Series:
    rest, files = b"", iter(list[bytes]())
    if name == "GIF":
        rest, files = gif.split_gif(data)
    elif name == "PNG":
        rest, files = apng.split_apng(data)
    elif name == "WEBP":
        rest, files = webp.split_webp(data)
    elif name == "TIFF":
        files = tiff.split_tiff(data)
    pictures = tuple(_pictures(files, name, opener, max_pixels))
    rest = tiff.write_pages([picture.metadata for picture in pictures]) if name == "TIFF" else rest
    return Series(name, rest, tuple(replace(picture, metadata=()) for picture in pictures))


def _pictures(files: Iterator[bytes], name: str, opener: Opener, max_pixels: int) -> Iterator[Picture]:
    """The picture in each of these files. Raises BadInput."""
    left = max_pixels
    for number, file in enumerate(files, 1):
        found = opener(file, ENDINGS[name][0], left, True)
        if found.rows is None or found.keep or found.left:
            raise BadInput(f"frame {number}: {found.keep or 'it has metadata that would be lost'}")
        left -= found.rows.width * found.rows.height
        yield whole(found.rows)
