"""What every training loop does: steps that survive bad gradients, averaged weights, checkpoints that are whole or not there."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from codec.errors import CodecError

LONGEST_STEP = 5.0
SPIKE = 10.0
CLIP = 2.0


class TrainingFailed(CodecError):
    """Training cannot go on: nearly every step is bad, or a checkpoint cannot be used."""


class Config(Protocol):
    """average: the decay of the average of the weights."""

    @property
    def average(self) -> float: ...


class Run(Protocol):
    """The part of a training run that a step changes. average: of the weights, by name; usual_norm: of the gradient."""

    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    steps: int
    skipped: int
    skipped_in_a_row: int
    usual_norm: float

    @property
    def config(self) -> Config: ...
    @property
    def net(self) -> nn.Module: ...


def update(run: Run) -> None:
    """Move the weights by their gradients, and the average of the weights after them.

    A gradient that is not finite, or SPIKE times as long as usual, is skipped and counted; one CLIP times as long is shortened to that.
    """
    parameters = dict(run.net.named_parameters())
    gradients = [parameter.grad for parameter in parameters.values() if parameter.grad is not None]
    norm = float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients])))
    if not math.isfinite(norm) or (run.steps > 100 and norm > SPIKE * run.usual_norm):
        run.skipped += 1
        run.skipped_in_a_row += 1
        run.usual_norm *= 1.02
        if run.skipped_in_a_row > 200:
            raise TrainingFailed("200 steps in a row had no usable gradient: lower the learning rate, or start from a better checkpoint")
        return
    run.skipped_in_a_row = 0
    limit = CLIP * run.usual_norm if run.steps > 100 else norm
    if norm > limit:
        torch._foreach_mul_(gradients, limit / norm)
    run.usual_norm = norm if run.steps == 0 else 0.98 * run.usual_norm + 0.02 * min(norm, limit)
    run.optimiser.step()
    decay = min(run.config.average, (1.0 + run.steps) / (10.0 + run.steps))
    with torch.no_grad():
        torch._foreach_lerp_(list(run.average.values()), [parameters[name] for name in run.average], 1.0 - decay)


def copies(net: nn.Module) -> dict[str, Tensor]:
    """The weights of a net as they are now, by name."""
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def put_values(net: nn.Module, values: dict[str, Tensor]) -> None:
    """Give a net these weights."""
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.copy_(values[name])


def write_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint: first beside the path, then renamed onto it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    torch.save(content, temporary)
    os.replace(temporary, path)


def read_checkpoint(path: Path, device: str) -> dict[str, Any]:
    """What a checkpoint holds. Raises TrainingFailed."""
    try:
        content: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        raise TrainingFailed(f"{path}: not a checkpoint of this package: {error}") from error
    return content
