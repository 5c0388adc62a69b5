"""The training loop of all families: a family brings its batches, its loss and its evaluation, and the loop does the rest.

    batch -> loss -> gradient -> step of Adam -> averaged weights         again and again, until the budget is used up

The minutes are the schedule. Time counts as the sum of min(step, 5 s), so a paused process loses nothing; in the last `quantise` of it the
weights are on the integer grid. A run is evaluated now and then, its row added to the validation curve, and a checkpoint is written every
minute and at the end. Ctrl-C ends the run early, and leaves a checkpoint like any other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from codec.learn.common import processes
from codec.learn.common.descent import update
from codec.learn.common.journal import Journal
from codec.learn.common.progress import Meter, Say, write_curve
from codec.learn.common.run import C, N, Row, Run, averaged, begin_quantised, save

LONGEST_STEP = 5.0
SAVE_SECONDS = 60.0
WORSE = 1.005  # times the best validation
MEMORY = 0.99  # of the running means, from one step to the next

B = TypeVar("B")


@dataclass(frozen=True)
class Loss:
    """total: what is minimised. bits, divergence: the loss and its KL, in bits per dimension, to be shown. still: parameters that this
    step leaves alone."""

    total: Tensor
    bits: float
    divergence: float
    still: Sequence[nn.Parameter] = ()


class LearningTask(Protocol[B]):
    """What a family brings to the loop: its data, and what it does with its net, which it knows."""

    @property
    def check_seconds(self) -> float:
        """How long to train between two evaluations."""
        ...

    def batches(self) -> Iterator[B]:
        """Endless, from the run's next step on."""
        ...

    def loss(self, batch: B) -> Loss:
        """The loss of a batch at the run's present step."""
        ...

    def evaluate(self) -> Row:
        """Figures of the net as it is now on validation data; empty if there are none."""
        ...

    def describe(self, row: Row) -> str:
        """A line about such figures."""
        ...


def train_net(run: Run[C, N], task: LearningTask[B], path: Path, say: Say | None = None) -> None:
    """Train until the budget is used up, or until Ctrl-C. Writes the checkpoint `path`, and beside it the validation curve (.csv) and the
    log (.jsonl). Of several processes the first one alone writes and says anything."""
    first = processes.number() == 0
    task = task if processes.count() == 1 else _SharedTask(run.net, task)
    meter, journal, batches = Meter(say if first else None), Journal(run, path.with_suffix(".jsonl") if first else None), task.batches()
    next_check, next_save = run.elapsed + task.check_seconds / 4.0, run.elapsed + SAVE_SECONDS
    stopped = False
    try:
        while run.progress < 1.0:
            batch = next(batches)
            began = time.monotonic()
            if not run.quantised and run.config.quantise > 0.0 and run.progress >= 1.0 - run.config.quantise:
                begin_quantised(run)
            descend(run, task, batch)
            run.elapsed += min(time.monotonic() - began, LONGEST_STEP)
            run.elapsed = processes.agreed(run)
            meter.show(run)
            journal.progress(run)
            if run.elapsed >= next_check and first:
                next_check = run.elapsed + task.check_seconds
                check(run, task, path, meter, journal)
            if run.elapsed >= next_save and first:
                next_save = run.elapsed + SAVE_SECONDS
                save(run, path)
    except KeyboardInterrupt:
        stopped = True
        meter.line("stopped by the user; the checkpoint holds everything so far")
    if first:
        save(run, path)  # before the last evaluation, which may take a while
        check(run, task, path, meter, journal)
        save(run, path)
        if said := said_of_curve(run.rows):
            meter.line(said)
    journal.end(run, stopped)


def descend(run: Run[C, N], task: LearningTask[B], batch: B) -> Loss:
    """One update. Counts, and does nothing else, if the gradient is bad."""
    for group in run.optimiser.param_groups:
        group["lr"] = run.family.learning_rate(run.config, run.progress, run.steps)
    loss = task.loss(batch)
    run.optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss.total)
    for parameter in loss.still:
        parameter.grad = None
    update(run)
    run.bits, run.divergence = _mean(run.steps, run.bits, loss.bits), _mean(run.steps, run.divergence, loss.divergence)
    run.steps += 1
    return loss


def _mean(steps: int, before: float, now: float) -> float:
    """A running mean of finite numbers."""
    if not math.isfinite(now):
        return before
    return MEMORY * before + (1.0 - MEMORY) * now if steps else now


def check(run: Run[C, N], task: LearningTask[B], path: Path, meter: Meter, journal: Journal) -> None:
    """Evaluate the averaged net and add a row to the validation curve, unless it has one of this step."""
    if run.rows and run.rows[-1]["steps"] == run.steps:
        return
    with averaged(run):
        figures = task.evaluate()
    if not figures:
        return
    row = {"minutes": run.elapsed / 60.0, "steps": float(run.steps), **figures}
    run.rows.append(row)
    write_curve(run.rows, path.with_suffix(".csv"))
    journal.check(row)
    meter.line(f"{row['minutes']:7.2f} min, step {run.steps}: {task.describe(row)}; {run.skipped} steps skipped")


def said_of_curve(rows: Sequence[Row]) -> str:
    """What to tell of a run whose validation was better long before its end; nothing of others."""
    told = [row for row in rows if "bits" in row]
    best = min(told, key=lambda row: row["bits"], default=None)
    if best is None or told[-1]["bits"] < WORSE * best["bits"]:
        return ""
    return f"validation was best after {best['minutes']:.1f} minutes: the data are few for so long a training: fewer --minutes do better"


# ---------------------------------------------------------------- several processes


class _LossOf(nn.Module, Generic[B]):
    """The loss of a batch as what a module gives, which is what DistributedDataParallel takes."""

    def __init__(self, net: nn.Module, task: LearningTask[B]) -> None:
        super().__init__()
        self.net, self.task = net, task

    def forward(self, batch: B) -> Loss:
        return self.task.loss(batch)


class _SharedTask(Generic[B]):
    """A task whose gradients are the mean over several processes."""

    def __init__(self, net: nn.Module, task: LearningTask[B]) -> None:
        self.task = task
        self.module = nn.parallel.DistributedDataParallel(_LossOf(net, task), find_unused_parameters=True)

    @property
    def check_seconds(self) -> float:
        return self.task.check_seconds

    def batches(self) -> Iterator[B]:
        return self.task.batches()

    def loss(self, batch: B) -> Loss:
        found: Loss = self.module(batch)
        return found

    def evaluate(self) -> Row:
        return self.task.evaluate()

    def describe(self, row: Row) -> str:
        return self.task.describe(row)
