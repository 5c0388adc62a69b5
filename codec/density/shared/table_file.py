"""Reads the tables of a model's file, as scales.py, network.py and logistic.py use them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from codec.errors import BadModel
from codec.nets.model_file import ModelFile


def read_tables(file: ModelFile, limits: Mapping[str, tuple[int, int, int]]) -> dict[str, NDArray[np.int64]]:
    """Tables by name. limits: of each how many entries it has, its lowest and its highest value. Raises BadModel."""
    found = {name: file.tensor(f"table.{name}", 1).astype(np.int64) for name in limits}
    for name, (entries, low, high) in limits.items():
        if found[name].shape != (entries,) or found[name].min() < low or found[name].max() > high:
            raise BadModel(f"table.{name} does not have {entries} entries from {low} to {high}")
    return found
