"""A family of nets that trains in no time: one dense layer that learns to give its inputs' sum. Needs torch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from codec.learn.common.config import TrainingConfig
from codec.learn.common.loop import Loss
from codec.learn.common.quantise import HIDDEN, Dense
from codec.learn.common.run import Family, Row, Run, start


@dataclass(frozen=True)
class ToyConfig:
    """The net: how many inputs it has."""

    inputs: int = 4
    shape: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class ToyTraining(TrainingConfig):
    """A run: how many rows a batch has."""

    net: ToyConfig = field(default_factory=ToyConfig)
    batch: int = 16


ToyRun = Run[ToyTraining, Dense]
TOY: Family[ToyTraining, Dense] = Family(
    "toy", ToyTraining, lambda config: Dense(config.net.inputs, 1, HIDDEN, leaky=False), lambda config, progress, steps: config.rate
)


class ToyTask:
    """Random inputs that depend on seed and step alone. interrupted: the step before which the user presses Ctrl-C."""

    check_seconds = 1e9

    def __init__(self, run: ToyRun, interrupted: int = -1) -> None:
        self.run, self.interrupted = run, interrupted

    def batches(self) -> Iterator[Tensor]:
        config = self.run.config
        for step in itertools.count(self.run.steps):
            generator = torch.Generator().manual_seed(1000 * config.seed + step)
            yield torch.randn(config.batch, config.net.inputs, generator=generator)

    def loss(self, batch: Tensor) -> Loss:
        if self.run.steps == self.interrupted:
            raise KeyboardInterrupt
        error: Tensor = self.run.net(batch)[:, 0] - batch.sum(-1)
        total = error.square().mean()
        return Loss(total, total.item(), 0.0)

    def evaluate(self) -> Row:
        return {"weight": float(self.run.net.weight[0, 0]), "quantised": float(self.run.net.integral)}

    def describe(self, row: Row) -> str:
        return f"weight {row['weight']:.3f}"


def toy_run(config: ToyTraining | None = None) -> ToyRun:
    """A fresh run, of 60 steps if nothing else is said."""
    return start(TOY, config or ToyTraining(steps=60, rate=0.05, average=0.9))
