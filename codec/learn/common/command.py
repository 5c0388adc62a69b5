"""What the commands that train do first: choose device and threads, and make or resume the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from codec.errors import BadConfig, BadInput
from codec.learn.common import processes
from codec.learn.common.config import config_from_settings
from codec.learn.common.history import record_of
from codec.learn.common.run import C, Family, N, Run, Weights, resume, start


@dataclass(frozen=True)
class TrainingRequest:
    """What a command that trains is told, whatever the family.

    data: the file or folder to train on. output: the checkpoint. again: go on from it. weights: a checkpoint to begin with. minutes: the
    budget, None for the default. threads: of torch, 0 for its own choice. settings: of the family's config and of its net's, side by side.
    """

    data: Path
    output: Path
    again: bool
    weights: Path | None
    minutes: float | None
    threads: int
    device: str
    settings: Mapping[str, object]


def choose_device(request: TrainingRequest) -> None:
    """Set torch's threads, and join the processes that train together. Raises BadConfig for a device that is not there."""
    if request.device != "cpu" and not torch.cuda.is_available():
        raise BadConfig(f"torch finds no device {request.device!r} here")
    if request.threads:
        torch.set_num_threads(request.threads)
    processes.join(request.device)


def open_run(family: Family[C, N], request: TrainingRequest, weights: Weights | None, images: NDArray[np.uint8] | None = None) -> Run[C, N]:
    """A fresh run that begins with these weights, or the one at the output, with a new budget if there is one. Raises CodecError.

    images: the data, if they do not lie at request.data."""
    if request.again:
        run = resume(family, request.output, request.device)
        run.config = replace(run.config, minutes=request.minutes or run.config.minutes)
    elif request.output.exists():
        raise BadInput(f"{request.output}: already there; give --resume to go on with it, or another --output")
    else:
        config = config_from_settings(family.config, {**request.settings, "minutes": request.minutes})
        run = start(family, config, request.device, weights)
    if processes.number():  # noise of its own
        run.generator.manual_seed(run.config.seed + (processes.number() << 32) + run.steps)
    run.history.append(record_of(request.data, request.device, request.weights, images))
    return run
