"""Rows that are a photo in some columns and graphics in others: panes side by side, each by the method that suits it.

A payload, with numbers as container/numbers.py writes them: how many panes (2 to 64); for each from left to right its columns and, but for
the last, the bytes that follow of it; then for each pane the number of its method and what follows from it, as of rows that are so wide.

Panes are found by blocks of 64 columns: few of a photo's pixels equal their left or upper neighbour, most of a drawing's do, and of a block
between some rows are priced by both. Neighbouring blocks of one kind are one pane.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile, TooShort
from codec.media.form import Form, Pixels
from codec.methods.drawing import DRAWING
from codec.methods.lzma import LZMA
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.photo import PHOTO
from codec.methods.raw import RAW
from codec.methods.smallest import encode_smallest
from codec.methods.webp import WEBP

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import PlaceCosts, PlanesDensity

BLOCK, NARROWEST = 64, 256  # columns of a block, and of rows that may have panes
PHOTO_BELOW, DRAWING_ABOVE = 0.25, 0.7  # shares of repeated pixels of what is surely a photo, or likely a drawing
SHARE, LEAST = 1 / 16, 1 << 12  # of the rows by which others are priced, and pixels in them
MOST = 64
INSIDE: tuple[Method, ...] = (PHOTO, DRAWING, WEBP, LZMA, RAW)


class Panes:
    """The method "panes"."""

    number = 6
    name = "panes"
    asked_by: tuple[str, ...] = ()
    single = False
    noisy = False
    slow = False

    def can_code(self, form: Form) -> bool:
        return form.width >= NARROWEST and PHOTO.can_code(form) and DRAWING.can_code(form)

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        try:
            return self.can_code(form) and all(
                method.is_plausible(data, pane, rows) for method, data, pane in _panes(payload, form)
            )  # fmt: skip
        except BadFile:
            return False

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        parts = ((method, pixels[:, columns], replace(form, width=columns.stop - columns.start)) for columns, method in found_panes(
            pixels, form, setting
        ))  # fmt: skip
        return sum(method.price(some, pane, setting) for method, some, pane in parts)

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        """Raises TooShort where there are no panes."""
        import numpy as np

        found, coded = found_panes(pixels, form, setting), list[CodedRows]()
        if len(found) < 2:
            raise TooShort("rows of one kind from left to right")
        for columns, method in found:
            pane = np.ascontiguousarray(pixels[:, columns])
            coded.append(encode_smallest(pane, replace(form, width=pane.shape[1]), (method,), setting))
        widths = [columns.stop - columns.start for columns, _ in found]
        table = [len(found)]
        for width, one in zip(widths, coded, strict=True):
            table += [width, len(one.data)]
        data = bytes([self.number]) + b"".join(map(write_length, table[:-1])) + b"".join(one.data for one in coded)
        names = {name for one in coded for name in one.bits}
        bits = {name: sum(one.bits.get(name, 0.0) for one in coded) for name in names}
        places = _beside(coded, widths, len(pixels)) if setting.places else None
        return CodedRows(data, sum(one.density_bytes for one in coded), bits, places)

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        import numpy as np

        panes = [method.decode(data, pane, rows, density) for method, data, pane in _panes(payload, form)]
        return np.concatenate(panes, axis=1)

    def needs_model(self, payload: memoryview, form: Form) -> bool:
        """Whether a pane is a photo. Raises BadFile."""
        return any(method.noisy for method, _, _ in _panes(payload, form))


PANES = Panes()


def found_panes(pixels: Pixels, form: Form, setting: Setting) -> list[tuple[slice, Method]]:
    """The columns of each pane, from left to right, and whether it is a photo or a drawing; a single one if the rows are of one kind."""
    from codec.methods.statistics import busy_rows

    found = list[tuple[slice, Method]]()
    for columns, share in blocks_of(pixels):
        method: Method = PHOTO if share < PHOTO_BELOW else DRAWING
        both: tuple[Method, ...] = (PHOTO, DRAWING)
        if PHOTO_BELOW <= share <= DRAWING_ABOVE:
            some = busy_rows(pixels[:, columns], SHARE, LEAST)
            part = replace(form, width=some.shape[1], height=len(some))
            method = min(both, key=lambda one: one.price(some, part, setting))
        if found and found[-1][1] is method:
            columns = slice(found.pop()[0].start, columns.stop)
        found.append((columns, method))
    return found if len(found) <= MOST else found[:1]


def blocks_of(pixels: Pixels) -> list[tuple[slice, float]]:
    """The columns of each block, and the share of its pixels that equal their left or upper neighbour."""
    import numpy as np

    from codec.methods.statistics import repeated

    width = pixels.shape[1]
    edges = [*range(0, width - BLOCK // 2, BLOCK), width]
    blocks = [slice(left, right) for left, right in pairwise(edges)]
    return [(columns, repeated(np.ascontiguousarray(pixels[:, columns]))) for columns in blocks]


def may_have_panes(pixels: Pixels, form: Form, methods: Sequence[Method]) -> bool:
    """Whether rows have blocks that are surely a photo, and some that are surely a drawing."""
    if PHOTO not in methods or DRAWING not in methods or not PANES.can_code(form):
        return False
    shares = [share for _, share in blocks_of(pixels)]
    return min(shares) < PHOTO_BELOW and max(shares) > DRAWING_ABOVE


def _panes(payload: memoryview, form: Form) -> Iterator[tuple[Method, memoryview, Form]]:
    """The method of each pane, its bytes and its form. Raises BadFile."""
    start = bytes(payload[: 16 * MOST])
    count, position = read_length(start, 0)
    if not 2 <= count <= MOST:
        raise BadFile(f"the file is damaged: {count} panes")
    table = list[tuple[int, int]]()
    for number in range(count):
        width, position = read_length(start, position)
        length, position = read_length(start, position) if number + 1 < count else (0, position)
        table.append((width, length))
    last = len(payload) - position - sum(length for _, length in table)
    table[-1] = table[-1][0], last
    if sum(width for width, _ in table) != form.width or min(width for width, _ in table) < 1 or min(size for _, size in table) < 1:
        raise BadFile("the file is damaged: panes that are not as wide as their rows")
    for width, length in table:
        method = next((one for one in INSIDE if one.number == payload[position]), None)
        if method is None:
            raise BadFile("the file is damaged: an unknown method of a pane")
        yield method, payload[position + 1 : position + length], replace(form, width=width)
        position += length


def _beside(coded: Sequence[CodedRows], widths: Sequence[int], height: int) -> PlaceCosts:
    """The costs of panes side by side; those of one that does not tell are everywhere alike."""
    import numpy as np

    from codec.density.density import PlaceCosts, TileCost

    bits, tiles, left = [], list[TileCost](), 0
    for one, width in zip(coded, widths, strict=True):
        places = one.places
        bits.append(np.full((height, width), 8 * len(one.data) / (height * width)) if places is None else places.bits)
        tiles += [replace(tile, left=left + tile.left) for tile in (() if places is None else places.tiles)]
        left += width
    return PlaceCosts(np.concatenate(bits, axis=1), tuple(tiles))
