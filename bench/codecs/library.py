"""Runs other codecs of pictures by imagecodecs and Pillow: a function gives each codec, or None where it is not installed.

Bare streams without metadata, one thread. JPEG-LS is there twice: as its users call it, and on G, R - G, B - G, plane by plane, as it is
best used on colours.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import io
import struct
from collections.abc import Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from bench.measure.peer import Peer, Pixels

GREEN_FIRST = (1, 0, 2)
AVIF_SPEED = 6  # the default of its command


def imagecodecs_with(codec: str) -> ModuleType | None:
    """The module imagecodecs where it is installed and has this codec, else None."""
    if importlib.util.find_spec("imagecodecs") is None:
        return None
    library = importlib.import_module("imagecodecs")
    return library if getattr(library, codec).available else None


def version_of(library: str) -> str:
    """The version of a library, with that of imagecodecs around it."""
    return f"{library} (imagecodecs {importlib.metadata.version('imagecodecs')})"


def squeezed(pixels: Pixels) -> Pixels:
    """[height, width] of gray pixels, others as they are: what libraries take."""
    return pixels[:, :, 0] if pixels.shape[2] == 1 else pixels


def spread_out(pixels: NDArray[np.uint8] | Image.Image) -> Pixels:
    """The reverse of squeezed: always three axes."""
    array = np.asarray(pixels)
    return array if array.ndim == 3 else array[:, :, None]


def joined(parts: Sequence[bytes]) -> bytes:
    """Several streams as one, each after its length in four bytes."""
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def parted(data: bytes) -> list[bytes]:
    """The streams that were joined."""
    parts, position = [], 0
    while position < len(data):
        (length,) = struct.unpack_from("<I", data, position)
        parts.append(data[position + 4 : position + 4 + length])
        position += 4 + length
    return parts


def png() -> Peer:
    """Pillow's PNG, as a user who wants small files saves it."""

    def encode(pixels: Pixels) -> bytes:
        file = io.BytesIO()
        Image.fromarray(squeezed(pixels)).save(file, "PNG", optimize=True)
        return file.getvalue()

    def decode(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            return spread_out(image)

    return Peer("PNG", f"Pillow {importlib.metadata.version('Pillow')}", "lossless, optimize", encode, decode)


def deep_png() -> Peer | None:
    """libpng at its slowest, of 16 bits a sample: Pillow's PNG has none of colours."""
    library = imagecodecs_with("PNG")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.png_encode(squeezed(pixels), level=9))

    return Peer("PNG", version_of(library.png_version()), "level 9", encode, lambda data: spread_out(library.png_decode(data)))


def webp(method: int, quality: int) -> Peer | None:
    """libwebp, by Pillow, lossless."""
    if not features.check("webp"):
        return None

    def encode(pixels: Pixels) -> bytes:
        file = io.BytesIO()
        wide = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        Image.fromarray(np.ascontiguousarray(wide)).save(file, "WEBP", lossless=True, exact=True, method=method, quality=quality)
        return bytes([pixels.shape[2]]) + file.getvalue()

    def decode(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data[1:]), formats=("WEBP",)) as image:
            return np.asarray(image)[:, :, : data[0]]

    version = f"libwebp {features.version('webp')} (Pillow {importlib.metadata.version('Pillow')})"
    return Peer(f"WebP method {method}", version, f"lossless, method {method}, quality {quality}", encode, decode)


def jpeg_xl(effort: int) -> Peer | None:
    """libjxl: a bare codestream, as cjxl -d 0 writes for 8-bit pixels without metadata."""
    library = imagecodecs_with("JPEGXL")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.jpegxl_encode(squeezed(pixels), lossless=True, effort=effort, usecontainer=False, numthreads=1))

    def decode(data: bytes) -> Pixels:
        return spread_out(library.jpegxl_decode(data, numthreads=1))

    version = version_of(library.jpegxl_version())
    return Peer(f"JPEG XL effort {effort}", version, f"lossless, effort {effort}, 1 thread", encode, decode)


def jpeg_ls() -> Peer | None:
    """JPEG-LS of the pixels as they are."""
    library = imagecodecs_with("JPEGLS")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.jpegls_encode(squeezed(pixels)))

    def decode(data: bytes) -> Pixels:
        return spread_out(library.jpegls_decode(data))

    return Peer("JPEG-LS", version_of(library.jpegls_version()), "lossless", encode, decode)


def jpeg_ls_planes() -> Peer | None:
    """JPEG-LS of G, R - G and B - G (modulo 256, around 128), each a stream of its own; of a gray picture its only plane."""
    library = imagecodecs_with("JPEGLS")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        planes = [pixels[:, :, 0]]
        if pixels.shape[2] == 3:
            green, red, blue = (pixels[:, :, channel] for channel in GREEN_FIRST)
            planes = [green, red - green + np.uint8(128), blue - green + np.uint8(128)]
        return joined([bytes(library.jpegls_encode(np.ascontiguousarray(plane))) for plane in planes])

    def decode(data: bytes) -> Pixels:
        planes = [np.asarray(library.jpegls_decode(part)) for part in parted(data)]
        if len(planes) == 3:
            green, red, blue = planes
            planes = [red + green - np.uint8(128), green, blue + green - np.uint8(128)]
        return np.stack(planes, 2)

    return Peer("JPEG-LS on G, R-G, B-G", version_of(library.jpegls_version()), "lossless, a stream for each plane", encode, decode)


def jpeg_2000() -> Peer | None:
    """OpenJPEG's reversible wavelet."""
    library = imagecodecs_with("JPEG2K")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.jpeg2k_encode(squeezed(pixels), level=0, reversible=True, codecformat="j2k", mct=True, numthreads=1))

    def decode(data: bytes) -> Pixels:
        return spread_out(library.jpeg2k_decode(data))

    return Peer("JPEG 2000", version_of(library.jpeg2k_version()), "lossless, reversible 5/3 wavelet", encode, decode)


def avif() -> Peer | None:
    """libavif with its default encoder, identity matrix, so that RGB comes back as it was."""
    library = imagecodecs_with("AVIF")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.avif_encode(squeezed(pixels), level=100, speed=AVIF_SPEED, pixelformat="444", numthreads=1))

    def decode(data: bytes) -> Pixels:
        return spread_out(library.avif_decode(data))

    return Peer("AVIF", version_of(library.avif_version()), f"lossless, level 100, speed {AVIF_SPEED}, 4:4:4", encode, decode)


def qoi() -> Peer | None:
    """The reference QOI; gray pixels go in as RGB, which is all that it knows."""
    library = imagecodecs_with("QOI")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes([pixels.shape[2]]) + bytes(library.qoi_encode(np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))))

    def decode(data: bytes) -> Pixels:
        return np.asarray(library.qoi_decode(data[1:]))[:, :, : data[0]]

    return Peer("QOI", version_of(library.qoi_version()), "lossless", encode, decode)
