"""Makes a model file of a training checkpoint, of whatever family it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codec.learn.arrays.export import export_digits
from codec.learn.arrays.images import digits
from codec.learn.common.run import family_of
from codec.learn.photo.export import export_photo
from codec.learn.photo.train import PHOTO


def export_checkpoint(path: Path, data: Path, facts: Mapping[str, str], cache: Path | None = None, learning: str = "none") -> bytes:
    """The model file of a checkpoint that was trained on `data`; facts are stored with it.

    Of photos only: cache, the folder of predictions (None: beside the checkpoint), and what the model learns while it codes. Raises
    BadCheckpoint, BadConfig, BadData, BadModel.
    """
    if family_of(path) == PHOTO.name:
        return export_photo(path, data, cache, facts, learning)
    return export_digits(path, digits(data), facts)
