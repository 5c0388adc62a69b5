"""Whole numbers as bytes: every number has one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.container.numbers import read_length, write_length
from codec.errors import BadFile


@given(st.integers(0, (1 << 42) - 1), st.binary(max_size=3))
def test_numbers_come_back_in_their_shortest_form(value: int, tail: bytes) -> None:
    data = write_length(value)
    assert read_length(b"x" + data + tail, 1) == (value, 1 + len(data))
    assert len(data) == max(1, (value.bit_length() + 6) // 7)


@pytest.mark.parametrize("value", [-1, 1 << 42])
def test_numbers_beyond_the_limits_are_refused(value: int) -> None:
    with pytest.raises(BadFile):
        write_length(value)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x00", b"\xff\x00", b"\xff" * 6 + b"\x01"])
def test_what_is_cut_off_too_long_or_not_the_shortest_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile, match="shortest form"):
        read_length(data, 0)


@given(st.binary(max_size=8))
def test_bytes_are_the_form_of_their_number_or_refused(data: bytes) -> None:
    try:
        value, position = read_length(data, 0)
    except BadFile:
        return
    assert write_length(value) == data[:position]
