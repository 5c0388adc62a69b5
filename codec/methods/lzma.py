"""Samples as bytes without a model: stored, or as differences in LZMA2.

    name    bytes
    RAW     the samples, rows from the top down, pixel by pixel, little-endian; below 8 bits a sample packed as PNG packs them
    LZMA    the same (below 8 bits), or the bytes of the samples' differences, in a stream of LZMA2 of a dictionary of 2^23 bytes

Differences are taken modulo 2^n, n the bits of a sample (floats as the integers of the same bits), and are undone by sums: 0 none, 1 to the
left neighbour, 2 to the one above, 3 to both; in bytes, highest first: all first bytes of the first channel, all second ones ..., the next
channel. LZMA begins with a byte that says which.
"""

from __future__ import annotations

import lzma

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadFile
from codec.media.picture import CHANNELS, Pixels, sample_type
from codec.media.png import pack, row_bytes, unpack

DICTIONARY = 1 << 23
NONE, LEFT, ABOVE, BOTH = range(4)
TRIAL = 1 << 16  # samples on which the way to take differences is tried


def pack_bytes(data: bytes) -> bytes:
    """LZMA2 without a header."""
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": DICTIONARY, "lc": 0, "pb": 0}])


def unpack_bytes(data: bytes | memoryview, size: int) -> bytes:
    """The `size` bytes that pack_bytes was given. Raises BadFile for anything else."""
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": DICTIONARY}])
    try:
        content = unpacker.decompress(data, size + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise BadFile("the file is damaged: what LZMA packed does not unpack") from error
    if len(content) != size or not unpacker.eof or unpacker.unused_data:
        raise BadFile("the file is damaged: what LZMA packed has another length")
    return content


def raw_size(mode: str, bits: int, width: int, height: int) -> int:
    return height * row_bytes(width, mode, bits)


def encode_raw(pixels: Pixels, mode: str, bits: int) -> bytes:
    return pack(pixels, mode, bits).tobytes() if bits < 8 else pixels.tobytes()


def decode_raw(data: bytes | memoryview, mode: str, bits: int, shape: tuple[int, int]) -> Pixels:
    """The pixels of (height, width) rows. Raises BadFile."""
    height, width = shape
    if len(data) != raw_size(mode, bits, width, height):
        raise BadFile(f"the file is damaged: {len(data)} bytes of stored pixels")
    if bits < 8:
        return unpack(np.frombuffer(data, np.uint8).reshape(height, -1), mode, bits, width)
    return np.frombuffer(data, sample_type(mode)).reshape(height, width, CHANNELS[mode])


def encode_lzma(pixels: Pixels, mode: str, bits: int) -> bytes:
    """One byte, which difference, and the stream."""
    if bits < 8:
        return bytes([NONE]) + pack_bytes(encode_raw(pixels, mode, bits))
    rows = max(1, TRIAL // pixels[0].size)
    first = max(0, len(pixels) - rows) // 2
    trial = pixels[first : first + rows]
    way = min(range(4), key=lambda way: len(pack_bytes(_differences(trial, way))))
    return bytes([way]) + pack_bytes(_differences(pixels, way))


def decode_lzma(data: bytes | memoryview, mode: str, bits: int, shape: tuple[int, int]) -> Pixels:
    """The pixels of (height, width) rows. Raises BadFile."""
    height, width = shape
    way = data[0] if len(data) else BOTH + 1
    if way > (BOTH if bits >= 8 else NONE):
        raise BadFile("the file is damaged: an unknown way to take differences")
    content = unpack_bytes(data[1:], raw_size(mode, bits, width, height))
    if bits < 8:
        return decode_raw(content, mode, bits, shape)
    return _sums(content, mode, (height, width, CHANNELS[mode]), way)


def webp_size(data: bytes | memoryview) -> tuple[int, int] | None:
    """Width and height of a WebP bitstream (webp.py), as its first bytes give them."""
    if len(data) < 5 or data[0] != 0x2F:
        return None
    numbers = int.from_bytes(data[1:5], "little")
    return (numbers & 0x3FFF) + 1, (numbers >> 14 & 0x3FFF) + 1


def _integers(mode: str) -> np.dtype:
    return np.dtype(f"<u{sample_type(mode).itemsize}")


def _differences(pixels: Pixels, way: int) -> bytes:
    values = np.ascontiguousarray(pixels).view(np.dtype(f"<u{pixels.dtype.itemsize}")).copy()
    if way in (LEFT, BOTH):
        values[:, 1:] -= values[:, :-1].copy()
    if way in (ABOVE, BOTH):
        values[1:] -= values[:-1].copy()
    size = values.dtype.itemsize
    split = values.view(np.uint8).reshape(*values.shape, size)[..., ::-1]
    return split.transpose(2, 3, 0, 1).tobytes()


def _sums(content: bytes, mode: str, shape: tuple[int, int, int], way: int) -> Pixels:
    height, width, channels = shape
    kind = _integers(mode)
    split = np.frombuffer(content, np.uint8).reshape(channels, kind.itemsize, height, width).transpose(2, 3, 0, 1)[..., ::-1]
    values: NDArray = np.ascontiguousarray(split).view(kind)[..., 0]
    if way in (ABOVE, BOTH):
        values = np.cumsum(values, axis=0, dtype=kind)
    if way in (LEFT, BOTH):
        values = np.cumsum(values, axis=1, dtype=kind)
    return np.ascontiguousarray(values).view(sample_type(mode))
