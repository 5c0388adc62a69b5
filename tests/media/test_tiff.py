"""The structure of TIFF files: folders, tags and values in both byte orders, and damage."""

from __future__ import annotations

import struct

import pytest
from helpers.deep_files import deep_pixels_of, tiff_file

from codec.errors import BadInput
from codec.media.tiff import Tiff


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_values_are_found_inside_of_tags_and_behind_them(order: str, channels: int) -> None:
    tiff = Tiff(tiff_file(deep_pixels_of(channels), order))
    (page,) = tiff.pages()
    found = {tag.name: tiff.values(tag) for tag in tiff.tags(page)}
    assert (found[256], found[257], found[258]) == ((45,), (37,), (16,) * channels) and len(found[273]) == 3


def test_folders_in_a_circle_are_refused() -> None:
    data = bytearray(tiff_file(deep_pixels_of(1)))
    (page,) = Tiff(bytes(data)).pages()
    struct.pack_into("<I", data, Tiff(bytes(data)).end(page), page)
    with pytest.raises(BadInput, match="circles"):
        list(Tiff(bytes(data)).pages())


@pytest.mark.parametrize("data", [b"", b"II", b"II*\0", b"MM\0*\0\0\0\xff", b"PK\3\4" * 9])
def test_what_is_none_or_is_cut_off_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        list(Tiff(data).pages())
