"""The family of JPEG files behind the protocol of densities: the quantised coefficients of a file's components, coded in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from codec.density.density import Coefficients, Encoded, Options, Progress
from codec.density.estimates import Estimate
from codec.density.jpeg.coefficients import code_component
from codec.density.jpeg.estimate import estimate_part, price_part
from codec.density.jpeg.form import JpegForm
from codec.density.jpeg.model import Model, load_jpeg
from codec.density.jpeg.part import decode_part, encode_part, plan_parts, probe_digest
from codec.nets.model_file import ModelFile
from codec.system.kernels import is_ready


@dataclass(frozen=True)
class CoefficientsDensity:
    """A JPEG model that codes (density.JpegDensity). It has no latents: layers that learn while they code tie all blocks of a part
    together."""

    model: Model
    limited: bool = True

    def __reduce__(self) -> tuple[Callable[[ModelFile, bool], CoefficientsDensity], tuple[ModelFile, bool]]:
        return load_density, (self.file, self.limited)

    def unlimited(self) -> CoefficientsDensity:
        return replace(self, limited=False)

    @property
    def file(self) -> ModelFile:
        return self.model.file

    @property
    def latents(self) -> int:
        return 0

    def prepare(self) -> None:
        probe_digest(self.model)

    def is_prepared(self) -> bool:
        return is_ready(code_component)

    def plan(self, form: JpegForm) -> Sequence[slice]:
        return plan_parts(form, self.model.part_blocks)

    def encode(self, form: JpegForm, part: slice, data: Coefficients, options: Options) -> Encoded:
        return encode_part(self.model, form, part, data, options.places)

    def decode(self, form: JpegForm, part: slice, payload: bytes, progress: Progress | None = None) -> Coefficients:
        return decode_part(self.model, form, part, payload, self.limited)

    def price(self, form: JpegForm, part: slice, data: Coefficients, share: float) -> float:
        return price_part(self.model, form, part, data, share)

    def estimate(
        self,
        form: JpegForm,
        part: slice,
        data: Coefficients,
        particles: Sequence[int],
        rng: np.random.Generator,
        from_prior: bool = False,
    ) -> list[Estimate]:
        return estimate_part(self.model, form, part, data, particles)

    def probe(self) -> str:
        return probe_digest(self.model)


def load_density(file: ModelFile, limited: bool = True) -> CoefficientsDensity:
    """The density of a model file. Raises BadModel."""
    return CoefficientsDensity(load_jpeg(file), limited)
