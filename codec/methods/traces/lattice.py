"""Pixels on a lattice: their RGB triples are those that a known colour map (maps.py) makes of Y, U, V, which are coded instead.

Where U and V are fewer than pixels (layouts.py), three planes of their own sizes are coded, by a density of one channel; a density of three
codes Y, V, U of every pixel, less U and V of gray. Pixels that do not come out are listed.

What a trace says: the number of the map; the layout's byte; length and bytes of a deflated text: how many pixels are listed, for each how
many lie before it since the one before, all numbers as numbers.py writes them; then, of all of them R, of all G, of all B, less what the
map gives, modulo 256.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from codec.container.numbers import read_length, write_length
from codec.density.density import Planes
from codec.density.photo.colour import Bytes
from codec.errors import BadFile
from codec.methods.traces.layouts import ROW_PHASE, ChromaLayout, chroma_layout, has_row_phase, layout_codes
from codec.methods.traces.maps import MAPS, Whole, colour_map
from codec.methods.traces.probe import can_tell, maps_of
from codec.methods.traces.samples import Mask, chroma_of, find_samples, have_pixels, inverse_of, own_pixels
from codec.methods.traces.trace import packed, unpacked

TEST_ROWS, IN_LAYOUT = 32, 0.98  # rows by which layouts are told apart; the share of their pixels that must have the chroma of the layout
AS_GOOD = 0.002  # by how much less of them a layout of fewer samples may have
LISTED = 0.3  # most bits of listed pixels, of those that the lattice saves if it is all of it
WHOLE = 0  # the byte of the layout in which each pixel has its own U and V


def find_lattice(pixels: Bytes, channels: int) -> tuple[bytes, list[Planes]] | None:
    """What a stripe [h, w, 3] says of its map, and its planes for a density of so many channels; None if it is on no lattice that pays."""
    for number in maps_of(pixels):
        code = WHOLE if channels == 3 else _layout_in(pixels, number)
        if (code == WHOLE) == (channels == 3):
            return _planes_of(pixels, channels, number, code)
    return None


def _planes_of(pixels: Bytes, channels: int, number: int, code: int) -> tuple[bytes, list[Planes]] | None:
    """What find_lattice finds, of a map and a layout; None if that does not pay."""
    layout = chroma_layout(code, *pixels.shape[:2])
    y, (u, v), wrong = find_samples(pixels, number, layout)
    text = _listed(pixels, _pixels(number, layout, y, u, v), wrong)
    gain = -math.log2(abs(float(np.linalg.det(inverse_of(number)[:3].astype(np.float64)))))
    if 8 * len(text) > LISTED * gain * y.size:
        return None
    middle = colour_map(number).middle
    planes = [np.stack([y, v - middle[1], u - middle[0]])] if channels == 3 else [plane[None] for plane in (y, u, v)]
    return bytes([number, code]) + text, [np.ascontiguousarray(plane, np.int16) for plane in planes]


def _layout_in(pixels: Bytes, number: int) -> int:
    """The byte of the layout of fewer samples that the chroma of some rows has, those that tell most; WHOLE if there is none."""
    sums = np.cumsum(np.pad(can_tell(pixels).sum(1), (1, 0)))
    top = int(np.argmax(sums[TEST_ROWS:] - sums[:-TEST_ROWS])) if len(pixels) > TEST_ROWS else 0
    chroma, sure = chroma_of(pixels[top : top + TEST_ROWS], number)
    found = [(_fit(chroma, sure, layout), math.prod(layout.shape), code) for code, layout in _layouts(*sure.shape)]
    best = max(fit for fit, _, _ in found)
    _, code = min((size, code) for fit, size, code in found if fit >= best - AS_GOOD)
    return (code ^ ROW_PHASE if top & 1 and has_row_phase(code) else code) if best >= IN_LAYOUT else WHOLE


def _layouts(height: int, width: int) -> list[tuple[int, ChromaLayout]]:
    """Those of fewer samples than pixels, and their bytes."""
    return [(code, chroma_layout(code, height, width)) for code in layout_codes()]


def _fit(chroma: Whole, sure: Mask, layout: ChromaLayout) -> float:
    """Of the pixels whose U and V are sure, and do not lie at a sample, those that have what a layout makes of the samples around."""
    own = np.ix_(own_pixels(layout.rows), own_pixels(layout.columns))
    tell = sure & (layout.sums((sure[own] & have_pixels(layout)).astype(np.int32)) == 4)
    tell[own] = False
    same = (layout.spread(chroma[0][own]) == chroma[0]) & (layout.spread(chroma[1][own]) == chroma[1])
    return float(same[tell].mean()) if tell.any() else 0.0


def _pixels(number: int, layout: ChromaLayout, y: Whole, u: Whole, v: Whole) -> Bytes:
    """What a map makes of Y, and of samples of U and V."""
    colours = colour_map(number)
    return colours.colours(y, colours.terms(layout.spread(u), layout.spread(v)))


def _listed(pixels: Bytes, made: Bytes, wrong: Mask) -> bytes:
    """Pixels that do not come out, and what they are instead."""
    places = np.flatnonzero(wrong)
    gaps = b"".join(write_length(int(gap)) for gap in np.diff(places, prepend=-1) - 1)
    return packed(write_length(len(places)) + gaps + (pixels[wrong] - made[wrong]).T.tobytes())


def plane_shapes(trace: bytes, channels: int, height: int, width: int) -> list[tuple[int, int]]:
    """The sizes of the planes of a stripe of this size, by a density of so many channels. Raises BadFile."""
    number, code = trace[1], trace[2]
    if number >= len(MAPS) or code not in (WHOLE, *layout_codes()) or (code == WHOLE) != (channels == 3):
        raise BadFile("the file is damaged, or of a later release: a stripe on a lattice that this one does not know")
    return [(height, width)] if channels == 3 else [(height, width), *2 * [chroma_layout(code, height, width).shape]]


def restore_lattice(trace: bytes, planes: list[Planes]) -> Bytes:
    """The pixels of planes, by what find_lattice said. Raises BadFile."""
    number, code = trace[1], trace[2]
    wide = [plane.astype(np.int32) for plane in planes]
    if len(planes) == 1:
        y, v, u = wide[0] + np.array([0, *colour_map(number).middle[::-1]], np.int32)[:, None, None]
    else:
        y, u, v = (plane[0] for plane in wide)
    if min(u.min(), v.min()) < 0 or max(u.max(), v.max()) > 255:
        raise BadFile("the file is damaged: a colour that the lattice does not have")
    pixels = _pixels(number, chroma_layout(code, *y.shape), y, u, v)
    _correct(pixels.reshape(-1, 3), unpacked(trace, 3, 16 + 3 * pixels.size))
    return pixels


def _correct(flat: NDArray[np.uint8], text: bytes) -> None:
    """Correct the pixels that are listed. Raises BadFile."""
    count, position = read_length(text, 0)
    if count > len(flat):
        raise BadFile("the file is damaged: more pixels are listed than there are")
    places, at = np.zeros(count, np.int64), -1
    for number in range(count):
        gap, position = read_length(text, position)
        at += gap + 1
        if at >= len(flat):
            raise BadFile("the file is damaged: a pixel beyond the stripe")
        places[number] = at
    if position + 3 * count != len(text):
        raise BadFile("the file is damaged: pixels that belong nowhere")
    flat[places] += np.frombuffer(text, np.uint8, 3 * count, position).reshape(3, count).T
