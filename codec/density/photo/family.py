"""The family of photos behind the protocol of densities: planes of continuous-tone pictures, coded in stripes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from codec.density.density import Encoded, Options, Planes, PlanesForm, Progress
from codec.density.estimates import Estimate
from codec.density.photo.area import PhotoArea
from codec.density.photo.chain import decode_pictures, encode_pictures
from codec.density.photo.estimate import estimate_stripe, price_stripe
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.side import best_side
from codec.density.photo.stripe import decode_stripe, encode_stripe, is_small, message_lanes, probe_digest
from codec.density.photo.warm_up import is_warm, warm_up
from codec.density.shared.step import usual_funding
from codec.density.shared.tiles import stripe_rows
from codec.nets.model_file import ModelFile
from codec.system.records import record


@record(frozen=True)
class PhotoDensity:
    """A photo model that codes (density.PlanesDensity)."""

    model: PhotoModel
    limited: bool = True

    def __reduce__(self) -> tuple[Callable[[ModelFile, bool], PhotoDensity], tuple[ModelFile, bool]]:
        return load_density, (self.file, self.limited)

    def unlimited(self) -> PhotoDensity:
        return replace(self, limited=False)

    @property
    def file(self) -> ModelFile:
        return self.model.file

    @property
    def channels(self) -> int:
        return self.model.channels

    @property
    def latents(self) -> int:
        return self.model.latents

    def best_side(self, planes: Planes) -> int:
        return best_side(planes) if self.model.from_best_side else 0

    def prepare(self) -> None:
        warm_up()

    def is_prepared(self) -> bool:
        return is_warm()

    def plan(self, form: PlanesForm) -> Sequence[slice]:
        return stripe_rows(form.height, form.width)

    def encode(self, form: PlanesForm, part: slice, data: Planes, options: Options) -> Encoded:
        if form.chain:
            return encode_pictures(self.model, data, form.chain)
        return encode_stripe(self.model, data, options.particles, options.places, form.small)

    def decode(self, form: PlanesForm, part: slice, payload: bytes, progress: Progress | None = None) -> Planes:
        shape = self.channels, part.stop - part.start, form.width
        if form.chain:
            return decode_pictures(self.model, payload, shape, form.chain, self.limited)
        return decode_stripe(self.model, payload, shape, self.limited)

    def price(self, form: PlanesForm, part: slice, data: Planes, share: float) -> float:
        return price_stripe(self.model, data, share)

    def estimate(
        self, form: PlanesForm, part: slice, data: Planes, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        area = PhotoArea.known(self.model, data)
        with_latents = self.model.tries_latents or max(particles) > 1
        rows = usual_funding(area, message_lanes(area.height * area.width)) if with_latents else area.height
        usual = estimate_stripe(area, rows, particles, rng, from_prior)
        if not form.small or not is_small(data[0].size):
            return usual
        area = PhotoArea.known(self.model, data, small=True)
        return min(estimate_stripe(area, area.height, particles, rng, from_prior), usual, key=lambda way: -way[0].bits)

    def probe(self) -> str:
        return probe_digest(self.model)


def load_density(file: ModelFile, limited: bool = True) -> PhotoDensity:
    """The density of a model file of kind "photo". Raises BadModel."""
    return PhotoDensity(load_photo(file), limited)
