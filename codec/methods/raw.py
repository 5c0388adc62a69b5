"""Samples as they are: rows from the top down, pixel by pixel, little-endian; below 8 bits a sample packed as PNG packs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codec.errors import BadFile
from codec.media.form import Form, Pixels, row_bytes, sample_type
from codec.methods.method import CodedRows, Setting

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import PlanesDensity


class Raw:
    """The method that codes everything, and makes nothing smaller."""

    number = 0
    name = "raw"
    asked_by = ()
    single = True
    noisy = False
    slow = False

    def can_code(self, form: Form) -> bool:
        return True

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return len(payload) == raw_size(form, rows)

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        return float(raw_size(form, len(pixels)))

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        return CodedRows(bytes([self.number]) + raw_bytes(pixels, form))

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        return raw_pixels(payload, form, rows)


RAW = Raw()


def raw_size(form: Form, rows: int) -> int:
    """Bytes of so many rows."""
    return rows * row_bytes(form.width, form.mode, form.bits)


def raw_bytes(pixels: Pixels, form: Form) -> bytes:
    from codec.media.png import pack

    return pack(pixels, form.mode, form.bits).tobytes() if form.bits < 8 else pixels.tobytes()


def raw_pixels(data: bytes | memoryview, form: Form, rows: int) -> Pixels:
    """The pixels of so many rows. Raises BadFile."""
    import numpy as np

    from codec.media.png import unpack

    if len(data) != raw_size(form, rows):
        raise BadFile(f"the file is damaged: {len(data)} bytes of stored pixels")
    if form.bits < 8:
        return unpack(np.frombuffer(data, np.uint8).reshape(rows, -1), form.mode, form.bits, form.width)
    return np.frombuffer(data, sample_type(form.mode)).reshape(rows, form.width, form.channels)
