"""Metadata: chunks as they are, what Pillow says as chunks, and both as bytes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codec.container.lzma2 import pack_bytes
from codec.container.numbers import write_length
from codec.errors import BadFile, BadInput
from codec.media.metadata import MAX_BYTES, MAX_CHUNKS, excess, for_pillow, from_info, kinds, plain_bytes, read_metadata, write_metadata

NAMES = st.sampled_from([b"gAMA", b"tEXt", b"IDAT", b"PLTE", b"prIv"])


@given(st.lists(st.tuples(NAMES, st.one_of(st.binary(max_size=200), st.just(bytes(2000)))), max_size=6))
def test_chunks_come_back(chunks: list[tuple[bytes, bytes]]) -> None:
    data = write_metadata(tuple(chunks))
    assert read_metadata(data) == tuple(chunks) and len(data) <= len(plain_bytes(tuple(chunks))) + 1


def test_no_metadata_are_no_bytes() -> None:
    assert write_metadata(()) == b"" and read_metadata(b"") == ()


@pytest.mark.parametrize("data", [b"\0gAMA", b"\0gAMA\5abcd", b"\0g\0MA\0", b"\5abc", b"\xff\xff\xff\xff\x7f", b"\0gAMA\0x"])
def test_damaged_chunks_are_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_metadata(data)


def test_more_chunks_than_a_file_holds_are_neither_written_nor_read() -> None:
    most = tuple((b"tEXt", b"") for _ in range(MAX_CHUNKS))
    assert not excess(most) and read_metadata(write_metadata(most)) == most
    more = (*most, (b"tEXt", b""))
    with pytest.raises(BadInput, match="10001 chunks of metadata"):
        write_metadata(more)
    for packed in (False, True):
        plain = plain_bytes(more)
        with pytest.raises(BadFile, match="more than 10000 chunks"):
            read_metadata(write_length(len(plain)) + pack_bytes(plain) if packed else b"\0" + plain)


def test_more_bytes_than_a_file_holds_are_neither_written_nor_read() -> None:
    most, more = (((b"tEXt", bytes(size)),) for size in (MAX_BYTES - 10, MAX_BYTES))
    assert not excess(most) and read_metadata(write_metadata(most)) == most
    with pytest.raises(BadInput, match="8 MiB at most"):
        write_metadata(more)
    for data in (b"\0" + plain_bytes(more), write_length(MAX_BYTES + 1) + bytes(10)):
        with pytest.raises(BadFile, match="metadata are damaged"):
            read_metadata(data)


def test_what_unpacks_to_more_than_it_says_is_refused_at_once() -> None:
    bomb = pack_bytes(bytes(1 << 28))  # 40 kB
    began = time.perf_counter()
    with pytest.raises(BadFile, match="another length"):
        read_metadata(write_length(MAX_BYTES) + bomb)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("icc_profile", b"profile" * 99, b"iCCP"),
        ("exif", b"Exif\0\0MM data", b"eXIf"),
        ("xmp", b"<xmp/>", b"iTXt"),
        ("dpi", (300, 72), b"pHYs"),
        ("dpi", (72.5, 99.9), b"pHYs"),
        ("aspect", (3, 2), b"pHYs"),
    ],
)
def test_what_other_formats_carry_is_given_back_to_their_writers(key: str, value: object, name: bytes) -> None:
    chunks, left = from_info({key: value}, "RGB", None)
    assert [chunk for chunk, _ in chunks] == [name] and not left
    assert for_pillow(chunks) == {key: value} and kinds(chunks) == {key}


@pytest.mark.parametrize("content", [b"", b"name", b"name\0", b"name\0\0abc"])
def test_a_damaged_profile_is_none(content: bytes) -> None:
    assert for_pillow(((b"iCCP", content), (b"pHYs", b"x"), (b"eXIf", b"MM"))) == {"exif": b"Exif\0\0MM"}


def test_what_no_chunk_holds_is_named_and_what_is_technical_is_not() -> None:
    info = {"compression": "raw", "loop": 0, "strange": object(), "dpi": "high", "aspect": (1.5, 1)}
    info |= {"transparency": 3, "": "text", "Ünï大": "text"}
    chunks, left = from_info(info, "CMYK", None)
    assert chunks == () and left == sorted(["strange", "dpi", "aspect", "transparency", "", "Ünï大"])


def test_transparency_and_palettes_are_those_of_a_png() -> None:
    assert from_info({"transparency": 2}, "P", b"abcdef")[0] == ((b"PLTE", b"abcdef"), (b"tRNS", b"\xff\xff\0"))
    assert from_info({"transparency": b"\1\2"}, "P", None)[0] == ((b"tRNS", b"\1\2"),)
    assert from_info({"transparency": (1, 2, 3)}, "RGB", None)[0] == ((b"tRNS", b"\0\1\0\2\0\3"),)
    assert from_info({"transparency": 500}, "I;16", None)[0] == ((b"tRNS", b"\1\xf4"),)


def test_a_background_is_that_of_a_png() -> None:
    assert from_info({"background": 2}, "P", b"abcdef")[0] == ((b"PLTE", b"abcdef"), (b"bKGD", b"\2"))
    assert from_info({"background": 2}, "L", None)[0] == ((b"bKGD", b"\0\2"),)
    assert from_info({"background": (1, 2, 3)}, "RGB", None) == ((), ["background"])


def test_texts_keep_their_words_in_any_script() -> None:
    chunks, _ = from_info({"Title": "a title", "Author": "Größe", "Comment": "大", "raw": b"\xe9"}, "L", None)
    assert chunks[0] == (b"tEXt", b"Title\0a title") and chunks[1] == (b"tEXt", "Author\0Größe".encode("latin-1"))
    assert chunks[2] == (b"iTXt", b"Comment" + bytes(5) + "大".encode()) and chunks[3] == (b"tEXt", b"raw\0\xe9")
    assert kinds(chunks) == {"Title", "Author", "Comment", "raw"}
