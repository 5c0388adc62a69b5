"""Bytes of 8-bit planes by lossless WebP, for graphics: up to 16383 x 16383 pixels.

One plane goes as green, two as green and red, three as red, green, blue, four as these and alpha, exactly even where that is 0. Kept is
the VP8L bitstream alone, without the 20 bytes before it and the padding, which follow from its length.
"""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image
from PIL.WebPImagePlugin import WebPImageFile

from codec.errors import BadFile
from codec.media.picture import Pixels
from codec.methods.lzma import webp_size

MAX_SIDE = 16383
PLACES = {1: (1,), 2: (1, 0), 3: (0, 1, 2), 4: (0, 1, 2, 3)}  # of planes among red, green, blue, alpha
QUICK, SLOW = (4, 75), (6, 100)  # method and quality


def fits(shape: tuple[int, ...]) -> bool:
    """Whether pixels [h, w, c] of this shape can be coded."""
    return max(shape[:2]) <= MAX_SIDE and shape[2] in PLACES


def encode_webp(pixels: Pixels, slow: bool = False) -> bytes:
    """The bitstream of pixels, bytes [h, w, c]."""
    height, width, channels = pixels.shape
    placed = pixels
    if channels < 3:
        placed = np.zeros((height, width, 3), np.uint8)
        placed[:, :, PLACES[channels]] = pixels
    file, (method, quality) = io.BytesIO(), SLOW if slow else QUICK
    mode = "RGBA" if channels == 4 else "RGB"
    image = Image.frombuffer(mode, (width, height), placed.tobytes(), "raw", mode, 0, 1)
    image.save(file, "WEBP", lossless=True, exact=True, method=method, quality=quality)
    data = file.getvalue()
    assert data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8L"
    return data[20 : 20 + struct.unpack_from("<I", data, 16)[0]]


def decode_webp(data: bytes | memoryview, shape: tuple[int, int, int]) -> Pixels:
    """The pixels, bytes [h, w, c]. Raises BadFile for a bitstream that is none of this shape."""
    height, width, channels = shape
    if webp_size(data) != (width, height):
        raise BadFile("the file is damaged: a WebP bitstream is one of another size")
    padding = len(data) % 2
    head = b"RIFF" + struct.pack("<I", 12 + len(data) + padding) + b"WEBPVP8L" + struct.pack("<I", len(data))
    try:
        with WebPImageFile(io.BytesIO(b"".join((head, data, bytes(padding))))) as image:
            if image.size != (width, height):
                raise BadFile("the file is damaged: a WebP bitstream is one of another size")
            found = np.asarray(image.convert("RGBA") if channels == 4 and image.mode == "RGB" else image)
    except BadFile:
        raise
    except Exception as error:  # the plugin raises nearly any exception on damaged files
        raise BadFile("the file is damaged: a WebP bitstream does not decode") from error
    return np.ascontiguousarray(found[:, :, PLACES[channels]])
