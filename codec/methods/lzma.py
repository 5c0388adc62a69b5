"""Samples, or their differences, in a stream of LZMA2 (container/lzma2.py): for what has more than 8 bits, and for palettes.

One byte says how differences are taken, then the stream follows: of the samples as raw.py has them (below 8 bits), or of the bytes of
their differences. Differences are taken modulo 2^n, n the bits of a sample (floats as the integers of the same bits), and are undone by
sums: 0 none, 1 to the left neighbour, 2 to the one above, 3 to both; in bytes, highest first: all first bytes of the first channel, all
second ones ..., the next channel.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.errors import BadFile
from codec.media.form import Form, Pixels, sample_type
from codec.methods.method import CodedRows, Setting
from codec.methods.raw import raw_bytes, raw_pixels, raw_size

if TYPE_CHECKING:  # what a file is can be told without numpy
    import numpy as np
    from numpy.typing import NDArray

    from codec.density.density import PlanesDensity

NONE, LEFT, ABOVE, BOTH = range(4)
TRIAL = 1 << 16  # samples on which the way to take differences is tried
HOPELESS = 1 / 6  # of the bytes of samples: what deflates to more is noise, and not worth the time to find out
MOST_VALUES, MOST_SMALL = 1 << 13, 1 << 15  # that a byte of a stripe may stand for; of less than 8 bits, of which a byte holds several


class Lzma:
    """The method "planes"."""

    number = 3
    name = "planes"
    asked_by = ("graphics", "planes")
    single = True
    noisy = False
    slow = True

    def can_code(self, form: Form) -> bool:
        return True

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        return rows * form.width * form.channels <= (len(payload) + 1) * (MOST_VALUES if form.bits >= 8 else MOST_SMALL)

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        if form.bits < 8:
            return float(len(pack_bytes(raw_bytes(pixels, form))))
        best = min((_differences(pixels, way) for way in range(4)), key=_deflated)
        size = _deflated(best)
        return float(size if size > HOPELESS * pixels.nbytes else len(pack_bytes(best)))

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        return CodedRows(bytes([self.number]) + _encode(pixels, form))

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        way = payload[0] if len(payload) else BOTH + 1
        if way > (BOTH if form.bits >= 8 else NONE):
            raise BadFile("the file is damaged: an unknown way to take differences")
        content = unpack_bytes(payload[1:], raw_size(form, rows))
        return raw_pixels(content, form, rows) if form.bits < 8 else _sums(content, form, rows, way)


LZMA = Lzma()


def _encode(pixels: Pixels, form: Form) -> bytes:
    if form.bits < 8:
        return bytes([NONE]) + pack_bytes(raw_bytes(pixels, form))
    rows = max(1, TRIAL // pixels[0].size)
    first = max(0, len(pixels) - rows) // 2
    trial = pixels[first : first + rows]
    way = min(range(4), key=lambda way: len(pack_bytes(_differences(trial, way))))
    return bytes([way]) + pack_bytes(_differences(pixels, way))


def _deflated(data: bytes) -> int:
    """Bytes after the quickest deflation."""
    return len(zlib.compress(data, 1))


def _differences(pixels: Pixels, way: int) -> bytes:
    import numpy as np

    values = np.ascontiguousarray(pixels).view(np.dtype(f"<u{pixels.dtype.itemsize}")).copy()
    if way in (LEFT, BOTH):
        values[:, 1:] -= values[:, :-1].copy()
    if way in (ABOVE, BOTH):
        values[1:] -= values[:-1].copy()
    size = values.dtype.itemsize
    split = values.view(np.uint8).reshape(*values.shape, size)[..., ::-1]
    return split.transpose(2, 3, 0, 1).tobytes()


def _sums(content: bytes, form: Form, rows: int, way: int) -> Pixels:
    import numpy as np

    kind: np.dtype[np.unsignedinteger] = np.dtype(f"<u{sample_type(form.mode).itemsize}")
    shape = form.channels, kind.itemsize, rows, form.width
    split = np.frombuffer(content, np.uint8).reshape(shape).transpose(2, 3, 0, 1)[..., ::-1]
    values: NDArray[np.unsignedinteger] = np.ascontiguousarray(split).view(kind)[..., 0]
    if way in (ABOVE, BOTH):
        values = np.cumsum(values, axis=0, dtype=kind)
    if way in (LEFT, BOTH):
        values = np.cumsum(values, axis=1, dtype=kind)
    return np.ascontiguousarray(values).view(sample_type(form.mode))
