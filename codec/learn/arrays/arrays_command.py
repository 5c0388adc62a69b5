"""What `codec train arrays` does, once torch is known to be there."""

from __future__ import annotations

from dataclasses import replace

from codec.errors import BadConfig, BadData
from codec.learn.arrays.context_train import CONTEXT, ContextRun, ContextTask
from codec.learn.arrays.images import checked_set, data_set
from codec.learn.common import loop
from codec.learn.common.command import TrainingRequest, choose_device, open_run
from codec.learn.common.data import Pictures
from codec.learn.common.processes import share
from codec.learn.common.progress import Say
from codec.learn.common.run import load_checkpoint


def train_on_arrays(request: TrainingRequest, say: Say | None = None, given: Pictures | None = None) -> ContextRun:
    """Train as requested, on images of any shape; validation curve (.csv) and log (.jsonl) come beside the checkpoint.

    given: uint8 [n, height, width(, channels)], instead of what lies at request.data, which is then only their name."""
    choose_device(request)
    images = data_set(request.data) if given is None else checked_set(given, str(request.data))
    height, width, channels = images.shape[1:]
    request = replace(request, settings={**request.settings, "height": height, "width": width, "channels": channels})
    weights = None if request.again or request.weights is None else load_checkpoint(CONTEXT, request.weights)[0].state_dict()
    run = open_run(CONTEXT, request, weights, given)
    net, kept = run.config.net, len(images) - run.config.validation
    if (net.height, net.width, net.channels) != (height, width, channels):
        raise BadConfig(f"{request.data}: images of {height}x{width}x{channels}, but the run is of {net.height}x{net.width}x{net.channels}")
    if kept < 1:
        raise BadData(f"{request.data}: {len(images)} images are too few to keep {run.config.validation} for validation")
    loop.train_net(run, ContextTask(run, share(images[:kept]), images[kept:]), request.output, say)
    return run
