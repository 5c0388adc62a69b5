"""Where models are: those that come with the package, and files that a user names. A model is loaded once in a process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codec.container.container import NAME_BYTES
from codec.errors import BadModel, UnknownModel
from codec.kinds.requests import Named
from codec.nets.model_file import ModelFile, model_bytes, read_model

if TYPE_CHECKING:
    from codec.density.arrays.model import Model
    from codec.density.photo.model import PhotoModel  # with all the kernels of pictures: imported where it is used

SUFFIX = ".bbm"
PHOTO_TITLES = {1: "photo-gray", 3: "photo"}  # the models of pictures, by channels; "photo" alone means both of them
EFFORTS = {1: "-fast", 5: "", 9: "-best"}  # endings of their titles
KEPT_FILES = 8


@dataclass(frozen=True)
class Entry:
    """A model file: its title or path, and its bytes. They are read when they are needed: of all models, most runs need one."""

    title: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    @cached_property
    def name(self) -> bytes:
        """The 8 bytes by which compressed files name this model."""
        return hashlib.sha256(self.data).digest()[:NAME_BYTES]

    @cached_property
    def file(self) -> ModelFile:
        """Raises BadModel."""
        try:
            return read_model(self.data)
        except BadModel as error:
            raise BadModel(f"{self.title}: {error}") from error

    @cached_property
    def model(self) -> Model | PhotoModel:
        """The model that codes. Raises BadModel."""
        if self.file.metadata.get("kind") == "photo":
            from codec.density.photo.model import load_photo

            return load_photo(self.file)
        from codec.density.arrays.load import load_model

        return load_model(self.file)


def embedded(kind: str | None = None) -> list[Entry]:
    """The models that come with the package, by title: all of them, or those of one kind ("vae": arrays, "photo": pictures)."""
    return [entry for entry in _package_entries() if kind is None or entry.file.metadata.get("kind") == kind]


def find(title: str) -> Entry:
    """An embedded model by its title, or the model file at this path. Raises UnknownModel."""
    entries = embedded()
    for entry in entries:
        if entry.title == title:
            return entry
    path = Path(title)
    if path.is_file():
        status = path.stat()
        return _file_entry(path, status.st_mtime_ns, status.st_size)
    if path.suffix == SUFFIX or path.exists():
        model_bytes(path)  # which says why it cannot be read
    raise UnknownModel(f"no model is called {title!r}: take one of {', '.join(entry.title for entry in entries)}, or a {SUFFIX} file")


def find_file(title: str) -> ModelFile:
    """What `find` finds, as a file that nobody has tried to load. Raises UnknownModel, BadModel."""
    return find(title).file


def array_model(model: Named | None, levels: int = 256) -> Model:
    """The model of arrays that is meant, or the embedded one for images of so many levels (2 or 256). Raises UnknownModel, BadModel."""
    if model is None:
        model = next((entry.title for entry in embedded("vae") if entry.file.metadata.get("levels") == levels), None)
    if model is None:
        raise UnknownModel(f"no model of this release codes images of {levels} levels: give a model's file with --model")
    return _as_array_model(find(model).model if isinstance(model, str) else model)


def photo_model(channels: int, model: Named | None = None, effort: int = 5) -> PhotoModel:
    """The model that is meant, or the embedded one for pictures of 1 or 3 channels and this effort. Raises UnknownModel, BadModel."""
    if model is None or model == "photo":
        model = PHOTO_TITLES[channels] + EFFORTS[effort]
        if all(entry.title != model for entry in embedded()):
            raise UnknownModel(f"no model of this release codes pictures of {channels} channels: give a model's file with --model")
    return _as_photo_model(find(model).model if isinstance(model, str) else model)


def find_named(name: bytes, model: Named | None = None) -> Model:
    """The model of arrays that a file names by 8 bytes: an embedded one, or the one given. Raises UnknownModel, BadModel."""
    return _as_array_model(_named(name, model))


def find_photo(name: bytes, model: Named | None = None) -> PhotoModel:
    """The model of pictures that a file names by 8 bytes: an embedded one, or the one given. Raises UnknownModel, BadModel."""
    return _as_photo_model(_named(name, model))


def _named(name: bytes, model: Named | None) -> Model | PhotoModel:
    if model is not None and not isinstance(model, str) and model.file.name == name:
        return model
    for entry in [*embedded(), *([find(model)] if isinstance(model, str) and model != "photo" else [])]:
        if entry.name == name:
            return entry.model
    where = "the model given is another one" if model is not None else "it does not come with this release: give its file with --model"
    raise UnknownModel(f"this file was made with the model {name.hex()}; {where}")


def _as_array_model(found: Model | PhotoModel) -> Model:
    from codec.density.arrays.model import Model

    if not isinstance(found, Model):
        raise BadModel(f"the model {found.file.name.hex()} codes pictures, not arrays of images")
    return found


def _as_photo_model(found: Model | PhotoModel) -> PhotoModel:
    from codec.density.photo.model import PhotoModel

    if not isinstance(found, PhotoModel):
        raise BadModel(f"the model {found.file.name.hex()} codes arrays of images, not pictures")
    return found


@cache
def _package_entries() -> tuple[Entry, ...]:
    folder = files("codec") / "models"
    contents = {item.name.removesuffix(SUFFIX): item.read_bytes() for item in folder.iterdir() if item.name.endswith(SUFFIX)}
    return tuple(Entry(title, data) for title, data in sorted(contents.items()))


@lru_cache(KEPT_FILES)
def _file_entry(path: Path, modified: int, size: int) -> Entry:
    return Entry(str(path), model_bytes(path))


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
