"""The file of an array of images: the array as a data set, its header, and the parts that a density makes of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from threading import Lock

import numpy as np

from codec.container.container import Container, write_container
from codec.density.density import Encoded, Images, ImagesDensity, ImagesForm, Options, Progress
from codec.errors import BadFile, BadInput
from codec.kinds.array.header import MAX_AXES, TYPES, ArrayHeader, array_numbers, read_header, write_runs
from codec.media.array import Array
from codec.system.executor import affordable, completed
from codec.system.records import record

KIND = "A"
INITIAL_BYTES = 16  # of the digest that begins a message
PART_SAMPLES = 1 << 20  # of a part that is coded apart, as affordable counts memory


@record(frozen=True)
class ArrayInfo:
    """What the file of an array is, and what it costs in bits. initial_bits: those of the digests that begin messages, payload, too;
    net_bits: what the images took, payload less initial; header_bits: all that is not payload; particles: most of any image."""

    model: str
    images: int
    pixels: int
    net_bits: int
    initial_bits: int
    header_bits: int
    total_bits: int
    net_bits_per_pixel: float
    total_bits_per_pixel: float
    batches: int
    particles: int
    kind: str = "array"


@record(frozen=True)
class EncodeImages:
    """Code some of the images of a data set."""

    density: ImagesDensity
    form: ImagesForm
    part: slice
    images: Images
    options: Options

    def run(self) -> Encoded:
        return self.density.encode(self.form, self.part, self.images, self.options)


@record(frozen=True)
class DecodeImages:
    """Decode some of the images of a data set."""

    density: ImagesDensity
    form: ImagesForm
    part: slice
    payload: bytes
    progress: Progress | None

    def run(self) -> Images:
        return self.density.decode(self.form, self.part, self.payload, self.progress)


def write_array(
    array: Array, density: ImagesDensity, particles: int = 1, progress: Progress | None = None, threads: int | None = 1
) -> tuple[bytes, ArrayInfo]:
    """The file of an array of images, uint8 or bool [..., *image], values below the density's levels. Raises BadInput.

    particles: 1 for plain bits-back, more for coupled importance sampling. progress is told the number of images done so far. threads: for
    parts that are coded apart; None: as many as cores."""
    images, fortran = as_images(array, density), bool(array.flags.f_contiguous and not array.flags.c_contiguous)
    header = ArrayHeader(array.dtype, fortran, array.shape, ())
    form = ImagesForm(len(images), array_numbers(header))
    parts = density.plan(form)
    counted = _Counted(progress, parts)
    tasks = (EncodeImages(density, form, part, images[part], Options(particles, progress=counted.of(part))) for part in parts)
    coded = list(completed(tasks, affordable(PART_SAMPLES, most=threads)))
    lengths = tuple(len(one.payload) for one in coded) if len(coded) > 1 else ()
    batches = tuple(batch for one in coded for batch in one.batches)
    header = ArrayHeader(array.dtype, fortran, array.shape, batches, lengths)
    payload = b"".join(one.payload for one in coded)
    data = write_container(KIND, density.file.name, {"H": form.prefix + write_runs(particles, batches, lengths), "P": payload})
    return data, info_of(header, density.file.name, len(payload), len(data))


class _Counted:
    """Adds up the images done in parts, several of which are worked on at a time, for whoever is told their number."""

    def __init__(self, progress: Progress | None, parts: Sequence[slice]) -> None:
        self.progress, self.done, self.lock = progress, dict.fromkeys((part.start for part in parts), 0), Lock()

    def of(self, part: slice) -> Progress | None:
        """What is told of a part."""
        return None if self.progress is None else partial(self._tell, part.start)

    def _tell(self, first: int, done: int) -> None:
        with self.lock:
            self.done[first] = done
            if self.progress is not None:
                self.progress(sum(self.done.values()))


def read_array_header(container: Container) -> ArrayHeader:
    """The header of a file of an array, whose sections have their checksums. Raises BadFile."""
    if container.kind != KIND:
        raise BadFile(f"a file of kind {container.kind!r}: no arrays of images, which have kind {KIND!r}")
    container.check_tags("HP")
    container.check()
    return read_header(container.section("H"))


def read_images(
    container: Container,
    header: ArrayHeader,
    find: Callable[[bytes], ImagesDensity],
    progress: Progress | None = None,
    threads: int | None = 1,
) -> Array:
    """The array that write_array coded; find gives the density for its name of 8 bytes. threads: for parts that are coded apart, or None.

    Raises BadFile when the file is not what write_array wrote, and what find raises."""
    density, payload = find(container.model), container.section("P")
    form = ImagesForm(header.images, array_numbers(header), header.batches)
    if form.images * density.pixels != math.prod(header.shape):
        raise BadFile(f"the file's header is damaged: {form.images} images for an array of shape {list(header.shape)}")
    lengths, parts = header.parts or (len(payload),), density.plan(form)
    if len(parts) != len(lengths) or sum(lengths) != len(payload):
        raise BadFile(f"the file's header is damaged: {len(lengths)} parts of {sum(lengths)} bytes in a section of {len(payload)}")
    counted, ends = _Counted(progress, parts), accumulate(lengths)
    tasks = (
        DecodeImages(density, form, part, payload[end - length : end], counted.of(part))
        for part, length, end in zip(parts, lengths, ends, strict=True)
    )
    images = np.concatenate(list(completed(tasks, affordable(PART_SAMPLES, most=threads))))
    array = images.reshape(-1).astype(header.dtype).reshape(header.shape)
    return np.asfortranarray(array) if header.fortran else array


def info_of(header: ArrayHeader, model: bytes, payload: int, total: int) -> ArrayInfo:
    """payload, total: bytes of section P, and of the file."""
    images, initial = header.images, 8 * INITIAL_BYTES * max(len(header.parts), 1)
    pixels = math.prod(header.shape) // max(images, 1)
    net, values = 8 * payload - initial, max(images * pixels, 1)
    return ArrayInfo(
        model=model.hex(),
        images=images,
        pixels=pixels,
        net_bits=net,
        initial_bits=initial,
        header_bits=8 * (total - payload),
        total_bits=8 * total,
        net_bits_per_pixel=round(net / values, 6),
        total_bits_per_pixel=round(8 * total / values, 6),
        batches=len(header.batches),
        particles=max((batch.particles for batch in header.batches), default=1),
    )


def as_images(array: Array, density: ImagesDensity) -> Images:
    """uint8 [images, pixels]. Raises BadInput for an array that the density does not code."""
    if array.dtype not in TYPES:
        raise BadInput(f"an array of type {array.dtype}: images are uint8 (or bool); convert it first")
    if not 1 <= array.ndim <= MAX_AXES or not any(math.prod(array.shape[axis:]) == density.pixels for axis in range(array.ndim)):
        size, axes = (between.join(map(str, density.shape)) for between in ("x", ", "))
        raise BadInput(f"an array of shape {list(array.shape)}: this model codes images of {size}, [n, {axes}]")
    images: Images = np.ascontiguousarray(array).view(np.uint8).reshape(-1, density.pixels)
    if images.size and images.max() >= density.levels:
        advice = "binarise the images, or take a model of gray values"
        raise BadInput(f"a pixel has the value {images.max()}: this model codes values below {density.levels} ({advice})")
    return images
