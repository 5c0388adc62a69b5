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
from codec.system.array_types import Array1, Array2
from codec.system.kernels import entry, kernel

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
    found: NDArray[np.float32] = rgb @ TO_YCBCR.T
    return found


TO_YCBCR = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
STEPS = sorted(((y, cb, cr) for y in (0, -1, 1) for cb in (0, -1, 1) for cr in (0, -1, 1)), key=lambda step: sum(map(abs, step)))
BEYOND = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 85)  # levels by which a clamped channel may have been out of range


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
    most = int(MOST_EXCEPTIONS * len(flat))
    found, exceptions = np.zeros((3, len(flat)), np.int16), np.zeros(most + 1, np.int64)
    count = search_triples(np.ascontiguousarray(flat), TO_YCBCR, np.array(STEPS, np.int64), np.array(BEYOND, np.int64), found, exceptions)
    if count > most:
        return None
    exceptions = exceptions[:count]
    gaps = np.diff(exceptions, prepend=-1) - 1
    listed = [write_length(int(gap)) + flat[at].tobytes() for gap, at in zip(gaps, exceptions, strict=True)]
    return packed(write_length(count) + b"".join(listed)), found.reshape(3, *pixels.shape[:2])


@entry
def search_triples(
    pixels: Array2[np.uint8], to_ycbcr: Array2[np.float32], steps: Array2[np.int64], beyond: Array1[np.int64], found: Array2[np.int16],
    exceptions: Array1[np.int64],
) -> int:  # fmt: skip
    """A triple Y, Cb - 128, Cr - 128 [3, n] for each of the colours [n, 3]: one that gives it, a step or none away from the nearest, or
    from the nearest of what a clamped channel may have been; else the nearest. Lists the pixels that none gives, until the list is full;
    how many there are."""
    count = 0
    for number in range(len(pixels)):
        red, green, blue = int(pixels[number, 0]), int(pixels[number, 1]), int(pixels[number, 2])
        is_found = False
        for clamped in range(3):
            level = int(pixels[number, clamped])
            sign = 1 if level == 255 else -1 if level == 0 else 0
            for away in range(0 if clamped == 0 else 1, len(beyond) if sign else 1 if clamped == 0 else 0):
                if not is_found:
                    by = sign * int(beyond[away])
                    r, g, b = red + (by if clamped == 0 else 0), green + (by if clamped == 1 else 0), blue + (by if clamped == 2 else 0)
                    y, cb, cr = nearest_axis(r, g, b, to_ycbcr, 0), nearest_axis(r, g, b, to_ycbcr, 1), nearest_axis(r, g, b, to_ycbcr, 2)
                    if away == 0:
                        y, cb, cr = min(max(y, 0), 255), min(max(cb, -128), 127), min(max(cr, -128), 127)
                        found[0, number], found[1, number], found[2, number] = y, cb, cr
                    step = step_to(red, green, blue, y, cb, cr, steps)
                    if step >= 0:
                        is_found = True
                        found[0, number], found[1, number], found[2, number] = y + steps[step, 0], cb + steps[step, 1], cr + steps[step, 2]
        if not is_found:
            exceptions[count] = number
            count += 1
            if count == len(exceptions):
                return count
    return count


@kernel
def nearest_axis(red, green, blue, to_ycbcr, axis):
    """Y, Cb - 128 or Cr - 128 of a colour."""
    value = np.float32(red) * to_ycbcr[axis, 0] + np.float32(green) * to_ycbcr[axis, 1] + np.float32(blue) * to_ycbcr[axis, 2]
    return int(value + np.float32(0.5)) if value >= 0 else -int(np.float32(0.5) - value)


@kernel
def step_to(red, green, blue, y, cb, cr, steps):
    """The number of the first step from a triple to one that gives a colour; -1 if there is none."""
    for step in range(len(steps)):
        at_y, at_cb, at_cr = y + int(steps[step, 0]), cb + int(steps[step, 1]), cr + int(steps[step, 2])
        if 0 <= at_y <= 255 and -128 <= at_cb <= 127 and -128 <= at_cr <= 127:
            to_red, to_blue = at_y + ((91881 * at_cr + 32768) >> 16), at_y + ((116130 * at_cb + 32768) >> 16)
            to_green = at_y + ((-22554 * at_cb - 46802 * at_cr + 32768) >> 16)
            if min(max(to_red, 0), 255) == red and min(max(to_green, 0), 255) == green and min(max(to_blue, 0), 255) == blue:
                return step
    return -1


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
