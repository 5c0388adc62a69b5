"""Rows of graphics by a density of pixels: screenshots, drawings, maps, icons, palettes; 8 bits or less a sample, up to 16383 columns.

A payload: the number of the model of graphics that made it, one byte; what that model's density makes of the samples (below 8 bits as they
are). These models come with the package, so a file names none for them.
"""

from __future__ import annotations

from codec.density.density import Options, PixelsForm, PlanesDensity
from codec.density.library import graphics_density, graphics_density_of
from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.methods.method import CodedRows, Setting
from codec.system.records import record

MAX_WIDTH = (1 << 14) - 1
FREE_PIXELS, PIXELS_PER_BYTE = 1 << 19, 1 << 12  # that may be decoded from a payload: so many, and so many for each byte
SHORTEST = 6  # bytes of a payload
PRICED = 0.9  # what coding all rows takes, of the price of some, on which little was learnt
TRIED = (5, 9)  # efforts whose models are tried at the best one: neither is always smaller
QUICK = 1  # the effort by which rows are priced: on some rows all efforts say the same


@record(frozen=True)
class Drawing:
    """The method "drawing"."""

    number: int = 4
    name: str = "drawing"
    asked_by: tuple[str, ...] = ("graphics", "drawing")
    single: bool = True
    noisy: bool = False
    slow: bool = False

    def can_code(self, form: Form) -> bool:
        return form.bits <= 8 and form.width <= MAX_WIDTH

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        most = FREE_PIXELS + PIXELS_PER_BYTE * (len(payload) - 1)
        return self.can_code(form) and len(payload) >= SHORTEST and rows * form.width <= most

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        return PRICED * graphics_density(QUICK).price(_pixels_form(form, len(pixels)), slice(0, len(pixels)), pixels, 1.0) / 8

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        coded = list[CodedRows]()
        for effort in TRIED if setting.slow else (setting.effort,):
            density, rows = graphics_density(effort), slice(0, len(pixels))
            found = density.encode(_pixels_form(form, len(pixels)), rows, pixels, Options(places=setting.places))
            data = bytes([self.number, density.number]) + found.payload
            coded.append(CodedRows(data, len(found.payload), found.bits, found.places))
        return min(coded, key=lambda one: len(one.data))

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        chosen = graphics_density_of(payload[0]) if len(payload) else None
        if chosen is None:
            raise BadFile("the file is damaged, or of a later release: this one has no such model of graphics")
        pixels = chosen.decode(_pixels_form(form, rows), slice(0, rows), bytes(payload[1:]))
        if form.bits < 8 and (pixels >> form.bits).any():
            raise BadFile(f"the file is damaged: samples of more than {form.bits} bits")
        return pixels


DRAWING = Drawing()


def _pixels_form(form: Form, rows: int) -> PixelsForm:
    return PixelsForm(rows, form.width, form.channels)
