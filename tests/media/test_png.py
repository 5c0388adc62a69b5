"""Rows of PNG files: what Pillow reads and writes, byte for byte of every chunk."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, png_chunk, png_file, random_picture, saved
from PIL import Image

from codec.errors import BadInput
from codec.media.picture import Picture, whole
from codec.media.png import COLOURS, PngRows, is_plain, is_simple, metadata, pack, png_pieces, unpack
from codec.media.read import open_picture

MODES = [layout for layout in LAYOUTS if layout[0] in COLOURS]


def parts(height: int, size: int) -> list[slice]:
    return [slice(first, min(first + size, height)) for first in range(0, height, size)]


def written(picture: Picture, size: int = 1 << 20) -> bytes:
    dimensions = picture.width, picture.height
    return b"".join(png_pieces(picture.mode, picture.bits, dimensions, picture.metadata, picture.bands(parts(picture.height, size))))


def smooth(picture: Picture) -> Picture:
    """Something that filters are good for."""
    y, x = np.indices(picture.pixels.shape[:2])
    values = (3 * y + x * x // 9)[:, :, None] * np.arange(1, picture.channels + 1)
    return Picture(picture.mode, (values % (1 << picture.bits)).astype(picture.pixels.dtype), picture.metadata, picture.bits)


@pytest.mark.parametrize(("mode", "bits"), MODES)
@pytest.mark.parametrize(("height", "width"), [(1, 1), (9, 13), (150, 7), (3, 300)])
def test_pillow_reads_what_is_written_and_so_do_bands(mode: str, bits: int, height: int, width: int) -> None:
    for picture in (random_picture(mode, bits, height, width), smooth(random_picture(mode, bits, height, width))):
        data = written(picture, 40)
        by_pillow = open_picture(data).rows
        assert by_pillow is not None and whole(by_pillow).pixels.tobytes() == picture.pixels.tobytes()
        rows = PngRows(data)
        assert (rows.mode, rows.bits, rows.metadata) == (mode, bits, picture.metadata)
        assert np.concatenate(list(rows.bands(parts(height, 7)))).tobytes() == picture.pixels.tobytes()


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("width", [1, 7, 8, 9])
def test_samples_of_few_bits_are_packed_and_unpacked(bits: int, width: int) -> None:
    pixels = random_picture("P", bits, 5, width).pixels
    rows = pack(pixels, "P", bits)
    assert rows.shape == (5, -(-width * bits // 8)) and np.array_equal(unpack(rows, "P", bits, width), pixels)


def test_every_filter_of_pillows_writer_is_undone() -> None:
    picture = smooth(random_picture("RGBA", 8, 90, 60))
    noisy = picture.pixels + np.random.default_rng(0).integers(0, 3, picture.pixels.shape).astype(np.uint8)
    data = saved(Image.fromarray(noisy), optimize=True)
    assert np.array_equal(np.concatenate(list(PngRows(data).bands(parts(90, 11)))), noisy)


def test_chunks_come_back_in_their_order_around_the_pixels() -> None:
    before = ((b"gAMA", bytes(4)), (b"PLTE", bytes(9)), (b"prIv", b"x" * 300), (b"IDAT", b""), (b"tEXt", b"a\0b"), (b"tIME", bytes(7)))
    picture = Picture("RGB", random_picture("RGB").pixels, before)
    assert metadata(written(picture)) == before
    assert metadata(written(Picture("RGB", picture.pixels, before[:3]))) == before[:3]


@pytest.mark.parametrize("damage", ["cut", "filter", "deflate", "crc"])
def test_damaged_pixels_are_refused(damage: str) -> None:
    data = png_file(40, 40)
    wrong = {
        "cut": data[:60],
        "filter": png_file(40, 40, rows=b"\5" + bytes(120) + bytes(121 * 39)),
        "deflate": data.replace(data[41:45], b"abcd"),
        "crc": data[:45] + b"x" + data[46:],
    }
    with pytest.raises(BadInput, match="cannot read it"):
        list(PngRows(wrong[damage]).bands([slice(0, 40)]))


def test_what_has_no_rows_in_order_is_left_to_pillow() -> None:
    assert all(is_plain(png_file(4, 4, depth=16, colour=colour)) for colour in (0, 2, 4, 6)) and is_plain(png_file(4, 4))
    frames = [Image.new("L", (4, 4), index) for index in range(2)]
    for data in (saved(frames[0], save_all=True, append_images=frames[1:]), b"", b"text" * 20):
        assert not is_plain(data)
    interlaced = bytearray(png_file(4, 4))
    interlaced[28] = 1
    interlaced[29:33] = zlib.crc32(interlaced[12:29]).to_bytes(4, "big")
    with pytest.raises(BadInput, match="one by one"):
        PngRows(bytes(interlaced))


def test_a_flat_picture_does_not_inflate_at_once() -> None:
    data = png_file(2000, 2000)
    rows = PngRows(data + png_chunk(b"tEXt", b"a\0b"))
    first = next(rows.bands([slice(0, 10), slice(10, 2000)]))
    assert first.shape == (10, 2000, 3) and not first.any()
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (2000, 2000)


def test_a_png_whose_header_is_damaged_is_left_to_pillow_which_refuses_it() -> None:
    data = bytearray(png_file(4, 4))
    data[29] ^= 1  # of the checksum of IHDR
    assert not is_plain(bytes(data)) and not is_simple(bytes(data))
    with pytest.raises(BadInput):
        open_picture(bytes(data))


def test_a_simple_png_has_chunks_that_cannot_be_misread() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    data = b"".join(png_pieces("RGB", 8, (3, 2), ((b"gAMA", bytes(4)), (b"IDAT", b"")), [pixels]))
    assert is_simple(data)
    assert not is_simple(data[:-1]) and not is_simple(data.replace(b"gAMA", b"tRNS")) and not is_simple(data[:-12])
    assert not is_simple(b"".join(png_pieces("RGB", 8, (3, 2), ((b"gAMA", bytes(3)),), [pixels])))
