"""Whole numbers as bytes: every number has one form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.container.numbers import pairs_bytes, read_length, read_pairs, write_length
from codec.errors import BadFile

LISTS = [*map(pairs_bytes, [((0, 3),), ((10, 2),), ((1, 0), (2, 0))]), pairs_bytes(((1, 2),))[:-1], b"\xff\xff\x7f" + bytes(99)]


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


@given(st.lists(st.tuples(st.integers(0, 1 << 40), st.integers(0, 300)), max_size=4).map(tuple))
def test_pairs_come_back(pairs: tuple[tuple[int, int], ...]) -> None:
    data = pairs_bytes(pairs)
    assert read_pairs(b"x" + data + b"tail", 1, 4, (1 << 40, 300)) == (pairs, 1 + len(data))


@pytest.mark.parametrize("data", LISTS)
def test_pairs_beyond_the_limits_or_cut_off_are_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_pairs(data, 0, 1, (9, 2))
