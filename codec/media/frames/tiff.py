"""Takes TIFF files of several pages apart: each page as a TIFF of its own, with its tags; and writes such files again, by Pillow.

The rest of such a file is the metadata of each page: their length, and as many bytes (metadata.plain_bytes). Everything else of a page is
its pixels. Pages that are smaller copies of others, or packed with loss, are not taken apart.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence

from codec.container.numbers import read_length, write_length
from codec.errors import BadInput
from codec.media.form import Chunks
from codec.media.metadata import plain_bytes, read_metadata
from codec.media.picture import Picture
from codec.media.tiff import DAMAGED, SIZES, WHOLE, Tag, Tiff

FOLDERS = (34665, 34853, 40965)  # tags that say where a folder of other tags is: EXIF, GPS, interoperability
PIECES = {273: 279, 324: 325}  # tags of the places of strips and tiles, and of their lengths
SUBFILE, COMPRESSION, OLD_JPEG = 254, 259, 513
PAGE = 2  # a subfile that is a page of several
LOSSY = (6, 7, 34712, 33003, 33005, 50001, 50002)  # ways to pack: JPEG, JPEG 2000, WebP, JPEG XL
COLOURS = 3 * 256  # bytes of a palette


def has_pages(data: bytes) -> bool:
    """Whether a TIFF has more than one page."""
    try:
        pages = Tiff(data).pages()
        return next(pages, None) is not None and next(pages, None) is not None
    except BadInput:
        return False


def split_tiff(data: bytes) -> Iterator[bytes]:
    """A TIFF of each page alone. Raises BadInput."""
    tiff = Tiff(data)
    return (_alone(tiff, place) for place in tiff.pages())


def write_pages(pages: Sequence[Chunks]) -> bytes:
    """The rest of a TIFF whose pages have these metadata; palettes have the 256 colours with which they are written."""
    plain = [plain_bytes(tuple((name, _filled(content) if name == b"PLTE" else content) for name, content in one)) for one in pages]
    return b"".join(write_length(len(one)) + one for one in plain)


def _filled(palette: bytes) -> bytes:
    return palette.ljust(COLOURS, b"\0")


def join_tiff(rest: bytes, pictures: Sequence[Picture]) -> bytes:
    """The TIFF of pages that write_pages wrote of, with these pictures. Raises BadInput, and BadFile for a rest that is none."""
    from PIL.TiffImagePlugin import AppendingTiffWriter

    from codec.media.write import write_page

    position, file = 0, io.BytesIO()
    with AppendingTiffWriter(file, True) as writer:
        for picture in pictures:
            length, position = read_length(rest, position)
            metadata, position = read_metadata(b"\0" + rest[position : position + length]), position + length
            write_page(Picture(picture.mode, picture.pixels, metadata, picture.bits), writer)
            writer.newFrame()
    if position != len(rest):
        raise BadInput("the TIFF has another number of pages")
    return file.getvalue()


def _alone(tiff: Tiff, page: int) -> bytes:
    """A TIFF of this page alone. Raises BadInput."""
    tags = {tag.name: tag for tag in tiff.tags(page)}
    subfile = tiff.values(tags[SUBFILE])[:1] if SUBFILE in tags else (0,)
    if subfile not in ((0,), (PAGE,)) or OLD_JPEG in tags:
        raise BadInput("a page of the TIFF is a smaller copy of another, or of an old form")
    if COMPRESSION in tags and tiff.values(tags[COMPRESSION])[:1] in [(way,) for way in LOSSY]:
        raise BadInput("a page of the TIFF is packed in a way that is small already")
    start = tiff.first + struct.calcsize(f"{tiff.order}{tiff.word}")
    made = bytearray(tiff.data[: tiff.first] + bytes(start - tiff.first))
    struct.pack_into(f"{tiff.order}{tiff.word}", made, tiff.first, _copy(tiff, page, made, 0))
    return bytes(made)


def _copy(tiff: Tiff, folder: int, made: bytearray, depth: int) -> int:
    """Copy a folder, with its values and those strips, tiles and folders that it names, to the end of a file. Returns its place there."""
    made += bytes(-len(made) % 8)
    at, end, inside = len(made), tiff.end(folder), struct.calcsize(f"{tiff.order}{tiff.word}")
    made += tiff.bytes(folder, end - folder) + bytes(inside)  # and no folder after it
    tags = list(tiff.tags(folder))
    lengths = {tag.name: tag for tag in tags}
    for number, tag in enumerate(tags):
        slot = at + struct.calcsize(f"{tiff.order}{tiff.counter}") + tiff.width * number + 4 + inside
        if tag.name in FOLDERS and tag.count == 1 and tag.kind in WHOLE and depth < len(FOLDERS):
            struct.pack_into(f"{tiff.order}{WHOLE[tag.kind]}", made, slot, _copy(tiff, tiff.values(tag)[0], made, depth + 1))
            continue
        values = tiff.bytes(tag.place, tag.size)
        if tag.name in PIECES:
            values = _copy_pieces(tiff, tag, lengths.get(PIECES[tag.name]), made)
        if tag.size > inside:
            made += bytes(-len(made) % 8)
            struct.pack_into(f"{tiff.order}{tiff.word}", made, slot, len(made))
            made += values
        else:
            made[slot : slot + tag.size] = values
    return at


def _copy_pieces(tiff: Tiff, places: Tag, lengths: Tag | None, made: bytearray) -> bytes:
    """Copy strips or tiles; the values of the tag of their places there. Raises BadInput."""
    found, most = list[int](), 2 * len(tiff.data)
    for place, length in zip(tiff.values(places), () if lengths is None else tiff.values(lengths), strict=False):
        found.append(len(made))
        made += tiff.bytes(place, length)
        if len(made) > most or len(made) >> 8 * SIZES[places.kind]:
            raise BadInput(DAMAGED)
    if len(found) != places.count:
        raise BadInput(DAMAGED)
    return struct.pack(f"{tiff.order}{len(found)}{WHOLE[places.kind]}", *found)
