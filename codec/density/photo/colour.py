"""Turns the pixels of a photo into the integer planes that a photo model codes, and back.

    RGB   Y = (R + 2 G + B) >> 2     U = R - G     V = B - G         the reversible transform of JPEG 2000
          G = Y - ((U + V) >> 2)     R = U + G     B = V + G         and back
    L     Y = L

Y is from 0 to 255, U and V are from -255 to 255. Not every set of planes is a picture: from_planes refuses those that are not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.density.density import Planes
from codec.errors import BadFile

Bytes = NDArray[np.uint8]


def to_planes(pixels: Bytes) -> Planes:
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


def from_planes(planes: Planes) -> Bytes:
    """The pixels uint8 [h, w, c] of planes int16 [c, h, w] whose values lie in the ranges above. Raises BadFile if there are none."""
    if len(planes) == 1:
        wide: Planes = planes[0][:, :, None]
    else:
        luma, first, second = planes
        wide = np.empty((*luma.shape, 3), np.int16)
        green = np.subtract(luma, (first + second) >> 2, out=wide[:, :, 1])
        np.add(first, green, out=wide[:, :, 0])
        np.add(second, green, out=wide[:, :, 2])
    if wide.size and (wide.min() < 0 or wide.max() > 255):
        raise BadFile("these planes are those of no picture: a pixel lies outside 0 to 255")
    return wide.astype(np.uint8)
