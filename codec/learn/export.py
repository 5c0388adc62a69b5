"""Makes a model file of a training checkpoint, of whatever family it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codec.errors import BadInput
from codec.learn.arrays.beside_train import BESIDE
from codec.learn.arrays.context_train import CONTEXT
from codec.learn.arrays.export import export_digits
from codec.learn.arrays.export_beside import export_beside
from codec.learn.arrays.export_context import export_context
from codec.learn.arrays.export_hierarchy import export_hierarchy
from codec.learn.arrays.hierarchy_train import HIERARCHY
from codec.learn.arrays.images import data_set, digits
from codec.learn.common.run import family_of
from codec.learn.jpeg.command import symbol_cache
from codec.learn.jpeg.export import export_jpeg, jpeg_with_learning
from codec.learn.jpeg.train import JPEG
from codec.learn.photo.data import tile_cache
from codec.learn.photo.export import export_photo, photo_with_learning
from codec.learn.photo.train import PHOTO
from codec.nets.json_fields import Fields
from codec.nets.model_file import model_bytes, read_model

MODEL_SUFFIX = ".bbm"


def export_checkpoint(
    path: Path, data: Path | None, facts: Mapping[str, str], cache: Path | None = None, learning: str = "none", particles: int = 1
) -> bytes:
    """The model file of a checkpoint that was trained on `data`, or of a photo or JPEG model's file; facts are stored with it. A model file
    needs no data, but for directions (learn/photo/directions.py) that it lacks.

    cache: the folder of what was computed of photos or JPEG files (None: beside the checkpoint). learning: what a photo model learns while
    it codes, or what the layers of a JPEG model's file learn from. particles: with how many a hierarchy codes if nobody says another
    number. Raises BadCheckpoint, BadConfig, BadData, BadModel.
    """
    if path.suffix == MODEL_SUFFIX:
        given = model_bytes(path)
        fields = Fields(read_model(given).metadata, "model")
        fields.mapping("training")  # which the facts go into
        if fields.text("kind") == JPEG.name:
            return jpeg_with_learning(given, learning, facts, data, symbol_cache(path, cache))
        return photo_with_learning(given, learning, facts, data, tile_cache(path, cache))
    if data is None:
        raise BadInput(f"{path}: a checkpoint is exported with the --data that it was trained on")
    family = family_of(path)
    if particles > 1 and family != HIERARCHY.name:
        raise BadInput(f"{path}: a checkpoint of the family {family}: only a hierarchy of latents has a number of particles of its own")
    if family == PHOTO.name:
        return export_photo(path, data, cache, facts, learning)
    if family == JPEG.name:
        return export_jpeg(path, data, cache, facts)
    if family == HIERARCHY.name:
        return export_hierarchy(path, data_set(data), facts, particles)
    if family == BESIDE.name:
        return export_beside(path, data_set(data), facts)
    if family == CONTEXT.name:
        return export_context(path, data_set(data), facts)
    return export_digits(path, digits(data), facts)
