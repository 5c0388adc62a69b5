"""The choice of methods: what statistics leave out would not have been the smallest."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from helpers.pictures import random_picture
from helpers.run_lengths import RunLengths

from codec.density import library
from codec.errors import BadFile
from codec.media.form import CHANNELS, Form, Pixels
from codec.media.picture import Picture, RowSource
from codec.methods.chain import CHAIN
from codec.methods.choice import METHODS, Way, encode_rows, method_name, method_of, names, usable, ways, worth_trying
from codec.methods.deep import DEEP
from codec.methods.drawing import DRAWING
from codec.methods.lzma import LZMA
from codec.methods.method import Method, Setting
from codec.methods.panes import PANES
from codec.methods.photo import PHOTO
from codec.methods.raw import RAW
from codec.methods.split import SPLIT
from codec.methods.statistics import repeated
from codec.methods.webp import WEBP

ALL = (PHOTO, WEBP, LZMA)


def photo(channels: int = 3, side: int = 200) -> Pixels:
    rng = np.random.default_rng(1)
    y, x, c = np.indices((side, side, channels))
    return (128 + 60 * np.sin(x / 9 + c) + 50 * np.cos(y / 14) + rng.normal(0, 2, x.shape)).clip(0, 255).astype(np.uint8)


def drawing(channels: int = 3, side: int = 200) -> Pixels:
    """Words: a few letters again and again, on white."""
    rng = np.random.default_rng(3)
    letters = 255 * rng.integers(0, 2, (12, 8, 6)).astype(np.uint8)
    written = letters[rng.integers(0, 12, (side // 20, side // 6))].transpose(0, 2, 1, 3).reshape(-1, 8, side // 6 * 6)
    values = np.full((side, side), 255, np.uint8)
    for number, line in enumerate(written):
        values[20 * number : 20 * number + 8, : line.shape[1]] = line
    return np.repeat(values[:, :, None].astype(np.uint8), channels, axis=2)


def sky() -> Pixels:
    """A gradient without noise."""
    y, x, c = np.indices((200, 200, 3))
    return (80 + 20 * c + 0.3 * y + 0.05 * x).astype(np.uint8)


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
    assert names() == ("auto", "photo", "graphics", "drawing", "planes", "stored")


def test_a_method_is_named_by_its_number() -> None:
    assert [method_name(number) for number in range(9)] == [
        "raw", "photo", "graphics", "planes", "drawing", "deep", "panes", "chain", "split"
    ]  # fmt: skip


OF_8_BITS = tuple(method for method in METHODS if method not in (DEEP, SPLIT, RAW, PANES, CHAIN))
MODES = [
    ("RGB", 8, OF_8_BITS), ("LA", 8, OF_8_BITS), ("CMYK", 8, OF_8_BITS), ("L", 4, (DRAWING, WEBP, LZMA)),
    ("P", 8, (DRAWING, WEBP, LZMA)), ("1", 1, (DRAWING, WEBP, LZMA)), ("F", 32, (SPLIT, LZMA)), ("RGBA;16", 16, (DEEP, LZMA)),
]  # fmt: skip
by_mode = pytest.mark.parametrize(("mode", "bits", "methods"), MODES)


@by_mode
def test_the_methods_are_those_that_code_the_mode(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "auto") == methods


@by_mode
def test_a_photo_can_only_be_asked_for_where_its_mode_is_one_of_photos(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "photo") == tuple(method for method in methods if method in (PHOTO, DEEP, SPLIT))


@by_mode
def test_graphics_are_all_methods_but_that_of_photos(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "graphics") == tuple(method for method in methods if method not in (PHOTO, DEEP, SPLIT))


@by_mode
def test_drawing_is_what_a_density_of_graphics_codes(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "drawing") == ((DRAWING,) if bits <= 8 else ())


@by_mode
def test_planes_can_be_asked_for_in_every_mode(mode: str, bits: int, methods: tuple[Method, ...]) -> None:
    assert usable(Form(mode, bits, 9, 9), "planes") == (LZMA,)


def test_webp_is_for_no_more_columns_than_it_can_have() -> None:
    assert usable(Form("P", 8, 16383, 9), "auto") == (DRAWING, WEBP, LZMA) and usable(Form("P", 8, 16384, 9), "auto") == (LZMA,)


# ---------------------------------------------------------------- what is worth trying


def of(pixels: Pixels) -> Form:
    return Form({1: "L", 3: "RGB", 4: "RGBA"}[pixels.shape[2]], 8, pixels.shape[1], pixels.shape[0])


def setting_for(pixels: Pixels) -> Setting:
    return Setting(library.planes_density(1 if pixels.shape[2] == 1 else 3, effort=5))


def worth(pixels: Pixels, methods: tuple[Method, ...] = ALL) -> tuple[Method, ...]:
    return worth_trying(pixels, of(pixels), methods, setting_for(pixels))


def test_the_pixels_of_photos_are_seldom_repeated_those_of_drawings_often() -> None:
    assert repeated(photo()) < 0.05 and repeated(drawing()) > 0.85


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_photo_is_coded_by_the_model_alone_and_not_even_priced(channels: int) -> None:
    assert worth_trying(photo(channels), of(photo(channels)), ALL, Setting()) == (PHOTO,)


def test_a_drawing_is_tried_by_methods_for_graphics_alone() -> None:
    assert PHOTO not in worth(drawing())


@pytest.mark.parametrize("noisy_first", [False, True])
def test_a_smooth_picture_with_a_noisy_half_is_coded_by_the_model_alone(noisy_first: bool) -> None:
    pixels = np.concatenate([photo(), sky()][:: 1 if noisy_first else -1], axis=1)
    assert repeated(pixels) > 0.35 and worth(pixels) == (PHOTO,)


def test_where_a_photo_says_nearly_as_little_as_the_least_nothing_else_is_tried() -> None:
    shades = np.arange(200)[:, None, None] * 2 // 5 + np.zeros((200, 300, 3), np.int64)
    shades[:, 150:] += np.random.default_rng(0).normal(0, 12, (200, 150, 3)).astype(np.int64)
    pixels = np.clip(shades, 0, 255).astype(np.uint8)
    assert 0.35 < repeated(pixels) < 0.7 and worth(pixels) in ((PHOTO,), (PANES,))


def test_a_photo_of_few_levels_is_coded_by_the_model() -> None:
    assert 0.6 < repeated(stepped()) < 0.9 and worth(stepped()) == (PHOTO,)


def test_a_slow_method_is_not_tried_on_many_samples_where_a_quick_one_codes_them() -> None:
    assert worth(np.zeros((2048, 2049, 1), np.uint8), (WEBP, LZMA)) == (WEBP,)


def test_a_slow_method_is_tried_where_no_other_codes_what_the_model_does_not() -> None:
    slow = Priced(slow=True, share=1e-6)
    assert worth(drawing(1, 2049), (PHOTO, slow)) == (slow,)


def test_of_few_pixels_everything_is_tried_unless_they_are_surely_a_photo() -> None:
    assert worth(half()[:60, 150:250]) == ALL and worth(photo(side=30)) == ALL


@pytest.mark.parametrize("pixels", [drawing(), photo(), half(), stepped()], ids=["drawing", "photo", "half", "stepped"])
def test_what_is_left_out_would_not_have_been_much_smaller(pixels: Pixels) -> None:
    sizes = {method: len(method.encode(pixels, of(pixels), setting_for(pixels)).data) for method in ALL}
    assert min(sizes[method] for method in worth(pixels)) <= 1.05 * min(sizes.values()) + 100


@dataclass(frozen=True)
class Priced(RunLengths):
    """A method that is as cheap as it says."""

    share: float = 0.0

    def price(self, pixels: Pixels, form: Form, setting: Setting) -> float:
        return self.share * pixels.nbytes


def test_a_method_joins_the_choice_by_its_price() -> None:
    cheap, dear = Priced(share=1e-6), Priced(share=1.0)
    assert worth(drawing(), (PHOTO, WEBP, cheap)) == (cheap,) and dear not in worth(drawing(), (PHOTO, WEBP, dear))


def test_methods_for_graphics_whose_prices_are_close_are_all_tried() -> None:
    first, second = Priced(share=1e-6), Priced(share=1.1e-6)
    assert worth(drawing(), (PHOTO, first, second)) == (first, second)


# ---------------------------------------------------------------- all stripes of a picture


def found_ways(pixels: Pixels, methods: tuple[Method, ...] = ALL, effort: int = 5) -> tuple[Way, ...]:
    picture, setting = Picture(of(pixels).mode, pixels), replace(setting_for(pixels), effort=effort)
    return ways(picture, [slice(0, len(pixels) // 2), slice(len(pixels) // 2, len(pixels))], [slice(0, len(pixels))], methods, setting)


def test_drawings_are_tried_as_one_stripe_and_as_several() -> None:
    several, single = found_ways(drawing(side=400))
    assert not several.single and all(PHOTO not in methods for methods in several.worth)
    assert single == Way(((WEBP, LZMA),), single=True)


def test_what_the_density_of_graphics_codes_is_one_stripe_alone() -> None:
    assert found_ways(drawing(side=400), OF_8_BITS) == (Way(((DRAWING, WEBP, LZMA),), single=True),)


def test_nearly_flat_pixels_are_coded_by_the_density_of_graphics_and_not_even_priced() -> None:
    pixels = drawing()
    pixels[1:] = 255
    assert worth_trying(pixels, of(pixels), OF_8_BITS, Setting()) == (DRAWING,)


def test_photos_are_several_stripes() -> None:
    assert found_ways(photo()) == (Way(((PHOTO,),), high=True),)


def test_a_photo_above_a_drawing_is_coded_by_a_method_for_each() -> None:
    (found,) = found_ways(np.concatenate([photo(), drawing()]))
    above, below = found.worth
    assert above == (PHOTO,) and PHOTO not in below and not found.single


def test_at_the_best_effort_they_are_tried_as_one_drawing_too() -> None:
    several, single = found_ways(np.concatenate([photo(), drawing()]), OF_8_BITS, effort=9)
    assert several.worth[0] == (PHOTO,) and single == Way(((DRAWING, WEBP, LZMA),), single=True)


@pytest.mark.parametrize("pixels", [drawing(), photo(), half()], ids=["drawing", "photo", "half"])
def test_a_photo_that_is_asked_for_is_never_one_stripe(pixels: Pixels) -> None:
    assert found_ways(pixels, (PHOTO,)) == (Way(((PHOTO,),), high=True),)


def test_palettes_are_one_stripe() -> None:
    palette = random_picture("P")
    assert ways(palette, [slice(0, 5), slice(5, 9)], [slice(0, 9)], (WEBP, LZMA), Setting()) == (Way(((WEBP, LZMA),), single=True),)


class Large(Picture):
    """A picture that says that it is large; nobody may ask for its pixels."""

    @property
    def height(self) -> int:
        return 4096

    @property
    def width(self) -> int:
        return 4096


def test_more_than_2_to_the_22_pixels_are_several_stripes_which_are_judged_when_they_are_coded() -> None:
    large: RowSource = Large("P", np.zeros((1, 1, CHANNELS["P"]), np.uint8))
    higher = [slice(0, 2048), slice(2048, 4096)]
    assert ways(large, [slice(0, 4096)], higher, (WEBP, LZMA), Setting()) == (Way(((WEBP, LZMA), (WEBP, LZMA)), high=True),)


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


@pytest.mark.parametrize("shape", [(40, 50, 3), (150, 180, 1)])
def test_noise_in_few_levels_is_coded_by_lzma_though_no_pixel_is_repeated(shape: tuple[int, int, int], rng: np.random.Generator) -> None:
    pixels = (rng.normal(0, 5, shape).round().astype(np.int64) % 256).astype(np.uint8)
    coded = encode_rows(pixels, of(pixels), OF_8_BITS, setting_for(pixels))
    assert method_name(coded.data[0]) == "planes" and len(coded.data) < 0.65 * pixels.size


def test_a_pattern_of_16_bits_is_coded_by_lzma_though_few_rows_do_not_show_it(rng: np.random.Generator) -> None:
    tile = rng.integers(0, 1 << 16, (32, 32, 1)).astype("<u2")
    pixels = np.tile(tile, (8, 10, 1))
    coded = encode_rows(pixels, Form("I;16", 16, 320, 256), (DEEP, LZMA), Setting())
    assert coded.data[0] == LZMA.number and len(coded.data) < 2 * tile.nbytes
