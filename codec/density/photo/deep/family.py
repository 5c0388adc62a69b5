"""The family of photos behind the protocol of densities, for planes of more than 8 bits a sample: a model of 8 bits codes them in cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from codec.density.density import DeepForm, DeepPlanes, Encoded, Options, Progress
from codec.density.estimates import Estimate
from codec.density.photo.deep.stripe import decode_deep_stripe, deep_probe_digest, encode_deep_stripe, price_deep_stripe
from codec.density.photo.deep.warm_up import is_deep_warm, warm_up_deep
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadModel
from codec.nets.model_file import ModelFile

PROBES = {  # digests of deep_probe_digest, by name of the model and what learns
    ("5a243d798ed3aafd", "outputs"): "105b5994ea6d0b0f24ce6940aa53b2d9aace7a09f683dc8c8a2058db7a83f699",
    ("97e0422110a41be3", "heads"): "dcc823555b4aeff2dd0e84ae85d81d17f3ad149fc3f1720baa363bbbb2ea572f",
    ("97e0422110a41be3", "all"): "34cf3f236ad161bb9d8073de902331b26f02755621b2aec2de334fe130bc699e",
    ("b44d6c9f60498633", "outputs"): "7a565a30846531c9602502d5a97cb1cc6824b38d2be357bad6b85d2d822eb385",
    ("8a1e995e117e8a6d", "heads"): "c0fa3fedc7bf2fcdd101021984da4bafb23d83ba52f666cfbbc72abc5d8109ab",
    ("8a1e995e117e8a6d", "all"): "b1f9bcf3ef62e01a281e947adfbc49d9d91be29515136395abb62e43f66783d3",
    ("a36bc205f8aa15e3", "all-whole"): "26d5595c0230d1ef5a7d6059c1f28626913d817e8e902c18b5970d064000bea2",
    ("a36bc205f8aa15e3", "all"): "86ae6350a14865886eae840ad88541d434445f48c1be2ee00d3c2a32a85bc631",
    ("bcc8de45599555ac", "directed-often-3"): "8d0768749c49fb19975cb91d945e74f952692d7a31a3652d3a1486fbfd586b09",
    ("3ef54451902b3bfb", "directed-often-steadily"): "ab603daf3ae1a9e44766f231b54164032822d51ac61cff24a8fc0480a09dd3e8",
    ("35888b67b54be129", "directed-often-3"): "708726cc25e13ce1c3ae934cd17f51e75fff1d8943a0b426a20e9838c04c7359",
    ("fd2bcee5e767335d", "directed-often-steadily"): "54482b94295ad761b07126c57e8cc524897a4644cbf20a8d951a2b56cc03b9c1",
    ("a3fe661c420b0224", "directed-often"): "d11e6719750a3e5fb6a6ff56ae7aa9abf86ce1afcff93d1d4c77f0a8895e7933",
}


@dataclass(frozen=True)
class DeepPhotoDensity:
    """A photo model that codes more than 8 bits a sample (density.DeepDensity). learning: what learns while it encodes."""

    model: PhotoModel
    number: int
    learning: str
    limited: bool = True

    def __reduce__(self) -> tuple[Callable[[ModelFile, int, str, bool], DeepPhotoDensity], tuple[ModelFile, int, str, bool]]:
        return load_deep_density, (self.file, self.number, self.learning, self.limited)

    def unlimited(self) -> DeepPhotoDensity:
        return replace(self, limited=False)

    @property
    def file(self) -> ModelFile:
        return self.model.file

    @property
    def channels(self) -> int:
        return self.model.channels

    @property
    def latents(self) -> int:
        return 0

    def prepare(self) -> None:
        warm_up_deep()

    def is_prepared(self) -> bool:
        return is_deep_warm()

    def plan(self, form: DeepForm) -> Sequence[slice]:
        return stripe_rows(form.height, form.width)

    def encode(self, form: DeepForm, part: slice, data: DeepPlanes, options: Options) -> Encoded:
        return encode_deep_stripe(self.model, self.learning, data, form.top, options.places)

    def decode(self, form: DeepForm, part: slice, payload: bytes, progress: Progress | None = None) -> DeepPlanes:
        shape = (self.channels, part.stop - part.start, form.width)
        return decode_deep_stripe(self.model, payload, shape, form.top, self.limited)

    def price(self, form: DeepForm, part: slice, data: DeepPlanes, share: float) -> float:
        return price_deep_stripe(self.model, self.learning, data, form.top, share)

    def estimate(
        self, form: DeepForm, part: slice, data: DeepPlanes, particles: Sequence[int], rng: np.random.Generator, from_prior: bool = False
    ) -> list[Estimate]:
        nats = np.array([-self.price(form, part, data, 1.0) * math.log(2.0)])
        return [Estimate(count, nats, np.zeros(1), np.full(1, float(count)), nats) for count in particles]

    def probe(self) -> str:
        if deep_probe_digest(self.model, self.learning) != PROBES.get((self.file.name.hex(), self.learning)):
            raise BadModel(f"this machine does not compute what the model {self.file.name.hex()} needs for 16 bits (codec selftest)")
        return str(self.file.metadata["probe"])


def load_deep_density(file: ModelFile, number: int, learning: str, limited: bool = True) -> DeepPhotoDensity:
    """The density of a model file of kind "photo" that payloads name by a number. Raises BadModel."""
    return DeepPhotoDensity(load_photo(file), number, learning, limited)
