"""Files of several frames are taken apart and put together again."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from helpers.frame_files import FORMATS, frames_file, moving, pages_file, seen
from helpers.pictures import random_picture, same, saved
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from codec.errors import BadInput, CodecError
from codec.media.frames.series import ENDINGS, Series, format_of, read_series, write_series
from codec.media.messages import open_quietly
from codec.media.picture import Picture

MODES = {"GIF": ("P", "L", "RGB"), "PNG": ("P", "L", "LA", "RGB", "RGBA"), "WEBP": ("RGB", "RGBA"), "TIFF": ("1", "L", "P", "RGB", "CMYK")}
ALL = [(form, mode) for form, modes in MODES.items() for mode in modes]


def taken_apart(data: bytes) -> Series:
    return read_series(data, open_quietly, 1 << 22)


@pytest.mark.parametrize(("form", "mode"), ALL)
def test_what_pillow_reads_of_a_file_comes_back(form: str, mode: str) -> None:
    data = frames_file(form, mode)
    found = taken_apart(data)
    assert found.format == form == format_of(data) and len(found.pictures) >= 3
    assert seen(write_series(found)) == seen(data)


@pytest.mark.parametrize(("form", "mode"), ALL)
def test_a_series_is_read_again_from_what_it_is_written_as(form: str, mode: str) -> None:
    found = taken_apart(frames_file(form, mode))
    assert taken_apart(write_series(found)).equals(found)


@pytest.mark.parametrize("form", FORMATS)
def test_pixels_are_not_in_the_rest(form: str) -> None:
    small, noise = taken_apart(frames_file(form)), [Image.fromarray(random_picture("RGB", 8, 60, 60 + n).pixels[:, :60]) for n in range(4)]
    settings = {"lossless": True} if form == "WEBP" else {}
    found = taken_apart(saved(noise[0], form, save_all=True, append_images=noise[1:], **settings))
    assert len(found.rest) < len(small.rest) + 4 * 768


@pytest.mark.parametrize("form", FORMATS)
def test_other_pictures_than_the_rest_asks_for_are_refused(form: str) -> None:
    found = taken_apart(frames_file(form))
    for pictures in (found.pictures[:-1], (*found.pictures, found.pictures[0])):
        with pytest.raises(CodecError):
            taken_apart(write_series(replace(found, pictures=pictures)))


@pytest.mark.parametrize("form", ["GIF", "PNG"])
def test_pictures_of_another_size_are_refused(form: str) -> None:
    found = taken_apart(frames_file(form))
    first = found.pictures[0]
    with pytest.raises(BadInput, match="another size"):
        write_series(replace(found, pictures=(replace(first, pixels=first.pixels[1:]), *found.pictures[1:])))


@pytest.mark.parametrize("form", FORMATS)
def test_files_that_are_cut_off_are_refused(form: str) -> None:
    data = frames_file(form)
    for end in range(0, len(data) - 1, max(1, len(data) // 60)):
        with pytest.raises(BadInput):
            taken_apart(data[:end]) if format_of(data[:end]) else open_quietly(b"")


@given(st.data())
def test_damaged_files_are_refused_or_come_back(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(sorted(FORMATS)))
    broken = bytearray(frames_file(form))
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    if format_of(bytes(broken)):
        try:
            found = taken_apart(bytes(broken))
        except BadInput:
            return
        assert taken_apart(write_series(found)).equals(found)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_of_one_frame_is_none_of_several(form: str) -> None:
    assert format_of(saved(moving()[0], form, **({"lossless": True} if form == "WEBP" else {}))) == ""


def test_other_files_have_no_frames() -> None:
    assert [format_of(data) for data in (b"", b"GIF8", b"\x89PNG\r\n\x1a\n", b"RIFF", b"II*\0", b"\xff\xd8\xff")] == [""] * 6


def test_more_pixels_in_all_frames_than_allowed_are_refused() -> None:
    with pytest.raises(BadInput, match="more than"):
        read_series(frames_file("PNG"), open_quietly, 24 * 33 + 10)


@pytest.mark.parametrize("form", FORMATS)
def test_endings_are_those_of_pillow(form: str) -> None:
    Image.init()
    assert {Image.registered_extensions()[ending] for ending in ENDINGS[form]} == {form}


def test_pages_of_several_modes_and_sizes_come_back() -> None:
    pages = [random_picture("L", 8, 20, 30).pixels[:, :, 0], random_picture("RGB", 8, 9, 40).pixels, random_picture("I;16").pixels[:, :, 0]]
    found = taken_apart(pages_file(pages))
    assert [picture.mode for picture in found.pictures] == ["L", "RGB", "I;16"]
    assert all(np.array_equal(picture.pixels.squeeze(), page) for picture, page in zip(found.pictures, pages, strict=True))


def test_series_of_other_frames_differ() -> None:
    found = taken_apart(frames_file("GIF"))
    picture: Picture = replace(found.pictures[0], pixels=found.pictures[0].pixels ^ 1)
    assert not same(picture, found.pictures[0])
    assert not found.equals(replace(found, pictures=(picture, *found.pictures[1:])))
    assert not found.equals(replace(found, rest=found.rest + b"x")) and found.equals(replace(found))


def test_lossy_frames_are_refused() -> None:
    images = moving()
    data = saved(images[0], "WEBP", save_all=True, append_images=images[1:], quality=50)
    with pytest.raises(BadInput, match="lossy"):
        taken_apart(data)


def test_frames_of_sixteen_bits_are_refused_as_single_pictures_are() -> None:
    pages = pages_file([np.arange(4000, dtype=np.uint16).reshape(50, 80)] * 2)
    assert taken_apart(pages).pictures[0].mode == "I;16"
    with Image.open(io.BytesIO(pages)) as image:
        assert image.n_frames == 2  # type: ignore[attr-defined]
