"""Directions of small models that were never trained: at random."""

from collections.abc import Mapping

import numpy as np

from codec.density.shared.directions import DIRECTION, SHORTENED
from codec.density.shared.whole_learning import DIRECTIONS


def small_directions(sizes: Mapping[str, tuple[int, int]]) -> dict[str, np.ndarray]:
    """The tensors of layers of so many inputs and outputs."""
    rng, found = np.random.default_rng(0), dict[str, np.ndarray]()
    for name, (inputs, _) in sizes.items():
        vectors = rng.normal(size=(inputs + 1, DIRECTIONS))
        found[f"{name}.directions"] = np.rint(DIRECTION * vectors / np.linalg.norm(vectors, axis=0)).astype(np.int16)
        found[f"{name}.shortened"] = rng.integers(0, SHORTENED, DIRECTIONS).astype(np.int16)
    return found
