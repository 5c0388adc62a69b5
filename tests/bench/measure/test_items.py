"""bench/measure/items.py: no size and no time of what does not come back, and none twice."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.stand_in import smooth

from bench.codecs import raw
from bench.errors import RoundTripFailed
from bench.measure.items import Item, key_of, size, sizes_of, times
from bench.measure.peer import Peer
from bench.measure.resume import Kept


def raw_peer(name="raw", version="1"):
    return Peer(name, version, "none", raw.raw_bytes, raw.from_raw)


def item(mode="RGB", height=40, width=56, name="a.png"):
    return Item(name, smooth(mode, height, width).pixels, mode)


def dropping_a_bit(data):
    pixels = raw.from_raw(data).copy()
    pixels[3, 4, 1] ^= 1
    return pixels


@pytest.mark.parametrize("decode", [dropping_a_bit, lambda data: raw.from_raw(data)[1:], lambda data: raw.from_raw(data).astype(np.int16)])
def test_a_codec_that_returns_something_else_is_not_measured(decode):
    with pytest.raises(RoundTripFailed, match=r"raw does not return a\.png"):
        size(replace(raw_peer(), decode=decode), item())


def test_a_codec_that_fails_in_a_later_round_is_not_measured_either():
    calls = []

    def decode(data):
        calls.append(data)
        return dropping_a_bit(data) if len(calls) == 3 else raw.from_raw(data)

    with pytest.raises(RoundTripFailed):
        times(replace(raw_peer(), decode=decode), item(), 2)


def test_the_first_round_only_warms_up():
    found = times(raw_peer(), item(), 3)
    assert len(found["encode"]) == len(found["decode"]) == 3


def test_another_version_or_picture_is_measured_anew():
    keys = {key_of(raw_peer(), item(), "size"), key_of(raw_peer(version="2"), item(), "size"), key_of(raw_peer(), item("L"), "size")}
    assert len(keys | {key_of(raw_peer(), item(), "3 rounds")}) == 4


def test_sizes_are_in_the_order_of_the_pictures(tmp_path):
    longer = Peer("longer", "1", "none", lambda pixels: raw.raw_bytes(pixels) + bytes(168), lambda data: raw.from_raw(data[:-168]))
    items = [item(height=40), item(height=50, name="b.png")]
    found = sizes_of(items, [raw_peer(), longer], Kept(tmp_path / "rows.jsonl"), 2)
    assert found == {"raw": [6734, 8414], "longer": [6902, 8582]}
