"""The method for 32 bits a sample: every number and what is none comes back bit for bit, in fewer bytes than LZMA's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codec.errors import BadFile, CodecError
from codec.media.form import Form, Pixels
from codec.methods.lzma import LZMA
from codec.methods.method import Setting
from codec.methods.split import ARE_QUOTIENTS, RANGES, SPLIT, from_order, to_order

FAST = Setting(effort=1)
STRANGE = [0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf, 1e-45, -1e-45, 3.4e38, -3.4e38]


def hills(height: int = 60, width: int = 70) -> Pixels:
    """Heights in metres, with noise."""
    y, x = np.indices((height, width))
    noise = np.random.default_rng(0).normal(0, 0.3, y.shape)
    return (800 + 300 * np.sin(x / 20) * np.cos(y / 30) + noise).astype("<f4")[:, :, None]


def with_gaps() -> Pixels:
    pixels = hills()
    pixels[:9, :20] = -9999
    pixels[30, 3:9] = np.nan
    return pixels


def samples() -> dict[str, Pixels]:
    rng = np.random.default_rng(1)
    bits = np.concatenate([np.array(STRANGE, "<f4").view("<u4"), [0x7FC00001, 0xFF800123]]).astype("<u4")
    return {
        "hills": hills(),
        "gaps": with_gaps(),
        "bytes": ((hills() * 0.2).astype(np.uint8) / np.float32(255)).astype("<f4"),
        "integers": (hills() * 1000).astype("<i4"),
        "few": rng.choice(np.array([-(1 << 31), 0, 5, (1 << 31) - 1], "<i4"), (40, 30, 1)),
        "one": np.full((3, 4, 1), -7, "<i4"),
        "strange": rng.choice(bits, (20, 30, 1)).view("<f4"),
        "noise": rng.integers(0, 1 << 32, (20, 30, 1), np.uint32).view("<f4"),
    }


def form_of(pixels: Pixels) -> Form:
    return Form("F" if pixels.dtype.kind == "f" else "I", 32, pixels.shape[1], len(pixels))


@pytest.mark.parametrize("name", samples())
def test_every_sample_comes_back_bit_for_bit(name: str) -> None:
    pixels = samples()[name]
    coded = SPLIT.encode(pixels, form_of(pixels), FAST)
    found = SPLIT.decode(memoryview(coded.data)[1:], form_of(pixels), len(pixels), None)
    assert coded.data[0] == SPLIT.number and SPLIT.is_plausible(memoryview(coded.data)[1:], form_of(pixels), len(pixels))
    assert (found.dtype, found.shape, found.tobytes()) == (pixels.dtype, pixels.shape, pixels.tobytes())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=24), st.sampled_from("IF"))
def test_any_bits_come_back(bits: list[int], mode: str) -> None:
    pixels = np.array(bits, "<u4").view("<i4" if mode == "I" else "<f4")[None, :, None]
    assert from_order(to_order(pixels), mode).tobytes() == pixels.tobytes()
    coded = SPLIT.encode(pixels, form_of(pixels), FAST)
    assert SPLIT.decode(memoryview(coded.data)[1:], form_of(pixels), 1, None).tobytes() == pixels.tobytes()


@given(st.floats(allow_nan=False, width=32), st.floats(allow_nan=False, width=32))
def test_integers_have_the_order_of_their_numbers(one: float, other: float) -> None:
    first, second = to_order(np.array([one, other], "<f4")).tolist()
    assert (first < second) == (one < other or (one == other and np.signbit(one) > np.signbit(other)))


@pytest.mark.parametrize("name", ["hills", "gaps", "bytes", "integers"])
def test_pictures_take_less_than_lzmas_bytes(name: str) -> None:
    pixels = samples()[name]
    coded = SPLIT.encode(pixels, form_of(pixels), FAST)
    assert len(coded.data) < 0.95 * len(LZMA.encode(pixels, form_of(pixels), FAST).data)
    assert SPLIT.price(pixels, form_of(pixels), FAST) == pytest.approx(len(coded.data), rel=0.15)


@pytest.mark.parametrize(("name", "flags"), [("hills", 0), ("gaps", RANGES), ("few", RANGES), ("bytes", ARE_QUOTIENTS)])
def test_pictures_are_split_in_the_way_that_suits_them(name: str, flags: int) -> None:
    pixels = samples()[name]
    assert SPLIT.encode(pixels, form_of(pixels), FAST).data[1] & (RANGES | ARE_QUOTIENTS) == flags


@pytest.mark.parametrize("name", ["hills", "gaps", "bytes"])
def test_damaged_payloads_give_samples_or_an_error(name: str) -> None:
    pixels, rng = samples()[name], np.random.default_rng(3)
    data = SPLIT.encode(pixels, form_of(pixels), FAST).data[1:]
    for _ in range(60):
        bad = bytearray(data[: rng.integers(1, len(data) + 1)])
        for place in rng.integers(0, min(len(bad), 40), rng.integers(1, 4)):
            bad[place] = rng.integers(256)
        try:
            found = SPLIT.decode(memoryview(bytes(bad)), form_of(pixels), len(pixels), None)
        except CodecError:
            continue
        assert found.shape == pixels.shape


@pytest.mark.parametrize("data", [b"", bytes([17]), bytes([ARE_QUOTIENTS, 32]), bytes([ARE_QUOTIENTS]), bytes([0, 0, 1, 5])])
def test_what_is_no_payload_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        SPLIT.decode(memoryview(data), Form("F", 32, 4, 4), 4, None)
