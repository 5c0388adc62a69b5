"""Section H of a JPEG file's file."""

from __future__ import annotations

import pytest

from codec.errors import BadFile, CodecError
from codec.kinds.jpeg.header import JpegHeader, jpeg_header_bytes, read_jpeg_header

HEADERS = [
    JpegHeader(".jpg", None, 0, bytes(16), (), (), b""),
    JpegHeader(".foto", 10**9, 12345, bytes(range(16)), ((5, 100), (105, 7), (1 << 30, 9)), (3, 1 << 20), b"a description"),
    JpegHeader("", 0, 1, bytes(16), (), (0,), b"x"),
    JpegHeader(".jpg", 0, 1, bytes(16), ((0, 7),), (0,), b"x", ((1 << 20, 0), (0, 1))),
]


@pytest.mark.parametrize("header", HEADERS)
def test_headers_come_back(header: JpegHeader) -> None:
    assert read_jpeg_header(jpeg_header_bytes(header)) == header


def test_headers_that_are_cut_off_are_refused() -> None:
    for header in (HEADERS[1], HEADERS[3]):
        whole = jpeg_header_bytes(header)
        for end in range(len(whole) - len(header.description)):
            with pytest.raises(CodecError):
                read_jpeg_header(whole[:end])


def test_an_ending_that_is_none_is_refused() -> None:
    with pytest.raises(BadFile):
        read_jpeg_header(jpeg_header_bytes(JpegHeader("../etc", None, 0, bytes(16), (), (), b"")))
