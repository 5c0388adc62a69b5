"""Other lossless codecs of pictures: what they are, and their files of the same pixels."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from bench.measure.timing import RoundTripFailed
from codec.media.picture import Picture

Pixels = NDArray[np.uint8]  # [height, width, channels]


@dataclass(frozen=True)
class Peer:
    """A codec at one setting. settings: as its own users would write them; version: of the library that does the work.

    encode: pixels -> file; decode: file -> the same pixels. Both release the GIL.
    """

    name: str
    version: str
    settings: str
    encode: Callable[[Pixels], bytes]
    decode: Callable[[bytes], Pixels]

    def facts(self) -> dict[str, str]:
        """What a result says of it."""
        return {key: value for key, value in asdict(self).items() if isinstance(value, str)}


def jpeg_xl(effort: int = 7, threads: int = 1) -> Peer | None:
    """libjxl, by imagecodecs: a bare codestream, as cjxl -d 0 writes for 8-bit pixels without metadata. None where it is missing."""
    if importlib.util.find_spec("imagecodecs") is None:
        return None
    import imagecodecs

    if not imagecodecs.JPEGXL.available:
        return None

    def encode(pixels: Pixels) -> bytes:
        squeezed = pixels if pixels.shape[2] == 3 else pixels[:, :, 0]
        return bytes(imagecodecs.jpegxl_encode(squeezed, lossless=True, effort=effort, usecontainer=False, numthreads=threads))

    def decode(data: bytes) -> Pixels:
        pixels = np.asarray(imagecodecs.jpegxl_decode(data, numthreads=threads))
        return pixels if pixels.ndim == 3 else pixels[:, :, None]

    version = f"{imagecodecs.jpegxl_version()} (imagecodecs {importlib.metadata.version('imagecodecs')})"
    return Peer(f"JPEG XL effort {effort}", version, f"lossless, effort {effort}, {threads} threads", encode, decode)


def webp(method: int = 6, quality: int = 100) -> Peer | None:
    """libwebp, by Pillow, lossless. None where Pillow comes without it."""
    if not features.check("webp"):
        return None

    def encode(pixels: Pixels) -> bytes:
        file = io.BytesIO()
        wide = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        Image.fromarray(np.ascontiguousarray(wide)).save(file, "WEBP", lossless=True, exact=True, method=method, quality=quality)
        return file.getvalue()

    def decode(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            return np.asarray(image)

    version = f"libwebp {features.version('webp')} (Pillow {importlib.metadata.version('Pillow')})"
    return Peer(f"WebP method {method}", version, f"lossless, method {method}, quality {quality}", encode, decode)


def size(peer: Peer, picture: Picture) -> int:
    """Bytes of the peer's file of a picture, decoded and compared first. Raises RoundTripFailed."""
    data = peer.encode(picture.pixels)
    decoded = peer.decode(data)
    if decoded.shape[:2] != picture.pixels.shape[:2] or (decoded != picture.pixels).any():
        raise RoundTripFailed(f"{peer.name} does not return the pixels that it was given")
    return len(data)
