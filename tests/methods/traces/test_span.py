"""Levels of 16 that samples use: found wherever the circle is cut, shorter for it, and back again."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.traced import deflated
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from codec.container.numbers import write_length
from codec.errors import BadFile
from codec.methods.traces.span import LEVELS, RANGE, find_span, read_span, restore_span

SMOOTH = (np.add.outer(np.arange(90) ** 2, 30 * np.arange(70)) // 9).astype(np.uint16)[:, :, None]


def there_and_back(pixels: NDArray[np.uint16]) -> tuple[int, int]:
    """The kind of a span, and its highest rank, when the pixels have come back."""
    span = find_span(pixels)
    trace, top, end = read_span(memoryview(span.trace + b"what follows"))
    assert trace == span.trace and end == len(trace) and span.ranks.min() >= 0 and span.ranks.max() <= top
    assert np.array_equal(restore_span(trace, span.ranks), pixels)
    return trace[0], top


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=40), st.integers(1, 3))
def test_any_samples_come_back(levels: list[int], channels: int) -> None:
    there_and_back(np.resize(np.array(levels, np.uint16), (5, 8, channels)))


def test_a_range_begins_with_its_lowest_level() -> None:
    assert there_and_back(SMOOTH + np.uint16(700)) == (RANGE, int(np.ptp(SMOOTH)))


def test_numbers_below_0_lie_beside_those_above_it() -> None:
    signed = (SMOOTH.astype(np.int16) - 400).view(np.uint16)
    assert there_and_back(signed) == (RANGE, int(np.ptp(SMOOTH)))


@pytest.mark.parametrize("step", [2, 16, 20])
def test_steps_are_left_out(step: int) -> None:
    assert there_and_back(SMOOTH * np.uint16(step)) == (LEVELS, len(np.unique(SMOOTH)) - 1)


def test_channels_may_have_levels_of_their_own() -> None:
    stretched = np.concatenate([SMOOTH * np.uint16(step) for step in (7, 13, 19)], 2)
    assert there_and_back(stretched) == (LEVELS, len(np.unique(SMOOTH)) - 1) and find_span(stretched).trace[1] == 3


def text(*numbers: int) -> bytes:
    return b"".join(map(write_length, numbers))


DAMAGED = {
    "nothing": b"",
    "another kind": bytes([2, 0, 0, 0, 0]),
    "a level beyond the highest": bytes([RANGE]) + text(1 << 16, 3),
    "a range beyond the highest": bytes([RANGE]) + text(3, 1 << 16),
    "no maps": deflated(bytes([LEVELS, 0]), b""),
    "too many maps": deflated(bytes([LEVELS, 4]), text(*4 * [0, 1, 9])),
    "a map without levels": deflated(bytes([LEVELS, 1]), text(0, 0)),
    "a run of none": deflated(bytes([LEVELS, 1]), text(0, 1, 0)),
    "runs beyond the circle": deflated(bytes([LEVELS, 1]), text(0, 3, 1 << 15, 1, 1 << 15)),
    "a map cut off": deflated(bytes([LEVELS, 1]), text(0, 3, 5, 5)),
    "something behind a map": deflated(bytes([LEVELS, 1]), text(0, 1, 5, 5)),
    "a map that ends behind the file": deflated(bytes([LEVELS, 1]), text(0, 1, 5))[:-2],
}


@pytest.mark.parametrize("trace", DAMAGED.values(), ids=list(DAMAGED))
def test_damaged_spans_are_refused(trace: bytes) -> None:
    with pytest.raises(BadFile):
        read_span(memoryview(trace))


def test_ranks_beyond_the_levels_are_refused() -> None:
    trace = read_span(memoryview(deflated(bytes([LEVELS, 1]), text(0, 1, 5))))[0]
    with pytest.raises(BadFile):
        restore_span(trace, np.full((2, 2, 1), 5, np.int32))
    with pytest.raises(BadFile, match="as channels"):
        restore_span(read_span(memoryview(deflated(bytes([LEVELS, 2]), text(0, 1, 5, 0, 1, 5))))[0], np.zeros((2, 2, 3), np.int32))
