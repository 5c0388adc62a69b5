"""The four sides from which a stripe may be seen."""

from __future__ import annotations

import numpy as np
import pytest

from codec.methods.traces.mirror import mirrored

PLANES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


@pytest.mark.parametrize("side", range(4))
def test_what_is_mirrored_twice_is_as_it_was(side: int) -> None:
    assert np.array_equal(mirrored(mirrored(PLANES, side), side), PLANES)


def test_one_exchanges_left_and_right_two_top_and_bottom_and_three_both() -> None:
    assert [mirrored(PLANES, side)[0, 0, 0] for side in range(4)] == [0, 3, 8, 11]


@pytest.mark.parametrize("side", range(4))
def test_planes_lie_in_memory_row_by_row(side: int) -> None:
    assert mirrored(PLANES, side).flags.c_contiguous
