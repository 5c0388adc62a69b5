"""What settles moves towards what it learns; layers are as fine as exact sums allow."""

from __future__ import annotations

import numpy as np
import pytest

from codec.learn.common.settle import Weights, finest_layer, settle
from codec.nets.layers import FLOAT32_LIMIT


def test_weights_move_by_a_pace_that_falls_to_nothing() -> None:
    seen = list[int]()

    def code(weights: Weights, step: int, number: int) -> Weights:
        assert step == len(seen)
        seen.append(number)
        return weights + np.float32(1)

    first = np.zeros(3, np.float32)
    found = settle(first, 4, 0.5, np.random.default_rng(0), code)
    assert sorted(seen) == [0, 1, 2, 3] and not first.any()
    assert found == pytest.approx(0.5 * (1 + 0.75 + 0.5 + 0.25))


@pytest.mark.parametrize("kinds", [None, 5])
def test_layers_are_as_fine_as_exact_sums_allow(kinds: int | None) -> None:
    rng = np.random.default_rng(1)
    weight, bias = rng.normal(0, 0.2, (30, 16)), rng.normal(0, 1, (16,) if kinds is None else (kinds, 16))
    found = finest_layer(weight, bias, (5, 8), 352, 20)
    real = found.weight * 2.0 ** -(found.shift + 3), found.bias * 2.0 ** -(found.shift + 8)
    assert np.abs(real[0] - weight).max() <= 2.0 ** -(found.shift + 4) and np.abs(real[1] - bias).max() <= 2.0 ** -(found.shift + 9)

    def largest_sum(shift: int) -> float:
        return float((np.abs(weight).sum(0) * 352 * 2.0 ** (shift + 3) + np.abs(bias).reshape(-1, 16).max(0) * 2.0 ** (shift + 8)).max())

    assert largest_sum(found.shift) < FLOAT32_LIMIT
    assert largest_sum(found.shift + 1) > 0.99 * FLOAT32_LIMIT or np.abs(weight).max() * 2.0 ** (found.shift + 4) > 32000
