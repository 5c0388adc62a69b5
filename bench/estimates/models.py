"""Finds the model that a set is measured with, and says what results hold of it."""

from __future__ import annotations

from pathlib import Path

from bench.measure.results import Figures
from codec.density import library
from codec.density.named_model import NamedModel
from codec.nets.model_file import ModelFile


def picture_model(channels: int, model: str | None, effort: int) -> NamedModel:
    """The model of this title or in this file, or else the embedded one for pictures of 1 or 3 channels and an effort. Raises
    UnknownModel."""
    return library.find(model) if model else library.named_by(library.planes_density(channels, None, effort).file.name)


def images_model(levels: int, model: str | None) -> NamedModel:
    """The model of this title or in this file, or else the embedded one for images of so many levels. Raises UnknownModel."""
    return library.find(model) if model else library.named_by(library.images_density(None, levels).file.name)


def facts(model: NamedModel) -> Figures:
    """What a result says of a model; of a file only its name, as folders differ."""
    return {"title": Path(model.title).stem, "name": model.name.hex(), "sha256": model.file.sha256}


def quantisation(file: ModelFile) -> Figures | None:
    """Rates of the integers and of the floats on the validation tiles of the model's training, and their difference; None if not known."""
    measured = file.metadata.get("training", {}).get("validation")
    if not measured:
        return None
    integer, real = measured["integer"], measured["float"]
    found = {"tiles": measured["tiles"], "float": real["free"], "integer": integer["free"], "divergence": integer["divergence"]}
    return found | {"cost_percent": 100.0 * (integer["free"] / real["free"] - 1.0)}
