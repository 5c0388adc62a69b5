"""The short form: what it holds, how little it takes, and that damage to it is found."""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
import pytest
from helpers.stand_in import DENSITIES, noise, restored, same, smooth, stored_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.container.container import is_short
from codec.density import library, named_model
from codec.errors import BadFile, CodecError, UnknownModel
from codec.kinds.kind import time_number
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.header import FORMS, PictureHeader, picture_numbers
from codec.kinds.picture.short import CODINGS, read_short, write_short
from codec.kinds.picture.write import Plan, write_picture_file
from codec.media.form import Form, Pixels, sample_type
from codec.media.picture import Picture
from codec.methods.choice import METHODS
from codec.methods.method import Setting
from codec.methods.photo import PHOTO
from codec.methods.webp import WEBP

NONE = bytes(8)
METADATA = ((b"tEXt", b"Comment\0short"),)
TIME = 1_700_000_000


def zeros(form: Form) -> Pixels:
    return np.zeros((form.height, form.width, form.channels), sample_type(form.mode))


def short(form: Form, stripe: bytes = b"\0abc", model: bytes = NONE, modified: int | None = None, metadata=()) -> bytes:  # type: ignore[no-untyped-def]
    data = write_short(PictureHeader(form, modified=modified), model, metadata, stripe, zeros(form))
    assert data is not None
    return data


def written(picture: Picture, modified: int | None = None, photo: bool = False) -> bytes:
    density = DENSITIES[3 if picture.mode in ("RGB", "RGBA") else 1] if photo else None
    plan = Plan((PHOTO,) if photo else (WEBP,), False, Setting(density), short=True)
    return write_picture_file(picture, plan, modified=modified, verify=True).data


forms = st.builds(lambda mode, w, h: Form(*mode, w, h), st.sampled_from(FORMS), st.integers(1, 400), st.integers(1, 400))
times = st.none() | st.integers(0, (1 << 32) - 2)


@given(forms, st.sampled_from(METHODS), times)
@settings(max_examples=60, deadline=None)
def test_whatever_the_short_form_holds_is_read_again(form: Form, method, modified: int | None) -> None:  # type: ignore[no-untyped-def]
    stripe = bytes([method.number]) + b"payload"
    file = read_short(short(form, stripe, modified=modified, metadata=METADATA))
    assert (file.header.form, file.header.modified, file.model) == (form, modified, NONE)
    assert bytes(file.stripes) == stripe and file.metadata() == METADATA


@pytest.mark.parametrize("form", [Form("RGB", 8, 100, 81), Form("RGBA", 8, 64, 64), Form("L", 8, 1, 180)])
def test_a_small_picture_takes_twelve_bytes_besides_its_payload(form: Form) -> None:
    for method, number in CODINGS:
        stripe = bytes([method]) + bytes(100)
        assert len(short(form, stripe, library.model_named(number))) == 100 + 11


@pytest.mark.parametrize("form", [Form("RGB", 8, 1000, 400), Form("I;16", 16, 90, 90)])
def test_no_header_takes_more_than_sixteen_bytes(form: Form) -> None:
    for method, number in CODINGS:
        assert len(short(form, bytes([method]) + bytes(60_000), library.model_named(number))) <= 60_000 + 16


def test_only_files_above_a_kilobyte_have_a_digest_of_eight_bytes() -> None:
    form = Form("L", 8, 20, 20)
    sizes = [len(short(form, bytes(1 + payload))) - payload for payload in range(1010, 1020)]
    assert sorted(set(sizes)) == [11, 15]
    assert {len(read_short(short(form, bytes(1 + payload))).header.digest) for payload in (1013, 1014)} == {4, 8}


def test_the_digest_is_that_of_numbers_time_and_samples() -> None:
    form = Form("L", 8, 3, 2)
    data = short(form, modified=5)
    assert data[-4:] == hashlib.sha256(picture_numbers(form) + b"\x06" + bytes(6)).digest()[:4]


@pytest.mark.parametrize(
    ("form", "stripe", "modified"),
    [
        (Form("L", 8, 3, 900), b"\0", None),
        (Form("L", 8, 9, 9), bytes((1 << 16) + 1), None),
        (Form("L", 8, 9, 9), b"\0", (1 << 32) - 1),
        (Form("1", 1, 1 << 22, 1), b"\0", None),
    ],
    ids=["several stripes", "64 kB", "a time too late", "too wide"],
)  # fmt: skip
def test_what_does_not_fit_takes_the_usual_form(form: Form, stripe: bytes, modified: int | None) -> None:
    assert write_short(PictureHeader(form, modified=modified), NONE, (), stripe, zeros(form)) is None


def test_a_model_without_a_number_is_named() -> None:
    name = bytes(range(1, 9))
    data = short(Form("L", 8, 4, 4), b"\1xyz", name)
    assert name in data and read_short(data).model == name


def test_a_number_of_a_later_release_is_an_unknown_model() -> None:
    data = bytearray(short(Form("L", 8, 4, 4), b"\1xyz", bytes(range(1, 9))))
    data[data.index(bytes(range(1, 9))) - 1] = 200
    with pytest.raises(UnknownModel, match="number 200"):
        read_short(bytes(data))


def test_every_embedded_model_of_pictures_has_its_number() -> None:
    numbers = [library.model_number(one.name) for one in library.embedded() if one.family in named_model.PLANES]
    assert None not in numbers and len(set(numbers)) == len(numbers)
    assert [name for name in library.NUMBERED if all(one.name.hex() != name for one in library.embedded())] == []


@pytest.mark.parametrize("photo", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_a_picture_comes_back_with_time_and_metadata(mode: str, photo: bool) -> None:
    picture = Picture(mode, smooth(mode, 60, 50).pixels, METADATA)
    data = written(picture, TIME, photo)
    assert is_short(data) and restored(data, 1 if mode == "L" else 3).metadata == METADATA
    assert same(restored(data, 1 if mode == "L" else 3), picture) and PictureFile.read(data).header.modified == TIME


def test_a_region_is_cut_out_and_checked() -> None:
    picture = smooth(height=60)
    rows = stored_rows(written(picture), region=(3, 5, 10, 20))
    assert np.array_equal(rows.picture().pixels, picture.pixels[5:25, 3:13])
    damaged = bytearray(written(picture))
    damaged[-1] ^= 1
    with pytest.raises(BadFile):
        stored_rows(bytes(damaged), region=(3, 5, 10, 20)).picture()


@pytest.mark.parametrize("photo", [False, True])
def test_every_flipped_byte_is_found(photo: bool) -> None:
    data = written(Picture("L", noise("L", 9, 12).pixels, METADATA), TIME, photo)
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        with pytest.raises(CodecError):
            restored(bytes(damaged), 1)


@pytest.mark.parametrize("photo", [False, True])
def test_every_cut_and_every_byte_too_many_is_found(photo: bool) -> None:
    data = written(noise("L", 9, 12), TIME, photo)
    for wrong in [*(data[:size] for size in range(len(data))), data + b"\0", data + data]:
        with pytest.raises(BadFile):
            restored(wrong, 1)


def test_damaged_metadata_keep_nobody_from_salvaging_the_pixels() -> None:
    picture = Picture("RGB", smooth(height=60).pixels, METADATA)
    damaged = bytearray(written(picture, TIME))
    damaged[damaged.index(b"Comment")] ^= 1
    with pytest.raises(BadFile, match="metadata"):
        restored(bytes(damaged))
    rows = stored_rows(bytes(damaged), salvage=True)
    assert np.array_equal(rows.picture().pixels, picture.pixels) and rows.lost == [] and rows.metadata == ()


def test_salvage_gives_no_pixels_without_their_digest() -> None:
    damaged = bytearray(written(smooth(height=60)))
    damaged[-1] ^= 1
    rows = stored_rows(bytes(damaged), salvage=True)
    assert not rows.picture().pixels.any() and rows.lost == [(0, 60)]


def forged(version: int, rest: bytes) -> bytes:
    return b"\x89BB\n" + bytes([version]) + rest


@pytest.mark.parametrize(
    "data",
    [
        forged(0x18, b""),
        forged(0x18, b"\x80"),
        forged(0x18, b"\xff\xff\xff\xff\xff\x7f" + bytes(9)),
        forged(0x1C, b"\x63\x00" + bytes(9)),
        forged(0x1A, b"\x00" + bytes(4) + b"\0" + bytes(4)),
        forged(0x19, b"\x00\x00" + bytes(9)),
        forged(0x19, b"\x00\x7f" + bytes(9)),
        forged(0xF8, b"\x00\x00"),
        forged(0x08, b"\x00" + bytes(9)),
        forged(0x18, b"\x00" + bytes(1 << 17)),
    ],
    ids=[
        "no size", "half a size", "too large", "unknown form", "no time", "no metadata", "metadata cut off", "no model", "unknown coding",
        "a stripe too long",
    ],
)  # fmt: skip
def test_forged_headers_are_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_short(data)


def test_a_short_file_says_what_it_is_without_a_model() -> None:
    data = written(smooth(height=60), TIME, photo=True)
    info = PictureFile.read(data).info()
    assert (info.method, info.width, info.height, info.modified, info.stripes) == ("photo", 20, 60, TIME, 1)
    assert info.header_bits + info.payload_bits == 8 * len(data) and info.model == DENSITIES[3].file.name.hex()


def test_the_metadata_have_their_own_checksum() -> None:
    data = short(Form("L", 8, 4, 4), metadata=METADATA)
    start = data.index(b"\0tEXt")
    content = data[start : start + data[start - 1]]
    assert data[start + len(content) :][:4] == struct.pack("<I", zlib.crc32(content)) and time_number(None) == 0


@pytest.mark.parametrize("size", range(1, 40))
def test_small_sizes_have_numbers_of_their_own(size: int) -> None:
    assert read_short(short(Form("L", 8, size, 40 - size))).header.form == Form("L", 8, size, 40 - size)
