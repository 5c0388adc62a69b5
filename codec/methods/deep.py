"""Rows of pictures of 16 bits a sample by a density of planes: the levels that are used are found, planes made of their ranks.

A density of 3 channels codes the planes of RGB together, one of 1 channel gray ones. A payload:

    if the picture has an alpha plane: a length and, as long, that plane, coded as a gray picture: the number of a method and what follows
    if it is RGB: which planes (traces/order.py), one byte; or 255 if all three channels are the same, and coded as one
    the number of the model, one byte; the span of the levels (traces/span.py); the payload of the density

Models are those of photos of 8 bits, which come with the package: a file names none for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from codec.container.numbers import read_length, write_length
from codec.density.density import DeepDensity, DeepForm, Options, PlanesDensity
from codec.density.efforts import EFFORTS
from codec.density.library import deep_density, deep_density_of
from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.methods.lzma import LZMA
from codec.methods.method import CodedRows, Setting
from codec.methods.raw import RAW
from codec.methods.smallest import decode_by_one_of, encode_smallest
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import DeepPlanes
    from codec.methods.traces.span import Span

COLOURS = {"I;16": 1, "LA;16": 1, "RGB;16": 3, "RGBA;16": 3}  # planes that are coded together, the first of a picture
ALL_GRAY = 255
SHARE = 1 / 8  # of the rows, by which orders are priced with the quickest model
PRICED = 0.97  # what coding all rows takes, of the price of some, on which a model has learnt less
MOST_SAMPLES = 1 << 7  # that a byte of a stripe may stand for


@record(frozen=True)
class Deep:
    """The method "deep"."""

    number: int = 5
    name: str = "deep"
    asked_by: tuple[str, ...] = ("photo",)
    single: bool = False
    noisy: bool = True
    slow: bool = False

    def can_code(self, form: Form) -> bool:
        return form.mode in COLOURS

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return self.can_code(form) and rows * form.width * form.channels <= (len(payload) + 1) * MOST_SAMPLES

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        found = _look(pixels[:, :, : COLOURS[form.mode]], setting.effort)
        others = pixels[:, :, COLOURS[form.mode] :]
        beside = LZMA.price(others, _beside(form), setting) if others.shape[2] else 0.0
        return PRICED * found.bits() / 8 + len(found.span.trace) * len(pixels) / form.height + beside

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        count, pieces = COLOURS[form.mode], [bytes([self.number])]
        if form.channels > count:
            data = encode_smallest(pixels[:, :, count:], _beside(form), (DEEP, LZMA), replace(setting, places=False)).data
            pieces += [write_length(len(data)), data]
        beside = sum(map(len, pieces))
        found = _look(pixels[:, :, :count], setting.effort)
        coded = found.density.encode(found.form, slice(0, len(pixels)), found.planes, Options(places=setting.places))
        pieces += [found.head, found.span.trace, coded.payload]
        data = b"".join(pieces)
        bits = {**coded.bits, "estimate": coded.bits["estimate"] + 8 * len(found.head + found.span.trace)}
        return CodedRows(data, len(data) - beside, bits, coded.places)

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        import numpy as np

        from codec.methods.traces.order import ORDERS, from_order
        from codec.methods.traces.span import read_span, restore_span

        count, others, order = COLOURS[form.mode], list[Pixels](), -1
        if form.channels > count:
            length, position = read_length(bytes(payload[:8]), 0)
            others.append(decode_by_one_of((DEEP, LZMA, RAW), payload[position : position + length], _beside(form), rows))
            payload = payload[position + length :]
        if count == 3:
            order, payload = payload[0] if len(payload) else -1, payload[1:]
        chosen = deep_density_of(payload[0], 3 if order in ORDERS else 1) if len(payload) else None
        if chosen is None or (count == 3 and order not in (*ORDERS, ALL_GRAY)):
            raise BadFile("the file is damaged, or of a later release: this one has no such model of photos, or planes")
        trace, top, position = read_span(payload[1:])
        planes = chosen.decode(DeepForm(rows, form.width, top), slice(0, rows), bytes(payload[1 + position :]))
        ranks = from_order(planes, order, top) if order in ORDERS else np.ascontiguousarray(planes[0][:, :, None])
        return np.concatenate([restore_span(trace, ranks)] * (3 if order == ALL_GRAY else 1) + others, axis=2)


DEEP = Deep()


def densities_for(form: Form, effort: int) -> list[DeepDensity]:
    """The densities that may code a picture, that of all of its colours last; of 32 bits a sample, its high bits."""
    return [deep_density(channels, effort) for channels in sorted({1, COLOURS.get(form.mode, 1)})]


@record(frozen=True)
class _Look:
    """What rows of 1 or 3 channels are for a density. head: the bytes that say which planes these are, and which model codes them."""

    head: bytes
    span: Span
    planes: DeepPlanes
    density: DeepDensity

    @property
    def form(self) -> DeepForm:
        return DeepForm(self.planes.shape[1], self.planes.shape[2], self.span.top)

    def bits(self) -> float:
        """What the planes cost."""
        return self.density.price(self.form, slice(0, self.form.height), self.planes, 1.0)


def _look(pixels: Pixels, effort: int) -> _Look:
    import numpy as np

    from codec.methods.traces.line import is_gray
    from codec.methods.traces.span import find_span

    gray = pixels.shape[2] == 3 and is_gray(pixels)
    span = find_span(pixels[:, :, :1] if gray else pixels)
    density = deep_density(span.ranks.shape[2], effort)
    if density.channels == 1:
        head = bytes([ALL_GRAY, density.number] if gray else [density.number])
        return _Look(head, span, np.ascontiguousarray(span.ranks[:, :, 0])[None], density)
    order, planes = _best_order(span)
    return _Look(bytes([order, density.number]), span, planes, density)


def _best_order(span: Span) -> tuple[int, DeepPlanes]:
    """The order whose planes cost least, as the quickest model says of some rows, and these planes."""
    from codec.methods.traces.order import ORDERS, to_order

    quick, found = deep_density(3, min(EFFORTS)), list[tuple[float, int]]()
    for order in ORDERS:
        planes = to_order(span.ranks, order)
        form = DeepForm(planes.shape[1], planes.shape[2], span.top)
        found.append((quick.price(form, slice(0, form.height), planes, SHARE), order))
    order = min(found)[1]
    return order, to_order(span.ranks, order)


def _beside(form: Form) -> Form:
    """What alpha is coded as."""
    return replace(form, mode="I;16")
