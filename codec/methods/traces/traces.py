"""Detects pixels that came from a JPEG, a video, a Photo CD, a stretched histogram or a single tone, and codes them in that smaller form.

A stripe of 1 or 3 channels (uint8) begins with its trace: one byte, its low three bits, and what that needs. The other bits of the byte say
from which side the stripe is coded (mirror.py), 0 to 3; planes are mirrored after all that follows, and pixels made of mirrored planes:

    0 plain     planes as density/photo/colour.py makes them of the pixels
    1 levels    the ranks of values among those that occur (levels.py), then as above. Follows: number of maps (1: all channels share it;
                or one for each), length and bytes of a deflated bit map of 256 levels each, lowest level first in the highest bit
    2 YCbCr     planes are Y, Cb - 128, Cr - 128 (ycbcr.py). Follows: length and bytes of the deflated pixels that are not: how many, then
                for each how many pixels lie before it since the one before, and its R, G, B. All numbers as numbers.py writes them
    3 line      pixels of 3 channels by a model of one: the plane holds the numbers of colours on a line, at most 256 (line.py). Follows:
                length and bytes of the deflated colours, all of red, of green, of blue, each less the one before, modulo 256
    4 lattice   planes of a known colour map, Y, U, V (lattice.py, which says what follows): one part, Y, V, U of every pixel, by a model of
                three channels; by a model of one, three parts, of which those of U and V have fewer samples

Gray pixels of 3 channels by a model of one are those of their first channel, 0 or 1. All but 4 are coded in one part.
"""

from __future__ import annotations

from codec.density.density import Planes
from codec.density.photo.colour import Bytes, from_planes, to_planes
from codec.errors import BadFile
from codec.methods.traces.lattice import find_lattice, plane_shapes, restore_lattice
from codec.methods.traces.levels import find_levels, restore_levels
from codec.methods.traces.line import find_line, is_gray, line_of, restore_line
from codec.methods.traces.mirror import mirrored
from codec.methods.traces.trace import KIND_BITS, LATTICE, LEVELS, LINE, PLAIN, SIDE_SHIFT, SMALLEST, YCBCR, side_of
from codec.methods.traces.ycbcr import find_ycbcr, may_be_ycbcr, restore_ycbcr


def find_trace(pixels: Bytes, channels: int) -> tuple[bytes, list[Planes]]:
    """The trace of a stripe, uint8 [h, w, 1 or 3], for a model of so many channels, and its parts: planes int16 [channels, h, w], but for
    those of a lattice.

    Raises NotOnePlane for a model of one channel and colours that lie on no line, and on no lattice with fewer samples of U and V."""
    if channels < pixels.shape[2]:
        if is_gray(pixels):
            return find_trace(pixels[:, :, :1], 1)
        lattice = find_lattice(pixels, 1) if line_of([pixels]) is None else None
        if lattice is not None:
            return bytes([LATTICE]) + lattice[0], lattice[1]
        colours, numbers = find_line(pixels)
        return bytes([LINE]) + colours, [numbers]
    if pixels.shape[0] * pixels.shape[1] >= SMALLEST:
        if pixels.shape[2] == 3 and may_be_ycbcr(pixels) and (ycbcr := find_ycbcr(pixels)) is not None:
            return bytes([YCBCR]) + ycbcr[0], [ycbcr[1]]
        if pixels.shape[2] == 3 and (lattice := find_lattice(pixels, 3)) is not None:
            return bytes([LATTICE]) + lattice[0], lattice[1]
        if (levels := find_levels(pixels)) is not None:
            return bytes([LEVELS]) + levels[0], [to_planes(levels[1])]
    return no_trace(pixels)


def no_trace(pixels: Bytes) -> tuple[bytes, list[Planes]]:
    """That of pixels in which none is looked for, and their planes."""
    return bytes([PLAIN]), [to_planes(pixels)]


def part_shapes(trace: bytes, channels: int, height: int, width: int) -> list[tuple[int, int]]:
    """The sizes of the parts of a stripe of this size, by a model of so many channels. Raises BadFile."""
    return plane_shapes(trace, channels, height, width) if trace[0] & KIND_BITS == LATTICE else [(height, width)]


def restore_pixels(trace: bytes, parts: list[Planes]) -> Bytes:
    """The pixels of a stripe's parts, by their trace: of 1 or 3 channels as there are planes, of 3 on a line. Raises BadFile."""
    kind, parts = trace[0] & KIND_BITS, [mirrored(planes, side_of(trace)) for planes in parts]
    if kind == PLAIN:
        return from_planes(parts[0])
    if kind == LEVELS:
        return restore_levels(trace, from_planes(parts[0]))
    if kind == LATTICE:
        return restore_lattice(trace, parts)
    if (kind == LINE) != (len(parts[0]) == 1):
        raise BadFile("the file is damaged: a stripe of another number of planes than it says")
    return restore_line(trace, parts[0][0]) if kind == LINE else restore_ycbcr(trace, parts[0])


def from_side(trace: bytes, parts: list[Planes], side: int) -> tuple[bytes, list[Planes]]:
    """The same stripe, coded from a side."""
    return bytes([trace[0] | side << SIDE_SHIFT]) + trace[1:], [mirrored(planes, side) for planes in parts]
