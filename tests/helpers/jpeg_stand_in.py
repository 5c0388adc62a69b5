"""A family of densities that deflates the coefficients of JPEG files instead of modelling them: for tests of all that lies around."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from codec.density import named_model
from codec.density.density import Coefficients, Encoded, Options, PlaceCosts, Progress
from codec.density.estimates import Estimate
from codec.density.jpeg.form import JpegForm
from codec.density.named_model import NamedModel
from codec.errors import BadFile
from codec.nets.model_file import ModelFile, read_model, write_model

FAMILY = "jpeg-stand-in"
ROWS = 3  # of units in a part


@dataclass
class DeflatedJpeg:
    """A density of coefficients without latents (density.JpegDensity). wrong: what it decodes is not what it coded."""

    file: ModelFile
    latents: int = 0
    wrong: bool = False
    prepared: list[bool] = field(default_factory=lambda: [True])

    def prepare(self) -> None:
        self.prepared.append(True)

    def is_prepared(self) -> bool:
        return bool(self.prepared)

    def unlimited(self) -> DeflatedJpeg:
        return self

    def plan(self, form: JpegForm) -> Sequence[slice]:
        return [slice(top, min(top + ROWS, form.unit_rows)) for top in range(0, form.unit_rows, ROWS)]

    def encode(self, form: JpegForm, part: slice, data: Coefficients, options: Options) -> Encoded:
        assert all(one.dtype == np.int16 and one.flags.c_contiguous for one in data)
        assert [one.shape for one in data] == self._shapes(form, part)
        payload = zlib.compress(b"".join(one.tobytes() for one in data), 9)
        bits = {f"component {number}": 8.0 * len(payload) / len(data) for number in range(len(data))} | {"estimate": 8.0 * len(payload)}
        places = PlaceCosts(np.full((part.stop - part.start, form.components[0].columns), 8.0 * len(payload)))
        return Encoded(payload, bits, places=places if options.places else None)

    def decode(self, form: JpegForm, part: slice, payload: bytes, progress: Progress | None = None) -> Coefficients:
        shapes = self._shapes(form, part)
        sizes = [2 * rows * columns * 64 for rows, columns, _ in shapes]
        unpacker = zlib.decompressobj()
        try:
            content = unpacker.decompress(payload, sum(sizes) + 1)
        except zlib.error as error:
            raise BadFile("no part") from error
        if len(content) != sum(sizes) or unpacker.unused_data or not unpacker.eof:
            raise BadFile("no part")
        ends = np.cumsum(sizes)
        found = [
            np.frombuffer(content[end - size : end], np.int16).reshape(shape) for size, end, shape in zip(sizes, ends, shapes, strict=True)
        ]
        return [np.zeros_like(one) for one in found] if self.wrong else found

    def price(self, form: JpegForm, part: slice, data: Coefficients, share: float) -> float:
        return 8.0 * len(zlib.compress(b"".join(one.tobytes() for one in data), 1))

    def estimate(
        self, form: JpegForm, part: slice, data: Coefficients, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        log, none = np.array([-100.0]), np.zeros(1)
        return [Estimate(count, log, none, none + count, log) for count in particles]

    def probe(self) -> str:
        return "deflated"

    def _shapes(self, form: JpegForm, part: slice) -> list[tuple[int, int, int]]:
        rows = [one.rows_of(part) for one in form.components]
        return [(row.stop - row.start, one.columns, 64) for row, one in zip(rows, form.components, strict=True)]


MODEL = write_model({"kind": FAMILY, "probe": "deflated"}, {"nothing": np.zeros(1, np.uint8)})
NAMED = NamedModel("jpeg-stand-in", MODEL)
DENSITY = DeflatedJpeg(read_model(MODEL))
WRONG = DeflatedJpeg(read_model(MODEL), wrong=True)


@contextmanager
def jpeg_stand_in_known(density: DeflatedJpeg = DENSITY) -> Iterator[NamedModel]:
    """Inside, the library knows the family: the one line that a new family takes. Gives a model of it."""
    named_model.JPEGS[FAMILY] = lambda file: density
    try:
        yield NamedModel("jpeg-stand-in", MODEL)
    finally:
        del named_model.JPEGS[FAMILY]
