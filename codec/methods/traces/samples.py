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
from codec.methods.traces.chroma_search import CANDIDATES, SearchLayout, SearchMap, fit_luma, repair, search_chroma
from codec.methods.traces.layouts import ALL, Axis, ChromaLayout, Places
from codec.methods.traces.maps import Whole, colour_map

Mask = NDArray[np.bool_]
STEPS = [(u, v) for u in (0, -1, 1) for v in (0, -1, 1)]
AROUND = ((0, 1), (0, -1), (1, 0), (-1, 0))
BEYOND = (0, 2, 4, 7, 11, 16, 22, 30, 40, 52, 68, 90)  # levels by which a clamped channel may have been out of range
GRID = 21  # levels between those of the grid
WORTH_IT = 0.85  # of wrong pixels: so many at most must be left by a round for another one


@cache
def _grid() -> Whole:
    """Y, U and V [3, n] from which the inverse of a map is fitted."""
    return np.stack(np.meshgrid(*3 * [np.arange(0, 256, GRID, dtype=np.int32)])).reshape(3, -1)


@cache
def inverse_of(number: int) -> NDArray[np.float32]:
    """The affine map [4, 3] from R, G, B, 1 to Y, U, V, fitted where no channel is clamped."""
    colours, grid = colour_map(number), _grid()
    y, u, v = grid
    levels = colours.levels(y, colours.terms(u, v))
    inside = ((levels > 0) & (levels < 255)).all(0)
    known = np.ones((4, int(inside.sum())))
    known[:3] = levels[:, inside]
    inverse: NDArray[np.float32] = np.linalg.solve(known @ known.T, known @ grid[:, inside].T).astype(np.float32)  # sums that are exact
    return inverse


@cache
def search_map(number: int) -> SearchMap:
    """A map as the search takes it."""
    colours = colour_map(number)
    return SearchMap(colours.tables, inverse_of(number), np.array(BEYOND, np.int32), colours.slope, colours.offset, colours.unit)


def chroma_of(pixels: Bytes, number: int) -> tuple[Whole, Mask]:
    """U and V [2, h, w] of pixels, each by itself, and where they are sure: they give the pixel with some Y, and no channel is clamped."""
    shape, flat = pixels.shape[:2], np.ascontiguousarray(pixels).reshape(-1, 3)
    found, sure = np.zeros((2, len(flat)), np.int32), np.zeros(len(flat), np.uint8)
    search_chroma(flat, search_map(number), found, sure)
    return found.reshape(2, *shape), sure.view(np.bool_).reshape(shape)


def find_samples(pixels: Bytes, number: int, layout: ChromaLayout) -> tuple[Whole, Whole, Mask]:
    """Y [h, w], samples of U and V [2, ...], and which pixels these do not give: as few as can be found."""
    chroma, sure = chroma_of(pixels[np.ix_(own_pixels(layout.rows), own_pixels(layout.columns))], number)
    samples = _filled(chroma, sure & have_pixels(layout))
    luma, wrong = luma_of(pixels, samples, number, layout)
    before = 2 * wrong.size
    while wrong.sum() < before * WORTH_IT:
        before = int(wrong.sum())
        near, tried = np.zeros(layout.shape, np.uint8), np.zeros((CANDIDATES, 2), np.int64)
        repair(np.ascontiguousarray(pixels), samples, wrong.view(np.uint8), _places(layout), search_map(number), near, tried)
        luma, wrong = luma_of(pixels, samples, number, layout)
    return luma, samples, wrong


def luma_of(pixels: Bytes, samples: Whole, number: int, layout: ChromaLayout) -> tuple[Whole, Mask]:
    """The Y [h, w] that come nearest to the pixels, given samples of U and V, and where these do not give the pixels."""
    luma, wrong = np.zeros(pixels.shape[:2], np.int32), np.zeros(pixels.shape[:2], np.uint8)
    fit_luma(np.ascontiguousarray(pixels), samples, _places(layout), search_map(number), luma, wrong)
    return luma, wrong.view(np.bool_)


def _places(layout: ChromaLayout) -> SearchLayout:
    """A layout as the search takes it."""
    rows, columns = (np.stack([axis.first, axis.second]) for axis in (layout.rows, layout.columns))
    down, right = (int(axis.way != ALL) for axis in (layout.rows, layout.columns))
    return SearchLayout(rows, columns, layout.rows.own, layout.columns.own, down, right)


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
