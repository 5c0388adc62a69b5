"""Rows of a photo by a density of planes: traces are found, planes made of the pixels, alpha and black coded beside them.

A density of 3 channels codes all three planes of media's photo modes together, one of 1 channel one after the other; of RGB and RGBA whose
colours are all gray, or on a line, a density of 1 codes all three as one plane. A payload:

    if the picture has other planes (alpha, black): a length and, as long, those, coded as a gray picture by another method: its number
    and what follows from it
    then, for each group of planes: its trace (traces/traces.py); for each of its parts: its length unless it is the last of the stripe, the
    payload of the density
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile, BadInput, NotOnePlane
from codec.media.form import Form, Pixels
from codec.methods.lzma import LZMA
from codec.methods.method import CodedRows, Method, Setting
from codec.methods.raw import RAW
from codec.methods.smallest import decode_by_one_of, encode_smallest
from codec.methods.webp import WEBP

if TYPE_CHECKING:  # what a file is can be told without numpy
    import numpy as np
    from numpy.typing import NDArray

    from codec.density.density import Encoded, PlaceCosts, Planes, PlanesDensity, TileCost

PHOTO_PLANES = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3, "CMYK": 3, "YCbCr": 3, "LAB": 3}  # the first of a picture, that densities code
BESIDE: tuple[Method, ...] = (WEBP, LZMA, RAW)  # methods of the others
PRICED = 0.95  # what coding all rows takes, of the price of some, on which a model has learnt less
MOST_VALUES = 1 << 7  # that a byte of a stripe may stand for: what is flat enough for fewer is shorter by another method


class Photo:
    """The method "photo"."""

    number = 1
    name = "photo"
    asked_by = ("photo",)
    single = False
    noisy = True
    slow = False

    def can_code(self, form: Form) -> bool:
        return channels_for(form) is not None

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return self.can_code(form) and rows * form.width * form.channels <= (len(payload) + 1) * MOST_VALUES

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        import numpy as np

        from codec.methods.traces.traces import no_trace

        density, others = setting.density, pixels[:, :, PHOTO_PLANES[form.mode] :]
        if density is None:
            raise BadInput("a photo cannot be priced without a model")
        try:
            bits = _bits(groups(pixels, form, density, setting.traces), density)
        except NotOnePlane:  # rows that do not lie side by side may hide what they were: chroma of fewer samples takes a quarter of luma
            bits = 1.25 * _bits([no_trace(pixels[:, :, 1:2])], density)
        beside = WEBP.price(np.ascontiguousarray(others), _beside(form), setting) if others.shape[2] else 0.0
        return PRICED * bits / 8 + beside

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        from codec.density.density import PLANES_BITS, Options, PlanesForm
        from codec.methods.traces.trace import side_of

        density = setting.density
        if density is None:
            raise BadInput("a photo cannot be coded without a model")
        coded: list[Encoded] = []
        pieces, sides, described = [bytes([self.number]) + beside(pixels, form, setting)], list[int](), 0
        apart = len(pieces[0])
        for trace, parts in groups(pixels, form, density, setting.traces):
            pieces.append(trace)
            described += 8 * len(trace)
            for planes in parts:
                height, width = planes.shape[1:]
                planes_form = PlanesForm(height, width, setting.small)
                found = density.encode(planes_form, slice(0, height), planes, Options(setting.particles, setting.places))
                coded.append(found)
                sides.append(side_of(trace))
                pieces += [write_length(len(found.payload)), found.payload]
        pieces[-2] = b""  # the last one ends with the stripe
        bits = {name: sum(one.bits[name] for one in coded) for name in PLANES_BITS}
        bits["estimate"] += described
        places = _added([one.places for one in coded], sides) if setting.places else None
        data = b"".join(pieces)
        return CodedRows(data, len(data) - apart, bits, places)

    def trace_names(self, payload: memoryview, form: Form) -> list[str]:
        """What is told of the trace of a payload, of its first group. Raises BadFile."""
        from codec.methods.traces.trace import read_trace, trace_names

        if form.channels > PHOTO_PLANES[form.mode]:
            _, payload = _cut(payload)
        return trace_names(read_trace(payload)[0])

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        import numpy as np

        from codec.density.density import PlanesForm
        from codec.methods.traces.trace import read_trace
        from codec.methods.traces.traces import part_shapes, restore_pixels

        if density is None:
            raise BadFile("the file is damaged: it names no model, and needs one")
        count, step, pieces, gray = PHOTO_PLANES[form.mode], density.channels, list[Pixels](), _is_one_plane(form, density)
        if step != channels_for(form) and not gray:
            raise BadFile(f"the file is damaged: a picture of mode {form.mode} by a model of {step} channels")
        others = list[Pixels]()
        if form.channels > count:
            part, payload = _cut(payload)
            others.append(decode_by_one_of(BESIDE, part, _beside(form), rows))
        number = 1 if gray else count // step
        for group in range(number):
            trace, position = read_trace(payload)
            parts: list[Planes] = []
            payload = payload[position:]
            shapes = part_shapes(trace, density.channels, rows, form.width)
            try:
                for left, (height, width) in zip(reversed(range(len(shapes))), shapes, strict=True):
                    part, payload = _cut(payload) if left or group + 1 < number else (payload, payload[:0])
                    parts.append(density.decode(PlanesForm(height, width), slice(0, height), bytes(part)))
                pieces.append(restore_pixels(trace, parts))
            except BadInput as error:
                raise BadFile("the file is damaged: a stripe does not decode") from error
        if gray and pieces[0].shape[2] == 1:
            pieces *= 3
        if sum(piece.shape[2] for piece in pieces) != count:
            raise BadFile("the file is damaged: colours in a gray stripe")
        return np.concatenate([*pieces, *others], axis=2)


PHOTO = Photo()


def channels_for(form: Form) -> int | None:
    """Channels of the density that codes pictures of this form; None if there is none."""
    if form.bits != 8 or form.mode not in PHOTO_PLANES:
        return None
    return 3 if form.mode in ("RGB", "RGBA", "CMYK") else 1


def check_density(form: Form, density: PlanesDensity) -> None:
    """Raise BadInput unless the density codes pictures of this form."""
    wanted = channels_for(form)
    if wanted is None:
        raise BadInput(f"pictures of mode {form.mode} and {form.bits} bits are not coded by photo models: leave the choice to the codec")
    if density.channels != wanted and not _is_one_plane(form, density):
        raise BadInput(f"a picture of mode {form.mode} with a model of {density.channels} channels: take a model of {wanted}")


def groups(pixels: Pixels, form: Form, density: PlanesDensity, traces: bool = True) -> list[tuple[bytes, list[Planes]]]:
    """The groups of planes of a photo that a density codes one after the other: the trace of each, and its parts; without traces: plain."""
    from codec.methods.traces.traces import find_trace, from_side, no_trace

    step, count = 3 if _is_one_plane(form, density) else density.channels, PHOTO_PLANES[form.mode]
    stacks = [pixels[:, :, first : first + step] for first in range(0, count, step)]
    if not traces and step == density.channels:
        return [no_trace(stack) for stack in stacks]
    found = [find_trace(stack, density.channels) for stack in stacks]
    return [from_side(trace, parts, density.best_side(parts[0])) for trace, parts in found]


def beside(pixels: Pixels, form: Form, setting: Setting) -> bytes:
    """What stands before the planes of a photo: its other planes, if it has any."""
    import numpy as np

    others = pixels[:, :, PHOTO_PLANES[form.mode] :]
    if not others.shape[2]:
        return b""
    data = encode_smallest(np.ascontiguousarray(others), _beside(form), (WEBP, LZMA), setting).data
    return write_length(len(data)) + data


def is_cheaper(pixels: Pixels, form: Form, one: PlanesDensity, other: PlanesDensity) -> bool:
    """Whether rows of a photo cost less by one density than by another, with their traces, as the densities' prices say."""
    try:
        return _price(pixels, form, one) < _price(pixels, form, other)
    except NotOnePlane:
        return False


def _price(pixels: Pixels, form: Form, density: PlanesDensity) -> float:
    found = groups(pixels, form, density)
    return _bits(found, density) + 8 * sum(len(trace) for trace, _ in found)


def _bits(found: list[tuple[bytes, list[Planes]]], density: PlanesDensity) -> float:
    """What a density says that groups of planes cost."""
    from codec.density.density import PlanesForm

    parts = [planes for _, some in found for planes in some]
    return sum(density.price(PlanesForm(*planes.shape[1:]), slice(0, planes.shape[1]), planes, 1.0) for planes in parts)


def _is_one_plane(form: Form, density: PlanesDensity) -> bool:
    """Whether the colours of such a picture, by this density, are all gray or on a line: one plane stands for three."""
    return form.mode in ("RGB", "RGBA") and density.channels == 1


def _beside(form: Form) -> Form:
    """What the plane beside a photo's, alpha, is coded as."""
    return replace(form, mode="L")


def _cut(data: memoryview) -> tuple[memoryview, memoryview]:
    """What a length says, and what follows it."""
    length, position = read_length(bytes(data[:8]), 0)
    if position + length > len(data):
        raise BadFile("the file is damaged: a part of a stripe is cut off")
    return data[position : position + length], data[position + length :]


def _added(parts: list[PlaceCosts | None], sides: list[int]) -> PlaceCosts:
    """The costs of all parts together, each turned back from the side that it was coded from; the first is of all pixels."""
    import numpy as np

    from codec.density.density import PlaceCosts
    from codec.methods.traces.mirror import mirrored

    known = [(part, side) for part, side in zip(parts, sides, strict=True) if part is not None]
    shape = known[0][0].bits.shape
    bits = np.sum([mirrored(part.bits, side) for part, side in known if part.bits.shape == shape], 0)
    tiles = zip(*(_seen_from(part, side, shape[1]) for part, side in known if part.bits.shape == shape), strict=True)
    for part, side in known:
        if part.bits.shape != shape:
            bits += _over(mirrored(part.bits, side) + sum(tile.bits for tile in part.tiles) / part.bits.size, shape)
    return PlaceCosts(bits, tuple(replace(same[0], bits=sum(tile.bits for tile in same)) for same in tiles))


def _over(bits: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """The bits of fewer samples, spread over the pixels of this shape."""
    import numpy as np

    for axis, (samples, pixels) in enumerate(zip(bits.shape, shape, strict=True)):
        place = np.arange(pixels) * samples // pixels
        share = 1.0 / np.bincount(place, minlength=samples)
        bits = np.take(bits, place, axis) * np.expand_dims(share[place], 1 - axis)
    return bits


def _seen_from(part: PlaceCosts, side: int, width: int) -> list[TileCost]:
    """The tiles from left to right in the picture, of a part that was coded from a side."""
    return [replace(tile, left=width - tile.left - tile.width) for tile in part.tiles[::-1]] if side & 1 else list(part.tiles)
