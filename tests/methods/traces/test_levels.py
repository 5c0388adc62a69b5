"""Pixels whose histogram has holes: found, smaller for it, and back again."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import deflated, found, photo_pixels

from codec.errors import BadFile
from codec.methods.traces.trace import LEVELS, read_trace
from codec.methods.traces.traces import find_trace, restore_pixels


@pytest.mark.parametrize("channels", [1, 3])
def test_holes_in_the_histogram_are_left_out(channels: int) -> None:
    dark = photo_pixels()[:, :, :channels] >> 1
    kind, planes = found(dark * 2)
    assert kind == LEVELS
    assert np.ptp(planes[0]) <= np.ptp(dark) + 1


def test_channels_may_have_holes_of_their_own() -> None:
    stretched = np.minimum(photo_pixels() * np.array([1.3, 1.5, 1.7]), 255).astype(np.uint8)
    assert find_trace(stretched, 3)[0][:2] == bytes([LEVELS, 3]) and found(stretched)[0] == LEVELS


DAMAGED = {
    "a map too short": deflated(bytes([LEVELS, 1]), bytes(31)),
    "a map too long": deflated(bytes([LEVELS, 1]), bytes(33)),
    "too many maps": deflated(bytes([LEVELS, 2]), bytes(64)),
    "an empty map": deflated(bytes([LEVELS, 1]), bytes(32)),
}


@pytest.mark.parametrize("trace", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_maps_are_refused(trace: bytes) -> None:
    with pytest.raises(BadFile):
        restore_pixels(read_trace(trace)[0], [np.full((3, 20, 30), 3, np.int16)])
