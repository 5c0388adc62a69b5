"""Files of arrays of images: exactly the array, or an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from helpers.small_contexts import small_context
from helpers.small_models import small_images, small_model

from codec.container.container import read_container, write_container
from codec.container.numbers import write_length
from codec.density.density import MAX_BATCH, MAX_PARTICLES, ImagesDensity
from codec.density.named_model import NamedModel
from codec.errors import BadFile, BadInput, CodecError
from codec.kinds.array.stream import read_array_header, read_images, write_array
from codec.media.array import Array

KINDS = [(2, 1), (2, 2), (256, 1), (256, 2)]


@pytest.fixture(scope="module", params=KINDS, ids=str)
def density(request: pytest.FixtureRequest) -> ImagesDensity:
    return NamedModel("small", small_model(*request.param)).images


@pytest.fixture(scope="module")
def binary() -> ImagesDensity:
    return NamedModel("small", small_model()).images


def restored(data: bytes, density: ImagesDensity, progress: Callable[[int], None] | None = None) -> Array:
    container = read_container(data)
    return read_images(container, read_array_header(container), lambda name: density, progress)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 20, 150])
@pytest.mark.parametrize("particles", [1, 5])
def test_arrays_of_any_length_come_back(density: ImagesDensity, count: int, particles: int) -> None:
    array = small_images(count, density.levels)
    again = restored(write_array(array, density, particles)[0], density)
    assert again.dtype == array.dtype and again.shape == array.shape and np.array_equal(again, array)


IMAGES = small_images(12)
ARRAYS = {
    "one image": IMAGES[0],
    "flat images": IMAGES.reshape(12, 16),
    "a table of images": IMAGES.reshape(3, 4, 4, 4),
    "truth values": IMAGES.astype(bool),
    "in the order of Fortran": np.asfortranarray(IMAGES),
    "every other image": IMAGES[::2],
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=list(ARRAYS))
def test_shapes_types_and_orders_come_back(binary: ImagesDensity, array: Array) -> None:
    again = restored(write_array(array, binary)[0], binary)
    assert again.dtype == array.dtype and again.shape == array.shape and np.array_equal(again, array)
    assert again.flags.f_contiguous == (array.flags.f_contiguous and not array.flags.c_contiguous)


def test_the_density_is_found_by_the_name_in_the_file(binary: ImagesDensity) -> None:
    container, names = read_container(write_array(IMAGES, binary)[0]), list[bytes]()

    def find(name: bytes) -> ImagesDensity:
        names.append(name)
        return binary

    read_images(container, read_array_header(container), find)
    assert names == [binary.file.name]


REFUSED = {
    "type int64": (small_images(3).astype(np.int64), "type int64"),
    "type float64": (small_images(3).astype(float), "type float64"),
    "another size": (np.zeros((3, 5), np.uint8), "4x4"),
    "values beyond the levels": (np.full((1, 4, 4), 2, np.uint8), "the value 2"),
    "no axes": (np.asarray(np.uint8(1)), "shape"),
    "too many axes": (np.zeros((1,) * 7 + (4, 4), np.uint8), "shape"),
}


@pytest.mark.parametrize(("array", "reason"), REFUSED.values(), ids=list(REFUSED))
def test_what_the_density_does_not_code_is_refused(binary: ImagesDensity, array: Array, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        write_array(array, binary)


@pytest.mark.parametrize("particles", [0, -1, MAX_PARTICLES + 1])
def test_numbers_of_particles_that_are_none_are_refused(binary: ImagesDensity, particles: int) -> None:
    with pytest.raises(BadInput):
        write_array(small_images(3), binary, particles)


def test_the_parts_of_the_size_add_up_and_only_the_digest_is_initial(density: ImagesDensity) -> None:
    data, info = write_array(small_images(40, density.levels), density, 3)
    assert info.total_bits == 8 * len(data) == info.net_bits + info.initial_bits + info.header_bits and info.initial_bits == 128


def test_what_is_told_is_what_the_array_is(density: ImagesDensity) -> None:
    data, info = write_array(small_images(40, density.levels), density, 3)
    assert (info.images, info.pixels, info.particles, info.kind) == (40, 16, 3, "array")
    assert info.batches == len(read_array_header(read_container(data)).batches) and info.model == density.file.name.hex()


def test_progress_of_writing_ends_with_the_number_of_images(binary: ImagesDensity) -> None:
    seen = list[int]()
    write_array(small_images(33), binary, progress=seen.append)
    assert seen[-1] == 33 and seen == sorted(seen)


def test_progress_of_reading_ends_with_the_number_of_images(binary: ImagesDensity) -> None:
    seen = list[int]()
    restored(write_array(small_images(33), binary)[0], binary, seen.append)
    assert seen[-1] == 33 and seen == sorted(seen)


# ---------------------------------------------------------------- hostile files


@pytest.mark.parametrize("particles", [1, 3])
def test_every_flipped_byte_is_found(binary: ImagesDensity, particles: int) -> None:
    data, _ = write_array(small_images(9), binary, particles)
    for position in range(len(data)):
        with pytest.raises(BadFile):
            restored(data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :], binary)


@pytest.mark.parametrize("particles", [1, 3])
def test_every_cut_is_found(binary: ImagesDensity, particles: int) -> None:
    data, _ = write_array(small_images(9), binary, particles)
    for position in range(len(data)):
        with pytest.raises(BadFile):
            restored(data[:position], binary)


def forged(data: bytes, header: bytes | None = None, payload: bytes | None = None) -> bytes:
    """The file with other sections, all checksums right."""
    container = read_container(data)
    sections = {
        "H": header if header is not None else container.section("H"),
        "P": payload if payload is not None else container.section("P"),
    }
    return write_container(container.kind, container.model, sections)


def test_a_forged_payload_under_right_checksums_is_found(binary: ImagesDensity) -> None:
    data, _ = write_array(small_images(9), binary, 2)
    payload = read_container(data).section("P")
    for position in range(len(payload)):
        for flip in (1, 0x80):
            changed = payload[:position] + bytes([payload[position] ^ flip]) + payload[position + 1 :]
            with pytest.raises(CodecError):
                restored(forged(data, payload=changed), binary)


def test_a_forged_header_under_right_checksums_gives_the_array_or_an_error(binary: ImagesDensity) -> None:
    images = small_images(9)
    data, _ = write_array(images, binary, 2)
    header = read_container(data).section("H")
    for position in range(len(header)):
        for value in (0, 1, 2, 127, header[position] ^ 1, header[position] + 1):
            changed = header[:position] + bytes([value & 255]) + header[position + 1 :]
            try:
                again = restored(forged(data, header=changed), binary)
            except CodecError:
                continue
            assert np.array_equal(again, images)


@pytest.mark.parametrize("shape", [[1 << 30, 4, 4], [5, 4, 4], [4, 4, 5]])
def test_another_number_of_images_than_the_shape_has_is_refused(binary: ImagesDensity, shape: list[int]) -> None:
    data, _ = write_array(small_images(4), binary)
    header = b"".join(map(write_length, [0, 0, 3, *shape, 1, 1, 4, 1, 0, 0]))
    with pytest.raises(BadFile, match="4 images for an array of shape"):
        restored(forged(data, header=header), binary)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0" * 9, b"\xff" * 4, b"\x7f" * 3])
def test_a_payload_that_is_no_message_is_refused(binary: ImagesDensity, payload: bytes) -> None:
    data, _ = write_array(small_images(4), binary)
    with pytest.raises(BadFile):
        restored(forged(data, payload=payload), binary)


def test_a_file_of_another_kind_is_refused(binary: ImagesDensity) -> None:
    container = read_container(write_array(small_images(4), binary)[0])
    data = write_container("Z", container.model, {tag: container.section(tag) for tag in container.spans})
    with pytest.raises(BadFile, match="kind 'Z'"):
        read_array_header(read_container(data))


def with_section(tag: str, density: ImagesDensity) -> bytes:
    container = read_container(write_array(small_images(4), density)[0])
    return write_container("A", container.model, {tag: container.section(tag) for tag in container.spans} | {tag: b"?"})


def test_a_section_that_a_reader_has_to_know_is_refused(binary: ImagesDensity) -> None:
    with pytest.raises(BadFile, match="'X'"):
        read_array_header(read_container(with_section("X", binary)))


def test_a_section_that_nobody_has_to_know_is_ignored(binary: ImagesDensity) -> None:
    assert np.array_equal(restored(with_section("x", binary), binary), small_images(4))


# ---------------------------------------------------------------- parts


@pytest.fixture(scope="module")
def in_order() -> ImagesDensity:
    return NamedModel("small", small_context()).images


def test_images_of_a_density_without_latents_are_coded_in_parts(in_order: ImagesDensity) -> None:
    array, seen = small_images(MAX_BATCH + 100, 256), list[int]()
    data, info = write_array(array, in_order, threads=2)
    assert data == write_array(array, in_order)[0] and info.initial_bits == 2 * 128
    container = read_container(data)
    header = read_array_header(container)
    assert len(header.parts) == 2 and [batch.images for batch in header.batches] == [MAX_BATCH, 100]
    for threads in (1, 2):
        again = read_images(container, header, lambda name: in_order, seen.append, threads)
        assert np.array_equal(again, array) and seen[-1] == len(array)


@pytest.mark.parametrize("change", [(0, 1), (1, -1), (-1, 1)])
def test_parts_whose_lengths_lie_are_refused(in_order: ImagesDensity, change: tuple[int, int]) -> None:
    container = read_container(write_array(small_images(MAX_BATCH + 100, 256), in_order)[0])
    header = read_array_header(container)
    lengths = tuple(length + by for length, by in zip(header.parts, change, strict=True))
    with pytest.raises(BadFile):
        read_images(container, replace(header, parts=lengths), lambda name: in_order)
    with pytest.raises(BadFile, match="parts"):
        read_images(container, replace(header, parts=()), lambda name: in_order)
