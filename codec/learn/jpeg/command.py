"""What `codec train jpeg` does, once torch is known to be there."""

from __future__ import annotations

from pathlib import Path

from codec.density.jpeg.model import SOLVED
from codec.learn.common import loop
from codec.learn.common.command import TrainingRequest, choose_device, open_run
from codec.learn.common.progress import Say
from codec.learn.common.run import load_checkpoint
from codec.learn.jpeg.data import load_symbols
from codec.learn.jpeg.train import JPEG, JpegRun, JpegTask


def symbol_cache(checkpoint: Path, chosen: Path | None) -> Path:
    """Where a run's symbols are kept: in the chosen folder, or beside its checkpoint."""
    return chosen or checkpoint.parent / "jpeg-cache"


def train_on_jpegs(request: TrainingRequest, cache: Path | None, say: Say | None = None) -> JpegRun:
    """Train as requested on the JPEG files of a folder; symbols are kept in `cache`, or beside the checkpoint."""
    choose_device(request)
    weights = load_checkpoint(JPEG, request.weights)[0].state_dict() if request.weights and not request.again else None
    run = open_run(JPEG, request, weights)
    gathered = load_symbols(request.data, symbol_cache(request.output, cache), run.config.net.prediction == SOLVED, say)
    if say is not None:
        counts = gathered.luma.training, gathered.chroma.training
        say(f"{counts[0]:,} symbols of luma and {counts[1]:,} of chroma to train on", False)
    loop.train_net(run, JpegTask(run, gathered), request.output, say)
    return run
