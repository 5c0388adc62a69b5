"""Planes of 8 bits or less by lossless WebP, for graphics: up to 16383 x 16383 pixels.

One plane goes as green, two as green and red, three as red, green, blue, four as these and alpha, exactly even where that is 0. Kept is
the VP8L bitstream alone, without the 20 bytes before it and the padding, which follow from its length.
"""

from __future__ import annotations

import io
import struct
from contextlib import nullcontext
from importlib import import_module
from typing import TYPE_CHECKING

from codec.errors import BadFile
from codec.media.form import Form, Pixels
from codec.methods.method import CodedRows, Setting

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import PlanesDensity

MAX_SIDE = 16383
LARGE = 1 << 26  # pixels, fewer than Pillow's own bound
PLACES = {1: (1,), 2: (1, 0), 3: (0, 1, 2), 4: (0, 1, 2, 3)}  # of planes among red, green, blue, alpha
PRICE, QUICK, SLOW = (1, 0), (4, 75), (6, 100)  # method and quality
PRICED = 0.975  # bytes by QUICK, as a share of those by PRICE


class WebP:
    """The method "graphics"."""

    number = 2
    name = "graphics"
    asked_by = ("graphics",)
    single = True
    noisy = False
    slow = False

    def can_code(self, form: Form) -> bool:
        return form.bits <= 8 and form.width <= MAX_SIDE

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return form.bits <= 8 and webp_size(payload) == (form.width, rows)

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        return PRICED * len(encode_webp(pixels, PRICE))

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        return CodedRows(bytes([self.number]) + encode_webp(pixels, SLOW if setting.slow else QUICK))

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        pixels = decode_webp(payload, (rows, form.width, form.channels))
        if form.bits < 8 and (pixels >> form.bits).any():
            raise BadFile(f"the file is damaged: samples of more than {form.bits} bits")
        return pixels


WEBP = WebP()


def encode_webp(pixels: Pixels, speed: tuple[int, int] = QUICK) -> bytes:
    """The bitstream of pixels, bytes [h, w, c]. speed: WebP's method and quality."""
    import numpy as np
    from PIL import Image

    import_module("PIL.WebPImagePlugin")  # to find it, Pillow would load all of its plugins

    height, width, channels = pixels.shape
    placed = pixels
    if channels < 3:
        placed = np.zeros((height, width, 3), np.uint8)
        placed[:, :, PLACES[channels]] = pixels
    file, (method, quality) = io.BytesIO(), speed
    mode = "RGBA" if channels == 4 else "RGB"
    image = Image.frombuffer(mode, (width, height), placed.tobytes(), "raw", mode, 0, 1)
    image.save(file, "WEBP", lossless=True, exact=True, method=method, quality=quality)
    data = file.getvalue()
    assert data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8L"
    return data[20 : 20 + struct.unpack_from("<I", data, 16)[0]]


def decode_webp(data: bytes | memoryview, shape: tuple[int, int, int]) -> Pixels:
    """The pixels, bytes [h, w, c]. Raises BadFile for a bitstream that is none of this shape."""
    import numpy as np
    from PIL.WebPImagePlugin import WebPImageFile

    from codec.media.pillow import pillow

    height, width, channels = shape
    if webp_size(data) != (width, height):
        raise BadFile("the file is damaged: a WebP bitstream is one of another size")
    padding = len(data) % 2
    head = b"RIFF" + struct.pack("<I", 12 + len(data) + padding) + b"WEBPVP8L" + struct.pack("<I", len(data))
    try:
        file = io.BytesIO(b"".join((head, data, bytes(padding))))
        with pillow("read it") if width * height > LARGE else nullcontext(), WebPImageFile(file) as image:
            if image.size != (width, height):
                raise BadFile("the file is damaged: a WebP bitstream is one of another size")
            found = np.asarray(image.convert("RGBA") if channels == 4 and image.mode == "RGB" else image)
    except BadFile:
        raise
    except Exception as error:  # the plugin raises nearly any exception on damaged files
        raise BadFile("the file is damaged: a WebP bitstream does not decode") from error
    return np.ascontiguousarray(found[:, :, PLACES[channels]])


def webp_size(data: bytes | memoryview) -> tuple[int, int] | None:
    """Width and height of a bitstream, as its first bytes give them."""
    if len(data) < 5 or data[0] != 0x2F:
        return None
    numbers = int.from_bytes(data[1:5], "little")
    return (numbers & 0x3FFF) + 1, (numbers >> 14 & 0x3FFF) + 1
