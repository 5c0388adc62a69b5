"""What `codec train photo` does, once torch is known to be there."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from codec.learn.common import loop
from codec.learn.common.command import TrainingRequest, choose_device, open_run
from codec.learn.common.progress import Say
from codec.learn.common.run import Weights, load_checkpoint
from codec.learn.photo.data import load_tiles, tile_cache
from codec.learn.photo.train import PHOTO, PhotoRun, PhotoTask
from codec.learn.photo.weights import photo_weights
from codec.nets.model_file import model_bytes, read_model

SUFFIX = ".bbm"  # of a model file
TRIM_THRESHOLD, MAP_THRESHOLD = -1, -3  # glibc's numbers of these settings


def train_on_photos(request: TrainingRequest, cache: Path | None, say: Say | None = None) -> PhotoRun:
    """Train as requested on the pictures of a folder; predictions are kept in `cache`, or beside the checkpoint."""
    choose_device(request)
    _keep_memory()
    run = open_run(PHOTO, request, _first_weights(request.weights) if request.weights and not request.again else None)
    net = run.config.net
    folder = tile_cache(request.output, cache)
    tiles = load_tiles(request.data, folder, net.channels, net.predictors, net.view, run.config.most_tiles, run.config.turned, say)
    if say is not None:
        say(f"{len(tiles.training)} tiles to train on, {len(tiles.validation)} to validate", False)
    loop.train_net(run, PhotoTask(run, tiles), request.output, say)
    return run


def _first_weights(path: Path) -> Weights:
    """The weights of a checkpoint, or of a model file."""
    if path.suffix == SUFFIX:
        return photo_weights(read_model(model_bytes(path)))
    return load_checkpoint(PHOTO, path)[0].state_dict()


def _keep_memory() -> None:
    """Tell glibc to keep freed memory: fresh pages for every step's arrays would take a third of its time."""
    allocator = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if allocator is not None:
        allocator(TRIM_THRESHOLD, 1 << 30)
        allocator(MAP_THRESHOLD, 1 << 30)
