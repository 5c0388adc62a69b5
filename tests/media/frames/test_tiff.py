"""TIFF files of several pages are taken apart."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from helpers.frame_files import pages_file
from helpers.pictures import random_picture
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from codec.errors import BadInput
from codec.media.form import Pixels
from codec.media.frames.series import are_equal, read_series, write_series
from codec.media.frames.tiff import has_pages, join_tiff, split_tiff, write_pages
from codec.media.messages import open_quietly
from codec.media.tiff import Tiff

PAGES = [random_picture("RGB", 8, 30 + 7 * number, 40).pixels for number in range(3)]


def tagged() -> bytes:
    """Two pages whose tags differ."""
    file = io.BytesIO()
    with AppendingTiffWriter(file, True) as writer:
        for number, page in enumerate(PAGES[:2]):
            exif = Image.Exif()
            exif[270], exif[305] = f"page {number}", "somebody"
            Image.fromarray(page).save(writer, "TIFF", exif=exif, dpi=(100 + number, 100 + number))
            writer.newFrame()
    return file.getvalue()


def big() -> bytes:
    return pages_file(PAGES, big_tiff=True)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_each_page_is_a_file_of_its_own(compression: str) -> None:
    files = list(split_tiff(pages_file(PAGES, compression=compression)))
    for file, page in zip(files, PAGES, strict=True):
        with Image.open(io.BytesIO(file)) as image:
            assert getattr(image, "n_frames", 1) == 1 and np.array_equal(np.asarray(image), page)


def test_tags_of_pages_come_back() -> None:
    found = read_series(tagged(), open_quietly, 1 << 20)
    with Image.open(io.BytesIO(write_series(found))) as image:
        for number in range(2):
            image.seek(number)
            exif = image.getexif()
            assert (exif[270], exif[305]) == (f"page {number}", "somebody")
            assert image.info["dpi"] == (100 + number, 100 + number)


@pytest.mark.parametrize("mode", ["RGB;16", "RGBA;16", "I;16"])
def test_pages_of_16_bits_come_back(mode: str) -> None:
    pages = [random_picture(mode, 16, 30, 41 + number) for number in range(3)]
    data = join_tiff(write_pages([((b"pHYs", struct.pack(">IIB", 3937, 3937, 1)),)] * 3), pages)
    found = read_series(data, open_quietly, 1 << 20)
    assert all(are_equal(*pair) for pair in zip(found.pictures, pages, strict=True)) and write_series(found) == data


def test_big_tiffs_are_taken_apart() -> None:
    found = read_series(big(), open_quietly, 1 << 20)
    assert [picture.pixels.tolist() for picture in found.pictures] == [page.tolist() for page in PAGES]


def test_pages_that_are_smaller_copies_are_refused() -> None:
    data = bytearray(pages_file(PAGES))
    tiff = Tiff(bytes(data))
    tag = next(tag for tag in tiff.tags(next(tiff.pages())) if tag.name == 259)
    at = tag.place - 8
    data[at : at + 12] = struct.pack("<HHII", 254, 4, 1, 1)
    with pytest.raises(BadInput):
        list(split_tiff(bytes(data)))


def test_pages_in_a_circle_are_refused() -> None:
    data = pages_file(PAGES)
    tiff = Tiff(data)
    pages = list(tiff.pages())
    end = tiff.end(pages[-1])
    with pytest.raises(BadInput, match="circles"):
        list(split_tiff(data[:end] + struct.pack("<I", pages[0]) + data[end + 4 :]))


def test_strips_that_all_lie_at_one_place_do_not_make_a_page_larger_than_its_file() -> None:
    data = bytearray(pages_file([np.zeros((4000, 100), np.uint8)] * 2))
    tiff = Tiff(bytes(data))
    tags = {tag.name: tag for tag in tiff.tags(next(tiff.pages()))}
    count = 20000
    place = len(data)
    data += struct.pack(f"<{count}I", *[8] * count) + struct.pack(f"<{count}I", *[4000] * count)
    for name, where in ((273, place), (279, place + 4 * count)):
        slot = next(at for at in range(tiff.numbers("I", 4, 1)[0] + 2, len(data), 12) if tiff.numbers("H", at, 1)[0] == name)
        data[slot : slot + 12] = struct.pack("<HHII", name, 4, count, where)
        assert name in tags
    with pytest.raises(BadInput, match="damaged"):
        next(split_tiff(bytes(data)))


@pytest.mark.parametrize("data", [b"", b"II*\0", b"MM\0*\0\0\0\x08", b"II*\0\xff\xff\xff\xff"])
def test_what_is_no_tiff_has_no_pages(data: bytes) -> None:
    assert not has_pages(data)


def test_one_page_is_not_several() -> None:
    one: list[Pixels] = PAGES[:1]
    assert not has_pages(pages_file(one)) and has_pages(pages_file(PAGES))
