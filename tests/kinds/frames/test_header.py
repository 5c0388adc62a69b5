"""Sections of files of frames."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codec.container.numbers import write_length
from codec.errors import BadFile, BadInput
from codec.kinds.frames.header import (
    MAX_FRAMES,
    CodedGroup,
    FramesHeader,
    frames_header_bytes,
    read_frames_header,
    read_rest,
    read_table,
    table_bytes,
    write_rest,
)
from codec.kinds.frames.ways import AGAIN, CHANGE, COLOURS, DIFFERENCE, STACK, Group

GROUPS = (
    CodedGroup(Group(STACK, 3), 100),
    CodedGroup(Group(AGAIN, 2, 3)),
    CodedGroup(Group(CHANGE, 1, 0, (4, 5, 0, 0)), 7),
    CodedGroup(Group(DIFFERENCE, 300), 1 << 20),
    CodedGroup(Group(COLOURS, 3), 9),
)
HEADER = FramesHeader("GIF", ".gif", 10**9, bytes(range(16)), GROUPS)


def test_headers_come_back() -> None:
    assert read_frames_header(frames_header_bytes(HEADER)) == HEADER
    assert read_frames_header(frames_header_bytes(replace(HEADER, modified=None, format="TIFF"))).modified is None


@pytest.mark.parametrize("end", range(1, 45))
def test_headers_that_are_cut_off_are_refused(end: int) -> None:
    with pytest.raises(BadFile):
        read_frames_header(frames_header_bytes(HEADER)[:-end])


@pytest.mark.parametrize(
    "groups",
    [
        (),
        (CodedGroup(Group(AGAIN, 1, 1)),),
        (CodedGroup(Group(STACK, 1), 5), CodedGroup(Group(AGAIN, 1, 2))),
        (CodedGroup(Group(STACK, 0), 5),),
        (CodedGroup(Group(STACK, 1), 0),),
        (CodedGroup(Group(STACK, MAX_FRAMES + 1), 5),),
        (CodedGroup(Group(STACK, MAX_FRAMES), 5), CodedGroup(Group(STACK, 1), 5)),
    ],
)
def test_tables_of_groups_that_cannot_be_are_refused(groups: tuple[CodedGroup, ...]) -> None:
    with pytest.raises(BadFile):
        read_table(table_bytes(groups), 0)


def test_unknown_ways_and_formats_are_refused() -> None:
    with pytest.raises(BadFile):
        read_table(bytes([1, 5, 1, 1]), 0)
    with pytest.raises(BadFile, match="later release"):
        read_frames_header(b"\x09" + frames_header_bytes(HEADER)[1:])


@pytest.mark.parametrize("ending", ["", "gif", ".g/f", ".é", ".123456789012"])
def test_endings_that_are_none_are_refused(ending: str) -> None:
    with pytest.raises(BadFile):
        read_frames_header(frames_header_bytes(replace(HEADER, ending=ending)))


@pytest.mark.parametrize("rest", [b"", b"x", b"text " * 1000, bytes(range(256))])
def test_rests_come_back(rest: bytes) -> None:
    assert read_rest(write_rest(rest), 100, None) == rest


def test_rests_that_unpack_to_more_than_the_file_bears_out_are_refused() -> None:
    with pytest.raises(BadFile):
        read_rest(write_length(1 << 30) + bytes(50), 100, None)
    with pytest.raises(BadInput, match="max-bytes"):
        read_rest(write_length(1 << 27) + bytes(1 << 15), 1 << 15, None)
