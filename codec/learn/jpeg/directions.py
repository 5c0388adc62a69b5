"""Directions of JPEG models (learn/common/directions.py), found in the symbols that a net trains on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from codec.learn.common.directions import direction_tensors
from codec.learn.common.kernel_layers import INPUT_BITS, SUM_BITS, UNIT_BITS, activate
from codec.learn.jpeg.data import Gathered, Symbols
from codec.nets.model_file import ModelFile

MOST_SYMBOLS, AT_ONCE = 1 << 20, 1 << 14
BITS = {"first": (INPUT_BITS, SUM_BITS), "second": (UNIT_BITS, SUM_BITS), "out": (UNIT_BITS, UNIT_BITS)}  # of what layers take and give


def jpeg_directions(file: ModelFile, gathered: Gathered) -> dict[str, NDArray[np.generic]]:
    """The tensors of all layers of a model file."""
    return {**direction_tensors(_seen(file, "luma", gathered.luma)), **direction_tensors(_seen(file, "chroma", gathered.chroma))}


def _seen(file: ModelFile, part: str, symbols: Symbols) -> Iterator[Mapping[str, Tensor]]:
    chosen = np.linspace(0, symbols.training, min(MOST_SYMBOLS, symbols.training), endpoint=False).astype(np.int64)
    for places in np.array_split(chosen, -(-len(chosen) // AT_ONCE)):
        x, kinds = torch.from_numpy(symbols.inputs[places]).float() * 2.0**-INPUT_BITS, torch.from_numpy(symbols.facts[places, 0]).long()
        found = dict[str, Tensor]()
        for layer, (given, made) in BITS.items():
            found[f"{part}.{layer}"] = x
            bits = file.metadata["shifts"][part][layer] - given + made
            weight, bias = (torch.from_numpy(file.tensors[f"{part}.{layer}.{name}"].astype(np.float32)) for name in ("weight", "bias"))
            x = activate(x @ weight * 2.0**-bits + functional.embedding(kinds, bias * 2.0 ** -(bits + given)), None, False)
        yield found
