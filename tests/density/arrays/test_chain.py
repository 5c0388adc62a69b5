"""Data sets of images on one message: exactly the images, or an error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.changed_models import changed, value
from helpers.small_models import PIXELS, small_images, small_model

from codec.coding.message import Message
from codec.density.arrays.chain import decode_chain, encode_chain, initial_message, is_affordable, whiten
from codec.density.arrays.load import load_arrays
from codec.density.arrays.model import ArrayModel, Work
from codec.density.density import MAX_BATCH, MAX_BATCH_PARTICLES, MAX_PARTICLES, Batch, Encoded, Images, ImagesForm, Options
from codec.errors import BadFile, BadInput, TooShort
from codec.nets.model_file import read_model

KINDS = [(2, 1), (2, 2), (256, 1), (256, 2)]


@pytest.fixture(scope="module", params=KINDS, ids=str)
def model(request: pytest.FixtureRequest) -> ArrayModel:
    return load_arrays(read_model(small_model(*request.param)))


@pytest.fixture(scope="module")
def binary() -> ArrayModel:
    return load_arrays(read_model(small_model()))


def images_of(model: ArrayModel, count: int) -> Images:
    return small_images(count, model.levels).reshape(count, PIXELS)


def encoded(model: ArrayModel, images: Images, particles: int = 1, block_rows: int | None = None) -> tuple[ImagesForm, Encoded]:
    """The chain of images, and the form with which it is decoded."""
    form = ImagesForm(len(images), b"prefix")
    found = encode_chain(model, form, images, Options(particles), block_rows)
    return replace(form, batches=found.batches), found


# ---------------------------------------------------------------- exactness


@pytest.mark.parametrize("count", [0, 1, 2, 3, 20, 150])
@pytest.mark.parametrize("particles", [1, 5])
def test_data_sets_of_any_length_come_back(model: ArrayModel, count: int, particles: int) -> None:
    images = images_of(model, count)
    form, found = encoded(model, images, particles)
    decoded = decode_chain(model, form, found.payload)
    assert decoded.dtype == np.uint8 and decoded.shape == (count, PIXELS) and np.array_equal(decoded, images)


def test_the_block_size_has_no_influence_on_the_payload(model: ArrayModel) -> None:
    images = images_of(model, 30)
    payloads = {encoded(model, images, 2, rows)[1].payload for rows in (1, 7, None)}
    form, found = encoded(model, images, 2)
    assert payloads == {found.payload}
    assert np.array_equal(decode_chain(model, form, found.payload, block_rows=3), images)


def test_the_chain_begins_with_the_digest_of_form_and_images(binary: ArrayModel) -> None:
    images = images_of(binary, 4)
    messages = [initial_message(b"a", images), initial_message(b"b", images), initial_message(b"a", images[::-1])]
    assert messages[0] == initial_message(b"a", images.copy()) and messages[0] != messages[1] and messages[0] != messages[2]
    form, found = encoded(binary, images)
    with pytest.raises(BadFile, match="digest"):
        decode_chain(binary, replace(form, prefix=b"another"), found.payload)


def test_whitening_undoes_itself_and_leaves_the_heads_alone() -> None:
    message = Message.random(300, np.random.default_rng(2))
    before = message.copy()
    whiten(message, 5)
    assert np.array_equal(message.heads, before.heads) and message != before
    other = before.copy()
    whiten(other, 6)
    assert other != message
    whiten(message, 5)
    assert message == before


# ---------------------------------------------------------------- batches and sizes


def test_batches_are_all_images_and_grow(model: ArrayModel) -> None:
    _, found = encoded(model, images_of(model, 150))
    sizes = [batch.images for batch in found.batches]
    assert sum(sizes) == 150 and sizes[0] == 1 and max(sizes) > 8
    assert all(later <= 2 * max(sizes[: number + 1]) for number, later in enumerate(sizes[1:]))


def test_particles_are_used_once_the_message_can_pay_for_them(model: ArrayModel) -> None:
    _, found = encoded(model, images_of(model, 40), 3)
    can_pay_at_once = 24 * sum(model.sizes) < 128  # bits of the digest
    assert {batch.particles for batch in found.batches} == ({3} if can_pay_at_once else {1, 3}) and found.batches[-1].particles == 3
    assert all(batch.depth == 0 for batch in found.batches if batch.particles > 1)


def test_batches_stay_within_their_limits(binary: ArrayModel) -> None:
    _, found = encoded(binary, images_of(binary, 3000), 16)
    assert max(batch.images for batch in found.batches) <= MAX_BATCH
    assert max(batch.images * batch.particles for batch in found.batches) <= MAX_BATCH_PARTICLES


def test_the_bits_are_those_of_the_payload_and_only_the_digest_is_initial(model: ArrayModel) -> None:
    _, found = encoded(model, images_of(model, 40), 3)
    assert found.bits == {"initial": 128.0, "net": 8.0 * len(found.payload) - 128.0}


@pytest.mark.parametrize("particles", [0, -1, MAX_PARTICLES + 1])
def test_numbers_of_particles_beyond_the_limits_are_refused(binary: ArrayModel, particles: int) -> None:
    with pytest.raises(BadInput, match="particles"):
        encoded(binary, images_of(binary, 3), particles)


def test_progress_counts_the_images(binary: ArrayModel) -> None:
    images, seen = images_of(binary, 33), list[int]()
    form = ImagesForm(33, b"")
    found = encode_chain(binary, form, images, Options(progress=seen.append))
    assert seen[-1] == 33 and seen == sorted(seen) and len(seen) == len(found.batches)
    seen.clear()
    decode_chain(binary, replace(form, batches=found.batches), found.payload, seen.append)
    assert seen[-1] == 33 and seen == sorted(seen)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("particles", [1, 3])
def test_every_flipped_byte_and_every_cut_is_refused(binary: ArrayModel, particles: int) -> None:
    form, found = encoded(binary, images_of(binary, 9), particles)
    payload = found.payload
    for position in range(len(payload)):
        for flip in (1, 0x80):
            with pytest.raises(BadFile):
                decode_chain(binary, form, payload[:position] + bytes([payload[position] ^ flip]) + payload[position + 1 :])
        with pytest.raises(BadFile):
            decode_chain(binary, form, payload[:position])


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0" * 9, b"\xff" * 4, b"\x7f" * 3])
def test_a_payload_that_is_no_message_is_refused(binary: ArrayModel, payload: bytes) -> None:
    form, _ = encoded(binary, images_of(binary, 4))
    with pytest.raises(BadFile):
        decode_chain(binary, form, payload)


WRONG = {
    "more images": [Batch(5, 0, 1)],
    "fewer images": [Batch(3, 0, 1)],
    "no depth of the model": [Batch(4, 4, 1)],
    "particles at a coarse depth": [Batch(4, 1, 2)],
    "another order": [Batch(2, 0, 1), Batch(2, 0, 1)],
}


@pytest.mark.parametrize("batches", WRONG.values(), ids=list(WRONG))
def test_batches_that_were_not_coded_are_refused(binary: ArrayModel, batches: list[Batch]) -> None:
    form, found = encoded(binary, images_of(binary, 4))
    with pytest.raises(BadFile):
        decode_chain(binary, replace(form, batches=tuple(batches)), found.payload)


def test_more_images_than_the_bytes_bear_out_are_refused_before_they_are_decoded(binary: ArrayModel) -> None:
    form = ImagesForm(1 << 30, b"", (Batch(1 << 30, 0, 1),))
    with pytest.raises(BadFile, match="1073741824 images in 100 bytes"):
        decode_chain(binary, form, bytes(100))


def test_what_takes_longer_to_decode_than_its_bytes_bear_out_is_refused_by_both_sides(binary: ArrayModel) -> None:
    images = images_of(binary, 100)
    with pytest.raises(TooShort, match="take fewer particles"):
        encoded(binary, images, 1 << 10)
    form = ImagesForm(100, b"", (Batch(100, 0, 1 << 10),))
    with pytest.raises(BadFile, match="takes too long"):
        decode_chain(binary, form, bytes(100))
    with pytest.raises(BadFile, match="does not decode"):
        decode_chain(binary, form, bytes(100), limited=False)


def test_without_the_limit_both_sides_take_as_long_as_it_takes(binary: ArrayModel) -> None:
    slow, images, form = replace(binary, work=Work(10000, 0, 0, 10)), images_of(binary, 20), ImagesForm(20, b"")
    with pytest.raises(TooShort):
        encode_chain(slow, form, images, Options(2))
    found = encode_chain(slow, form, images, Options(2), limited=False)
    assert np.array_equal(decode_chain(slow, replace(form, batches=found.batches), found.payload, limited=False), images)


def test_a_models_own_particles_are_borne_out_by_its_bytes(binary: ArrayModel) -> None:
    images, form = images_of(binary, 40), ImagesForm(40, b"")
    own = load_arrays(read_model(changed(small_model(2), value("particles", 1 << 10))))
    assert own.particles == 1 << 10 and own.work.per_byte > binary.work.per_byte
    found = encode_chain(own, form, images, Options(1 << 10))
    assert np.array_equal(decode_chain(own, replace(form, batches=found.batches), found.payload), images)
    with pytest.raises(TooShort, match="take fewer particles"):
        encode_chain(binary, form, images, Options(1 << 10))


def test_a_few_images_are_affordable_whatever_they_take(binary: ArrayModel) -> None:
    assert is_affordable(binary.work, [Batch(1, 0, 1 << 12)], 0) and not is_affordable(binary.work, [Batch(1, 0, 1 << 12)] * 9, 0)
    assert is_affordable(binary.work, [Batch(1, 0, 1 << 12)] * 9, 1 << 12)
