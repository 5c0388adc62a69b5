"""Other codecs of pictures by the libraries of imagecodecs and Pillow: a function for each, which gives None where it is missing.

Bare streams without metadata, one thread. JPEG-LS is there twice: as its users call it, and on G, R - G, B - G, plane by plane, as it is
best used on colours.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
from typing import Any

import numpy as np
from PIL import Image

from bench.codecs.peer import Peer, Pixels
from bench.codecs.raw import joined, parted

GREEN_FIRST = (1, 0, 2)
AVIF_SPEED = 6  # the default of its command


def _imagecodecs(name: str) -> Any:
    """The module imagecodecs where it is installed and has this codec, else None."""
    if importlib.util.find_spec("imagecodecs") is None:
        return None
    import imagecodecs

    return imagecodecs if getattr(imagecodecs, name).available else None


def _version(library: str) -> str:
    return f"{library} (imagecodecs {importlib.metadata.version('imagecodecs')})"


def squeezed(pixels: Pixels) -> Pixels:
    """[height, width] of gray pixels, others as they are: what libraries take."""
    return pixels[:, :, 0] if pixels.shape[2] == 1 else pixels


def spread_out(pixels: Any) -> Pixels:
    """The reverse: always three axes."""
    array = np.asarray(pixels)
    return array if array.ndim == 3 else array[:, :, None]


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


def jpeg_ls() -> Peer | None:
    library = _imagecodecs("JPEGLS")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.jpegls_encode(squeezed(pixels)))

    return Peer("JPEG-LS", _version(library.jpegls_version()), "lossless", encode, _decoder(library.jpegls_decode))


def jpeg_ls_planes() -> Peer | None:
    """JPEG-LS of G, R - G and B - G (modulo 256, around 128), each a stream of its own; of a gray picture its only plane."""
    library = _imagecodecs("JPEGLS")
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

    return Peer("JPEG-LS on G, R-G, B-G", _version(library.jpegls_version()), "lossless, a stream for each plane", encode, decode)


def jpeg_2000() -> Peer | None:
    library = _imagecodecs("JPEG2K")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.jpeg2k_encode(squeezed(pixels), level=0, reversible=True, codecformat="j2k", mct=True, numthreads=1))

    version = _version(library.jpeg2k_version())
    return Peer("JPEG 2000", version, "lossless, reversible 5/3 wavelet", encode, _decoder(library.jpeg2k_decode))


def avif() -> Peer | None:
    """libavif with its default encoder, identity matrix, so that RGB comes back as it was."""
    library = _imagecodecs("AVIF")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes(library.avif_encode(squeezed(pixels), level=100, speed=AVIF_SPEED, pixelformat="444", numthreads=1))

    settings = f"lossless, level 100, speed {AVIF_SPEED}, 4:4:4"
    return Peer("AVIF", _version(library.avif_version()), settings, encode, _decoder(library.avif_decode))


def qoi() -> Peer | None:
    """The reference QOI; gray pixels go in as RGB, which is all that it knows."""
    library = _imagecodecs("QOI")
    if library is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        return bytes([pixels.shape[2]]) + bytes(library.qoi_encode(np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))))

    def decode(data: bytes) -> Pixels:
        return np.asarray(library.qoi_decode(data[1:]))[:, :, : data[0]]

    return Peer("QOI", _version(library.qoi_version()), "lossless", encode, decode)


def _decoder(function: Any) -> Any:
    return lambda data: spread_out(function(data))
