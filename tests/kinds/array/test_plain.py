"""Files of arrays of any type and shape: exactly the array, or an error."""

from __future__ import annotations

import numpy as np
import pytest

from codec.container.container import NAME_BYTES, read_container, write_container
from codec.container.numbers import write_length
from codec.errors import BadFile, BadInput
from codec.kinds.array.plain import (
    MAX_COLUMNS,
    TYPES,
    PlainInfo,
    describe,
    frame_rows,
    read_description,
    read_plain,
    samples_of,
    seen_as_picture,
    write_plain,
)
from codec.media.array import Array
from codec.media.picture import Picture


def array_of(dtype: str, shape: tuple[int, ...] = (5, 7)) -> Array:
    """Noise, in which floats that are no numbers are among the others."""
    kind = np.dtype(dtype)
    bits = np.random.default_rng(0).bytes(int(np.prod(shape)) * kind.itemsize)
    return np.frombuffer(bytes(byte & 1 for byte in bits) if kind.kind == "b" else bits, kind).reshape(shape)


def restored(data: bytes) -> Array:
    container = read_container(data)
    return read_plain(container, read_description(container), lambda data, samples: pytest.fail("no picture is there"))


@pytest.mark.parametrize("dtype", sorted(TYPES))
def test_numbers_of_every_type_come_back(dtype: str) -> None:
    array = array_of(dtype)
    found = restored(write_plain(array, None)[0])
    assert found.dtype.str == dtype and found.tobytes() == array.tobytes()


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (9,), (1,) * 32, (2, 3, 4, 5)], ids=str)
def test_arrays_of_every_shape_come_back(shape: tuple[int, ...]) -> None:
    array = array_of("<f8", shape)
    found = restored(write_plain(array, None)[0])
    assert found.shape == shape and found.tobytes() == array.tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_order_in_memory_comes_back(order: str) -> None:
    array = np.asarray(array_of("<i4"), order=order)  # type: ignore[call-overload]
    assert restored(write_plain(array, None)[0]).flags.f_contiguous == (order == "F")


@pytest.mark.parametrize(("array", "method"), [(array_of("<f8"), "raw"), (np.zeros((90, 90)), "packed")], ids=["noise", "zeros"])
def test_samples_are_packed_where_that_is_smaller(array: Array, method: str) -> None:
    assert write_plain(array, None)[1].method == method


@pytest.mark.parametrize("dtype", ["<U3", "O", "M8[s]", "f16", "V4"])
def test_what_is_no_numbers_is_refused(dtype: str) -> None:
    with pytest.raises(BadInput, match="an array of type"):
        describe(np.zeros(3, dtype))


SEEN = [
    ((5, 7), "|u1", ("L", (5, 7, 1))), ((5, 7, 3), "|u1", ("RGB", (5, 7, 3))), ((2, 5, 7, 4), "|u1", ("RGBA", (10, 7, 4))),
    ((5, 7, 1), "|u1", ("L", (5, 7, 1))), ((5, 7), "|b1", ("1", (5, 7, 1))),
    ((5, 7), ">u2", ("I;16", (5, 7, 1))), ((5, 7), "<i4", ("I", (5, 7, 1))), ((5, 7), "<f4", ("F", (5, 7, 1))),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "dtype", "seen"), SEEN)
def test_an_array_is_seen_as_the_picture_of_the_same_bytes(shape: tuple[int, ...], dtype: str, seen: tuple[str, tuple[int, ...]]) -> None:
    array = array_of(dtype, shape)
    picture = seen_as_picture(describe(array), samples_of(array))
    assert isinstance(picture, Picture) and (picture.mode, picture.pixels.shape) == seen
    assert picture.pixels.tobytes() == samples_of(array)


@pytest.mark.parametrize("shape", [(9, 7, 3), (2, 5, 7, 4)])
def test_colours_of_32_bits_are_planes_and_come_back(shape: tuple[int, ...]) -> None:
    array = array_of("<f4", shape)
    picture = seen_as_picture(describe(array), samples_of(array))
    assert picture is not None and picture.width == 7
    first, red = picture.pixels[: shape[-3], :, 0], array[..., 0].reshape(-1, 7)[: shape[-3]]
    assert np.array_equal(first.view("u4"), np.ascontiguousarray(red).view("u4"))
    container = read_container(write_plain(array, (b"", PlainInfo("", (), "", 0, 0.0)), False)[0])
    found = read_plain(container, read_description(container), lambda data, samples: [picture])
    assert found.tobytes() == array.tobytes()


def test_older_files_have_colours_of_32_bits_pixel_by_pixel() -> None:
    array = array_of("<f4", (9, 7, 3))
    picture = Picture("F", array.reshape(-1, 3, 1))
    container = read_container(write_plain(array, (b"", PlainInfo("", (), "", 0, 0.0)), False)[0])
    assert read_plain(container, read_description(container), lambda data, samples: [picture]).tobytes() == array.tobytes()


def test_floats_of_16_bits_are_integers_in_their_order() -> None:
    array = np.sort(np.random.default_rng(0).normal(size=(4, 9))).astype("<f2")
    picture = seen_as_picture(describe(array), samples_of(array))
    assert picture is not None and picture.mode == "I;16" and (np.diff(picture.pixels[:, :, 0].astype(int)) >= 0).all()


UNLIKE = [((), "|u1"), ((9,), "|u1"), ((0, 5), "|u1"), ((5, 7), "<f8"), ((5, 7), "<c8"), ((2, MAX_COLUMNS + 1), "|u1")]


@pytest.mark.parametrize(("shape", "dtype"), UNLIKE)
def test_what_is_like_no_picture_is_seen_as_none(shape: tuple[int, ...], dtype: str) -> None:
    array = array_of(dtype, shape)
    assert seen_as_picture(describe(array), samples_of(array)) is None


# ---------------------------------------------------------------- hostile files

NOISE = write_plain(array_of("<i2"), None)[0]


@pytest.mark.parametrize("change", ["flipped", "cut"])
def test_every_change_is_found(change: str) -> None:
    for place in range(len(NOISE)):
        changed = NOISE[:place] + (b"" if change == "cut" else bytes([NOISE[place] ^ 4]) + NOISE[place + 1 :])
        with pytest.raises(BadFile):
            restored(changed)


def forged(model: bytes = bytes(NAME_BYTES), **changed: bytes | None) -> bytes:
    """The file with some sections changed or left out, under right checksums."""
    container = read_container(NOISE)
    sections: dict[str, bytes | None] = {tag: container.section(tag) for tag in container.spans}
    sections |= changed
    return write_container("A", model, {tag: content for tag, content in sections.items() if content is not None})


def description(*numbers: int, name: bytes = b"<i2") -> bytes:
    return write_length(len(name)) + name + b"".join(map(write_length, numbers)) + bytes(16)


FORGED = {
    "other samples": (forged(R=bytes(70)), "digest"),
    "more samples": (forged(R=bytes(72)), "72 bytes for an array of 70"),
    "no samples": (forged(R=None), "type or form"),
    "samples twice": (forged(Z=b"x"), "type or form"),
    "a model": (forged(bytes(range(8))), "type or form"),
    "another type": (forged(D=description(0, 2, 5, 7, name=b"<U9")), "type or form"),
    "another order": (forged(D=description(2, 2, 5, 7)), "axes"),
    "too many axes": (forged(D=description(0, 33, *[1] * 33)), "33 axes"),
    "a huge array": (forged(D=description(0, 2, 1 << 40, 1 << 40)), "too large"),
    "no digest": (forged(D=description(0, 2, 5, 7)[:-1]), "middle of a number"),
    "a bomb": (forged(D=description(0, 1, 1 << 20), R=None, Z=bytes(9)), "9 bytes for an array of"),
    "an unknown section": (forged(X=b""), "does not know"),
}


@pytest.mark.parametrize(("data", "reason"), FORGED.values(), ids=list(FORGED))
def test_forged_files_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        restored(data)


def test_a_picture_of_another_size_is_none_of_the_array() -> None:
    container = read_container(forged(R=None, I=b"a picture"))
    with pytest.raises(BadFile, match="none of the array"):
        read_plain(container, read_description(container), lambda data, samples: [Picture("L", np.zeros((5, 7, 1), np.uint8))])


@pytest.mark.parametrize(
    ("shape", "channels", "rows"),
    [
        ((5, 40, 50), 1, 40),
        ((2, 5, 40, 50), 1, 40),
        ((5, 40, 50, 1), 1, 40),
        ((5, 40, 50, 3), 3, 40),
        ((40, 50), 1, 0),
        ((40, 50, 3), 3, 0),
        ((1, 40, 50), 1, 0),
        ((5, 28, 28), 1, 0),
    ],
)
def test_a_sequence_of_frames_has_several_of_some_size(shape: tuple[int, ...], channels: int, rows: int) -> None:
    assert frame_rows(shape, channels) == rows
