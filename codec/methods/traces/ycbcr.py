"""Pixels that were once a JPEG: nearly all RGB triples are what JFIF's integer decoder makes of Y, Cb, Cr, which are coded instead.

    R = clamp(Y + (91881 Cr' + 32768 >> 16))       B = clamp(Y + (116130 Cb' + 32768 >> 16))       Cb' = Cb - 128, Cr' = Cr - 128
    G = clamp(Y + (-22554 Cb' - 46802 Cr' + 32768 >> 16))                                          clamp: to 0 ... 255

There are four times as many other triples. Detection looks at some pixels first: of a photo that was no JPEG about a quarter lie on the
lattice by chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.container.numbers import read_length, write_length
from codec.density.density import Planes
from codec.density.photo.colour import Bytes
from codec.errors import BadFile
from codec.methods.traces.trace import packed, unpacked

PROBES, ON_LATTICE = 64, 0.95  # pixels that are looked at first, and the share of them that must be on the lattice
MOST_EXCEPTIONS = 1 / 200

Whole = NDArray[np.int32]


def _to_rgb(y: Whole, cb: Whole, cr: Whole) -> Bytes:
    """What a JPEG's decoder makes of Y, Cb - 128 and Cr - 128."""
    red = y + ((91881 * cr + 32768) >> 16)
    green = y + ((-22554 * cb - 46802 * cr + 32768) >> 16)
    blue = y + ((116130 * cb + 32768) >> 16)
    pixels: Bytes = np.clip(np.stack([red, green, blue], -1), 0, 255).astype(np.uint8)
    return pixels


def _nearest(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Y, Cb - 128 and Cr - 128 [n, 3] of colours [n, 3], not rounded."""
    to_ycbcr = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
    found: NDArray[np.float32] = rgb @ to_ycbcr.T
    return found


STEPS = sorted(((y, cb, cr) for y in (0, -1, 1) for cb in (0, -1, 1) for cr in (0, -1, 1)), key=lambda step: sum(map(abs, step)))
BEYOND = (1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 85)  # levels by which a clamped channel may have been out of range


def _preimages(rgb: NDArray[np.uint8]) -> tuple[Whole, NDArray[np.bool_]]:
    """A triple Y, Cb - 128, Cr - 128 for each of the colours [n, 3], and which of them really give that colour."""
    found, good = np.zeros(rgb.shape, np.int32), np.zeros(len(rgb), np.bool_)
    best = np.clip(np.rint(_nearest(rgb.astype(np.float32))), [0, -128, -128], [255, 127, 127]).astype(np.int32)
    found[:] = best
    _try(rgb, found, good, np.arange(len(rgb)), best, STEPS)
    for channel in range(3):
        for limit, sign in ((0, -1), (255, 1)):
            for beyond in BEYOND:
                left = np.flatnonzero(~good & (rgb[:, channel] == limit))
                if not len(left):
                    break
                moved = rgb[left].astype(np.float32)
                moved[:, channel] += sign * beyond
                _try(rgb, found, good, left, np.rint(_nearest(moved)).astype(np.int32), STEPS)
    return found, good


def _try(
    rgb: NDArray[np.uint8], found: Whole, good: NDArray[np.bool_], where: NDArray[np.int64], start: Whole, steps: list[tuple[int, int, int]]
) -> None:
    """Look for preimages of the colours at `where`, a step or none away from `start`."""
    for step in steps:
        triple = start + np.array(step, np.int32)
        hit = (_to_rgb(*triple.T) == rgb[where]).all(1) & (triple >= [0, -128, -128]).all(1) & (triple <= [255, 127, 127]).all(1)
        found[where[hit]], good[where[hit]] = triple[hit], True
        where, start = where[~hit], start[~hit]
        if not len(where):
            return


def may_be_ycbcr(pixels: Bytes) -> bool:
    """Whether some pixels say so. Gray ones are always on the lattice, and those at 0 or 255 may have been anywhere: they are not asked."""
    flat = pixels.reshape(-1, 3)
    some = flat[:: max(1, len(flat) // (16 * PROBES))]
    some = some[(some != some[:, :1]).any(1) & (some > 0).all(1) & (some < 255).all(1)]
    some = some[:: max(1, len(some) // PROBES)]
    if len(some) < PROBES // 4:
        return False
    tried = np.rint(_nearest(some.astype(np.float32))).astype(np.int32)[:, None] + np.array(STEPS, np.int32)
    hit = (_to_rgb(*np.moveaxis(tried, -1, 0)) == some[:, None]).all(2).any(1)
    return float(hit.mean()) >= ON_LATTICE


def find_ycbcr(pixels: Bytes) -> tuple[bytes, Planes] | None:
    """What a stripe says of its exceptions, and its planes Y, Cb - 128, Cr - 128; None if too many of its pixels have none."""
    flat = pixels.reshape(-1, 3)
    found, good = _preimages(flat)
    exceptions = np.flatnonzero(~good)
    if len(exceptions) > MOST_EXCEPTIONS * len(flat):
        return None
    gaps = np.diff(exceptions, prepend=-1) - 1
    listed = [write_length(int(gap)) + flat[at].tobytes() for gap, at in zip(gaps, exceptions, strict=True)]
    planes = np.ascontiguousarray(found.astype(np.int16).T.reshape(3, *pixels.shape[:2]))
    return packed(write_length(len(exceptions)) + b"".join(listed)), planes


def restore_ycbcr(trace: bytes, planes: Planes) -> Bytes:
    """The pixels of three planes, by what find_ycbcr said. Raises BadFile."""
    pixels = _to_rgb(*planes.astype(np.int32))
    _patch(pixels.reshape(-1, 3), unpacked(trace, 1, 16 + 9 * pixels.size))
    return pixels


def _patch(flat: NDArray[np.uint8], text: bytes) -> None:
    """Put the exceptions in their places."""
    count, position = read_length(text, 0)
    at = -1
    for _ in range(count):
        gap, position = read_length(text, position)
        at += gap + 1
        if at >= len(flat) or position + 3 > len(text):
            raise BadFile("the file is damaged: a pixel beyond the stripe")
        flat[at] = np.frombuffer(text, np.uint8, 3, position)
        position += 3
    if position != len(text):
        raise BadFile("the file is damaged: pixels that belong nowhere")
