"""The file of an array of images: the array as a data set, its header, and the one part that a density makes of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from codec.container.container import Container, write_container
from codec.density.density import Images, ImagesDensity, ImagesForm, Options, Progress
from codec.errors import BadFile, BadInput
from codec.kinds.array.header import MAX_AXES, TYPES, ArrayHeader, array_numbers, read_header, write_runs
from codec.media.array import Array

KIND = "A"
INITIAL_BYTES = 16  # of the digest that begins a message


@dataclass(frozen=True)
class ArrayInfo:
    """What the file of an array is, and what it costs in bits. initial_bits: those of the digest that begins the message, payload, too;
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


def write_array(array: Array, density: ImagesDensity, particles: int = 1, progress: Progress | None = None) -> tuple[bytes, ArrayInfo]:
    """The file of an array of images, uint8 or bool [..., *image], values below the density's levels. Raises BadInput.

    particles: 1 for plain bits-back, more for coupled importance sampling. progress is told the number of images done so far."""
    images, fortran = as_images(array, density), bool(array.flags.f_contiguous and not array.flags.c_contiguous)
    header = ArrayHeader(array.dtype, fortran, array.shape, ())
    form = ImagesForm(len(images), array_numbers(header))
    (part,) = density.plan(form)
    coded = density.encode(form, part, images, Options(particles, progress=progress))
    header = ArrayHeader(array.dtype, fortran, array.shape, coded.batches)
    data = write_container(KIND, density.file.name, {"H": form.prefix + write_runs(particles, coded.batches), "P": coded.payload})
    return data, info_of(header, density.file.name, len(coded.payload), len(data))


def read_array_header(container: Container) -> ArrayHeader:
    """The header of a file of an array, whose sections have their checksums. Raises BadFile."""
    if container.kind != KIND:
        raise BadFile(f"a file of kind {container.kind!r}: no arrays of images, which have kind {KIND!r}")
    container.check_tags("HP")
    container.check()
    return read_header(container.section("H"))


def read_images(
    container: Container, header: ArrayHeader, find: Callable[[bytes], ImagesDensity], progress: Progress | None = None
) -> Array:
    """The array that write_array coded; find gives the density for its name of 8 bytes.

    Raises BadFile when the file is not what write_array wrote, and what find raises."""
    density, payload = find(container.model), container.section("P")
    form = ImagesForm(header.images, array_numbers(header), header.batches)
    if form.images * density.pixels != math.prod(header.shape):
        raise BadFile(f"the file's header is damaged: {form.images} images for an array of shape {list(header.shape)}")
    images = density.decode(form, slice(0, form.images), payload, progress)
    array = images.reshape(-1).astype(header.dtype).reshape(header.shape)
    return np.asfortranarray(array) if header.fortran else array


def info_of(header: ArrayHeader, model: bytes, payload: int, total: int) -> ArrayInfo:
    """payload, total: bytes of section P, and of the file."""
    images, initial = header.images, 8 * INITIAL_BYTES
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
        side = math.isqrt(density.pixels)
        raise BadInput(f"an array of shape {list(array.shape)}: this model codes images of {side}x{side}, [n, {side}, {side}]")
    images: Images = np.ascontiguousarray(array).view(np.uint8).reshape(-1, density.pixels)
    if images.size and images.max() >= density.levels:
        advice = "binarise the images, or take a model of gray values"
        raise BadInput(f"a pixel has the value {images.max()}: this model codes values below {density.levels} ({advice})")
    return images
