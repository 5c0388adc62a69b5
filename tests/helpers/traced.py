"""Makes pixels that are less than they seem, and finds out what is taken for their trace."""

from __future__ import annotations

import io
import zlib

import numpy as np
from PIL import Image

from codec.container.numbers import write_length
from codec.density.density import Planes
from codec.density.photo.colour import Bytes
from codec.methods.traces.lattice import WHOLE
from codec.methods.traces.layouts import chroma_layout
from codec.methods.traces.maps import colour_map
from codec.methods.traces.samples import chroma_of, luma_of, own_pixels
from codec.methods.traces.trace import read_trace
from codec.methods.traces.traces import find_trace, restore_pixels


def photo_pixels(height: int = 120, width: int = 160, seed: int = 0) -> Bytes:
    """Something like a photo: smooth colours, and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [90 * np.sin(x / 19 + c) * np.cos(y / 23 - c) + 128 for c in range(3)]
    pixels: Bytes = np.clip(np.stack(waves, 2) + rng.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)
    return pixels


def once_jpeg(pixels: Bytes, **settings: int) -> Bytes:
    """The pixels after they have been a JPEG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **settings)
    return np.asarray(Image.open(file))


def from_map(pixels: Bytes, number: int, code: int = WHOLE) -> Bytes:
    """Pixels like these that a colour map makes of Y, U, V, of which U and V are laid out as a byte says."""
    colours, layout = colour_map(number), chroma_layout(code, *pixels.shape[:2])
    samples, _ = chroma_of(pixels[np.ix_(own_pixels(layout.rows), own_pixels(layout.columns))], number)
    y, _ = luma_of(pixels, samples, number, layout)
    return colours.colours(y, colours.terms(layout.spread(samples[0]), layout.spread(samples[1])))


def toned(pixels: Bytes) -> Bytes:
    """The first channel in brown, its blue falling where red and green rise."""
    gray = pixels[:, :, 0].astype(int)
    return np.stack([np.minimum(gray * 9 // 8, 255), gray * 3 // 4 + 20, 200 - gray // 2], 2).astype(np.uint8)


def found(pixels: Bytes, channels: int = 0) -> tuple[int, Planes]:
    """The kind of a stripe, and the planes of its first part, after it has been made sure that the trace is read as it was written,
    and gives the pixels."""
    trace, parts = find_trace(pixels, channels or pixels.shape[2])
    assert read_trace(trace + b"more") == (trace, len(trace))
    again = restore_pixels(trace, parts)
    assert again.dtype == np.uint8 and np.array_equal(again, pixels)
    return trace[0], parts[0]


def deflated(start: bytes, text: bytes) -> bytes:
    """A trace that says this."""
    content = zlib.compress(text)
    return start + write_length(len(content)) + content
