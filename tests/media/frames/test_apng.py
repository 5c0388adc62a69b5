"""Animated PNG files are taken apart."""

from __future__ import annotations

import struct

import pytest
from helpers.frame_files import frames_file, moving
from helpers.pictures import png_chunk, saved

from codec.errors import BadInput
from codec.media import png
from codec.media.frames.apng import is_animated, split_apng
from codec.media.frames.series import read_series, write_series
from codec.media.messages import open_quietly


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Names and contents, but for pixels."""
    return [(name, b"" if name == b"IDAT" else bytes(view)[:4] if name == b"fdAT" else bytes(view)) for name, view in png.chunks(data)]


def test_all_chunks_come_back_in_their_order() -> None:
    data = frames_file("PNG", "RGBA")
    assert chunks_of(write_series(read_series(data, open_quietly, 1 << 20))) == chunks_of(data)


def test_a_picture_that_is_no_frame_comes_back() -> None:
    images = moving("RGB", 3)
    data = saved(images[0], "PNG", save_all=True, append_images=images[1:], default_image=True)
    found = read_series(data, open_quietly, 1 << 20)
    assert len(found.pictures) == 3 and chunks_of(write_series(found)) == chunks_of(data)


def test_pixels_in_several_chunks_are_one_picture() -> None:
    data = frames_file("PNG", "L", 3)
    place = data.index(b"fdAT") - 4
    length = struct.unpack_from(">I", data, place)[0]
    content = data[place + 8 : place + 8 + length]
    number, pixels = struct.unpack_from(">I", content)[0], content[4:]
    two = [png_chunk(b"fdAT", struct.pack(">I", number + half) + pixels[part]) for half, part in enumerate((slice(0, 5), slice(5, None)))]
    rest = renumbered(data[place + 12 + length :])
    broken = data[:place] + b"".join(two) + rest
    assert len(read_series(broken, open_quietly, 1 << 20).pictures) == len(read_series(data, open_quietly, 1 << 20).pictures)


def renumbered(data: bytes) -> bytes:
    """Chunks whose sequence numbers are one more."""
    pieces, position = list[bytes](), 0
    while position < len(data):
        length = struct.unpack_from(">I", data, position)[0]
        name, content = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        if name in (b"fcTL", b"fdAT"):
            content = struct.pack(">I", struct.unpack_from(">I", content)[0] + 1) + content[4:]
        pieces.append(png_chunk(name, content))
        position += 12 + length
    return b"".join(pieces)


def test_frames_out_of_order_are_refused() -> None:
    data = frames_file("PNG", "L", 3)
    place = data.index(b"fcTL", data.index(b"IDAT")) - 4
    with pytest.raises(BadInput, match="out of order"):
        split_apng(data[:place] + renumbered(data[place:]))


def test_damaged_chunks_are_refused() -> None:
    data = bytearray(frames_file("PNG"))
    data[data.index(b"fcTL") + 10] ^= 1
    with pytest.raises(BadInput, match="damaged"):
        split_apng(bytes(data))


def test_a_plain_png_is_not_animated() -> None:
    assert not is_animated(saved(moving()[0])) and is_animated(frames_file("PNG"))
    assert not is_animated(b"\x89PNG\r\n\x1a\n" + png_chunk(b"IDAT", b"") + png_chunk(b"acTL", bytes(8)))
