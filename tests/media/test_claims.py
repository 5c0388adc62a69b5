"""What a file claims about sizes is checked before Pillow takes memory for it."""

from __future__ import annotations

import io
import struct
import time

import pytest
from helpers.pictures import saved
from PIL import Image

from codec.errors import BadInput
from codec.media.claims import check_claims, tiff_tags
from codec.media.limits import MAX_PIXELS
from codec.media.read import open_picture


def tiff(tags: list[tuple[int, int, int, int]], rest: bytes = b"", following: int = 0, order: str = "<") -> bytes:
    """A TIFF by hand: tags are name, type, count, and value or place."""
    folder = struct.pack(f"{order}H", len(tags)) + b"".join(struct.pack(f"{order}HHII", *tag) for tag in tags)
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(f"{order}I", 8) + folder + struct.pack(f"{order}I", following) + rest


GRAY = [(256, 4, 1, 10), (257, 4, 1, 10), (258, 3, 1, 8), (259, 3, 1, 5), (262, 3, 1, 1), (273, 4, 1, 8)]


@pytest.mark.parametrize("order", ["<", ">"])
def test_tags_of_a_tiff_are_found_with_their_sizes(order: str) -> None:
    found = tiff_tags(tiff([(256, 4, 1, 7), (270, 2, 5000, 60), (34665, 4, 1, 8)], order=order))
    assert [(tag.name, tag.bytes, tag.number) for tag in found] == [(256, 0, 7), (270, 5000, None), (34665, 0, 8)]


def test_tags_of_a_large_tiff_are_found_too() -> None:
    folder = struct.pack("<Q", 2) + struct.pack("<HHQQ", 256, 4, 1, 7) + struct.pack("<HHQQ", 270, 2, 5000, 60)
    found = tiff_tags(b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + folder + bytes(8))
    assert [(tag.name, tag.bytes, tag.number) for tag in found] == [(256, 0, 7), (270, 5000, None)]


@pytest.mark.parametrize("data", [b"", b"II", b"II*\0\xff\xff\xff\xff" + bytes(20), bytes(100), b"II*\0" + bytes(3)])
def test_what_is_no_tiff_or_cut_off_has_no_tags(data: bytes) -> None:
    assert tiff_tags(data) == []


def test_every_tag_of_pillows_is_found() -> None:
    data = saved(Image.new("RGB", (5, 4)), "TIFF", description="something", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    with Image.open(io.BytesIO(data)) as image:
        assert {tag.name for tag in tiff_tags(data)} >= set(image.tag_v2)


def test_tags_that_all_point_to_the_same_bytes_are_refused() -> None:
    data = tiff([*GRAY, *((40000 + index, 1, 50_000, 8) for index in range(2000))], bytes(60_000))
    with pytest.raises(BadInput, match="tags are larger than the file"):
        check_claims(data, MAX_PIXELS)
    folder = struct.pack("<H", 2000) + struct.pack("<HHII", 40000, 1, 50_000, 8) * 2000
    again = tiff([*GRAY, (34665, 4, 1, 98)], folder + bytes(50_000))
    with pytest.raises(BadInput, match="tags are larger than the file"):
        check_claims(again, MAX_PIXELS)


def test_large_tiles_of_a_small_tiff_are_refused() -> None:
    tiles = [(322, 4, 1, 1 << 16), (323, 4, 1, 1 << 16), (324, 4, 1, 8), (325, 4, 1, 100)]
    with pytest.raises(BadInput, match=f"{1 << 16}x{1 << 16} are more than"):
        open_picture(tiff([*GRAY, *tiles], bytes(100)), ".tif")


def test_a_large_canvas_of_a_webp_is_refused() -> None:
    data = b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\0" * 2 + bytes(20)
    with pytest.raises(BadInput, match=f"{1 << 16}x{1 << 16} are more than"):
        open_picture(data, ".webp")


def test_a_long_chain_of_pages_is_known_for_one_at_once() -> None:
    page = struct.pack("<H", len(GRAY)) + b"".join(struct.pack("<HHII", *tag) for tag in GRAY)
    size = len(page) + 4
    pages = b"".join(page + struct.pack("<I", 8 + size * (number + 1)) for number in range(100_000))
    began = time.perf_counter()
    found = open_picture(b"II*\0" + struct.pack("<I", 8) + pages + page + bytes(4), ".tif")
    assert found.keep == "more than one frame or page" and time.perf_counter() - began < 5
