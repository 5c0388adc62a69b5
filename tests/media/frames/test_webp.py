"""WebP animations are taken apart."""

from __future__ import annotations

import pytest
from helpers.frame_files import frames_file, moving
from helpers.pictures import saved

from codec.errors import BadInput
from codec.media.frames.series import read_series, write_series
from codec.media.frames.webp import is_animated, split_webp
from codec.media.messages import open_quietly


def test_the_rest_has_every_chunk_but_its_pixels() -> None:
    data = frames_file("WEBP", icc_profile=b"a profile", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    rest, files = split_webp(data)
    assert rest.count(b"VP8L\0\0\0\0") == len(list(files)) == data.count(b"ANMF")
    assert b"a profile" in rest and b"ANIM" in rest and b"EXIF" in rest


def test_metadata_come_back() -> None:
    data = frames_file("WEBP", icc_profile=b"a profile")
    assert split_webp(write_series(read_series(data, open_quietly, 1 << 20)))[0] == split_webp(data)[0]


def test_what_follows_the_file_is_refused() -> None:
    with pytest.raises(BadInput, match="follows"):
        split_webp(frames_file("WEBP") + b"a trailer")


def test_a_plain_webp_is_not_animated() -> None:
    assert not is_animated(saved(moving("RGBA")[0], "WEBP", lossless=True)) and is_animated(frames_file("WEBP"))
