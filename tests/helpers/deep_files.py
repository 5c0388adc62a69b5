"""TIFF, PGM, PPM and interlaced PNG files of 16 bits a sample, byte by byte."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from codec.media import png
from codec.media.form import Pixels
from codec.media.tiff import Tiff
from helpers.pictures import png_chunk


def deep_pixels_of(channels: int, height: int = 37, width: int = 45) -> Pixels:
    """A smooth picture with a little noise, uint16 [height, width, channels]."""
    y, x, c = np.indices((height, width, channels))
    noise = np.random.default_rng(channels).integers(0, 90, y.shape)
    return np.asarray(20000 + 300 * x + 250 * y + 5000 * c + noise, "<u2")


def tiff_file(
    pixels: Pixels, order: str = "<", packed: bool = False, differences: bool = False, apart: bool = False, tile: int = 0
) -> bytes:  # fmt: skip
    """A TIFF in strips of 16 rows or in tiles, each channel apart if that is asked for; packed: deflated."""
    height, width, channels = pixels.shape
    groups = [pixels[:, :, c : c + 1] for c in range(channels)] if apart else [pixels]
    pieces = list[bytes]()
    for group in groups:
        padded = np.pad(group, ((0, -height % tile), (0, -width % tile), (0, 0))) if tile else group
        step, across = tile or 16, tile or width
        for top in range(0, padded.shape[0], step):
            for left in range(0, padded.shape[1], across):
                part = padded[top : top + step, left : left + across].astype(np.uint16)
                if differences:
                    part = np.diff(part, axis=1, prepend=np.zeros_like(part[:, :1]))
                content = part.astype(f"{order}u2").tobytes()
                pieces.append(zlib.compress(content) if packed else content)
    places = np.cumsum([8, *map(len, pieces)]).tolist()
    shape = {322: (tile,), 323: (tile,), 324: places[:-1], 325: [len(one) for one in pieces]}
    tags = {256: (width,), 257: (height,), 258: (16,) * channels, 259: (8 if packed else 1,), 262: (1 if channels < 3 else 2,)}
    tags |= {277: (channels,), 284: (2 if apart else 1,), 317: (2 if differences else 1,)} | ({338: (2,)} if channels in (2, 4) else {})
    tags |= shape if tile else {273: places[:-1], 278: (16,), 279: [len(one) for one in pieces]}
    behind, entries, start = b"", b"", places[-1] + places[-1] % 2
    for name in sorted(tags):
        kind, letter = (4, "I") if name in (256, 257, 273, 279, 324, 325) else (3, "H")
        values = struct.pack(f"{order}{len(tags[name])}{letter}", *tags[name])
        if len(values) > 4:
            place = struct.pack(f"{order}I", start + 6 + 12 * len(tags) + len(behind))
            values, behind = place, behind + values + bytes(len(values) % 2)
        entries += struct.pack(f"{order}HHI", name, kind, len(tags[name])) + values.ljust(4, b"\0")
    folder = struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + behind
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, start)
    return head + b"".join(pieces) + bytes(places[-1] % 2) + folder


def changed_tag(data: bytes, name: int, value: int) -> bytes:
    """A TIFF with another number in a tag that it has, or in place of the one that names its planes."""
    tiff, made = Tiff(data), bytearray(data)
    (page,) = tiff.pages()
    tags = {tag.name: tag for tag in tiff.tags(page)}
    tag = tags[name if name in tags else 284]
    struct.pack_into("<HHIHH", made, tag.place - 8, name, 3, 1, value, 0)
    return bytes(made)


def pnm_file(pixels: Pixels, most: int = 65535, plain: bool = False) -> bytes:
    """A PGM or PPM, binary or plain."""
    height, width, channels = pixels.shape
    if plain:
        rows = (b" ".join(b"%d" % value for value in row.reshape(-1)) for row in pixels)
        return b"P%d %d %d %d\n" % (2 if channels == 1 else 3, width, height, most) + b" # a comment\n".join(rows) + b"\n"
    return b"P%d\n# a comment\n%d %d\n%d\n" % (5 if channels == 1 else 6, width, height, most) + pixels.astype(">u2").tobytes()


def interlaced_file(mode: str, pixels: Pixels) -> bytes:
    """An interlaced PNG, its rows not filtered."""
    passes = [pixels[top::down, left::across] for top, left, down, across in png.PASSES]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for part in passes if part.size for row in part)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, png.COLOURS[mode], 0, 0, 1)
    return png.SIGNATURE + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
