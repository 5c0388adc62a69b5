"""General compressors on raw samples: pictures [height, width, channels], and arrays of small images of any shape.

What they compress is a file of its own, as fair to them as can be: a byte for the number of axes, four for each length, a byte that says
how many bits a sample takes (arrays of 0 and 1 go in as bits), then the samples in order.
"""

from __future__ import annotations

import bz2
import importlib.metadata
import importlib.util
import lzma
import platform
import struct
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from bench.codecs.peer import Peer, Pixels


def raw_bytes(pixels: Pixels) -> bytes:
    """The samples with their shape, as the module's docstring says."""
    bits = 1 if pixels.size and pixels.max() <= 1 else 8
    samples = np.packbits(pixels.reshape(-1)) if bits == 1 else np.ascontiguousarray(pixels)
    return struct.pack(f"<B{pixels.ndim}IB", pixels.ndim, *pixels.shape, bits) + samples.tobytes()


def from_raw(data: bytes) -> Pixels:
    axes = data[0]
    *shape, bits = struct.unpack_from(f"<{axes}IB", data, 1)
    samples = np.frombuffer(data, np.uint8, offset=2 + 4 * axes)
    return (np.unpackbits(samples, count=int(np.prod(shape))) if bits == 1 else samples).reshape(shape)


def joined(parts: Sequence[bytes]) -> bytes:
    """Several streams as one, each after its length in four bytes."""
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def parted(data: bytes) -> list[bytes]:
    parts, position = [], 0
    while position < len(data):
        (length,) = struct.unpack_from("<I", data, position)
        parts.append(data[position + 4 : position + 4 + length])
        position += 4 + length
    return parts


def _peer(name: str, version: str, settings: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> Peer:
    return Peer(name, version, settings, lambda pixels: pack(raw_bytes(pixels)), lambda data: from_raw(unpack(data)))


def deflate() -> Peer:
    version = f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
    return _peer("zlib -9", version, "raw samples, level 9", lambda data: zlib.compress(data, 9), zlib.decompress)


def bzip2() -> Peer:
    return _peer("bz2 -9", f"Python {platform.python_version()}", "raw samples, level 9", bz2.compress, bz2.decompress)


def xz() -> Peer:
    def pack(data: bytes) -> bytes:
        return lzma.compress(data, preset=9 | lzma.PRESET_EXTREME)

    return _peer("xz -9e", f"Python {platform.python_version()}", "raw samples, preset 9, extreme", pack, lzma.decompress)


def zstandard(level: int = 19) -> Peer | None:
    """Zstandard, by imagecodecs; None where it is missing."""
    if importlib.util.find_spec("imagecodecs") is None:
        return None
    import imagecodecs

    if not imagecodecs.ZSTD.available:
        return None
    version = f"{imagecodecs.zstd_version()} (imagecodecs {importlib.metadata.version('imagecodecs')})"

    def pack(data: bytes) -> bytes:
        return bytes(imagecodecs.zstd_encode(data, level=level))

    return _peer(f"zstd -{level}", version, f"raw samples, level {level}", pack, lambda data: bytes(imagecodecs.zstd_decode(data)))
