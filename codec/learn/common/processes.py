"""Training by several processes, each with a share of the data: torchrun --nproc-per-node 2 -m codec train arrays ...

Each process has the net and draws batches of its own share; the loop lets torch's DistributedDataParallel average the gradients, so a step
is of as many batches as there are processes. The first process alone writes checkpoint and log, evaluates, and says how long the run has
taken. Without torchrun there is one process, the first.
"""

from __future__ import annotations

import os
from typing import Any, TypeVar

import torch
from numpy.typing import NDArray
from torch import distributed

from codec.learn.common.run import C, N, Run

Element = TypeVar("Element", bound=Any)


def join(device: str) -> None:
    """Join the other processes that torchrun has started, if there are any; those on GPUs take one each."""
    if int(os.environ.get("WORLD_SIZE", "1")) < 2 or distributed.is_initialized():
        return
    on_gpu = torch.device(device).type == "cuda"
    if on_gpu:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    distributed.init_process_group("nccl" if on_gpu else "gloo")


def count() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def number() -> int:
    """The number of this process, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def share(images: NDArray[Element]) -> NDArray[Element]:
    """The images of this process."""
    mine: NDArray[Element] = images[number() :: count()]
    return mine


def agreed(run: Run[C, N]) -> float:
    """The seconds of a run, as the first process has them: all processes begin and end their parts at the same steps."""
    if count() == 1:
        return run.elapsed
    seconds = torch.tensor([run.elapsed], dtype=torch.float64, device=run.device)
    distributed.broadcast(seconds, 0)
    return seconds.item()
