"""Messages come back from their bytes, and bytes that are no message are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.coding.message import Message
from codec.coding.message_bytes import read_lanes, read_message, write_lanes, write_message
from codec.errors import BadFile


def message_of(seed: int, words: int, bits: list[int]) -> Message:
    """A random message whose heads have their highest bits at these places."""
    message = Message.random(words, np.random.default_rng(seed), len(bits))
    for lane, highest in enumerate(bits):
        message.heads[lane] = (int(message.heads[lane]) % (1 << highest)) | (1 << highest)
    return message


@given(st.integers(0, 2**32), st.integers(0, 5), st.integers(31, 62))
def test_a_message_comes_back_from_as_few_bytes_as_it_needs(seed: int, words: int, bits: int) -> None:
    message = message_of(seed, words, [bits])
    data = write_message(message)
    assert len(data) == 4 * words + bits // 8 + 1
    assert read_message(data) == message


@given(st.integers(0, 2**32), st.integers(0, 5), st.lists(st.integers(31, 62), min_size=1, max_size=9))
def test_a_message_of_several_lanes_comes_back_from_as_few_bytes_as_it_needs(seed: int, words: int, bits: list[int]) -> None:
    message = message_of(seed, words, bits)
    data = write_lanes(message)
    assert len(data) == (len(bits) + 1) // 2 + sum(highest // 8 + 1 for highest in bits) + 4 * words
    assert read_lanes(data, len(bits)) == message


@given(st.binary(max_size=24))
def test_bytes_are_refused_or_written_again_as_they_were_read(data: bytes) -> None:
    try:
        message = read_message(data)
    except BadFile:
        return
    assert write_message(message) == data


@given(st.binary(max_size=40), st.integers(1, 9))
def test_bytes_of_several_lanes_are_refused_or_written_again_as_they_were_read(data: bytes, lanes: int) -> None:
    try:
        message = read_lanes(data, lanes)
    except BadFile:
        return
    assert write_lanes(message) == data


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x7f\xff\xff\xff", b"\x00\xff\xff\xff\xff", b"\x00" * 8])
def test_what_does_not_begin_with_a_head_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile, match="does not begin with a head"):
        read_message(data)


@pytest.mark.parametrize(
    ("data", "lanes"),
    [
        (b"", 1),  # no length
        (b"\x00\x80\x00\x00", 1),  # half a head
        (b"\x00\x80\x00\x00\x00\x01", 1),  # half a word
        (b"\x00\x7f\xff\xff\xff", 1),  # a head below 2^31
        (b"\x04\x80" + b"\x00" * 7, 1),  # a head of 2^63
        (b"\x00\x80\x00\x00\x00", 2),  # no second head
    ],
)
def test_what_does_not_begin_with_the_heads_of_all_lanes_is_refused(data: bytes, lanes: int) -> None:
    with pytest.raises(BadFile, match="does not begin with the heads"):
        read_lanes(data, lanes)


@pytest.mark.parametrize("data", [b"\x01\x00\x80\x00\x00\x00", b"\x0f" + b"\x00" * 15 + b"\x80\x00\x00\x00", b"\x10\x80\x00\x00\x00"])
def test_heads_with_leading_zeros_and_unused_bits_are_refused(data: bytes) -> None:
    with pytest.raises(BadFile, match="longer than they are"):
        read_lanes(data, 1)
