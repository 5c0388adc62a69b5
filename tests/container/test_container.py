"""The file format: what is written is read, and nothing else is."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.container.container import read_container, write_container
from codec.container.numbers import write_length
from codec.errors import BadFile

MODEL = bytes(range(8))
SECTIONS = {"H": b"header", "P": b"payload" * 30, "e": b""}
DATA = write_container("A", MODEL, SECTIONS)


def read_all(data: bytes) -> dict[str, bytes]:
    """The sections of a file, all of it checked."""
    container = read_container(data)
    container.check()
    return {tag: container.section(tag) for tag in container.spans}


@given(st.dictionaries(st.sampled_from("ABCabc"), st.binary(max_size=300), min_size=1))
def test_sections_come_back(sections: dict[str, bytes]) -> None:
    container = read_container(write_container("A", MODEL, sections))
    container.check()
    assert container.kind == "A" and container.model == MODEL
    assert {tag: container.section(tag) for tag in container.spans} == sections
    assert {tag: bytes(container.view(tag)) for tag in container.spans} == sections


@given(st.dictionaries(st.sampled_from("ABCabc"), st.binary(max_size=300), min_size=1))
def test_the_overhead_is_all_but_the_sections(sections: dict[str, bytes]) -> None:
    container = read_container(write_container("A", MODEL, sections))
    assert container.overhead == 19 + sum(5 + len(write_length(len(content))) for content in sections.values())


def test_every_flipped_byte_is_refused() -> None:
    for position in range(len(DATA)):
        for flip in (1, 0x20, 0xFF):
            with pytest.raises(BadFile):
                read_all(DATA[:position] + bytes([DATA[position] ^ flip]) + DATA[position + 1 :])


def test_every_truncation_and_a_tail_are_refused() -> None:
    for length in range(len(DATA)):
        with pytest.raises(BadFile):
            read_all(DATA[:length])
    with pytest.raises(BadFile, match="follows"):
        read_all(DATA + b"\0")


def test_the_length_is_checked_without_the_sections() -> None:
    damaged = bytearray(DATA)
    damaged[damaged.index(b"payload") + 3] ^= 1
    read_container(bytes(damaged)).check_length()
    for wrong in (DATA + b"\0", DATA[:-1]):
        with pytest.raises(BadFile, match="cut off, or something follows"):
            read_container(wrong).check_length()


def test_one_damaged_section_leaves_the_others_readable() -> None:
    damaged = bytearray(DATA)
    damaged[damaged.index(b"payload") + 3] ^= 1
    container = read_container(bytes(damaged))
    assert container.section("H") == b"header" and container.section("e") == b""
    assert [container.is_intact(tag) for tag in SECTIONS] == [True, False, True]
    with pytest.raises(BadFile, match="'P'"):
        container.section("P")
    with pytest.raises(BadFile, match="missing"):
        container.section("X")


def test_of_a_file_that_is_cut_off_there_is_what_there_is() -> None:
    container = read_container(DATA[:-100])
    assert container.section("H") == b"header" and not container.is_intact("P")
    assert SECTIONS["P"].startswith(bytes(container.view("P"))) and 0 < len(container.view("P")) < len(SECTIONS["P"])
    assert not len(container.view("e"))


@pytest.mark.parametrize(
    "rest",
    [b"\x00", b"\x01P\xff\xff\xff\xff\xff\x7f", b"\x02P\x01P\x01", b"\x01P\x80\x00", b"\x01!\x01", b"\x41" + b"P\x00" * 65, b"\x01P\x01"],
    ids=["no section", "huge", "twice", "long form", "no letter", "65 sections", "nothing there"],
)
def test_forged_headers_under_a_right_checksum_are_refused(rest: bytes) -> None:
    head = b"\x89BB\n\x01A" + MODEL + rest
    with pytest.raises(BadFile):
        read_all(head + struct.pack("<I", zlib.crc32(head)))


def test_unknown_tags_matter_in_upper_case_only() -> None:
    container = read_container(DATA)
    container.check_tags("HP")
    with pytest.raises(BadFile, match="'P'"):
        container.check_tags("H")


def test_a_later_version_says_so() -> None:
    data = bytearray(DATA)
    data[4] = 2
    with pytest.raises(BadFile, match="version 2"):
        read_container(bytes(data))


@pytest.mark.parametrize(
    ("kind", "model", "sections"), [("AB", MODEL, SECTIONS), ("A", b"", SECTIONS), ("A", MODEL, {}), ("A", MODEL, {"1": b""})]
)
def test_what_cannot_be_written_is_refused(kind: str, model: bytes, sections: dict[str, bytes]) -> None:
    with pytest.raises(BadFile):
        write_container(kind, model, sections)
