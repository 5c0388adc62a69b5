"""A picture's samples, and the integer planes that a photo model codes.

    RGB   Y = (R + 2 G + B) >> 2     U = R - G     V = B - G         the reversible transform of JPEG 2000
          G = Y - ((U + V) >> 2)     R = U + G     B = V + G         and back
    L     Y = L

Y is from 0 to 255, U and V are from -255 to 255. Every picture has its planes, but not all planes are those of a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadFile, BadInput

CHANNELS = {"1": 1, "L": 1, "LA": 2, "P": 1, "PA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "YCbCr": 3, "LAB": 3, "I;16": 1, "I": 1, "F": 1}
BITS = {"1": (1,), "L": (8, 2, 4), "P": (8, 1, 2, 4), "I;16": (16,), "I": (32,), "F": (32,)}  # of a sample; of other modes: 8
TYPES = {"I;16": "<u2", "I": "<i4", "F": "<f4"}  # of other modes: bytes
PHOTO_PLANES = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3, "CMYK": 3, "YCbCr": 3, "LAB": 3}  # the first of a picture, that photo models code

Planes = NDArray[np.int16]  # [channels, height, width]
Pixels = NDArray  # [height, width, channels], of the type of the mode
Chunks = tuple[tuple[bytes, bytes], ...]  # metadata: names and contents of a PNG's chunks (metadata.py)


class Rows(Protocol):
    """What can be compressed: a Picture, or something that gives one's rows from the top down."""

    @property
    def mode(self) -> str: ...
    @property
    def bits(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def metadata(self) -> Chunks: ...
    @property
    def held(self) -> int:
        """Bytes of memory that the picture takes already."""

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]: ...


@dataclass(frozen=True)
class Picture:
    """A picture in a mode of Pillow's, and its samples [height, width, channels], neither side 0. Raises BadInput.

    bits: of a sample, 0 for the most that the mode has. Samples of 1, 2 and 4 bits are what a file holds: from 0 to 1, 3 and 15.
    """

    mode: str
    pixels: Pixels
    metadata: Chunks = ()
    bits: int = 0

    def __post_init__(self) -> None:
        pixels, channels = self.pixels, CHANNELS.get(self.mode)
        if channels is None or pixels.dtype != sample_type(self.mode) or pixels.ndim != 3 or pixels.shape[2] != channels or not pixels.size:
            raise BadInput(f"a picture of mode {self.mode!r} cannot have pixels of shape {list(pixels.shape)} and type {pixels.dtype}")
        if self.bits == 0:
            object.__setattr__(self, "bits", most_bits(self.mode))
        if self.bits not in BITS.get(self.mode, (8,)):
            raise BadInput(f"a picture of mode {self.mode!r} cannot have {self.bits} bits a sample")

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[2])

    @property
    def held(self) -> int:
        return int(self.pixels.nbytes)

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]:
        """The pixels of these rows, each part in one piece."""
        for part in parts:
            yield np.ascontiguousarray(self.pixels[part])


def sample_type(mode: str) -> np.dtype:
    return np.dtype(TYPES.get(mode, "u1"))


def most_bits(mode: str) -> int:
    """Of a sample in this mode."""
    return BITS.get(mode, (8,))[0]


def check_pixels(width: int, height: int, most: int) -> None:
    """Raise BadInput for more pixels than somebody is ready to have in memory."""
    if width * height > most:
        raise BadInput(f"{width}x{height} are more than {most} pixels: allow more with --max-pixels, or cut the picture into parts")


def is_gray(pixels: Pixels) -> bool:
    """Whether the first three channels are the same everywhere."""
    return all((band[:, :, :1] == band[:, :, 1:3]).all() for band in np.array_split(pixels, max(1, len(pixels) // 64)))


def to_planes(pixels: NDArray[np.uint8]) -> Planes:
    """The planes int16 [c, h, w] of pixels uint8 [h, w, c], c = 1 or 3."""
    wide = pixels.astype(np.int16)
    if pixels.shape[2] == 1:
        return np.ascontiguousarray(wide[:, :, 0])[None]
    red, green, blue = (wide[:, :, channel] for channel in range(3))
    planes = np.empty((3, *pixels.shape[:2]), np.int16)
    np.right_shift(red + 2 * green + blue, 2, out=planes[0])
    np.subtract(red, green, out=planes[1])
    np.subtract(blue, green, out=planes[2])
    return planes


def from_planes(planes: Planes) -> NDArray[np.uint8]:
    """The pixels uint8 [h, w, c] of planes int16 [c, h, w] whose values lie in the ranges above. Raises BadFile if there are none."""
    if len(planes) == 1:
        wide = planes[0][:, :, None]
    else:
        luma, first, second = planes
        wide = np.empty((*luma.shape, 3), np.int16)
        green = np.subtract(luma, (first + second) >> 2, out=wide[:, :, 1])
        np.add(first, green, out=wide[:, :, 0])
        np.add(second, green, out=wide[:, :, 2])
    if wide.size and (wide.min() < 0 or wide.max() > 255):
        raise BadFile("these planes are those of no picture: a pixel lies outside 0 to 255")
    return wide.astype(np.uint8)
