"""Orders of planes: each gives its ranks back, and what is no picture is refused."""

from __future__ import annotations

import numpy as np
import pytest

from codec.errors import BadFile
from codec.methods.traces.order import ORDERS, from_order, to_order


@pytest.mark.parametrize("order", ORDERS)
def test_ranks_come_back(order: int) -> None:
    ranks = np.random.default_rng(order).integers(0, 1000, (20, 30, 3)).astype(np.int32)
    planes = to_order(ranks, order)
    assert planes.shape == (3, 20, 30) and planes[0].min() >= 0 and np.abs(planes).max() < 1000
    assert np.array_equal(from_order(planes, order, 999), ranks)


@pytest.mark.parametrize("order", ORDERS)
def test_planes_of_no_picture_are_refused(order: int) -> None:
    planes = np.full((3, 2, 2), -9, np.int32)
    with pytest.raises(BadFile, match="no picture"):
        from_order(planes, order, 999)
