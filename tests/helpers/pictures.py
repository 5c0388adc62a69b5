"""Makes pictures of every mode, and image files of them."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

from codec.media.form import BITS, CHANNELS, DEEP, sample_type
from codec.media.picture import Picture

LAYOUTS = [(mode, bits) for mode in CHANNELS for bits in BITS.get(mode, (8,))]
PILLOW_LAYOUTS = [(mode, bits) for mode, bits in LAYOUTS if mode not in DEEP]
PALETTE = bytes(range(48))


def random_picture(mode: str, bits: int = 0, height: int = 9, width: int = 13) -> Picture:
    """Noise in every sample; where there are floats, NaN and infinity are among them."""
    rng, kind = np.random.default_rng(height * width), sample_type(mode)
    values = np.frombuffer(rng.bytes(height * width * CHANNELS[mode] * kind.itemsize), kind).reshape(height, width, CHANNELS[mode])
    palette = ((b"PLTE", PALETTE),) if mode in ("P", "PA") else ()
    bits = bits or BITS.get(mode, (8,))[0]
    return Picture(mode, values >> (8 - bits) if bits < 8 else values, palette, bits)


def small_photo(mode: str = "RGB") -> Image.Image:
    """An image of 60x40 pixels: a ramp with noise."""
    y, x = np.mgrid[:40, :60]
    noise = np.random.default_rng(1).integers(0, 9, (40, 60, 3))
    return Image.fromarray((noise + np.stack([2 * y + x, 3 * x, 200 - 2 * y], 2)).astype(np.uint8)).convert(mode)


def same_image(one: object, other: Image.Image) -> bool:
    """Whether something is an image with the mode and the pixels of another."""
    return isinstance(one, Image.Image) and one.mode == other.mode and np.array_equal(np.asarray(one), np.asarray(other))


def same(left: Picture, right: Picture) -> bool:
    """Whether two pictures are equal in everything, floats by their bits."""
    return (left.mode, left.bits, left.metadata) == (right.mode, right.bits, right.metadata) and (
        left.pixels.shape == right.pixels.shape and left.pixels.tobytes() == right.pixels.tobytes()
    )


def saved(image: Image.Image, kind: str = "PNG", **settings: object) -> bytes:
    """The file that Pillow makes of an image, with these settings of its format."""
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG under a right CRC."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_file(
    width: int, height: int, depth: int = 8, colour: int = 2, extra: bytes = b"", rows: bytes | None = None, interlaced: bool = False
) -> bytes:
    """A black PNG made by hand, or one with these rows; or one that says of itself that it is interlaced."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
    samples = {0: 1, 2: 3, 4: 2, 6: 4}[colour] * depth // 8
    content = (b"\0" + bytes(width * samples)) * height if rows is None else rows
    return b"\x89PNG\r\n\x1a\n" + header + extra + png_chunk(b"IDAT", zlib.compress(content)) + png_chunk(b"IEND", b"")
