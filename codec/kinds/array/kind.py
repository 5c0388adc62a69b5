"""Arrays of images as a kind of file: what can be done with a .npy file, and with the compressed file of an array."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace

import numpy as np

from codec.container.container import Container, read_container
from codec.density import library
from codec.density.density import ImagesDensity
from codec.density.density import Progress as ImagesDone
from codec.density.named_model import Named
from codec.errors import BadFile, BadInput, TooShort
from codec.kinds import table
from codec.kinds.array.density import estimate_images
from codec.kinds.array.header import TYPES
from codec.kinds.array.plain import PlainInfo, describe, frame_rows, plain_info, read_description, read_plain, samples_of, write_plain
from codec.kinds.array.plain import seen_as_picture as as_picture
from codec.kinds.array.stream import ArrayInfo, as_images, info_of, read_array_header, read_images, write_array
from codec.kinds.kind import Drawn, Estimates, Info, Summary
from codec.kinds.original import keep
from codec.kinds.ready import make_ready
from codec.kinds.requests import Progress, Restored, Restoring, Settings, Source
from codec.media.array import Array, array_bytes, parse_array
from codec.media.limits import check_pixels
from codec.media.picture import Picture
from codec.methods.choice import AUTO, STORED
from codec.nets.layers import Engine

ENDING = ".npy"
DIGIT = (28, 28)  # the images that embedded models code without being named
MOST_BOTH = 1 << 22  # samples of a volume that is coded both as frames and as one picture; of a larger one, a trial says which
ANY_ENGINE = "engine"  # but numpy: what probes are remembered by
IMAGES_OF_PARTICLE = 100  # a model's own particles are for data sets: of few images they take long, in batches of one or two
LARGE_SHARE = 0.25  # of its bytes: a data set whose file is larger by a model of images is tried as a picture, too


class ArrayKind:
    """Arrays' files, compressed (kind.Kind)."""

    particles = (1, 8, 64)

    def compress(self, source: Source, settings: Settings) -> tuple[bytes, Summary]:
        """A file that gives back the .npy, byte for byte; one that numpy would write otherwise is kept as it is."""
        began, array = time.perf_counter(), parse_array(source.data)
        if _is_free(settings) and array_bytes(array) != source.data:
            return _keep(source, "numpy would write it otherwise", settings, began)
        data, summary = compress_array(array, settings)
        if _is_free(settings) and len(data) > len(source.data):
            return _keep(source, "it is smaller so", settings, began)
        return data, replace(summary, original_bytes=len(source.data))

    def density(self, source: Source, settings: Settings, particles: Sequence[int], seed: int) -> Estimates:
        return estimate_array(parse_array(source.data), settings, particles, seed)

    def heat_map(self, source: Source, settings: Settings) -> Drawn:
        raise BadInput("only the bits of pictures are drawn: give one, without --heatmap for arrays")


def compress_array(array: Array, settings: Settings) -> tuple[bytes, Summary]:
    """The compressed file of an array, at most its bytes and 128 large unless a model is named. Raises BadInput.

    A data set of images is coded by a model of images where that is smaller, everything else by what codes pictures, or packed."""
    began, found = time.perf_counter(), list[tuple[bytes, Info]]()
    describe(array)
    if is_data_set(array, settings.model) and (settings.method == AUTO or settings.model is not None):
        with suppress(TooShort) if settings.model is None else nullcontext():
            found.append(_by_images(array, settings))
    named = bool(found) and settings.model is not None
    if not named and (not found or len(found[0][0]) > LARGE_SHARE * array.nbytes):
        found.append(_by_pictures(array, settings))
    data, info = min(found, key=lambda pair: len(pair[0]))
    return data, Summary(info, _since(began), settings.verify)


def _by_images(array: Array, settings: Settings) -> tuple[bytes, Info]:
    """The nets choose their own number of threads."""
    if settings.method != AUTO:
        raise BadInput(f"an array of images is coded by its model, not by the method {settings.method!r}")
    density = _on(density_for(array, settings.model), settings.engine)
    make_ready(density, settings.progress, ANY_ENGINE if settings.engine else "")
    images = array.size // density.pixels
    told, threads = _told("compressing", images, density.pixels, settings.progress), settings.threads
    particles = settings.particles_or(max(1, min(density.particles, images // IMAGES_OF_PARTICLE)))
    data, info = write_array(array, density, particles, told, threads)
    if settings.verify:
        container, progress = read_container(data), _told("verifying", images, density.pixels, settings.progress)
        _check_equal(read_images(container, read_array_header(container), lambda name: density, progress, settings.threads), array)
    return data, info


def _by_pictures(array: Array, settings: Settings) -> tuple[bytes, Info]:
    def compress(picture: Picture) -> tuple[bytes, Info]:
        data, summary = table.compress_image(picture, settings)
        return data, summary.info

    picture = as_picture(describe(array), samples_of(array)) if settings.method != STORED else None
    if picture is None and not _is_free(settings) and settings.method != STORED:
        what = f"an array of type {array.dtype} and shape {list(array.shape)}"
        raise BadInput(f"{what} is like no picture: leave model and method to the codec")
    if picture is not None:
        check_pixels(picture.width, picture.height, settings.max_pixels)
    frames = None if picture is None else _by_frames(picture, array.shape, settings)
    whole = None if picture is None or (frames is not None and array.size > MOST_BOTH) else compress(picture)
    data, info = write_plain(array, whole, _is_free(settings), frames)
    if settings.verify:
        restoring = Restoring(model=settings.model, threads=settings.threads, max_pixels=settings.max_pixels)
        _check_equal(PlainFile(read_container(data)).restore(restoring), array)
    return data, info


def _by_frames(picture: Picture, shape: tuple[int, ...], settings: Settings) -> bytes | None:
    """The picture of a volume or a video as frames that see each other; None for any other one, and where that gains nothing."""
    frames = _frames_of(picture, shape, settings)
    return table.write_sequence(frames, settings) if frames else None


def _frames_of(picture: Picture, shape: tuple[int, ...], settings: Settings) -> list[Picture]:
    """The frames of an array that is a sequence of some; none where the choice is not the codec's."""
    rows = frame_rows(shape, picture.channels)
    if not rows or not _is_free(settings):
        return []
    parts = (picture.pixels[top : top + rows] for top in range(0, picture.height, rows))
    return [Picture(picture.mode, part, bits=picture.bits) for part in parts]


class PlainFile:
    """The compressed file of an array of any type and shape, opened (kind.Opened)."""

    def __init__(self, container: Container) -> None:
        self.container, self.header = container, read_description(container)

    def info(self) -> PlainInfo:
        description, _, tag = self.header
        picture = table.open_file(self.container.section("I")).info() if tag == "I" else None
        return plain_info(description, tag, len(self.container.data), picture)

    def ending(self) -> str:
        return ENDING

    def decompress(self, restoring: Restoring) -> Restored:
        if restoring.ending in (None, ENDING) and restoring.region is None and not restoring.salvage:
            return Restored(array_bytes(self.restore(restoring)), ENDING)
        if self.header[2] != "I":
            raise BadInput(f"it holds an array that is no picture: give the output the ending {ENDING}, and no region")
        return table.open_file(self.container.section("I")).decompress(restoring)

    def restore(self, restoring: Restoring) -> Array:
        if restoring.region is not None or restoring.salvage:
            raise BadInput("it holds an array: decompress all of it")

        def open_pictures(data: bytes, samples: int | None) -> Sequence[Picture]:
            if samples is not None:
                return table.read_sequence(data, samples, restoring)
            found = table.open_file(data).restore(restoring)
            if not isinstance(found, Picture):
                raise BadFile("the file's header is damaged: an array is no picture")
            return [found]

        return read_plain(self.container, self.header, open_pictures, restoring.max_bytes)

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        array = self.restore(restoring)
        if source is not None and not _are_equal(parse_array(source.data), array):
            raise BadFile("it holds another array")


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
        pixels = math.prod(self.header.shape) // max(self.header.images, 1)
        told = _told("decompressing", self.header.images, pixels, restoring.progress)
        return read_images(self.container, self.header, _finder(restoring), told, restoring.threads)

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        array = self.restore(restoring)
        if source is not None and not _are_equal(parse_array(source.data), array):
            raise BadFile("it holds another array")


def is_data_set(array: Array, model: Named | None) -> bool:
    """Whether an array in memory is one of small images, and not a picture: a model of images is named, or the embedded ones code it."""
    if model is None or model == library.PHOTO:
        return model is None and array.ndim > 2 and array.shape[-2:] == DIGIT and array.dtype in (np.uint8, np.bool_)
    return library.find(model).codes_images


def estimate_array(array: Array, settings: Settings, particles: Sequence[int], seed: int) -> Estimates:
    """Estimates of -log2 p of an array in memory: of its images, or of what it is as a picture. Raises BadInput."""
    picture = None if is_data_set(array, settings.model) else as_picture(describe(array), samples_of(array))
    if picture is not None:
        return _estimates_by_pictures(picture, array.shape, settings, particles, seed)
    density = density_for(array, settings.model)
    images = as_images(array, density)
    if not len(images):
        raise BadInput("no images")
    return estimate_images(images, density, particles, seed)


def _estimates_by_pictures(
    picture: Picture, shape: tuple[int, ...], settings: Settings, particles: Sequence[int], seed: int
) -> Estimates:  # fmt: skip
    """Estimates of an array as frames that see each other, or as one picture, whichever its file is coded as."""
    frames = _frames_of(picture, shape, settings)
    by_frames = table.estimate_sequence(frames, settings, particles, seed) if frames else None
    if by_frames is not None and picture.pixels.size > MOST_BOTH:
        return by_frames
    whole = table.estimate_image(picture, settings, particles, seed)
    return min((by_frames or whole, whole), key=lambda found: found.estimates[0].bits)


def _finder(restoring: Restoring) -> Callable[[bytes], ImagesDensity]:
    def find(name: bytes) -> ImagesDensity:
        density = _on(library.named_by(name, restoring.model).images, restoring.engine)
        make_ready(density, restoring.progress, ANY_ENGINE if restoring.engine else "")
        return density if restoring.limited else density.unlimited()

    return find


def _told(label: str, images: int, pixels: int, progress: Progress | None) -> ImagesDone | None:
    """What the density tells of its images done; pixels: of an image."""
    return None if progress is None else lambda done: progress(label, done * pixels, images * pixels)


def _are_equal(one: Array, other: Array) -> bool:
    """Bit for bit, so that numbers that are none are equal, too."""
    return (one.dtype, one.shape) == (other.dtype, other.shape) and one.tobytes() == other.tobytes()


def _check_equal(decoded: Array, array: Array) -> None:
    if not _are_equal(decoded, array):
        raise BadInput("the result does not decode to it on this machine; nothing was written (run codec selftest)")


def _is_free(settings: Settings) -> bool:
    """Whether the choice of model and method is the codec's."""
    return settings.model is None and settings.method == AUTO


def _keep(source: Source, reason: str, settings: Settings, began: float) -> tuple[bytes, Summary]:
    data, info = keep(source.data, ENDING, source.modified, settings.verify)
    return data, Summary(info, _since(began), settings.verify, len(source.data), notes=(f"stored as it is: {reason}",))


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)


def _on(density: ImagesDensity, engine: Engine | None) -> ImagesDensity:
    return density if engine is None else density.on(engine)


def density_for(array: Array, model: Named | None) -> ImagesDensity:
    return library.images_density(model, 2 if not array.size or (array.dtype in TYPES and array.max() <= 1) else 256)
