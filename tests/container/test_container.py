"""The file format: what is written is read, and nothing else is."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.container.container import check_tags, read_container, read_length, write_container, write_length
from codec.errors import BadFile

MODEL = bytes(range(8))
SECTIONS = {"H": b"header", "P": b"payload" * 30, "e": b""}


@given(st.dictionaries(st.sampled_from("ABCabc"), st.binary(max_size=300), min_size=1))
def test_sections_come_back(sections: dict[str, bytes]) -> None:
    data = write_container("A", MODEL, sections)
    container = read_container(data)
    assert container.kind == "A" and container.model == MODEL
    assert {tag: container.section(tag) for tag in container.spans} == sections
    assert container.overhead == 19 + sum(5 + len(write_length(len(content))) for content in sections.values())


def test_every_flipped_byte_is_refused() -> None:
    data = write_container("A", MODEL, SECTIONS)
    for position in range(len(data)):
        for flip in (1, 0x20, 0xFF):
            with pytest.raises(BadFile):
                read_container(data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :])


def test_every_truncation_and_a_tail_are_refused() -> None:
    data = write_container("A", MODEL, SECTIONS)
    for length in range(len(data)):
        with pytest.raises(BadFile):
            read_container(data[:length])
    with pytest.raises(BadFile, match="follows"):
        read_container(data + b"\0")


def test_one_damaged_section_leaves_the_others_readable() -> None:
    data = bytearray(write_container("A", MODEL, SECTIONS))
    data[data.index(b"payload") + 3] ^= 1
    container = read_container(bytes(data), verify=False)
    assert container.section("H") == b"header" and container.section("e") == b""
    with pytest.raises(BadFile, match="'P'"):
        container.section("P")
    with pytest.raises(BadFile, match="missing"):
        container.section("X")


def test_forged_headers_under_a_right_checksum_are_refused() -> None:
    head = b"\x89BB\n\x01A" + MODEL
    for rest in [
        b"\x00",
        b"\x01P\xff\xff\xff\xff\xff\x7f",
        b"\x02P\x01P\x01",
        b"\x01P\x80\x00",
        b"\x01!\x01",
        b"\x41" + b"P\x00" * 65,
        b"\x01P\x01",
    ]:
        with pytest.raises(BadFile):
            read_container(head + rest + struct.pack("<I", zlib.crc32(head + rest)))


def test_unknown_tags_matter_in_upper_case_only() -> None:
    container = read_container(write_container("A", MODEL, SECTIONS))
    check_tags(container, "HP")
    with pytest.raises(BadFile, match="'P'"):
        check_tags(container, "H")


def test_a_later_version_says_so() -> None:
    data = bytearray(write_container("A", MODEL, SECTIONS))
    data[4] = 2
    with pytest.raises(BadFile, match="version 2"):
        read_container(bytes(data))


@given(st.integers(0, (1 << 42) - 1), st.binary(max_size=3))
def test_lengths_come_back_in_their_shortest_form(value: int, tail: bytes) -> None:
    data = write_length(value)
    assert read_length(b"x" + data + tail, 1) == (value, 1 + len(data))
    assert len(data) == max(1, (value.bit_length() + 6) // 7)


def test_what_cannot_be_written_is_refused() -> None:
    for kind, model, sections in [("AB", MODEL, SECTIONS), ("A", b"", SECTIONS), ("A", MODEL, {}), ("A", MODEL, {"1": b""})]:
        with pytest.raises(BadFile):
            write_container(kind, model, sections)
    with pytest.raises(BadFile):
        write_length(1 << 42)
