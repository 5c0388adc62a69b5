"""The family of arrays behind the protocol of densities: data sets of small images, coded by one- and two-layer VAEs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from codec.coding.tables import COST_BITS
from codec.density.arrays.chain import decode_chain, encode_chain
from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import load_model
from codec.density.arrays.model import ArrayModel, likelihood_coder, probe_digest
from codec.density.density import Encoded, Images, ImagesForm, Options, Progress
from codec.density.estimates import Estimate
from codec.nets.layers import Engine
from codec.nets.model_file import ModelFile


@dataclass(frozen=True)
class ArrayDensity:
    """A model of arrays that codes (density.ImagesDensity)."""

    model: ArrayModel

    def __reduce__(self) -> tuple[Callable[[ModelFile], ArrayDensity], tuple[ModelFile]]:
        return load_density, (self.file,)

    @property
    def file(self) -> ModelFile:
        return self.model.file

    @property
    def pixels(self) -> int:
        return self.model.pixels

    @property
    def levels(self) -> int:
        return self.model.levels

    @property
    def latents(self) -> int:
        return sum(self.model.sizes)

    def prepare(self) -> None:
        """Nothing: its kernels are small."""

    def is_prepared(self) -> bool:
        return True

    def plan(self, form: ImagesForm) -> Sequence[slice]:
        """One part: all images are one chain."""
        return [slice(0, form.images)]

    def encode(self, form: ImagesForm, part: slice, data: Images, options: Options) -> Encoded:
        return encode_chain(self.model, form, data, options)

    def decode(self, form: ImagesForm, part: slice, payload: bytes, progress: Progress | None = None) -> Images:
        return decode_chain(self.model, form, payload, progress)

    def price(self, form: ImagesForm, part: slice, data: Images, share: float) -> float:
        """Latents in the middle of their prior."""
        some = data[:: max(1, round(1 / share))]
        if not len(some):
            return 0.0
        depth = self.model.depths[0]
        latent = tuple(np.repeat((1 << bits >> 1)[None], len(some), 0) for bits in depth)
        bits = float(likelihood_coder(self.model, latent, depth).cost(some).sum()) / (1 << COST_BITS)
        return bits * len(data) / len(some)

    def estimate(
        self, form: ImagesForm, part: slice, data: Images, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        return log_densities(self.model, data, particles, rng, from_prior)

    def probe(self) -> str:
        return probe_digest(self.model)


def load_density(file: ModelFile, engine: Engine | None = None) -> ArrayDensity:
    """The density of a model file of kind "vae"; engine: what runs its nets, numpy if None. Raises BadModel."""
    return ArrayDensity(load_model(file, engine))
