"""Directions in which steps of layers that learn are shortened (whole_learning.py), as model files have them.

Of a layer two tensors: .directions [inputs + 1, 8], times 2^14, and .shortened [8], how much of a step is taken off in each, times 2^15.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from codec.density.shared.whole_learning import DIRECTIONS
from codec.errors import BadModel
from codec.nets.layers import most_of
from codec.nets.model_file import ModelFile

DIRECTION, SHORTENED = 1 << 14, 1 << 15


def read_directions(file: ModelFile, name: str, inputs: int) -> NDArray[np.float32]:
    """Those of a layer, as whole_learning.Whole has them. Raises BadModel."""
    directions, shortened = file.tensor(f"{name}.directions", 2), file.tensor(f"{name}.shortened", 1)
    if directions.shape != (inputs + 1, DIRECTIONS) or shortened.shape != (DIRECTIONS,):
        raise BadModel(f"layer {name} does not have {DIRECTIONS} directions of {inputs} inputs and the bias")
    if most_of(directions) > DIRECTION or shortened.min() < 0 or shortened.max() > SHORTENED:
        raise BadModel(f"layer {name} has directions longer than 1, or takes off less than nothing or more than all")
    found = directions.astype(np.float32) * np.float32(1 / DIRECTION)
    return np.stack([found, found * (shortened.astype(np.float32) * np.float32(1 / SHORTENED))], 1)
