"""Moves what a model begins with towards what it learns while it codes (Reptile: Nichol, Achiam, Schulman 2018).

One data point after the other is coded, from the weights w on to some w'; then w = w + p (w' - w), where p falls to 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from codec.nets.layers import FLOAT32_LIMIT

MOST_WEIGHT = 1 << 15

Weights = NDArray[np.float32]
Coding = Callable[[Weights, int, int], Weights]


class WholeLayer(NamedTuple):
    """A layer in integers, as model files have it: its shift, weights int16 and biases int32."""

    shift: int
    weight: NDArray[np.int16]
    bias: NDArray[np.int32]


def settle(weights: Weights, count: int, pace: float, rng: np.random.Generator, code: Coding) -> Weights:
    """The weights after so many data points, in any order. code: w' of one, given w, the how-manieth it is, its number."""
    weights = weights.copy()
    for step, number in enumerate(rng.permutation(count)):
        weights += np.float32(pace * (1 - step / count)) * (code(weights, step, int(number)) - weights)
    return weights


def finest_layer(weight: NDArray[np.float64], bias: NDArray[np.float64], bits: tuple[int, int], largest: int, highest: int) -> WholeLayer:
    """Weights [inputs, outputs] and biases [outputs] or [kinds, outputs] as fine as exact sums allow. bits: fraction bits of what the layer
    takes and of its sums; largest: of what it takes; highest: the largest shift that is tried."""
    given, made = bits
    for shift in range(highest, 0, -1):
        fraction = shift - given + made
        whole, biases = np.rint(weight * 2.0**fraction), np.rint(bias * 2.0 ** (fraction + given))
        most = (np.abs(whole).sum(0) * largest + np.abs(biases.reshape(-1, biases.shape[-1])).max(0)).max() + (1 << shift)
        if np.abs(whole).max() < MOST_WEIGHT and most < FLOAT32_LIMIT:
            break
    return WholeLayer(shift, whole.astype(np.int16), biases.astype(np.int32))
