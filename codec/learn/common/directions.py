"""Finds in which directions the inputs of layers vary most, for models that learn shorter steps in these.

The mean of x x' over many data points (x: a layer's inputs, and 1 for its biases) has eigenvalues a_1 >= a_2 ... In the direction of a_k,
k < 9, a step is as long as any other, times a_9 / a_k.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from codec.density.shared.directions import DIRECTION, SHORTENED
from codec.density.shared.learning import Pace
from codec.density.shared.whole_learning import DIRECTIONS
from codec.errors import BadInput
from codec.nets.model_file import ModelFile

SMALLEST = 1e-9  # of eigenvalues: an input may always be 0


def direction_tensors(seen: Iterable[Mapping[str, Tensor]]) -> dict[str, NDArray[np.generic]]:
    """Of every layer its directions and how much is taken off in them, as density/shared/directions.py has them. seen: of some data points
    at a time the inputs [n, inputs] of every layer, by name."""
    sums, tensors = dict[str, Tensor](), dict[str, NDArray[np.generic]]()
    for inputs in seen:
        for name, x in inputs.items():
            given = torch.cat([x, torch.ones(len(x), 1)], 1).double()
            sums[name] = sums.get(name, torch.zeros(())) + given.T @ given
    for name, total in sums.items():
        values, vectors = np.linalg.eigh(total.numpy() / total[-1, -1].item())
        most, directions = np.maximum(values[::-1], SMALLEST), np.rint(vectors[:, ::-1][:, :DIRECTIONS] * DIRECTION)
        shortened = np.rint((1.0 - most[DIRECTIONS] / most[:DIRECTIONS]) * SHORTENED)
        tensors[f"{name}.directions"] = directions.astype(np.int16)
        tensors[f"{name}.shortened"] = np.minimum(shortened, SHORTENED - 1).astype(np.int16)
    return tensors


def folder_if_lacking(file: ModelFile, learning: str, paces: Mapping[str, Pace], folder: Path | None) -> Path | None:
    """The folder in which directions are to be found that a model lacks which is to learn so; None if it lacks none. Raises BadInput if
    there is no folder."""
    is_directed = learning in paces and paces[learning].directed
    if not is_directed or any(name.endswith(".directions") for name in file.tensors):
        return None
    if folder is None:
        raise BadInput(f"a model that has no directions yet: {learning} needs --data, in which they are found")
    return folder
