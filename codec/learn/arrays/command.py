"""What `codec train digits` does, once torch is known to be there."""

from __future__ import annotations

import torch

from codec.errors import BadConfig, BadData
from codec.learn.arrays.curve import plot_curve
from codec.learn.arrays.images import digits, net_inputs
from codec.learn.arrays.nets import TwoLayers, renew_top
from codec.learn.arrays.train import DIGITS, DigitsRun, DigitsTask, DigitsTraining
from codec.learn.common import loop, processes
from codec.learn.common.command import TrainingRequest, choose_device, open_run
from codec.learn.common.config import config_from_settings
from codec.learn.common.progress import Say
from codec.learn.common.run import Weights, load_checkpoint


def train_on_digits(request: TrainingRequest, renewed: bool, say: Say | None = None) -> DigitsRun:
    """Train as requested; .csv and .png with the validation curve come beside the checkpoint. `renewed`: with a new upper layer."""
    choose_device(request)
    run = open_run(DIGITS, request, None if request.again else _weights(request, renewed))
    images = digits(request.data)
    batch, validation = run.config.batch, run.config.validation
    kept = len(images) - validation
    if kept < batch:
        raise BadData(f"{request.data}: {len(images)} images are too few for a batch of {batch} and {validation} for validation")
    task = DigitsTask(run, processes.share(images[:kept]), net_inputs(images[kept:], run.config.net.likelihood))
    loop.train_net(run, task, request.output, say)
    if processes.number() == 0:
        plot_curve(run.rows, request.output.with_suffix(".png"))
    return run


def _weights(request: TrainingRequest, renewed: bool) -> Weights | None:
    """The weights to begin with, if any, with a new upper layer if it is to be renewed."""
    if request.weights is None:
        return None
    net, _ = load_checkpoint(DIGITS, request.weights)
    if renewed:
        if not isinstance(net, TwoLayers):
            raise BadConfig(f"{request.weights}: a net of one layer has no upper layer to renew")
        torch.manual_seed(config_from_settings(DigitsTraining, request.settings).seed)
        renew_top(net)
    return net.state_dict()
