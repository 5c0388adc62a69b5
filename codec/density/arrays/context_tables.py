"""The tables of a likelihood that sees the pixels coded before, and the coders that they make of a net's outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.coding.coders import Leaf
from codec.coding.distributions import Bernoulli
from codec.coding.indexed_mixture import IndexedMixture
from codec.coding.message import Vector
from codec.coding.tables import Curve
from codec.density.latents import PRECISION

EDGE_BITS = 8  # fraction bits of logistic.edges
SPREAD_BITS = 8


@dataclass(frozen=True)
class GrayTables:
    """The tables of mixtures; lowest: weight's and scale's; highest: scale's."""

    curve: Curve
    edges: NDArray[np.int64]
    reciprocals: NDArray[np.int64]
    weights: NDArray[np.int64]
    lowest_weight: int
    lowest_scale: int
    level_shift: int

    def leaf(self, indices: NDArray[np.int32], locations: NDArray[np.int32], scales: NDArray[np.int32]) -> Leaf:
        """The coder of mixtures, int32 [points, components] each: indices of weights and of scales, locations in units of the edges."""
        tables = (self.curve, self.edges, self.reciprocals, self.weights, PRECISION)
        return Leaf(IndexedMixture(*tables, indices, locations, scales))


@dataclass(frozen=True)
class BinaryTables:
    """The table of logits."""

    ones: Vector
    lowest: int

    def leaf(self, indices: NDArray[np.int32]) -> Leaf:
        """The coder of logits with these indices, int32 [points, 1]."""
        return Leaf(Bernoulli(self.ones[indices[:, 0]], PRECISION))
