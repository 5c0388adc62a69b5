"""The colour maps that a lattice of RGB triples may come from: how a decoder of video, or of a Photo CD, makes R, G, B of Y, U, V.

A map is a few integers and four tables of 256, indexed by V, U, V and U, all in units of one `unit`th of a level:

    R = clamp((slope Y + offset + red[V]) // unit)                          clamp: to 0 ... 255; // rounds down
    G = clamp((slope Y + offset + green_u[U] + green_v[V]) // unit)
    B = clamp((slope Y + offset + blue[U]) // unit)

The numbers of MAPS stand in files. Video: BT.709 and BT.601, of limited range (Y from 16 to 235) or full, each in three arithmetics: exact,
rounded once (4:4:4); by 16-bit vectors that cut each product (4:2:0 on x86); by tables whose steps are those of Y (4:2:0 elsewhere).
PhotoYCC is what Photo CDs hold; its U is C1 and its V is C2. JFIF is what JPEG files hold (ycbcr.py).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from codec.system.records import record

Whole = NDArray[np.int32]
LEVELS = np.arange(256)


@record(frozen=True)
class ColourMap:
    """A map (above). tables: red, green_u, green_v, blue, int32 [4, 256]; middle: U and V of gray."""

    unit: int
    slope: int
    offset: int
    tables: Whole
    middle: tuple[int, int] = (128, 128)

    def terms(self, u: Whole, v: Whole) -> Whole:
        """What U and V add to R, G and B, [3, ...], in units."""
        red, green_u, green_v, blue = self.tables
        return np.stack([red[v], green_u[u] + green_v[v], blue[u]])

    def colours(self, y: Whole, terms: Whole) -> NDArray[np.uint8]:
        """The colours [..., 3] of Y and what U and V add."""
        return np.ascontiguousarray(np.moveaxis(np.clip(self.levels(y, terms), 0, 255).astype(np.uint8), 0, -1))

    def levels(self, y: Whole, terms: Whole) -> Whole:
        """R, G and B [3, ...] of Y and what U and V add, before they are clamped."""
        return (self.slope * y + self.offset + terms) // self.unit


@record(frozen=True)
class Video:
    """A standard of video in units of 2^-16: what V adds to R, U to B, and U and V take from G, if U and V are from 16 to 240."""

    red: int
    blue: int
    green_u: int
    green_v: int
    full: bool

    def gains(self) -> tuple[int, int, int, int, int]:
        """Of Y, and of red, green_u, green_v and blue."""
        given = self.red, -self.green_u, -self.green_v, self.blue
        if not self.full:
            return 65536 * 255 // 219, *given
        red, green_u, green_v, blue = (int(gain * 224 / 255) for gain in given)
        return 65536, red, green_u, green_v, blue


def _rounded(gain: int) -> int:
    """A gain in units of 2^-13."""
    return (gain * 8192 + 32768) >> 16


def exact(video: Video) -> ColourMap:
    """Products are added, and their sum is rounded."""
    slope, *gains = map(_rounded, video.gains())
    tables = np.stack([gain * (LEVELS - 128) for gain in gains]).astype(np.int32)
    return ColourMap(8192, slope, 4096 - (0 if video.full else 16 * slope), tables)


def vectors(video: Video) -> ColourMap:
    """Each product, of 3 bits more than a level has and a gain of 13 bits, is cut to a whole number."""
    slope, *gains = map(_rounded, video.gains())
    tables = np.stack([((8 * (LEVELS - 128) * gain) >> 16) << 16 for gain in gains]).astype(np.int32)
    return ColourMap(65536, 8 * slope, 0 if video.full else -128 * slope, tables)


def steps(video: Video) -> ColourMap:
    """U and V add whole steps of Y."""
    slope, *gains = video.gains()
    by_y = [int((gain * 65536 + 32768) / slope) for gain in gains]
    tables = np.stack([slope * (((LEVELS * gain) >> 16) - (gain >> 9)) for gain in by_y]).astype(np.int32)
    base = 0 if video.full else 326 * slope - 400 * 65536
    return ColourMap(65536, slope, base + 32768, tables)


def photo_ycc() -> ColourMap:
    """Of Photo CDs: what U and V add to R and B is rounded down before it takes its part from G."""
    u, v = 22179 * (LEVELS - 156), 18215 * (LEVELS - 137)
    tables = np.stack([v, -1940 * (u // 10000), -5090 * (v // 10000), u]).astype(np.int32)
    return ColourMap(10000, 13584, 0, tables, (156, 137))


def jfif() -> ColourMap:
    """Of JPEG files' decoders."""
    tables = np.stack([gain * (LEVELS - 128) for gain in (91881, -22554, -46802, 116130)]).astype(np.int32)
    return ColourMap(65536, 65536, 32768, tables)


BT709, BT601 = (117489, 138438, 13975, 34925), (104597, 132201, 25675, 53279)  # as ITU-R has them, for limited range
MAPS: tuple[Callable[[], ColourMap], ...] = (  # in the order of MAP_NAMES (trace.py)
    photo_ycc,
    *(partial(way, Video(*gains, full)) for way in (exact, vectors, steps) for full in (False, True) for gains in (BT709, BT601)),
    jfif,
)


@cache
def colour_map(number: int) -> ColourMap:
    """The map that has this number."""
    return MAPS[number]()
