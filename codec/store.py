"""Where models are: those that come with the package, and files that a user names."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codec.errors import UnknownModel
from codec.load import load_model
from codec.model import Model
from codec.modelfile import ModelFile, load_model_file, read_model
from codec.runtime import Engine

if TYPE_CHECKING:
    from codec.photomodel import PhotoModel  # with all the kernels of pictures: imported where it is used

SUFFIX = ".bbm"
PHOTO_TITLES = {1: "photo-gray", 3: "photo"}  # the models of pictures that are taken when none is given, by channels


@dataclass(frozen=True)
class Entry:
    """A model of the package: its title, its file's contents and size in bytes."""

    title: str
    file: ModelFile
    size: int


def embedded(kind: str | None = None) -> list[Entry]:
    """The models that come with the package, by title: all of them, or those of one kind ("vae": arrays, "photo": pictures)."""
    folder = files("codec") / "models"
    found = sorted((item for item in folder.iterdir() if item.name.endswith(SUFFIX)), key=lambda item: item.name)
    contents = [(item.name.removesuffix(SUFFIX), item.read_bytes()) for item in found]
    entries = [Entry(title, read_model(data), len(data)) for title, data in contents]
    return [entry for entry in entries if kind is None or entry.file.metadata.get("kind") == kind]


def find_file(title: str) -> ModelFile:
    """An embedded model by its title, or the model file at this path. Raises UnknownModel, BadModel."""
    entries = embedded()
    for entry in entries:
        if entry.title == title:
            return entry.file
    if Path(title).suffix == SUFFIX or Path(title).exists():
        return load_model_file(Path(title))
    raise UnknownModel(f"no model is called {title!r}: take one of {', '.join(entry.title for entry in entries)}, or a {SUFFIX} file")


def find_named(name: bytes, title: str | None = None, engine: Engine | None = None) -> Model:
    """The model of arrays that a file names by 8 bytes. Raises UnknownModel, BadModel."""
    return load_model(_named(name, title), engine)


def find_photo(name: bytes, title: str | None = None) -> PhotoModel:
    """The model of pictures that a file names by 8 bytes. Raises UnknownModel, BadModel."""
    from codec.photomodel import load_photo

    return load_photo(_named(name, title))


def photo_model(channels: int, title: str | None = None) -> PhotoModel:
    """The model of a title or at a path, or else the embedded one for pictures of 1 or 3 channels. Raises UnknownModel, BadModel."""
    from codec.photomodel import load_photo

    if title is None and all(entry.title != PHOTO_TITLES[channels] for entry in embedded()):
        raise UnknownModel(f"no model of this release codes pictures of {channels} channels: give a model's file with --model")
    return load_photo(find_file(title or PHOTO_TITLES[channels]))


def _named(name: bytes, title: str | None) -> ModelFile:
    """The embedded model of this name, or else the one at the path (or of the title) that the user gives."""
    candidates = [find_file(title)] if title is not None else [entry.file for entry in embedded()]
    for file in candidates:
        if file.name == name:
            return file
    where = f"{title} is another model" if title is not None else "it does not come with this release: give its file with --model"
    raise UnknownModel(f"this file was made with the model {name.hex()}; {where}")


def fitting(levels: int) -> ModelFile:
    """The embedded model for arrays of images of so many levels (2 or 256). Raises UnknownModel."""
    for entry in embedded():
        if entry.file.metadata.get("levels") == levels:
            return entry.file
    raise UnknownModel(f"no model of this release codes images of {levels} levels: give a model's file with --model")


def facts(file: ModelFile) -> dict[str, Any]:
    """What people want to know of a model, for `codec models` and `codec info`."""
    metadata = file.metadata
    parameters = sum(int(tensor.size) for name, tensor in file.tensors.items() if name.endswith((".weight", ".bias")))
    return {
        "sha256": file.sha256,
        "name": file.name.hex(),
        **{key: metadata[key] for key in ("pixels", "levels", "channels") if key in metadata},
        "latents": metadata.get("latents"),
        "parameters": parameters,
        "training": metadata.get("training", {}),
    }
