"""Runs general compressors on raw samples: pictures [height, width, channels], and arrays of small images of any shape.

What they compress is a file of its own, as fair to them as can be: a byte for the number of axes, four for each length, a byte that says
how many bits a sample takes (arrays of 0 and 1 go in as bits), then the samples in order.
"""

from __future__ import annotations

import bz2
import lzma
import platform
import struct
import zlib
from collections.abc import Callable

import numpy as np

from bench.codecs.library import imagecodecs_with, version_of
from bench.measure.peer import Peer, Pixels


def raw_bytes(pixels: Pixels) -> bytes:
    """The samples with their shape, as the module's docstring says."""
    bits = 1 if pixels.size and pixels.max() <= 1 else 8
    samples = np.packbits(pixels.reshape(-1)) if bits == 1 else np.ascontiguousarray(pixels)
    return struct.pack(f"<B{pixels.ndim}IB", pixels.ndim, *pixels.shape, bits) + samples.tobytes()


def from_raw(data: bytes) -> Pixels:
    """The samples in their shape."""
    axes = data[0]
    *shape, bits = struct.unpack_from(f"<{axes}IB", data, 1)
    samples = np.frombuffer(data, np.uint8, offset=2 + 4 * axes)
    return (np.unpackbits(samples, count=int(np.prod(shape))) if bits == 1 else samples).reshape(shape)


def _peer(name: str, version: str, settings: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> Peer:
    return Peer(name, version, settings, lambda pixels: pack(raw_bytes(pixels)), lambda data: from_raw(unpack(data)))


def deflate() -> Peer:
    """zlib, as in PNG files."""
    version = f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
    return _peer("zlib -9", version, "raw samples, level 9", lambda data: zlib.compress(data, 9), zlib.decompress)


def bzip2() -> Peer:
    """bzip2 at its best level."""
    return _peer("bz2 -9", f"Python {platform.python_version()}", "raw samples, level 9", bz2.compress, bz2.decompress)


def xz() -> Peer:
    """LZMA at its best preset."""

    def pack(data: bytes) -> bytes:
        return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)

    return _peer("xz -9e", f"Python {platform.python_version()}", "raw samples, preset 9, extreme", pack, lzma.decompress)


def zstandard(level: int = 19) -> Peer | None:
    """Zstandard, by imagecodecs; None where it is missing."""
    library = imagecodecs_with("ZSTD")
    if library is None:
        return None

    def pack(data: bytes) -> bytes:
        return bytes(library.zstd_encode(data, level=level))

    def unpack(data: bytes) -> bytes:
        return bytes(library.zstd_decode(data))

    return _peer(f"zstd -{level}", version_of(library.zstd_version()), f"raw samples, level {level}", pack, unpack)
