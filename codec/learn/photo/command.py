"""What `codec train photo` does, once torch is known to be there."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch

from codec.learn.arrays.nets import BadConfig
from codec.learn.common.descent import TrainingFailed
from codec.learn.photo.data import cache_folder, load_tiles
from codec.learn.photo.nets import PhotoConfig
from codec.learn.photo.train import PhotoTrainConfig, Run, load_checkpoint, resume, start, train

TRIM_THRESHOLD, MAP_THRESHOLD = -1, -3  # glibc's numbers of these settings


def train_photo(
    data: Path, output: Path, cache: Path | None, again: bool, weights: Path | None, threads: int, device: str, settings: dict[str, Any]
) -> Run:
    """Train on the pictures in the folder `data` and write the checkpoint `output`; predictions are kept in `cache`, or beside it.

    settings: of PhotoConfig and PhotoTrainConfig, flat; `minutes` may be None. With `again` all but the minutes are the checkpoint's.
    """
    if device != "cpu" and not torch.cuda.is_available():
        raise BadConfig(f"torch finds no device {device!r} here")
    if threads:
        torch.set_num_threads(threads)
    _keep_memory()
    run = _run(output, again, weights, device, settings)
    net = run.config.net
    tiles = load_tiles(data, cache_folder(output, cache), net.channels, net.predictors, net.view, run.config.most_tiles)
    print(f"{len(tiles.training)} tiles to train on, {len(tiles.validation)} to validate", file=sys.stderr)
    return train(run, tiles, output)


def _run(output: Path, again: bool, weights: Path | None, device: str, settings: dict[str, Any]) -> Run:
    if again:
        run = resume(output, device)
        run.config = replace(run.config, minutes=settings["minutes"] or run.config.minutes)
        return run
    if output.exists():
        raise TrainingFailed(f"{output} exists: give --resume to go on with it, or another --output")
    net = PhotoConfig(**{field.name: settings[field.name] for field in fields(PhotoConfig) if field.name in settings})
    own = {field.name for field in fields(PhotoTrainConfig)} - {"net"}
    chosen = {name: value for name, value in settings.items() if name in own and value is not None}
    return start(PhotoTrainConfig(net=net, **chosen), device, load_checkpoint(weights)[0].state_dict() if weights else None)


def _keep_memory() -> None:
    """Tell glibc to keep freed memory: fresh pages for every step's arrays would take a third of its time."""
    allocator = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if allocator is not None:
        allocator(TRIM_THRESHOLD, 1 << 30)
        allocator(MAP_THRESHOLD, 1 << 30)
