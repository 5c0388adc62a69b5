"""Checks what a file claims about sizes before Pillow takes memory for it: canvases, tiles, tags.

Pillow asks its bound on pixels (pillow.py) for most pictures, but not for the canvas of a WebP and the tiles of a TIFF, in every release;
and tags of a TIFF may all point to the same bytes, of which Pillow makes as many copies.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from codec.errors import BadInput
from codec.media.limits import check_pixels
from codec.system.records import record

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}  # of the types of a TIFF
WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}  # types of whole numbers
TILE_WIDTH, TILE_HEIGHT = 322, 323
FOLDERS = {34665, 34853, 40965}  # tags that say where a folder of other tags is: EXIF, GPS, interoperability
DAMAGED = "cannot read it: its tags are larger than the file"


@record(frozen=True)
class Tag:
    """A tag of a TIFF. number: its value, if that is one whole number, else None."""

    name: int
    bytes: int
    number: int | None


def check_claims(data: bytes, most: int) -> None:
    """Raise BadInput for a file of more pixels than `most` where Pillow would not ask, or of more tags than there are bytes."""
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X" and len(data) >= 30:
        width, height = (int.from_bytes(data[place : place + 3], "little") + 1 for place in (24, 27))
        check_pixels(width, height, most)
    found = tiff_tags(data)
    if sum(tag.bytes for tag in found) > len(data):
        raise BadInput(DAMAGED)
    tile = {tag.name: tag.number or 0 for tag in found if tag.name in (TILE_WIDTH, TILE_HEIGHT)}
    check_pixels(tile.get(TILE_WIDTH, 0), tile.get(TILE_HEIGHT, 0), most)


def tiff_tags(data: bytes) -> list[Tag]:
    """The tags of the first picture in a TIFF, those of its folders among them; none of what is no TIFF, or as far as it is cut off."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2], "")
    if not order or len(data) < 16 or struct.unpack_from(f"{order}H", data, 2)[0] not in (42, 43):
        return []
    is_big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    places, found, seen = [_number(data, 8 if is_big else 4, order, is_big)], list[Tag](), set[int]()
    while places:
        place = places.pop()
        if place in seen:
            continue
        seen.add(place)
        for tag in _folder(data, place, order, is_big):
            found.append(tag)
            if tag.name in FOLDERS and tag.number is not None:
                places.append(tag.number)
    return found


def _folder(data: bytes, place: int, order: str, is_big: bool) -> Iterator[Tag]:
    """The tags of the folder at this place."""
    first, size, inside = (8, 20, 8) if is_big else (2, 12, 4)
    if place + first > len(data):
        return
    (count,) = struct.unpack_from(f"{order}{'Q' if is_big else 'H'}", data, place)
    for start in range(place + first, min(place + first + size * count, len(data) - size + 1), size):
        name, kind = struct.unpack_from(f"{order}HH", data, start)
        values = _number(data, start + 4, order, is_big)
        taken = values * SIZES.get(kind, 0)
        number = struct.unpack_from(order + WHOLE[kind], data, start + size - inside)[0] if values == 1 and kind in WHOLE else None
        yield Tag(name, taken if taken > inside else 0, number)


def _number(data: bytes, place: int, order: str, is_big: bool) -> int:
    value: int = struct.unpack_from(f"{order}{'Q' if is_big else 'I'}", data, place)[0]
    return value


def is_lossless_webp(data: bytes) -> bool:
    """Whether the first bitstream in a WebP file is a lossless one."""
    position = 12
    while position + 8 <= len(data) and data[position : position + 4] not in (b"VP8L", b"VP8 "):
        position += 8 + int.from_bytes(data[position + 4 : position + 8], "little") + 1 & ~1
    return data[position : position + 4] == b"VP8L"
