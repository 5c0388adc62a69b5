"""Arrays of images to files and back: exactly, or an error."""

import struct
import zlib

import numpy as np
import pytest
from helpers.small_models import small_images, small_model

from codec.coding.particles import MAX_PARTICLES
from codec.container.container import read_container, write_container
from codec.container.numbers import write_length
from codec.density.arrays.load import load_model
from codec.density.arrays.model import ArrayModel
from codec.errors import BadFile, BadInput, CodecError
from codec.kinds.array.stream import compress_array, decompress_array, report
from codec.nets.model_file import read_model

KINDS = [(2, 1), (2, 2), (256, 1), (256, 2)]


@pytest.fixture(scope="module", params=KINDS, ids=str)
def model(request: pytest.FixtureRequest) -> ArrayModel:
    return load_model(read_model(small_model(*request.param)))


@pytest.fixture(scope="module")
def binary() -> ArrayModel:
    return load_model(read_model(small_model()))


def round_trip(array: np.ndarray, model: ArrayModel, particles: int = 1) -> bytes:
    data = compress_array(array, model, particles)
    decoded = decompress_array(data, lambda name: model)
    assert decoded.dtype == array.dtype and decoded.shape == array.shape and np.array_equal(decoded, array)
    assert decoded.flags.c_contiguous == array.flags.c_contiguous
    return data


@pytest.mark.parametrize("count", [0, 1, 2, 3, 20, 150])
@pytest.mark.parametrize("particles", [1, 5])
def test_arrays_of_any_length_come_back(model: ArrayModel, count: int, particles: int) -> None:
    round_trip(small_images(count, model.levels), model, particles)


def test_shapes_types_and_orders_come_back(binary: ArrayModel) -> None:
    images = small_images(12)
    for array in [
        images[0],
        images.reshape(12, 16),
        images.reshape(3, 4, 4, 4),
        images.astype(bool),
        np.asfortranarray(images),
        images[::2],
    ]:
        data = compress_array(array, binary)
        decoded = decompress_array(data, lambda name: binary)
        assert decoded.dtype == array.dtype and decoded.shape == array.shape and np.array_equal(decoded, array)
    assert decompress_array(compress_array(np.asfortranarray(images), binary), lambda name: binary).flags.f_contiguous


def test_what_the_model_cannot_code_is_refused(binary: ArrayModel) -> None:
    bad = [
        small_images(3).astype(np.int64),
        small_images(3).astype(float),
        np.zeros((3, 5), np.uint8),
        np.full((1, 4, 4), 2, np.uint8),
        np.uint8(1),
    ]
    for array in bad:
        with pytest.raises(BadInput):
            compress_array(np.asarray(array), binary)
    for particles in (0, -1, MAX_PARTICLES + 1):
        with pytest.raises(BadInput):
            compress_array(small_images(3), binary, particles)


def test_the_report_adds_up_and_only_the_digest_is_initial(model: ArrayModel) -> None:
    data = compress_array(small_images(40, model.levels), model, 3)
    found = report(data)
    assert found.total_bits == 8 * len(data) == found.net_bits + found.initial_bits + found.header_bits
    assert found.initial_bits == 128 and found.images == 40 and found.pixels == 16
    assert sum(batch.images for batch in found.batches) == 40
    assert any(batch.particles == 3 for batch in found.batches)


def test_the_block_size_has_no_influence_on_the_file(model: ArrayModel) -> None:
    images = small_images(30, model.levels)
    files = {compress_array(images, model, 2, block_rows=rows) for rows in (1, 7, None)}
    assert len(files) == 1
    assert np.array_equal(decompress_array(files.pop(), lambda name: model, block_rows=3), images)


def test_progress_ends_with_the_number_of_images(binary: ArrayModel) -> None:
    seen: list[int] = []
    data = compress_array(small_images(33), binary, progress=seen.append)
    assert seen[-1] == 33 and seen == sorted(seen)
    seen.clear()
    decompress_array(data, lambda name: binary, seen.append)
    assert seen[-1] == 33 and seen == sorted(seen)


@pytest.mark.parametrize("particles", [1, 3])
def test_every_flipped_byte_and_every_cut_is_refused(binary: ArrayModel, particles: int) -> None:
    data = compress_array(small_images(9), binary, particles)
    for position in range(len(data)):
        for damaged in (data[:position], data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :]):
            with pytest.raises(BadFile):
                decompress_array(damaged, lambda name: binary)


def forged(data: bytes, header: bytes | None = None, payload: bytes | None = None) -> bytes:
    """The file with other sections, all checksums right."""
    container = read_container(data)
    sections = {
        "H": header if header is not None else container.section("H"),
        "P": payload if payload is not None else container.section("P"),
    }
    return write_container(container.kind, container.model, sections)


def test_forged_sections_under_right_checksums_give_the_array_or_an_error(binary: ArrayModel) -> None:
    images = small_images(9)
    data = compress_array(images, binary, 2)
    container = read_container(data)
    header, payload = container.section("H"), container.section("P")
    for position in range(len(payload)):
        for flip in (1, 0x80):
            changed = payload[:position] + bytes([payload[position] ^ flip]) + payload[position + 1 :]
            with pytest.raises(CodecError):
                decompress_array(forged(data, payload=changed), lambda name: binary)
    for position in range(len(header)):
        for value in (0, 1, 2, 127, header[position] ^ 1, header[position] + 1):
            changed = header[:position] + bytes([value & 255]) + header[position + 1 :]
            try:
                decoded = decompress_array(forged(data, header=changed), lambda name: binary)
            except CodecError:
                continue
            assert np.array_equal(decoded, images)


def test_lying_counts_are_refused(binary: ArrayModel) -> None:
    data = compress_array(small_images(4), binary)
    huge = [0, 0, 3, 1 << 30, 4, 4, 1, 1, 1 << 20, 1024, 0, 0]
    many = [0, 0, 3, 4, 4, 4, 1, 2, 1 << 20, 1, 0, 0, 1 << 20, 1, 0, 0]
    wide = [0, 0, 3, 1024, 4, 4, 4096, 1, 1, 1024, 0, 1]
    for numbers in (huge, many, wide, [9], [0, 0, 9], []):
        with pytest.raises(BadFile):
            decompress_array(forged(data, header=b"".join(write_length(number) for number in numbers)), lambda name: binary)
    for payload in (b"", b"\0", b"\0" * 9, b"\xff" * 4, b"\x7f" * 3):
        with pytest.raises(BadFile):
            decompress_array(forged(data, payload=payload), lambda name: binary)


def test_a_file_of_another_kind_or_with_an_unknown_section_is_refused(binary: ArrayModel) -> None:
    data = compress_array(small_images(4), binary)
    container = read_container(data)
    sections = {tag: container.section(tag) for tag in container.spans}
    with pytest.raises(BadFile, match="kind 'Z'"):
        report(write_container("Z", container.model, sections))
    with pytest.raises(BadFile, match="'X'"):
        report(write_container("A", container.model, {**sections, "X": b""}))
    assert np.array_equal(
        decompress_array(write_container("A", container.model, {**sections, "x": b"?"}), lambda name: binary), small_images(4)
    )
    with pytest.raises(BadFile):
        report(struct.pack("<I", zlib.crc32(data)))
