"""Traces in pixels: what was once a JPEG, or stretched, is found, costs less, and comes back; what was not is left alone."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from helpers.stand_in import MODELS, deflated_stripes
from PIL import Image

from codec.container.container import write_length
from codec.errors import BadFile, BadInput
from codec.kinds.picture.header import PHOTO, PictureHeader
from codec.media.picture import to_planes
from codec.methods.method import decode_part, encode_part
from codec.methods.traces import traces

FORMULA = {0: (0, 91881), 1: (-22554, -46802), 2: (116130, 0)}  # of R, G and B: what Cb and Cr add, in 2^-16


def picture(height: int = 120, width: int = 160, seed: int = 0) -> np.ndarray:
    """Something like a photo: smooth colours, and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [90 * np.sin(x / 19 + c) * np.cos(y / 23 - c) + 128 for c in range(3)]
    return np.clip(np.stack(waves, 2) + rng.normal(0, 4, (height, width, 3)), 0, 255).astype(np.uint8)


def once_jpeg(pixels: np.ndarray, **settings: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **settings)
    return np.asarray(Image.open(file))


def back(pixels: np.ndarray, channels: int = 0) -> tuple[int, np.ndarray]:
    """The kind of a stripe, and its planes; what is read is what was written."""
    head, planes = traces.find(pixels, channels or pixels.shape[2])
    assert traces.read(head + b"more") == (head, len(head))
    found = traces.pixels_of(head, planes)
    assert found.dtype == np.uint8 and np.array_equal(found, pixels)
    return head[0], planes


@pytest.mark.parametrize("quality", [75, 90, 95])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_what_was_once_a_jpeg_is_found(quality: int, subsampling: int) -> None:
    kind, planes = back(once_jpeg(picture(), quality=quality, subsampling=subsampling))
    assert kind == traces.YCBCR
    assert planes[0].min() >= 0 and np.abs(planes).max() <= 255


def test_planes_of_a_jpeg_are_those_that_its_decoder_had() -> None:
    """Where no channel was out of range there is but one triple for a colour."""
    rng = np.random.default_rng(1)
    triples = np.stack([rng.integers(100, 140, 5000), rng.integers(-30, 30, 5000), rng.integers(-30, 30, 5000)])
    colours = np.stack([triples[0] + ((b * triples[1] + r * triples[2] + 32768) >> 16) for b, r in FORMULA.values()], 1)
    _, planes = back(colours.astype(np.uint8).reshape(50, 100, 3))
    assert np.array_equal(planes.reshape(3, -1), triples)


def test_a_jpeg_with_black_and_white_areas_is_found() -> None:
    pixels = np.clip(3.0 * picture().astype(float) - 200, 0, 255).astype(np.uint8)
    assert back(once_jpeg(pixels, quality=90))[0] == traces.YCBCR


def test_some_pixels_may_have_been_changed_since() -> None:
    rng, pixels = np.random.default_rng(2), once_jpeg(picture(), quality=90).copy()
    pixels[rng.integers(0, 120, 60), rng.integers(0, 160, 60)] = rng.integers(0, 256, (60, 3))
    assert back(pixels)[0] == traces.YCBCR
    pixels[::2] ^= 1
    assert back(pixels)[0] == traces.PLAIN


def test_a_photo_that_was_never_a_jpeg_is_plain() -> None:
    kind, planes = back(picture())
    assert kind == traces.PLAIN and np.array_equal(planes, to_planes(picture()))
    assert back(picture()[:, :, :1])[0] == traces.PLAIN


@pytest.mark.parametrize("channels", [1, 3])
def test_holes_in_the_histogram_are_left_out(channels: int) -> None:
    dark = picture()[:, :, :channels] >> 1
    kind, planes = back(dark * 2)
    assert kind == traces.LEVELS
    assert np.ptp(planes[0]) <= np.ptp(dark) + 1


def test_channels_may_have_holes_of_their_own() -> None:
    stretched = np.minimum(picture() * np.array([1.3, 1.5, 1.7]), 255).astype(np.uint8)
    head, _ = traces.find(stretched, 3)
    assert head[:2] == bytes([traces.LEVELS, 3])
    assert back(stretched)[0] == traces.LEVELS


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_stripe_is_plain(value: int) -> None:
    assert back(np.full((80, 80, 3), value, np.uint8))[0] == traces.PLAIN


def test_nothing_is_looked_for_in_a_small_stripe() -> None:
    assert back(once_jpeg(picture(60, 60)))[0] == traces.PLAIN


@pytest.mark.parametrize("channels", [1, 3])
def test_stripes_are_coded_from_the_side_where_they_are_predicted_best(channels: int) -> None:
    """Flashes that fade to the right and downwards: what comes before a pixel tells it, what comes after does not."""
    rng, fading = np.random.default_rng(3), np.zeros((120, 160, channels))
    for y in range(1, 120):
        for x in range(1, 160):
            fading[y, x] = 0.49 * (fading[y - 1, x] + fading[y, x - 1]) + 200 * (rng.random(channels) < 0.01)
    pixels = np.clip(fading, 0, 255).astype(np.uint8)
    sides = []
    for seen in (pixels, pixels[:, ::-1], pixels[::-1], pixels[::-1, ::-1]):
        head, planes = traces.find_best(seen, channels)
        assert traces.read(head + b"more") == (head, len(head))
        assert np.array_equal(traces.pixels_of(head, planes), seen)
        sides.append(head[0] >> traces.SIDE_SHIFT)
    assert sides == [sides[0] ^ side for side in range(4)]


def toned(pixels: np.ndarray) -> np.ndarray:
    """A gray picture in brown, its blue falling where red and green rise."""
    gray = pixels[:, :, 0].astype(int)
    return np.stack([np.minimum(gray * 9 // 8, 255), gray * 3 // 4 + 20, 200 - gray // 2], 2).astype(np.uint8)


def test_toned_pictures_are_gray_ones_and_a_line() -> None:
    pixels = toned(picture())
    kind, planes = back(pixels, 1)
    assert kind == traces.LINE and len(planes) == 1
    assert np.array_equal(np.diff(planes[0].astype(int).reshape(-1)) > 0, np.diff(pixels[:, :, 0].astype(int).reshape(-1)) > 0)
    assert len(traces.find(pixels, 1)[0]) < 300


def test_gray_pixels_of_three_channels_are_those_of_one() -> None:
    gray = np.repeat(picture()[:, :, :1], 3, 2)
    head, planes = traces.find(gray, 1)
    assert head == bytes([traces.PLAIN]) and np.array_equal(planes[0], gray[:, :, 0])


def test_colours_that_turn_back_or_are_too_many_lie_on_no_line() -> None:
    gray = picture()[:, :, 0]
    assert traces.line_of([np.stack([gray, gray, np.abs(gray.astype(int) - 128).astype(np.uint8)], 2)]) is None
    assert traces.line_of([picture()]) is None
    with pytest.raises(BadInput):
        traces.find(picture(), 1)


def packed(kind: bytes, text: bytes) -> bytes:
    deflated = zlib.compress(text)
    return kind + write_length(len(deflated)) + deflated


DAMAGED = {
    "an unknown kind": bytes([7]),
    "an unknown side": bytes([32]),
    "a map too short": packed(bytes([traces.LEVELS, 1]), bytes(31)),
    "a map too long": packed(bytes([traces.LEVELS, 1]), bytes(33)),
    "too many maps": packed(bytes([traces.LEVELS, 2]), bytes(64)),
    "an empty map": packed(bytes([traces.LEVELS, 1]), bytes(32)),
    "no deflated bytes": bytes([traces.YCBCR]) + write_length(4) + b"1234",
    "an exception beyond": packed(bytes([traces.YCBCR]), write_length(1) + write_length(1 << 20) + b"abc"),
    "a cut exception": packed(bytes([traces.YCBCR]), write_length(1) + write_length(5) + b"ab"),
    "more than it says": packed(bytes([traces.YCBCR]), write_length(0) + b"a"),
    "a line of more planes": packed(bytes([traces.LINE]), bytes(30)),
    "a bomb": packed(bytes([traces.YCBCR]), bytes(1 << 22)),
}


@pytest.mark.parametrize("head", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_ones_are_refused(head: bytes) -> None:
    planes = np.full((3, 20, 30), 3, np.int16)
    with pytest.raises(BadFile):
        traces.pixels_of(traces.read(head)[0], planes)


@pytest.mark.parametrize("text", [b"", bytes(9), bytes(13), bytes(3 * 257)])
def test_a_damaged_line_is_refused(text: bytes) -> None:
    with pytest.raises(BadFile):
        traces.pixels_of(traces.read(packed(bytes([traces.LINE]), text))[0], np.full((1, 20, 30), 3, np.int16))


def test_a_gray_picture_has_no_colours_on_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    deflated_stripes(monkeypatch)
    pixels = toned(picture())
    data = encode_part(pixels, PictureHeader("RGB", 8, 160, 120), (PHOTO,), MODELS[1]).data
    assert np.array_equal(decode_part(data, PictureHeader("RGB", 8, 160, 120), 120, MODELS[1]), pixels)
    with pytest.raises(BadFile, match="colours in a gray stripe"):
        decode_part(data, PictureHeader("L", 8, 160, 120), 120, MODELS[1])


def test_a_gray_stripe_was_no_colour_jpeg() -> None:
    head, _ = traces.find(once_jpeg(picture()), 3)
    with pytest.raises(BadFile):
        traces.pixels_of(head, np.zeros((1, 120, 160), np.int16))
