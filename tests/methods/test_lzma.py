"""Samples as bytes without a model, and WebP: the same samples, or an error."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.pictures import LAYOUTS, random_picture

from codec.errors import BadFile
from codec.methods.lzma import BOTH, decode_lzma, decode_raw, encode_lzma, encode_raw, pack_bytes, raw_size, unpack_bytes, webp_size
from codec.methods.webp import decode_webp, encode_webp, fits


@pytest.mark.parametrize(("mode", "bits"), LAYOUTS)
@pytest.mark.parametrize("size", [(1, 1), (9, 13), (300, 2)])
def test_samples_of_every_mode_come_back(mode: str, bits: int, size: tuple[int, int]) -> None:
    pixels = random_picture(mode, bits, *size).pixels
    raw, packed = encode_raw(pixels, mode, bits), encode_lzma(pixels, mode, bits)
    assert len(raw) == raw_size(mode, bits, size[1], size[0])
    for after in (decode_raw(raw, mode, bits, size), decode_lzma(packed, mode, bits, size)):
        assert after.tobytes() == pixels.tobytes() and after.dtype == pixels.dtype and after.shape == pixels.shape
    if bits <= 8:
        assert np.array_equal(decode_webp(encode_webp(pixels), pixels.shape), pixels)


@pytest.mark.parametrize("way", range(BOTH + 1))
def test_the_difference_that_packs_best_is_taken(way: int) -> None:
    noise = np.random.default_rng(0).integers(0, 1 << 16, 90).astype("<u2")
    flat = np.cumsum(np.cumsum(np.ones((90, 90), "<u2"), axis=0, dtype="<u2"), axis=1, dtype="<u2")
    pixels = {0: np.tile(noise[:9], (90, 10)), 1: np.tile(noise[:, None], (1, 90)), 2: np.tile(noise, (90, 1)), 3: flat}[way]
    packed = encode_lzma(pixels[:, :, None], "I;16", 16)
    assert packed[0] == way or len(packed) < 400
    assert np.array_equal(decode_lzma(packed, "I;16", 16, (90, 90))[:, :, 0], pixels)


def test_hidden_colours_are_kept() -> None:
    pixels = random_picture("RGBA").pixels.copy()
    for alpha in (0, 255):
        pixels[:, :, 3] = alpha
        assert np.array_equal(decode_webp(encode_webp(pixels), pixels.shape), pixels)


def test_webp_has_sides_of_at_most_16383() -> None:
    assert fits((16383, 16383, 1)) and not fits((1, 16384, 3)) and not fits((1, 1, 5))


@pytest.mark.parametrize("shape", [(9, 12, 3), (8, 13, 3), (10, 13, 3)])
def test_another_size_than_a_bitstreams_is_refused(shape: tuple[int, int, int]) -> None:
    data = encode_webp(random_picture("RGB").pixels)
    assert webp_size(data) == (13, 9) and webp_size(data[:4]) is None and webp_size(b"\0" + data[1:]) is None
    with pytest.raises(BadFile, match="another size"):
        decode_webp(data, shape)


def test_other_lengths_than_the_samples_are_refused() -> None:
    data, raw = pack_bytes(bytes(100)), bytes(13 * 9)
    assert unpack_bytes(data, 100) == bytes(100)
    for wrong, size in ((data, 99), (data, 101), (data + b"x", 100), (data[:-1], 100), (b"", 100), (b"\xff" * 9, 100)):
        with pytest.raises(BadFile):
            unpack_bytes(wrong, size)
    for wrong in (raw + b"x", raw[1:]):
        with pytest.raises(BadFile):
            decode_raw(wrong, "L", 8, (9, 13))
    for wrong in (b"", b"\4" + encode_lzma(random_picture("L").pixels, "L", 8)[1:]):
        with pytest.raises(BadFile, match="unknown way"):
            decode_lzma(wrong, "L", 8, (9, 13))


def test_damaged_streams_give_samples_or_an_error(rng: np.random.Generator) -> None:
    pixels = random_picture("RGB").pixels
    for data, decode in (
        (encode_webp(pixels), lambda data: decode_webp(data, (9, 13, 3))),
        (encode_lzma(pixels, "RGB", 8), lambda data: decode_lzma(data, "RGB", 8, (9, 13))),
    ):
        for number in range(300):
            mutant = bytearray(data)
            mutant[rng.integers(len(mutant))] ^= 1 << int(rng.integers(8))
            try:
                found = decode(bytes(mutant) if number % 2 else bytes(mutant[: rng.integers(len(mutant))]))
            except BadFile:
                continue
            assert found.shape == (9, 13, 3) and found.dtype == np.uint8
