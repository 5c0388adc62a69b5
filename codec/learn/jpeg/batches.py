"""Draws batches of random symbols. Batch i depends on the seed and i alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from codec.density.jpeg.constants import KINDS, LAST, SIXTEENTH
from codec.density.jpeg.layers import LAST_SCALE, SCALE_OF_NOTHING
from codec.learn.jpeg.data import Gathered, Symbols
from codec.learn.jpeg.nets import SeenSymbols

INPUT_SCALE = np.float32(1 / 32)
RUN = 16  # symbols that are drawn side by side


class JpegBatch(NamedTuple):
    """Symbols of both nets."""

    luma: SeenSymbols
    chroma: SeenSymbols


def see(symbols: Symbols, chosen: NDArray[np.int64]) -> SeenSymbols:
    """What the net sees of some symbols."""
    inputs, facts = symbols.inputs[chosen], symbols.facts[chosen]
    kind, value, forced = facts[:, 0], facts[:, 1].astype(np.float32), facts[:, 2] > 0
    local = np.where(kind % KINDS == LAST, LAST_SCALE, inputs[:, 4] + SCALE_OF_NOTHING).astype(np.float32) / 32
    predictions = facts[:, 3:].astype(np.float32) / SIXTEENTH
    rest = np.concatenate([local[:, None], np.zeros_like(local)[:, None], predictions[:, 1:] - predictions[:, :1]], 1)
    of_value, of_zero = (np.concatenate([error[:, None], rest], 1)[:, None] for error in (value - predictions[:, 0], -predictions[:, 0]))
    places = np.flatnonzero(forced)
    arrays = (inputs.astype(np.float32) * INPUT_SCALE, kind.astype(np.int64), of_value, of_zero[places], places)
    return SeenSymbols(*(torch.from_numpy(np.ascontiguousarray(array)) for array in arrays))


def draw_symbols(gathered: Gathered, luma: int, chroma: int, seed: tuple[int, int]) -> JpegBatch:
    """A batch of so many symbols of luma and of chroma, in runs that lie side by side."""
    rng = np.random.default_rng(seed)
    parts = []
    for symbols, count in ((gathered.luma, luma), (gathered.chroma, chroma)):
        first = rng.integers(0, max(1, symbols.training - RUN), max(1, count // RUN))
        chosen = (first[:, None] + np.arange(RUN)).reshape(-1)
        parts.append(see(symbols, np.minimum(chosen, symbols.training - 1)))
    return JpegBatch(*parts)
