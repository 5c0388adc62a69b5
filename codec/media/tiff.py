"""Reads the structure of a TIFF file: the folders of its pages, their tags, and the values of these."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from codec.errors import BadInput
from codec.system.records import record

ORDERS = {b"II": "<", b"MM": ">"}
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}  # of types of values
WHOLE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
MOST_PAGES = 1 << 16
DAMAGED = "the TIFF is damaged or cut off"


@record(frozen=True)
class Tag:
    """A tag of a folder. place: of its values in the file."""

    name: int
    kind: int
    count: int
    place: int

    @property
    def size(self) -> int:
        """Bytes of the values."""
        return SIZES.get(self.kind, 1) * self.count


class Tiff:
    """A TIFF file's structure. Raises BadInput for what is none."""

    def __init__(self, data: bytes) -> None:
        self.data, self.order = data, ORDERS.get(data[:2], "")
        version = self.numbers("H", 2, 1)[0] if self.order else 0
        if version not in (42, 43):
            raise BadInput("no TIFF")
        self.big = version == 43
        self.word, self.counter, self.width = ("Q", "Q", 20) if self.big else ("I", "H", 12)
        self.first = 8 if self.big else 4  # where the place of the first page stands

    def numbers(self, letter: str, place: int, count: int) -> tuple[int, ...]:
        """So many numbers that stand at a place. Raises BadInput."""
        layout = f"{self.order}{count}{letter}"
        if place + struct.calcsize(layout) > len(self.data):
            raise BadInput(DAMAGED)
        return struct.unpack_from(layout, self.data, place)

    def pages(self) -> Iterator[int]:
        """The places of the folders of pages. Raises BadInput."""
        seen, (place,) = set[int](), self.numbers(self.word, self.first, 1)
        while place:
            if place in seen or len(seen) >= MOST_PAGES:
                raise BadInput("the pages of the TIFF go round in circles, or are too many")
            seen.add(place)
            yield place
            (place,) = self.numbers(self.word, self.end(place), 1)

    def end(self, folder: int) -> int:
        """Where the tags of a folder end, and the place of the next one stands."""
        return folder + struct.calcsize(f"{self.order}{self.counter}") + self.width * self.numbers(self.counter, folder, 1)[0]

    def tags(self, folder: int) -> Iterator[Tag]:
        """The tags of a folder. Raises BadInput."""
        inside = struct.calcsize(f"{self.order}{self.word}")
        for place in range(folder + struct.calcsize(f"{self.order}{self.counter}"), self.end(folder), self.width):
            (name, kind), (count,) = self.numbers("H", place, 2), self.numbers(self.word, place + 4, 1)
            tag = Tag(name, kind, count, place + 4 + inside)
            if tag.size > len(self.data):
                raise BadInput(DAMAGED)
            yield Tag(name, kind, count, self.numbers(self.word, tag.place, 1)[0]) if tag.size > inside else tag

    def values(self, tag: Tag) -> tuple[int, ...]:
        """The values of a tag of whole numbers. Raises BadInput."""
        if tag.kind not in WHOLE:
            raise BadInput(DAMAGED)
        return self.numbers(WHOLE[tag.kind], tag.place, tag.count)

    def bytes(self, place: int, size: int) -> bytes:
        """Raises BadInput."""
        if place + size > len(self.data):
            raise BadInput(DAMAGED)
        return self.data[place : place + size]
