"""The pictures of a JPEG file: its own, and those of the JPEG files inside of it, each with the form of its coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codec.density.density import Coefficients, JpegDensity
from codec.density.jpeg.form import ComponentForm, JpegForm
from codec.errors import BadFile, BadInput
from codec.kinds.jpeg.header import MAX_INSIDE
from codec.kinds.jpeg.moves import Moves, move_away, move_back, moves_of
from codec.media.jpeg.read import Jpeg, JpegDescription, Layout, components_of, joined, layout_of, read_jpeg
from codec.media.jpeg.write import write_jpeg
from codec.media.limits import check_pixels
from codec.system.records import record

START = b"\xff\xd8\xff"
SMALLEST_INSIDE = 512  # bytes
MAX_TRIED = 64  # places where a picture may begin
ANY_PIXELS = 1 << 40
BLOCKS_PER_BYTE, FREE_BLOCKS = 1 << 9, 1 << 20


@record(frozen=True)
class JpegPicture:
    """A JPEG file that is to be coded. size: its bytes."""

    description: JpegDescription
    layout: Layout
    components: Coefficients
    size: int

    @property
    def form(self) -> JpegForm:
        return coefficients_form(self.layout)


@record(frozen=True)
class TakenOut:
    """The pictures inside of a rest, where they stand in it (place, size), and what is left of it without them."""

    inside: tuple[tuple[int, int], ...]
    pictures: tuple[JpegPicture, ...]
    left: bytes


@record(frozen=True)
class TakenApart:
    """A JPEG file's pictures: its own first, without those that are inside, which stand at these (place, size) in its rest, in which these
    bytes were moved."""

    pictures: tuple[JpegPicture, ...]
    inside: tuple[tuple[int, int], ...]
    moves: Moves = ()


def coefficients_form(layout: Layout) -> JpegForm:
    """The form of the coefficients of a picture."""
    found = []
    for number, one in enumerate(layout.frame.components):
        size = (one.whole_rows, one.whole_columns) if number in layout.interleaved else (one.rows, one.columns)
        found.append(ComponentForm(*size, one.horizontal, one.vertical, layout.steps[number]))
    return JpegForm(tuple(found))


def take_apart(data: bytes, max_pixels: int) -> TakenApart:
    """The pictures of a JPEG file. Raises BadInput, with the reason, for one that cannot be put together again from them."""
    first = read_jpeg(data, max_pixels)
    if not _comes_back(first, first.description, data):
        raise BadInput("a JPEG that would be written otherwise")
    rest, moves = first.description.rest, Moves()
    found = _taken_out(rest, max_pixels)
    if possible := moves_of(rest):
        whole = move_away(rest, possible)
        again = _taken_out(whole, max_pixels)
        if len(again.inside) > len(found.inside) and move_back(whole, possible) == rest:
            moves, found = possible, again
    own = _picture(first, replace(first.description, rest=found.left), len(data))
    return TakenApart((own, *found.pictures), found.inside, moves)


def _taken_out(rest: bytes, max_pixels: int) -> TakenOut:
    inside, pictures, kept, position, used = list[tuple[int, int]](), list[JpegPicture](), list[bytes](), 0, 0
    for _ in range(MAX_TRIED):
        place = rest.find(START, max(position, used))
        if place < 0 or len(inside) == MAX_INSIDE:
            break
        position = place + 1
        found = _inside(rest[place:], max_pixels)
        if found is not None:
            kept.append(rest[used:place])
            inside.append((place, found.size))
            pictures.append(found)
            used = place + found.size
    return TakenOut(tuple(inside), tuple(pictures), b"".join([*kept, rest[used:]]))


def _inside(data: bytes, max_pixels: int) -> JpegPicture | None:
    """The picture with which some bytes begin; None if there is none that is whole, and comes back."""
    try:
        jpeg = read_jpeg(data, max_pixels)
        content = data[: jpeg.end]
        if jpeg.description.stopped or jpeg.end < SMALLEST_INSIDE or not content.endswith(b"\xff\xd9"):
            return None
        bodies = sum(length for _, length in jpeg.layout.bodies)
        description = replace(jpeg.description, rest=jpeg.description.rest[:bodies])
    except BadInput:
        return None
    if not _comes_back(jpeg, description, content):
        return None
    return _picture(jpeg, description, len(content))


def _comes_back(jpeg: Jpeg, description: JpegDescription, data: bytes) -> bool:
    """Whether a file that was taken apart is put together again as it was."""
    try:
        return write_jpeg(description, jpeg.layout, jpeg.coefficients, len(data)) == data
    except BadFile:
        return False


def _picture(jpeg: Jpeg, description: JpegDescription, size: int) -> JpegPicture:
    return JpegPicture(description, jpeg.layout, components_of(jpeg.layout, jpeg.coefficients), size)


def put_together(found: TakenApart) -> bytes:
    """The JPEG file of its pictures. Raises BadFile."""
    rest, pieces, position, used = found.pictures[0].description.rest, list[bytes](), 0, 0
    for (place, size), one in zip(found.inside, found.pictures[1:], strict=True):
        pieces.append(rest[used : used + place - position])
        used, position = used + place - position, place + size
        pieces.append(write_jpeg(one.description, one.layout, joined(one.layout, one.components), one.size))
    first = found.pictures[0]
    description = replace(first.description, rest=move_back(b"".join([*pieces, rest[used:]]), found.moves))
    return write_jpeg(description, first.layout, joined(first.layout, first.components), first.size)


def are_affordable(layouts: Sequence[Layout], payload: int) -> bool:
    """Whether pictures take no more memory than so many bytes bear out."""
    return sum(one.frame.coefficients for one in layouts) // 64 <= FREE_BLOCKS + BLOCKS_PER_BYTE * payload


def layouts_of(descriptions: Sequence[JpegDescription], payload: int, max_pixels: int) -> list[Layout]:
    """What the descriptions of a file's pictures say, whose payloads have so many bytes. Raises BadFile for more than these can hold, and
    BadInput for more pixels than are allowed."""
    found = [layout_of(one.structure, ANY_PIXELS) for one in descriptions]
    if not are_affordable(found, payload):
        raise BadFile(f"the file is damaged: {payload} bytes for pictures that take too much memory")
    for layout in found:
        check_pixels(layout.frame.width, layout.frame.height, max_pixels)
    return found


def parts_of(density: JpegDensity, forms: Sequence[JpegForm]) -> list[tuple[int, slice]]:
    """The parts that the density codes apart: the number of the picture, and its rows of units."""
    return [(number, part) for number, form in enumerate(forms) for part in density.plan(form)]


def data_of(components: Coefficients, form: JpegForm, part: slice) -> Coefficients:
    """The coefficients of a part."""
    return [blocks[one.rows_of(part)] for blocks, one in zip(components, form.components, strict=True)]
