"""Arrays of images as a kind of file: what can be done with a .npy file, and with the compressed file of an array."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from codec.container.container import Container, read_container
from codec.density import library
from codec.density.density import Images, ImagesDensity, ImagesForm
from codec.density.density import Progress as ImagesDone
from codec.density.estimates import cross_entropy
from codec.density.library import Named
from codec.errors import BadFile, BadInput
from codec.kinds.array.header import TYPES
from codec.kinds.array.stream import ArrayInfo, as_images, info_of, read_array, read_array_header, write_array
from codec.kinds.kind import Drawn, Summary
from codec.kinds.requests import Progress, Restored, Restoring, Settings, Source
from codec.media.array import Array, array_bytes, parse_array

ENDING = ".npy"
DIGIT = (28, 28)  # the images that the embedded models code


@dataclass(frozen=True)
class ArrayEstimate:
    """-log p(x) of the images with one number of particles: bits of a pixel with their 95 % interval, nats of an image, the estimator's own
    standard error (None for one particle), and how many particles count in effect."""

    particles: int
    bits_per_pixel: float
    interval_95: tuple[float, float]
    nats_per_image: float
    estimator_standard_error_nats: float | None
    effective_sample_size: float


@dataclass(frozen=True)
class ArrayEstimates:
    """Estimates of an array's images. model: the SHA-256 of the model's file."""

    images: int
    pixels: int
    model: str
    estimates: tuple[ArrayEstimate, ...]


class ArrayKind:
    """Arrays' files, compressed (kind.Kind)."""

    particles = (1, 8, 64)

    def compress(self, source: Source, settings: Settings) -> tuple[bytes, Summary]:
        """The nets choose their own number of threads."""
        if settings.method != "auto":
            raise BadInput(f"an array of images is coded by its model, not by the method {settings.method!r}")
        array = parse_array(source.data)
        density = _density_for(array, settings.model)
        began, images = time.perf_counter(), array.size // density.pixels
        data, info = write_array(array, density, settings.particles, _told("compressing", images, settings.progress))
        seconds = time.perf_counter() - began
        if settings.verify:
            container, progress = read_container(data), _told("verifying", images, settings.progress)
            if not _are_equal(read_array(container, read_array_header(container), lambda name: density, progress), array):
                raise BadInput("the result does not decode to it on this machine; nothing was written (run codec selftest)")
        return data, Summary(info, round(seconds, 3), settings.verify, len(source.data))

    def density(self, source: Source, settings: Settings, particles: Sequence[int], seed: int) -> ArrayEstimates:
        array = parse_array(source.data)
        density = _density_for(array, settings.model)
        images = as_images(array, density)
        if not len(images):
            raise BadInput("no images")
        return estimate_images(images, density, particles, seed)

    def heat_map(self, source: Source, settings: Settings) -> Drawn:
        raise BadInput("only the bits of pictures are drawn: give one, without --heatmap for arrays")


class ArrayFile:
    """The compressed file of an array, opened (kind.Opened)."""

    def __init__(self, container: Container) -> None:
        self.container, self.header = container, read_array_header(container)

    def info(self) -> ArrayInfo:
        return info_of(self.header, self.container.model, self.container.span("P")[1], len(self.container.data))

    def ending(self) -> str:
        return ENDING

    def decompress(self, restoring: Restoring) -> Restored:
        if restoring.ending not in (None, ENDING):
            raise BadInput(f"it holds an array of images: give the output the ending {ENDING}")
        return Restored(array_bytes(self.restore(restoring)), ENDING)

    def restore(self, restoring: Restoring) -> Array:
        if restoring.region is not None or restoring.salvage:
            raise BadInput("it holds an array of images, all in one message: only pictures have regions, or stripes to salvage")
        progress = _told("decompressing", self.header.images, restoring.progress)
        return read_array(self.container, self.header, lambda name: library.named_by(name, restoring.model).images, progress)

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        array = self.restore(restoring)
        if source is not None and not _are_equal(parse_array(source.data), array):
            raise BadFile("it holds another array")


def is_data_set(array: Array, model: Named | None) -> bool:
    """Whether an array in memory is one of small images, and not a picture: a model of images is named, or the embedded ones code it."""
    if model is None or model == library.PHOTO:
        return model is None and array.ndim > 2 and array.shape[-2:] == DIGIT and array.dtype in (np.uint8, np.bool_)
    return library.find(model).codes_images


def estimate_images(images: Images, density: ImagesDensity, particles: Sequence[int], seed: int) -> ArrayEstimates:
    """Estimates of -log p(x) of images [n, pixels], n >= 1, one for each number of particles."""
    form, found = ImagesForm(len(images), b""), list[ArrayEstimate]()
    rng = np.random.Generator(np.random.PCG64(seed))
    for estimate in density.estimate(form, slice(0, len(images)), images, particles, rng):
        whole = cross_entropy(estimate.log_density, density.pixels)
        error = float(np.mean(estimate.standard_error)) if estimate.particles > 1 else None
        effective, interval = float(np.mean(estimate.effective_size)), (whole.low, whole.high)
        found.append(ArrayEstimate(estimate.particles, whole.bits_per_dimension, interval, whole.nats, error, effective))
    return ArrayEstimates(len(images), density.pixels, density.file.sha256, tuple(found))


def _told(label: str, images: int, progress: Progress | None) -> ImagesDone | None:
    """What the density tells of its images done."""
    return None if progress is None else lambda done: progress(label, done, images)


def _are_equal(one: Array, other: Array) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


def _density_for(array: Array, model: Named | None) -> ImagesDensity:
    binary = not array.size or (array.dtype in TYPES and array.max() <= 1)
    return library.images_density(model, 2 if binary else 256)
