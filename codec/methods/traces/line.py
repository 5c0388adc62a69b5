"""Colours on a line where none of red, green and blue turns back, as toned pictures have: a plane of their numbers is coded."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from codec.density.density import Planes
from codec.density.photo.colour import Bytes
from codec.errors import BadFile, NotOnePlane
from codec.media.form import Pixels
from codec.methods.traces.trace import packed, unpacked

MOST_COLOURS = 256  # on a line


def is_gray(pixels: Pixels) -> bool:
    """Whether the first three channels are the same everywhere."""
    return all((band[:, :, :1] == band[:, :, 1:3]).all() for band in np.array_split(pixels, max(1, len(pixels) // 64)))


def line_of(bands: Iterable[Pixels]) -> NDArray[np.uint8] | None:
    """The colours [n, 3] of pixels uint8 [h, w, 3 or more], in bands, from one end of their line to the other; None if they lie on none."""
    keys = np.zeros(0, np.uint32)
    for band in bands:
        keys = _distinct(np.concatenate([keys, _distinct(_keys(band).reshape(-1))]))
        if len(keys) > MOST_COLOURS:
            return None
    colours = np.stack([keys >> 16, (keys >> 8) & 255, keys & 255], 1).astype(np.int64)
    colours = colours[np.argsort(colours @ [1, 2, 1], kind="stable")]
    steps = np.diff(colours, axis=0)
    return colours.astype(np.uint8) if ((steps >= 0).all(0) | (steps <= 0).all(0)).all() else None


def _keys(pixels: Pixels) -> NDArray[np.uint32]:
    """Colours as numbers."""
    red, green, blue = (pixels[:, :, channel].astype(np.uint32) for channel in range(3))
    keys: NDArray[np.uint32] = red << np.uint32(16) | green << np.uint32(8) | blue
    return keys


def _distinct(keys: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The keys in order, each once. (numpy.unique takes as long to load what it needs as a small picture takes to code.)"""
    keys = np.sort(keys)
    return np.concatenate([keys[:1], keys[1:][keys[1:] != keys[:-1]]])


def find_line(pixels: Bytes) -> tuple[bytes, Planes]:
    """What a stripe says of its colours, and the plane of their numbers. Raises NotOnePlane for colours that lie on no line."""
    colours = line_of([pixels])
    if colours is None:
        raise NotOnePlane("a model of gray pictures for one with colours: take a model of 3 channels")
    keys = _keys(colours[None])[0]
    order = np.argsort(keys)
    numbers = order[np.searchsorted(keys[order], _keys(pixels))]
    steps = np.diff(colours, axis=0, prepend=np.zeros((1, 3), np.uint8))
    return packed(steps.T.tobytes()), numbers.astype(np.int16)[None]


def restore_line(trace: bytes, numbers: NDArray[np.int16]) -> Bytes:
    """The pixels of the numbers of colours, by what find_line said. Raises BadFile."""
    steps = np.frombuffer(unpacked(trace, 1, 3 * MOST_COLOURS), np.uint8)
    colours = np.cumsum(steps.reshape(3, -1).T, 0, dtype=np.uint8) if len(steps) % 3 == 0 else steps.reshape(-1, 1)[:0]
    if numbers.max() >= len(colours):
        raise BadFile("the file is damaged: a pixel of a colour that does not occur")
    return colours[numbers]
