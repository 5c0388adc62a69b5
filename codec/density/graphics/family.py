"""Graphics as a family of densities (density/density.py): screenshots, drawings, maps, icons; no latents, so estimates have no error."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from codec.density.density import Encoded, Options, PixelsForm, Progress, Samples
from codec.density.estimates import Estimate
from codec.density.graphics.coder import decision_costs
from codec.density.graphics.model import GraphicsModel, load_graphics
from codec.density.graphics.pixels import code_rows
from codec.density.graphics.stripe import code_graphics, decode_graphics, encode_graphics, probe_digest
from codec.density.shared.tiles import stripe_rows
from codec.nets.model_file import ModelFile
from codec.system.kernels import is_ready


@dataclass(frozen=True)
class GraphicsDensity:
    """A model of graphics that codes (density.PixelsDensity)."""

    model: GraphicsModel
    limited: bool = True

    def __reduce__(self) -> tuple[Callable[[ModelFile, bool], GraphicsDensity], tuple[ModelFile, bool]]:
        return load_density, (self.file, self.limited)

    def unlimited(self) -> GraphicsDensity:
        return replace(self, limited=False)

    @property
    def file(self) -> ModelFile:
        return self.model.file

    @property
    def number(self) -> int:
        return self.model.number

    @property
    def latents(self) -> int:
        return 0

    def prepare(self) -> None:
        form = PixelsForm(1, 3, 3)
        pixels = np.zeros((1, 3, 3), np.uint8)
        decode_graphics(self.model, form, encode_graphics(self.model, form, pixels).payload)

    def is_prepared(self) -> bool:
        return is_ready(code_rows)

    def plan(self, form: PixelsForm) -> Sequence[slice]:
        return stripe_rows(form.height, form.width)

    def encode(self, form: PixelsForm, part: slice, data: Samples, options: Options) -> Encoded:
        return encode_graphics(self.model, _of(form, part), data, options.places)

    def decode(self, form: PixelsForm, part: slice, payload: bytes, progress: Progress | None = None) -> Samples:
        return decode_graphics(self.model, _of(form, part), payload, self.limited)

    def price(self, form: PixelsForm, part: slice, data: Samples, share: float) -> float:
        rows = max(1, min(len(data), round(len(data) * share)))
        first = (len(data) - rows) // 2
        some = np.ascontiguousarray(data[first : first + rows])
        coded = code_graphics(self.model, PixelsForm(rows, form.width, form.channels), some)
        return float(decision_costs(coded.decisions).sum()) * len(data) / rows

    def estimate(
        self, form: PixelsForm, part: slice, data: Samples, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        nats = np.array([-decision_costs(code_graphics(self.model, _of(form, part), data).decisions).sum() * math.log(2.0)])
        return [Estimate(count, nats, np.zeros(1), np.full(1, float(count)), nats) for count in particles]

    def probe(self) -> str:
        return probe_digest(self.model)


def load_density(file: ModelFile, limited: bool = True) -> GraphicsDensity:
    """The density of a model file of kind "graphics". Raises BadModel."""
    return GraphicsDensity(load_graphics(file), limited)


def _of(form: PixelsForm, part: slice) -> PixelsForm:
    """The form of a part of what has this form."""
    return replace(form, height=part.stop - part.start)
