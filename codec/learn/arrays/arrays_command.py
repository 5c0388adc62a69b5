"""What `codec train arrays` does, once torch is known to be there: it trains a hierarchy of latents, a context net, or both in one."""

from __future__ import annotations

from dataclasses import replace

from codec.density.arrays.colour import to_differences
from codec.errors import BadConfig, BadData
from codec.learn.arrays.beside_net import BesideConfig
from codec.learn.arrays.beside_train import BESIDE, BesideRun, BesideTask, BesideTraining
from codec.learn.arrays.context_net import ContextConfig
from codec.learn.arrays.context_train import CONTEXT, ContextRun, ContextTask, ContextTraining
from codec.learn.arrays.hierarchy_net import HierarchyConfig
from codec.learn.arrays.hierarchy_train import HIERARCHY, HierarchyRun, HierarchyTask, HierarchyTraining
from codec.learn.arrays.images import checked_set, data_set
from codec.learn.common import loop
from codec.learn.common.command import TrainingRequest, choose_device, open_run
from codec.learn.common.data import Pictures
from codec.learn.common.processes import share
from codec.learn.common.progress import Say
from codec.learn.common.run import C, Family, N, Run, family_of, load_checkpoint

KEPT_SHARE = 10  # of so many images one is for validation, if there are few

NetConfig = ContextConfig | HierarchyConfig | BesideConfig


def train_on_arrays(
    request: TrainingRequest, say: Say | None = None, given: Pictures | None = None, layers: int = 0, context: bool | None = None
) -> ContextRun | HierarchyRun | BesideRun:
    """Train as requested, on images of any shape; validation curve (.csv) and log (.jsonl) come beside the checkpoint.

    given: uint8 [n, height, width(, channels)], instead of what lies at request.data, which is then only their name. layers: of latents,
    0 for a context net, or as many as the setting per_scale has. context: whether pixels see those before them; None: if there are no
    layers."""
    layers = layers or sum(_numbers(request.settings.get("per_scale")))
    if not layers and context is False:
        raise BadConfig("without a context a net needs latents: give --layers 1 or more")
    choose_device(request)
    images = data_set(request.data) if given is None else checked_set(given, str(request.data))
    if request.settings.get("likelihood") is None:
        likelihood = "bernoulli" if images.max() <= 1 else "logistic"
        request = replace(request, settings={**request.settings, "likelihood": likelihood})
    layered = replace(request, settings={**request.settings, "layers": layers})
    begun = family_of(request.output) if request.again and request.output.exists() else None
    if begun == BESIDE.name or (begun is None and layers and context):
        return _train_beside(layered, images, given, say)
    if begun == HIERARCHY.name or (begun is None and layers):
        return _train_hierarchy(layered, images, given, say)
    run = _open(CONTEXT, request, images, given, ContextTraining.validation)
    kept = _kept(request, images, run.config.net, run.config.validation, 1)
    loop.train_net(run, ContextTask(run, share(images[:kept]), images[kept:]), request.output, say)
    return run


def _train_hierarchy(request: TrainingRequest, images: Pictures, given: Pictures | None, say: Say | None) -> HierarchyRun:
    run = _open(HIERARCHY, request, images, given, HierarchyTraining.validation)
    kept = _kept(request, images, run.config.net, run.config.validation, run.config.batch)
    if run.config.net.differences:
        images = to_differences(images)
    loop.train_net(run, HierarchyTask(run, share(images[:kept]), images[kept:]), request.output, say)
    return run


def _train_beside(request: TrainingRequest, images: Pictures, given: Pictures | None, say: Say | None) -> BesideRun:
    run = _open(BESIDE, request, images, given, BesideTraining.validation)
    kept = _kept(request, images, run.config.net, run.config.validation, run.config.batch)
    loop.train_net(run, BesideTask(run, share(images[:kept]), images[kept:]), request.output, say)
    return run


def _numbers(setting: object) -> tuple[int, ...]:
    return setting if isinstance(setting, tuple) else ()


def _open(family: Family[C, N], request: TrainingRequest, images: Pictures, given: Pictures | None, validation: int) -> Run[C, N]:
    """A fresh run for images of this shape, or the one to go on with. validation: images kept if nobody says how many, of few a share."""
    height, width, channels = images.shape[1:]
    settings = {**request.settings, "height": height, "width": width, "channels": channels}
    if settings.get("validation") is None:
        settings["validation"] = min(validation, len(images) // KEPT_SHARE)
    request = replace(request, settings=settings)
    weights = None if request.again or request.weights is None else load_checkpoint(family, request.weights)[0].state_dict()
    return open_run(family, request, weights, given)


def _kept(request: TrainingRequest, images: Pictures, net: NetConfig, validation: int, least: int) -> int:
    """How many images there are to train on. Raises BadConfig for a run on others than these, BadData for too few."""
    height, width, channels = images.shape[1:]
    if (net.height, net.width, net.channels) != (height, width, channels):
        raise BadConfig(f"{request.data}: images of {height}x{width}x{channels}, but the run is of {net.height}x{net.width}x{net.channels}")
    kept = len(images) - validation
    if kept < least:
        raise BadData(f"{request.data}: {len(images)} images are too few for a batch of {least} and {validation} for validation")
    return kept
