"""The choice of methods: what statistics leave out would not have been the smallest."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import random_picture

from codec.errors import BadFile
from codec.media.form import CHANNELS, Form, Pixels
from codec.media.picture import Picture, RowSource
from codec.methods.choice import METHODS, encode_rows, method_name, method_of, names, plans, usable, worth_trying
from codec.methods.lzma import LZMA
from codec.methods.method import Method, Setting
from codec.methods.photo import PHOTO
from codec.methods.raw import RAW
from codec.methods.statistics import colours, repeated
from codec.methods.webp import WEBP

ALL = (PHOTO, WEBP, LZMA)


def photo(channels: int = 3, side: int = 200) -> Pixels:
    rng = np.random.default_rng(1)
    y, x, c = np.indices((side, side, channels))
    return (128 + 60 * np.sin(x / 9 + c) + 50 * np.cos(y / 14) + rng.normal(0, 2, x.shape)).clip(0, 255).astype(np.uint8)


def drawing(channels: int = 3, side: int = 200) -> Pixels:
    y, x = np.indices((side, side))
    values = 40 * ((x // 40 + y // 30) % 5) + 20 * ((x - 90) ** 2 + (y - 80) ** 2 < 3000)
    return np.repeat(values[:, :, None].astype(np.uint8), channels, axis=2)


def half() -> Pixels:
    """A photo beside a drawing."""
    return np.concatenate([photo(), drawing()], axis=1)


def stepped() -> Pixels:
    """A photo of six levels in each channel."""
    y, x, c = np.indices((200, 200, 3))
    grain = np.random.default_rng(2).normal(0, 0.15, x.shape)
    return (51 * np.rint(2.5 + 1.5 * np.sin(x / 31 + c) + np.cos(y / 47) + grain)).clip(0, 255).astype(np.uint8)


# ---------------------------------------------------------------- what a user may ask for


def test_a_user_may_ask_for_any_method_but_the_one_that_stores_samples() -> None:
    assert names() == ("auto", "photo", "graphics", "planes", "stored")


def test_a_method_is_named_by_its_number() -> None:
    assert [method_name(number) for number in range(4)] == ["raw", "photo", "graphics", "planes"]


MODES = [
    ("RGB", 8, ALL), ("LA", 8, ALL), ("CMYK", 8, ALL), ("L", 4, (WEBP, LZMA)), ("P", 8, (WEBP, LZMA)), ("1", 1, (WEBP, LZMA)),
    ("F", 32, (LZMA,)),
]  # fmt: skip
by_mode = pytest.mark.parametrize(("mode", "bits", "methods"), MODES)


@by_mode
def test_the_methods_are_those_that_code_the_mode(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "auto") == methods


@by_mode
def test_a_photo_can_only_be_asked_for_where_its_mode_is_one_of_photos(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "photo") == ((PHOTO,) if PHOTO in methods else ())


@by_mode
def test_graphics_are_all_methods_but_that_of_photos(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "graphics") == tuple(method for method in methods if method != PHOTO)


@by_mode
def test_planes_can_be_asked_for_in_every_mode(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "planes") == (LZMA,)


def test_webp_is_for_no_more_columns_than_it_can_have() -> None:
    assert usable(Form("P", 8, 16383, 9), "auto") == (WEBP, LZMA) and usable(Form("P", 8, 16384, 9), "auto") == (LZMA,)


# ---------------------------------------------------------------- what is worth trying


def test_the_pixels_of_photos_are_seldom_repeated_those_of_drawings_often() -> None:
    assert repeated(photo()) < 0.05 and repeated(drawing()) > 0.95


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_photo_is_tried_by_the_model_alone(channels: int) -> None:
    assert worth_trying(photo(channels), ALL) == (PHOTO,)


def test_a_drawing_is_tried_by_methods_for_graphics_alone() -> None:
    assert worth_trying(drawing(), ALL) == (WEBP, LZMA)


def test_what_is_neither_is_tried_by_the_model_and_the_quick_method() -> None:
    assert worth_trying(half(), ALL) == (PHOTO, WEBP)


def test_a_photo_of_few_levels_is_tried_by_the_model() -> None:
    pixels = stepped()
    assert 0.6 < repeated(pixels) < 0.9 and colours(pixels) <= 256
    assert worth_trying(pixels, ALL) == (PHOTO, WEBP)


def test_a_slow_method_is_not_tried_on_many_samples_where_a_quick_one_codes_them() -> None:
    assert worth_trying(np.zeros((2048, 2049, 1), np.uint8), (WEBP, LZMA)) == (WEBP,)


@pytest.mark.parametrize(("pixels", "others"), [(drawing(), (LZMA,)), (photo(), (WEBP, LZMA))], ids=["drawing", "photo"])
def test_what_is_left_out_would_not_have_been_the_smallest(pixels: Pixels, others: tuple[Method, ...]) -> None:
    form, tried = Form("RGB", 8, 200, 200), worth_trying(pixels, ALL)
    best = min(len(encode_rows(pixels, form, (method,), Setting()).data) for method in others)
    if PHOTO not in tried:
        assert len(encode_rows(pixels, form, tried, Setting()).data) <= best


# ---------------------------------------------------------------- plans


def test_small_pictures_are_tried_by_every_method() -> None:
    assert plans(Picture("RGB", photo(side=100)), ALL) == [((PHOTO, WEBP), False), ((WEBP, LZMA), True)]


@pytest.mark.parametrize(
    ("pixels", "tried"),
    [
        (drawing(), [((WEBP, LZMA), True)]),
        (photo(), [((PHOTO,), False)]),
        (half(), [((PHOTO, WEBP), False), ((WEBP, LZMA), True)]),
    ],
    ids=["drawing", "photo", "half"],
)
def test_drawings_are_one_stripe_photos_are_not_and_what_is_neither_is_tried_both_ways(pixels: Pixels, tried: object) -> None:
    assert plans(Picture("RGB", pixels), ALL) == tried


@pytest.mark.parametrize("pixels", [drawing(), photo(), half()], ids=["drawing", "photo", "half"])
def test_a_photo_that_is_asked_for_is_never_one_stripe(pixels: Pixels) -> None:
    assert plans(Picture("RGB", pixels), (PHOTO,)) == [((PHOTO,), False)]


def test_palettes_are_one_stripe() -> None:
    assert plans(random_picture("P"), (WEBP, LZMA)) == [((WEBP, LZMA), True)]


class Large(Picture):
    """A picture that says that it is large; nobody may ask for its pixels."""

    @property
    def height(self) -> int:
        return 4096

    @property
    def width(self) -> int:
        return 4096


def test_more_than_2_to_the_22_pixels_are_several_stripes() -> None:
    large: RowSource = Large("P", np.zeros((1, 1, CHANNELS["P"]), np.uint8))
    assert plans(large, (WEBP, LZMA)) == [((WEBP, LZMA), False)]


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("data", [b"", bytes([9]) + bytes(8), bytes([RAW.number])], ids=["nothing", "unknown", "too short"])
def test_a_stripe_of_no_known_method_or_of_an_implausible_length_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile, match="bytes for 2 rows"):
        method_of(memoryview(data), Form("L", 8, 1, 2), 2, single=False)


def test_a_photo_is_not_all_rows_as_one_stripe_because_a_file_says_so() -> None:
    data, form = memoryview(bytes([PHOTO.number]) + bytes(8)), Form("L", 8, 4, 4)
    assert method_of(data, form, 4, single=False) == PHOTO
    with pytest.raises(BadFile):
        method_of(data, form, 4, single=True)


def test_every_method_of_the_table_is_found_by_its_number() -> None:
    form = Form("L", 8, 13, 9)
    for method in (WEBP, LZMA, RAW):
        data = method.encode(random_picture("L").pixels, form, Setting()).data
        assert method_of(memoryview(data), form, 9, single=True) == method and method in METHODS
