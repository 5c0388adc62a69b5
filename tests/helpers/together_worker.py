"""Trains the toy net by as many processes as torchrun starts, each on its share of rows, into a folder.

torchrun --nproc-per-node 2 -m helpers.together_worker FOLDER
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from codec.learn.common import processes
from codec.learn.common.loop import train_net
from helpers.toy_training import ToyTask, ToyTraining, toy_run

STEPS, ROWS = 30, 16  # rows of all processes together


class SharedRows(ToyTask):
    """Every process has its share of the same rows."""

    def batches(self) -> Iterator[Tensor]:
        for batch in super().batches():
            yield torch.from_numpy(processes.share(batch.numpy()).copy())


if __name__ == "__main__":
    processes.join("cpu")
    run = toy_run(ToyTraining(steps=STEPS, rate=0.05, average=0.9, quantise=0.2, batch=ROWS))
    train_net(run, SharedRows(run), Path(sys.argv[1]) / "run.pt")
    print(f"process {processes.number()} of {processes.count()}: {run.net.weight.sum().item():.6f}", flush=True)
    os._exit(0)  # as the program ends: threads of torch may abort a process that is taken apart
