"""Finds U and V pixel by pixel, and sample by sample: the loops of samples.py, as kernels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from codec.system.array_types import Array1, Array2, Array3
from codec.system.kernels import entry, kernel

WRONG = 4  # what a wrong pixel costs beside the levels of Y that it is off by
HUGE = 1 << 60
CANDIDATES = 9 + 8 + 12  # values that are tried for a sample


class SearchMap(NamedTuple):
    """A colour map (maps.ColourMap), and the affine map [4, 3] from R, G, B, 1 to Y, U, V. beyond: levels by which a clamped channel may
    have been out of range, the first of them 0."""

    tables: Array2[np.int32]
    inverse: Array2[np.float32]
    beyond: Array1[np.int32]
    slope: int
    offset: int
    unit: int


class SearchLayout(NamedTuple):
    """Where samples lie (layouts.ChromaLayout): the two samples of each row and of each column of pixels, and the row and the column of
    pixels at which each sample lies, even outside of the picture; how many pixels from that on others depend on it."""

    rows: Array2[np.int64]
    columns: Array2[np.int64]
    own_rows: Array1[np.int64]
    own_columns: Array1[np.int64]
    down: int
    right: int


@kernel
def from_0_to(value, most):
    return min(max(value, 0), most)


@kernel
def nearest(red, green, blue, axis, inverse):
    """U or V (axis 1 or 2) of a colour of real numbers, rounded."""
    value = red * inverse[0, axis] + green * inverse[1, axis] + blue * inverse[2, axis] + inverse[3, axis]
    return from_0_to(int(value + np.float32(0.5)), 255) if value > 0 else 0


@kernel
def lowest_luma(level, term, colours):
    """The lowest Y with which a channel, to which U and V add a term, has this level."""
    return 0 if level == 0 else -((term + colours.offset - level * colours.unit) // colours.slope)


@kernel
def highest_luma(level, term, colours):
    return 255 if level == 255 else (level * colours.unit - term - colours.offset + colours.unit - 1) // colours.slope


@kernel
def luma_range(red, green, blue, u, v, colours):
    """The lowest and the highest Y that give a colour with U and V; none does where the lowest is above the highest."""
    tables = colours.tables
    of_red, of_green, of_blue = int(tables[0, v]), int(tables[1, u]) + int(tables[2, v]), int(tables[3, u])
    low = max(lowest_luma(red, of_red, colours), lowest_luma(green, of_green, colours), lowest_luma(blue, of_blue, colours), 0)
    high = min(highest_luma(red, of_red, colours), highest_luma(green, of_green, colours), highest_luma(blue, of_blue, colours), 255)
    return low, high


@entry
def search_chroma(pixels: Array2[np.uint8], colours: SearchMap, chroma: Array2[np.int32], sure: Array1[np.uint8]) -> None:
    """U and V [2, n] of pixels [n, 3], each by itself, and where they are sure: they give the pixel with some Y, no channel is clamped."""
    for number in range(len(pixels)):
        red, green, blue = int(pixels[number, 0]), int(pixels[number, 1]), int(pixels[number, 2])
        u = nearest(np.float32(red), np.float32(green), np.float32(blue), 1, colours.inverse)
        v = nearest(np.float32(red), np.float32(green), np.float32(blue), 2, colours.inverse)
        chroma[0, number], chroma[1, number], sure[number] = u, v, 0
        if min(red, green, blue) > 0 and max(red, green, blue) < 255:
            for step in range(9):
                tried_u, tried_v = from_0_to(u + (step // 3 + 1) % 3 - 1, 255), from_0_to(v + (step % 3 + 1) % 3 - 1, 255)
                low, high = luma_range(red, green, blue, tried_u, tried_v, colours)
                if low <= high:
                    chroma[0, number], chroma[1, number], sure[number] = tried_u, tried_v, 1
                    break


@kernel
def sum_at(samples, axis, y, x, layout):
    """The sum of the four samples of a pixel."""
    top, bottom, left, right = layout.rows[0, y], layout.rows[1, y], layout.columns[0, x], layout.columns[1, x]
    upper = int(samples[axis, top, left]) + int(samples[axis, top, right])
    return upper + int(samples[axis, bottom, left]) + int(samples[axis, bottom, right])


@entry
def fit_luma(
    pixels: Array3[np.uint8], samples: Array3[np.int32], layout: SearchLayout, colours: SearchMap, luma: Array2[np.int32],
    wrong: Array2[np.uint8],
) -> None:  # fmt: skip
    """The Y [h, w] that come nearest to the pixels, given samples of U and V, and where these do not give the pixels."""
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            red, green, blue = int(pixels[y, x, 0]), int(pixels[y, x, 1]), int(pixels[y, x, 2])
            u, v = (sum_at(samples, 0, y, x, layout) + 2) >> 2, (sum_at(samples, 1, y, x, layout) + 2) >> 2
            low, high = luma_range(red, green, blue, u, v, colours)
            wrong[y, x] = 1 if low > high else 0
            luma[y, x] = from_0_to((low + high) >> 1 if low > high else high if min(red, green, blue) == 0 else low, 255)


@entry
def repair(
    pixels: Array3[np.uint8], samples: Array3[np.int32], wrong: Array2[np.uint8], layout: SearchLayout, colours: SearchMap,
    near: Array2[np.uint8], tried: Array2[np.int64],
) -> None:  # fmt: skip
    """Change samples near wrong pixels where that makes fewer of them wrong, or less so: a quarter at a time, that share no pixel.

    near: which samples these are, 0 at first; tried: to work in, [CANDIDATES, 2]."""
    for y in range(wrong.shape[0]):
        for x in range(wrong.shape[1]):
            if wrong[y, x]:
                for row in (layout.rows[0, y], layout.rows[1, y]):
                    near[row, layout.columns[0, x]] = near[row, layout.columns[1, x]] = 1
    for quarter in range(4):
        for row in range(quarter >> 1, near.shape[0], 2):
            for column in range(quarter & 1, near.shape[1], 2):
                if near[row, column]:
                    list_candidates(pixels, samples, row, column, layout, colours, tried)
                    best, chosen = HUGE, 0
                    for candidate in range(CANDIDATES):
                        cost = sample_cost(pixels, samples, row, column, layout, colours, tried[candidate, 0], tried[candidate, 1], best)
                        if cost < best:
                            best, chosen = cost, candidate
                    samples[0, row, column], samples[1, row, column] = tried[chosen, 0], tried[chosen, 1]


@kernel
def sample_cost(pixels, samples, row, column, layout, colours, u, v, most):
    """What is wrong with the pixels that depend on a sample, at most 3x3, if it has these values; looks no further than `most`."""
    cost, more_u, more_v = 0, int(u) - int(samples[0, row, column]), int(v) - int(samples[1, row, column])
    for down in range(-layout.down, layout.down + 1):
        y = from_0_to(int(layout.own_rows[row]) + down, pixels.shape[0] - 1)
        rows = (1 if layout.rows[0, y] == row else 0) + (1 if layout.rows[1, y] == row else 0)
        for right in range(-layout.right, layout.right + 1):
            x = from_0_to(int(layout.own_columns[column]) + right, pixels.shape[1] - 1)
            share = rows * ((1 if layout.columns[0, x] == column else 0) + (1 if layout.columns[1, x] == column else 0))
            if share and cost < most:
                at_u = from_0_to((sum_at(samples, 0, y, x, layout) + share * more_u + 2) >> 2, 255)
                at_v = from_0_to((sum_at(samples, 1, y, x, layout) + share * more_v + 2) >> 2, 255)
                low, high = luma_range(int(pixels[y, x, 0]), int(pixels[y, x, 1]), int(pixels[y, x, 2]), at_u, at_v, colours)
                cost += low - high + WRONG if low > high else 0
    return cost


@kernel
def list_candidates(pixels, samples, row, column, layout, colours, tried):
    """What a sample might be instead; as it is comes first."""
    count = 0
    for step in range(9):
        tried[count, 0] = from_0_to(int(samples[0, row, column]) + (step // 3 + 1) % 3 - 1, 255)
        tried[count, 1] = from_0_to(int(samples[1, row, column]) + (step % 3 + 1) % 3 - 1, 255)
        count += 1
    height, width = pixels.shape[0] - 1, pixels.shape[1] - 1
    y, x = from_0_to(int(layout.own_rows[row]), height), from_0_to(int(layout.own_columns[column]), width)
    for side in range(4):
        down, right = (0, 0, 1, -1)[side], (1, -1, 0, 0)[side]
        at_y, at_x = from_0_to(row + down, samples.shape[1] - 1), from_0_to(column + right, samples.shape[2] - 1)
        next_y, next_x = from_0_to(y + down, height), from_0_to(x + right, width)
        beside = pixels[next_y, next_x]
        red, green, blue = np.float32(beside[0]), np.float32(beside[1]), np.float32(beside[2])
        for axis in range(2):
            neighbour = int(samples[axis, at_y, at_x])
            tried[count, axis] = neighbour
            tried[count + 1, axis] = from_0_to(2 * nearest(red, green, blue, axis + 1, colours.inverse) - neighbour, 255)
        count += 2
    for by in colours.beyond:
        red, green, blue = moved(pixels[y, x, 0], by), moved(pixels[y, x, 1], by), moved(pixels[y, x, 2], by)
        tried[count, 0] = nearest(red, green, blue, 1, colours.inverse)
        tried[count, 1] = nearest(red, green, blue, 2, colours.inverse)
        count += 1


@kernel
def moved(level, by):
    """A level, further out if it was clamped."""
    return np.float32(int(level) + int(by) if level == 255 else int(level) - int(by) if level == 0 else int(level))
