"""The family of arrays behind the protocol of densities: data sets of small images, coded by VAEs, or pixel by pixel, or both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from codec.density.arrays.chain import decode_chain, encode_chain
from codec.density.arrays.estimate import log_densities, price_images
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import ArrayModel, probe_digest
from codec.density.arrays.samples import draw_images, interpolate, layer_costs, reconstruct
from codec.density.density import MAX_BATCH, Encoded, Images, ImagesForm, LayerCosts, Options, Progress
from codec.density.estimates import Estimate
from codec.nets.layers import Engine
from codec.nets.model_file import ModelFile
from codec.system.records import record


@record(frozen=True)
class ArrayDensity:
    """A model of arrays that codes (density.ImagesDensity)."""

    model: ArrayModel
    limited: bool = True

    def __reduce__(self) -> tuple[Callable[[ModelFile, None, bool], ArrayDensity], tuple[ModelFile, None, bool]]:
        return load_density, (self.file, None, self.limited)

    def unlimited(self) -> ArrayDensity:
        return replace(self, limited=False)

    def on(self, engine: Engine) -> ArrayDensity:
        return load_density(self.file, engine, self.limited)

    @property
    def file(self) -> ModelFile:
        return self.model.file

    @property
    def pixels(self) -> int:
        return self.model.pixels

    @property
    def shape(self) -> tuple[int, ...]:
        return self.model.shape

    @property
    def levels(self) -> int:
        return self.model.levels

    @property
    def particles(self) -> int:
        return self.model.particles

    @property
    def latents(self) -> int:
        return sum(self.model.sizes)

    def prepare(self) -> None:
        """Nothing: its kernels are small."""

    def is_prepared(self) -> bool:
        return True

    def plan(self, form: ImagesForm) -> Sequence[slice]:
        """One part: all images are one chain. Without latents nothing chains them: then a part is a batch."""
        length = max(form.images, 1) if self.model.sizes else MAX_BATCH
        return [slice(first, min(first + length, form.images)) for first in range(0, max(form.images, 1), length)]

    def encode(self, form: ImagesForm, part: slice, data: Images, options: Options) -> Encoded:
        return encode_chain(self.model, form, data, options, limited=self.limited)

    def decode(self, form: ImagesForm, part: slice, payload: bytes, progress: Progress | None = None) -> Images:
        return decode_chain(self.model, _form_of_part(form, part), payload, progress, limited=self.limited)

    def price(self, form: ImagesForm, part: slice, data: Images, share: float) -> float:
        return price_images(self.model, data, share)

    def estimate(
        self, form: ImagesForm, part: slice, data: Images, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        return log_densities(self.model, data, particles, rng, from_prior)

    def draw(self, count: int, rng: np.random.Generator) -> Images:
        return draw_images(self.model, count, rng)

    def reconstruct(self, images: Images, rng: np.random.Generator) -> NDArray[np.float64]:
        return reconstruct(self.model, images, rng)

    def interpolate(self, images: Images, steps: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return interpolate(self.model, images, steps, rng)

    def layer_costs(self, images: Images, rng: np.random.Generator) -> LayerCosts:
        return layer_costs(self.model, images, rng)

    def probe(self) -> str:
        return probe_digest(self.model)


def _form_of_part(form: ImagesForm, part: slice) -> ImagesForm:
    """The form of the images of a part alone. Batches that are not the part's make a form that decode_chain refuses."""
    ends = list(accumulate(batch.images for batch in form.batches))
    batches = tuple(batch for batch, end in zip(form.batches, ends, strict=True) if part.start < end <= part.stop)
    return replace(form, images=part.stop - part.start, batches=batches)


def load_density(file: ModelFile, engine: Engine | None = None, limited: bool = True) -> ArrayDensity:
    """The density of a model file of kind "vae"; engine: what runs its nets, numpy if None. Raises BadModel."""
    return ArrayDensity(load_arrays(file, engine), limited)
