"""Trains the nets of JPEG files: codec train jpeg --data FOLDER --minutes 60 -o jpeg.pt

The loss is the bits of random symbols: those of luma, and those of chroma with the weight that they have in files. In the last `quantise`
of the budget every number is on its integer grid.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from codec.errors import BadConfig
from codec.learn.common import loop
from codec.learn.common.ahead import ahead
from codec.learn.common.config import TrainingConfig
from codec.learn.common.run import Family, Row, Run
from codec.learn.common.schedule import cosine
from codec.learn.jpeg.batches import JpegBatch, draw_symbols, see
from codec.learn.jpeg.data import Gathered, Symbols
from codec.learn.jpeg.nets import JpegConfig, JpegNet, SymbolNet

CHECK_SECONDS = 300.0
RISE_STEPS = 100
LAST_RATE = 0.003
AT_ONCE = 1 << 15


@dataclass(frozen=True)
class JpegTraining(TrainingConfig):
    """A training run of JPEG files. A step sees so many symbols of luma and of chroma."""

    net: JpegConfig = field(default_factory=JpegConfig)
    rate: float = 3e-3
    quantise: float = 0.2
    average: float = 0.999
    luma: int = 6144
    chroma: int = 2048

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.luma, self.chroma) < 1:
            raise BadConfig("luma and chroma must be positive")


JpegRun = Run[JpegTraining, JpegNet]


def jpeg_rate(config: JpegTraining, progress: float, steps: int) -> float:
    """The learning rate: a rise over 100 steps, then a cosine."""
    return config.rate * min(1.0, (steps + 1) / RISE_STEPS) * cosine(progress, LAST_RATE)


JPEG: Family[JpegTraining, JpegNet] = Family("jpeg", JpegTraining, lambda config: JpegNet(config.net), jpeg_rate, betas=(0.9, 0.99))


class JpegTask:
    """The symbols that the nets are trained on, and what the loop does with them."""

    check_seconds = CHECK_SECONDS

    def __init__(self, run: JpegRun, gathered: Gathered) -> None:
        self.run, self.gathered = run, gathered

    def batches(self) -> Iterator[JpegBatch]:
        """Batches of the run's next steps, computed ahead."""
        config = self.run.config
        return ahead(functools.partial(_batch, self.gathered, config), self.run.steps)

    def loss(self, batch: JpegBatch) -> loop.Loss:
        """Bits per symbol of a batch."""
        net, config = self.run.net, self.run.config
        luma, chroma = net.luma.bits(batch.luma).mean(), net.chroma.bits(batch.chroma).mean()
        share = config.chroma / (config.luma + config.chroma)
        total = (1.0 - share) * luma + share * chroma
        return loop.Loss(total, total.item(), 0.0)

    def evaluate(self) -> Row:
        """Bits per symbol of the validation files."""
        net, gathered = self.run.net, self.gathered
        if len(gathered.luma.held) < 2:
            return {}
        return {"quantised": float(net.luma.quantised), **validation_rates(net, gathered)}

    def describe(self, row: Row) -> str:
        grid = "on the grid" if row["quantised"] else "in floats"
        return f"validation: luma {row['luma']:.5f}, chroma {row['chroma']:.5f} bits a symbol, {grid}"


def _batch(gathered: Gathered, config: JpegTraining, step: int) -> JpegBatch:
    return draw_symbols(gathered, config.luma, config.chroma, (config.seed, step))


def validation_rates(net: JpegNet, gathered: Gathered) -> Row:
    """Bits per symbol of the validation files, of luma and of chroma."""
    return {"luma": _rate(net.luma, gathered.luma), "chroma": _rate(net.chroma, gathered.chroma)}


def _rate(net: SymbolNet, symbols: Symbols) -> float:
    """Bits per symbol of all validation symbols."""
    total, first, end = 0.0, symbols.training, len(symbols.facts)
    with torch.no_grad():
        for begin in range(first, end, AT_ONCE):
            total += float(net.bits(see(symbols, np.arange(begin, min(begin + AT_ONCE, end)))).sum())
    return total / max(1, end - first)
