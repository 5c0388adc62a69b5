"""A toy method of coding: pixels of one colour as that colour and how often it comes, for flat pictures and nothing else.

A payload: for each run of equal pixels from the top left to the bottom right, its samples, and its length as container/numbers.py writes
it. This is all that a new method of coding takes, beside its place in methods/choice.METHODS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from codec.container.numbers import read_length, write_length
from codec.density.density import PlanesDensity
from codec.errors import BadFile, CodecError
from codec.media.form import Form, Pixels
from codec.methods.method import CodedRows, Setting


@dataclass(frozen=True)
class RunLengths:
    """The method "runs"."""

    number: int = 250
    name: str = "runs"
    asked_by: tuple[str, ...] = ("runs", "graphics")
    single: bool = True
    noisy: bool = False
    slow: bool = False

    def can_code(self, form: Form) -> bool:
        return form.bits == 8

    def is_plausible(self, payload: memoryview, form: Form, rows: int) -> bool:
        try:
            return sum(length for _, length in _runs(payload, form)) == rows * form.width
        except CodecError:
            return False

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        return float(len(self.encode(pixels, form, setting).data))

    def encode(self, pixels: Pixels, form: Form, setting: Setting) -> CodedRows:
        flat = pixels.reshape(-1, form.channels)
        starts = [0, *(1 + np.flatnonzero((flat[1:] != flat[:-1]).any(1))).tolist()]
        runs = zip(starts, [*starts[1:], len(flat)], strict=True)
        return CodedRows(bytes([self.number]) + b"".join(flat[start].tobytes() + write_length(stop - start) for start, stop in runs))

    def decode(self, payload: memoryview, form: Form, rows: int, density: PlanesDensity | None) -> Pixels:
        found = _runs(payload, form)
        colours = np.frombuffer(b"".join(colour for colour, _ in found), np.uint8).reshape(-1, form.channels)
        flat = np.repeat(colours, [length for _, length in found], axis=0)
        if len(flat) != rows * form.width:
            raise BadFile(f"the file is damaged: runs of {len(flat)} pixels")
        return flat.reshape(rows, form.width, form.channels)


RUN_LENGTHS = RunLengths()


def _runs(payload: memoryview, form: Form) -> list[tuple[bytes, int]]:
    """The colours and lengths of runs. Raises BadFile."""
    data, position, found = bytes(payload), 0, list[tuple[bytes, int]]()
    while position < len(data):
        start = position + form.channels
        length, position = read_length(data, start)
        found.append((data[start - form.channels : start], length))
    return found
