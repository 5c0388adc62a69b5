"""Finds the Y, and the samples of U and V, that a colour map and a layout made pixels of.

A sample is found from the pixel that it lies at, if no channel of that is clamped; a clamped pixel only says on which side its sample is.
So samples near pixels that do not come out are tried again, round by round: a step away, as their neighbours, as what the pixel next to
them lies between, and as if the clamped channels had been further out.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.colour import Bytes
from codec.methods.traces.layouts import ALL, Axis, ChromaLayout, Places
from codec.methods.traces.maps import ColourMap, Whole, colour_map

Mask = NDArray[np.bool_]
STEPS = [(u, v) for u in (0, -1, 1) for v in (0, -1, 1)]
AROUND = ((0, 1), (0, -1), (1, 0), (-1, 0))
BEYOND = (0, 2, 4, 7, 11, 16, 22, 30, 40, 52, 68, 90)  # levels by which a clamped channel may have been out of range
GRID = 21  # levels between those from which the inverse of a map is fitted
WORTH_IT = 0.85  # of wrong pixels: so many at most must be left by a round for another one
WRONG = 4  # what a wrong pixel costs beside the levels of Y that it is off by


@cache
def inverse_of(number: int) -> NDArray[np.float32]:
    """The affine map [4, 3] from R, G, B, 1 to Y, U, V, fitted where no channel is clamped."""
    colours = colour_map(number)
    y, u, v = (axis.reshape(-1).astype(np.int32) for axis in np.meshgrid(*3 * [np.arange(0, 256, GRID)]))
    rgb = colours.colours(y, colours.terms(u, v)).astype(np.float64)
    inside = ((rgb > 0) & (rgb < 255)).all(1)
    known = np.concatenate([rgb[inside], np.ones((int(inside.sum()), 1))], 1)
    found, *_ = np.linalg.lstsq(known, np.stack([y, u, v], 1)[inside].astype(np.float64), rcond=None)
    inverse: NDArray[np.float32] = found.astype(np.float32)
    return inverse


def nearest_chroma(rgb: NDArray[np.float32], number: int) -> Whole:
    """U and V [2, ...] of colours [..., 3], rounded."""
    inverse = inverse_of(number)
    found = np.clip(np.rint(rgb @ inverse[:3, 1:] + inverse[3, 1:]), 0, 255)
    return np.ascontiguousarray(np.moveaxis(found, -1, 0).astype(np.int32))


def chroma_of(pixels: Bytes, number: int) -> tuple[Whole, Mask]:
    """U and V [2, h, w] of pixels, each by itself, and where they are sure: they give the pixel with some Y, and no channel is clamped."""
    colours, levels = colour_map(number), levels_of(pixels).reshape(3, -1)
    found = nearest_chroma(pixels.reshape(-1, 3).astype(np.float32), number)
    guess, sure = found.copy(), np.zeros(levels.shape[1], np.bool_)
    left = np.flatnonzero(((levels > 0) & (levels < 255)).all(0))
    for step in STEPS:
        tried = np.clip(guess[:, left] + np.array(step, np.int32)[:, None], 0, 255)
        lowest, highest = luma_range(levels[:, left], colours.terms(*tried), colours)
        hit = lowest <= highest
        found[:, left[hit]], sure[left[hit]] = tried[:, hit], True
        left = left[~hit]
    return found.reshape(2, *pixels.shape[:2]), sure.reshape(pixels.shape[:2])


def levels_of(pixels: Bytes) -> Whole:
    """Channels first."""
    return np.ascontiguousarray(np.moveaxis(pixels, -1, 0)).astype(np.int32)


def luma_range(levels: Whole, terms: Whole, colours: ColourMap) -> tuple[Whole, Whole]:
    """The lowest and the highest Y that give levels [3, ...] with what U and V add; none does where the lowest is above the highest."""
    needed = levels * colours.unit - terms - colours.offset
    lowest = np.where(levels == 0, 0, -(-needed // colours.slope))
    highest = np.where(levels == 255, 255, (needed + (colours.unit - 1)) // colours.slope)
    return np.maximum(lowest.max(0), 0), np.minimum(highest.min(0), 255)


def find_samples(pixels: Bytes, number: int, layout: ChromaLayout) -> tuple[Whole, Whole, Mask]:
    """Y [h, w], samples of U and V [2, ...], and which pixels these do not give: as few as can be found."""
    colours = colour_map(number)
    chroma, sure = chroma_of(pixels[np.ix_(own_pixels(layout.rows), own_pixels(layout.columns))], number)
    samples = _filled(chroma, sure & have_pixels(layout))
    y, wrong = luma_of(pixels, samples, colours, layout)
    before = 2 * wrong.size
    while wrong.sum() < before * WORTH_IT:
        before = int(wrong.sum())
        _repair(pixels, samples, wrong, number, layout)
        y, wrong = luma_of(pixels, samples, colours, layout)
    return y, samples, wrong


def luma_of(pixels: Bytes, samples: Whole, colours: ColourMap, layout: ChromaLayout) -> tuple[Whole, Mask]:
    """The Y [h, w] that come nearest to the pixels, given samples of U and V, and where these do not give the pixels."""
    levels, terms = levels_of(pixels), colours.terms(layout.spread(samples[0]), layout.spread(samples[1]))
    lowest, highest = luma_range(levels, terms, colours)
    wrong, dark = lowest > highest, (levels == 0).any(0)
    y = np.where(wrong, (lowest + highest) >> 1, np.where(dark, highest, lowest))
    return np.clip(y, 0, 255), wrong


def own_pixels(axis: Axis) -> Places:
    """The pixel at which each sample lies, or the next one inside of the picture."""
    return np.clip(axis.own, 0, axis.pixels - 1)


def have_pixels(layout: ChromaLayout) -> Mask:
    """Which samples lie at a pixel of the picture."""
    rows, columns = ((axis.own >= 0) & (axis.own < axis.pixels) for axis in (layout.rows, layout.columns))
    found: Mask = rows[:, None] & columns
    return found


def _filled(chroma: Whole, sure: Mask) -> Whole:
    """Samples: those that are sure, and between them, step by step, the mean of what is around."""
    samples, known = np.where(sure, chroma, 0), sure.copy()
    if not known.any():
        return chroma
    while not known.all():
        total, count = np.zeros_like(samples), np.zeros_like(samples[0])
        wide, there = np.pad(samples, ((0, 0), (1, 1), (1, 1))), np.pad(known, 1)
        for down, right in AROUND:
            place = slice(1 + down, 1 + down + known.shape[0]), slice(1 + right, 1 + right + known.shape[1])
            total, count = total + wide[:, place[0], place[1]], count + there[place]
        new = ~known & (count > 0)
        samples[:, new], known = total[:, new] // count[new], known | new
    return samples


def _repair(pixels: Bytes, samples: Whole, wrong: Mask, number: int, layout: ChromaLayout) -> None:
    """Change samples near wrong pixels where that makes fewer of them wrong, or less so: a quarter at a time, that share no pixel."""
    near = np.zeros(layout.shape, np.bool_)
    y, x = np.nonzero(wrong)
    for at_y in (layout.rows.first[y], layout.rows.second[y]):
        for at_x in (layout.columns.first[x], layout.columns.second[x]):
            near[at_y, at_x] = True
    for top, left in ((0, 0), (0, 1), (1, 0), (1, 1)):
        at_y, at_x = np.nonzero(near[top::2, left::2])
        if len(at_y):
            _change(pixels, samples, (2 * at_y + top, 2 * at_x + left), number, layout)


def _change(pixels: Bytes, samples: Whole, place: tuple[Places, Places], number: int, layout: ChromaLayout) -> None:
    """Give the samples at `place` [n] the values that are best for the pixels that depend on them, at most 3x3 each."""
    colours, own = colour_map(number), samples[:, place[0], place[1]]
    y, x = _dependents(layout.rows, place[0])[:, :, None], _dependents(layout.columns, place[1])[:, None, :]
    sums, share, there = np.zeros((2, *np.broadcast_shapes(y.shape, x.shape)), np.int32), 0, False
    for rows in (layout.rows.first[y], layout.rows.second[y]):
        for columns in (layout.columns.first[x], layout.columns.second[x]):
            mine = (rows == place[0][:, None, None]) & (columns == place[1][:, None, None])
            sums += samples[:, rows, columns]
            share, there = share + mine.astype(np.int32), there | mine
    levels, best, chosen = levels_of(pixels[y, x]), np.full(len(own[0]), np.iinfo(np.int32).max), own.copy()
    for tried in _candidates(pixels, samples, place, number, layout):
        spread = (sums + share * (tried - own)[:, :, None, None] + 2) >> 2
        lowest, highest = luma_range(levels, colours.terms(*np.clip(spread, 0, 255)), colours)
        off = np.where(there & (lowest > highest), lowest - highest + WRONG, 0).sum((1, 2))
        better = off < best
        best[better], chosen[:, better] = off[better], tried[:, better]
    samples[:, place[0], place[1]] = chosen


def _dependents(axis: Axis, samples: Places) -> Places:
    """Pixels [n, 1 to 3] among which are all that depend on each sample."""
    if axis.way == ALL:
        return samples[:, None]
    pixels: Places = np.clip(2 * samples[:, None] - axis.phase + np.arange(-1, 2), 0, axis.pixels - 1)
    return pixels


def _candidates(pixels: Bytes, samples: Whole, place: tuple[Places, Places], number: int, layout: ChromaLayout) -> list[Whole]:
    """What samples at `place` might be instead, [2, n] each; as they are comes first."""
    own, (rows, columns) = samples[:, place[0], place[1]], layout.shape
    found = [np.clip(own + np.array(step, np.int32)[:, None], 0, 255) for step in STEPS]
    y, x = own_pixels(layout.rows)[place[0]], own_pixels(layout.columns)[place[1]]
    for down, right in AROUND:
        neighbour = samples[:, np.clip(place[0] + down, 0, rows - 1), np.clip(place[1] + right, 0, columns - 1)]
        next_to = pixels[np.clip(y + down, 0, len(pixels) - 1), np.clip(x + right, 0, pixels.shape[1] - 1)].astype(np.float32)
        found += [neighbour, np.clip(2 * nearest_chroma(next_to, number) - neighbour, 0, 255)]
    there = pixels[y, x].astype(np.float32)
    out = (there == 255).astype(np.float32) - (there == 0)
    return found + [nearest_chroma(there + levels * out, number) for levels in BEYOND]
