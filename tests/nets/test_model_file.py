"""The model file: what is written is read, and nothing else is."""

import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.errors import BadModel, UnknownModel
from codec.nets.model_file import MAX_DATA, MAX_METADATA, TYPES, load_model_file, read_model, with_metadata, write_model


def small_model() -> bytes:
    return write_model(
        {"kind": "test", "facts": [1, 2, {"rate": 0.5}]},
        {
            "weight": np.arange(-6, 6, dtype=np.int16).reshape(3, 4),
            "pixels": np.array([0, 127, 128, 255], dtype=np.uint8),
            "nothing": np.zeros((0, 7), dtype=np.int32),
        },
    )


def sealed(body: bytes) -> bytes:
    return body + struct.pack("<I", zlib.crc32(body))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_tensors_of_every_type_and_shape_come_back(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(TYPES))
    shape = tuple(data.draw(st.lists(st.integers(0, 5), max_size=4)))
    limits = np.iinfo(dtype)
    count = int(np.prod(shape))
    values = data.draw(st.lists(st.integers(int(limits.min), int(limits.max)), min_size=count, max_size=count))
    tensor = np.array(values, dtype=dtype).reshape(shape)
    model = read_model(write_model({"a": 1}, {"t": tensor}))
    assert model.metadata == {"a": 1}
    assert model.tensors["t"].dtype == dtype and model.tensors["t"].shape == shape
    assert np.array_equal(model.tensors["t"], tensor)


def test_small_values_are_stored_in_little_room() -> None:
    weights = np.round(np.random.default_rng(0).normal(0, 20, 50_000)).astype(np.int16)
    entropy = 0.5 * np.log2(2 * np.pi * np.e * 400) / 8
    assert len(write_model({}, {"w": weights})) < 1.02 * entropy * weights.size


def test_the_name_is_the_digest_of_the_bytes() -> None:
    first, second = read_model(small_model()), read_model(write_model({}, {}))
    assert len(first.name) == 8 and first.name != second.name
    assert first.name.hex() == first.sha256[:16]


def test_every_flipped_byte_is_refused() -> None:
    data = small_model()
    for position in range(len(data)):
        for flip in (1, 0x80, 0xFF):
            with pytest.raises(BadModel):
                read_model(data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :])


def test_every_truncation_and_a_tail_are_refused() -> None:
    data = small_model()
    for length in range(len(data)):
        with pytest.raises(BadModel):
            read_model(data[:length])
    with pytest.raises(BadModel):
        read_model(data + b"\0")
    with pytest.raises(BadModel):
        read_model(sealed(data[:-4] + b"\0"))


def test_forged_bytes_under_a_right_checksum_are_a_model_or_refused() -> None:
    body = small_model()[:-4]
    for position in range(len(body)):
        for value in (0, 1, 0x7F, 0xFF, body[position] ^ 1):
            try:
                read_model(sealed(body[:position] + bytes([value]) + body[position + 1 :]))
            except BadModel:
                continue


@pytest.mark.parametrize(("offset", "pattern"), [(6, "<H"), (8, "<I"), (12, "<Q")])
def test_lying_lengths_are_refused_without_allocating(offset: int, pattern: str) -> None:
    body = bytearray(small_model()[:-4])
    for value in (0xFFFF, 0xFFFF if pattern == "<H" else 0xFFFFFFFF, 4096):
        struct.pack_into(pattern, body, offset, value)
        tracemalloc.start()
        with pytest.raises(BadModel):
            read_model(sealed(bytes(body)))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()


def test_a_lying_shape_is_refused_without_allocating() -> None:
    body = small_model()[:-4]
    record = body.index(b"\x06weight") + 9
    for rows in (0xFFFFFFFF, 1 << 20, 4):
        tracemalloc.start()
        with pytest.raises(BadModel):
            read_model(sealed(body[:record] + struct.pack("<I", rows) + body[record + 4 :]))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
        tracemalloc.stop()


def test_a_stream_that_inflates_beyond_its_record_is_refused_without_inflating_it() -> None:
    data = write_model({}, {"t": np.zeros(1 << 22, dtype=np.int16)})
    record = data.index(b"\x01t") + 4
    tracemalloc.start()
    with pytest.raises(BadModel):
        read_model(sealed(data[:record] + struct.pack("<I", 8) + data[record + 4 : -4]))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_two_tensors_of_one_name_are_refused() -> None:
    data = write_model({}, {"a": np.zeros(1, np.int16), "b": np.zeros(1, np.int16)})
    with pytest.raises(BadModel, match="same name"):
        read_model(sealed(data[:-4].replace(b"\x01b", b"\x01a")))


@pytest.mark.parametrize("text", [b"[1]", b"{", b'"x"', b"[" * 100_000, b"\xff{}"])
def test_metadata_that_is_not_an_object_is_refused(text: bytes) -> None:
    header = struct.pack("<4sHHIQ", b"\x89BBM", 1, 0, len(text), 0)
    with pytest.raises(BadModel):
        read_model(sealed(header + text))


def test_what_cannot_be_stored_is_refused_by_the_writer() -> None:
    short = np.zeros(1, np.int16)
    for name, tensor in [("", short), ("a b", short), ("f", np.zeros(1)), ("x" * 97, short)]:
        with pytest.raises(BadModel):
            write_model({}, {name: tensor})


def test_a_later_version_says_so() -> None:
    body = bytearray(small_model()[:-4])
    body[4] = 2
    with pytest.raises(BadModel, match="version 2"):
        read_model(sealed(bytes(body)))


def test_a_missing_file_and_a_damaged_one_name_their_path(tmp_path) -> None:
    with pytest.raises(UnknownModel, match="none"):
        load_model_file(tmp_path / "none.bbm")
    path = tmp_path / "cut.bbm"
    path.write_bytes(small_model()[:-1])
    with pytest.raises(BadModel, match="cut"):
        load_model_file(path)


@pytest.mark.skipif(os.name == "nt", reason="pipes have no names of this kind there")
def test_a_pipe_is_no_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.bbm")
    with pytest.raises(UnknownModel, match=r"pipe\.bbm: cannot read this model: a pipe or a device"):
        load_model_file(tmp_path / "pipe.bbm")


def test_the_limits_hold_in_the_header() -> None:
    with pytest.raises(BadModel, match="limit"):
        read_model(sealed(struct.pack("<4sHHIQ", b"\x89BBM", 1, 0, 0, MAX_DATA + 1)))


def test_other_metadata_give_the_file_that_would_be_written_with_them() -> None:
    first, second = {"kind": "a", "gone": 1, "training": {"tiles": 3, "gone": 2}}, {"kind": "b", "training": {"tiles": 3, "new": 4}}
    tensors = {"weight": np.arange(12, dtype=np.int16).reshape(3, 4)}
    changes = {"kind": "b", "gone": None, "training": {"gone": None, "new": 4}}
    assert with_metadata(write_model(first, tensors), changes) == write_model(second, tensors)


def test_metadata_of_a_damaged_file_and_too_many_are_refused() -> None:
    with pytest.raises(BadModel, match="damaged"):
        with_metadata(small_model()[:-1] + b"?", {})
    with pytest.raises(BadModel, match="too large"):
        with_metadata(small_model(), {"text": "x" * MAX_METADATA})
