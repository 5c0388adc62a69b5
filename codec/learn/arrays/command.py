"""What `codec train` does, once torch is known to be there."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch

from codec.learn.arrays.nets import BadConfig, NetConfig, TwoLayers, renew_top
from codec.learn.arrays.train import Run, TrainConfig, load_checkpoint, resume, start, train
from codec.learn.common import data as images
from codec.learn.common.descent import TrainingFailed
from codec.learn.common.progress import plot

DEFAULT_MINUTES = 30.0


def train_digits(data: Path, output: Path, again: bool, weights: Path | None, threads: int, device: str, settings: dict[str, Any]) -> Run:
    """Train on the images at `data` and write the checkpoint `output` (.csv and .png with the validation curve beside it).

    settings: of NetConfig and TrainConfig, flat; `minutes` may be None. With `again` all of them but the minutes are the checkpoint's.
    """
    if device != "cpu" and not torch.cuda.is_available():
        raise BadConfig(f"torch finds no device {device!r} here")
    if threads:
        torch.set_num_threads(threads)
    if again:
        run = resume(output, device)
        run.config = replace(run.config, minutes=settings["minutes"] or run.config.minutes)
    elif output.exists():
        raise TrainingFailed(f"{output} exists: give --resume to go on with it, or another --output")
    else:
        net = NetConfig(**{field.name: settings[field.name] for field in fields(NetConfig) if field.name in settings})
        own = {field.name for field in fields(TrainConfig)} - {"net"}
        chosen = {name: value for name, value in settings.items() if name in own and value is not None}
        run = start(TrainConfig(net=net, **{"minutes": DEFAULT_MINUTES, **chosen}), device, _weights(weights, settings))
    digits = images.digits(data)
    kept = len(digits) - run.config.validation
    if kept < run.config.batch:
        raise images.BadData(
            f"{data}: {len(digits)} images are too few for a batch of {run.config.batch} and {run.config.validation} for validation"
        )
    train(run, digits[:kept], images.inputs(digits[kept:], run.config.net.likelihood), output)
    plot(run.rows, output.with_suffix(".png"))
    return run


def _weights(path: Path | None, settings: dict[str, Any]) -> dict[str, torch.Tensor] | None:
    """The weights to begin with, if any, with a new upper layer if the settings say so."""
    if path is None:
        return None
    torch.manual_seed(settings["seed"])
    net, _ = load_checkpoint(path)
    if settings["renew_top"]:
        if not isinstance(net, TwoLayers):
            raise BadConfig(f"{path}: a net of one layer has no upper layer to renew")
        renew_top(net)
    return net.state_dict()
