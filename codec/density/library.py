"""Finds models: those that come with the package, and model files that a user names. Each is loaded once in a process.

Pictures in the short form (kinds/picture/short.py) say embedded models by number: their places in NUMBERED, from 1 on. Numbers are never
given twice, so that tuple only grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from codec.density.efforts import EFFORTS, MAIN_EFFORTS, main_effort, main_ending
from codec.density.named_model import SUFFIX, Named, NamedModel, models_in
from codec.errors import UnknownModel

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import DeepDensity, ImagesDensity, JpegDensity, PixelsDensity, PlanesDensity
    from codec.nets.model_file import ModelFile

MODELS = Path(__file__).resolve().parents[1] / "models"
PHOTO = "photo"  # means the embedded models of photos, whichever of them fits the picture
JPEG = "jpeg"  # the models of JPEG files' coefficients
JPEG_MODELS = {1: "jpeg-fast", 2: "jpeg-fast-net", 5: "jpeg", 9: "jpeg-best"}  # their titles, by effort; between, the next lower one
GRAPHICS = "graphics"  # the title of the models of graphics, without the ending of an effort
PHOTO_TITLES = {1: "photo-gray", 3: "photo"}  # the models of pictures, by channels; "photo" alone means both of them
NUMBERED = (  # names of models that pictures' files say by number
    "69ac5ff9618633b5", "8a1e995e117e8a6d", "b44d6c9f60498633", "cb9a26dbc9ad93ad", "97e0422110a41be3", "5a243d798ed3aafd",
    "225c936910108d2c", "bec13c0dd871d0bb", "883013377a45c7c7", "82d241483539b369", "481fb5ef50167e3f", "fb574a2414ab7fcf",
    "9ec83997c8acd100", "0d59d4baa9bda45d", "f4b68c6aff227dd6", "00a973c6dc562c36", "f9413efaa76e4077", "5c8b7d2e84711684",
    "717e378c39803595", "36042c7a8ce9dec0", "18c3d862998911d2", "ec5d7525ea733d5b", "c6a1c0254dcd15fc", "482bf6306727d675",
    "9be87dd7e3297994", "32df14bcc1e164e6", "c81efcc701c1ea0b", "78a7a1a61c02c55c", "a36bc205f8aa15e3", "479184fabbdae1f0",
    "6f2611335e2d00a8", "0b62e1cc10368b00", "76e9d2cf6ec88836", "da3949d726a8a9d4", "c90c9a862bd58b80", "8443eef05247f2af",
    "aee24bb6effccbfd", "72a5a19c7ad10e57", "161cefd9731ae349", "619bf88143fd1e8e", "05a859dbf1e23dc7", "05d5a27a6d3ac1ec",
    "d2a66c4985dfc02c", "22c42d671db653d0", "64ebf9fd51a17607",
    "c13fdc946fe33cdb", "59fb205bcc834a06", "b1f71d950fb7b219", "ea79b4a3b35d9391", "0611e983ebfcc94d", "35888b67b54be129",
    "009dad247ccbc3c3", "94f5a6e143e8165c", "4905280984d56d2b", "4561cd3eaf3e1eb3", "085a899b2b5510cc", "48501d1ce86ebaab",
    "bcc8de45599555ac", "93a8a4be017f585c",
    "0a59ec5a46f39604", "1b7567d898cfebbc", "3b8d612af34e5015", "e8141d2775ce50df", "9c0d21b7a80f6778",
    "fb08ae73464a46b4", "31e7752bf4fd4928", "091bd4d1c02866c4", "fd2bcee5e767335d", "3ef54451902b3bfb",
    "a3fe661c420b0224",
)  # fmt: skip
DEEP_MODELS = {  # of more than 8 bits, by channels and effort: titles of models, and what learns while they code
    1: {1: ("photo-gray-fast", "directed-often-3"), 5: ("photo-gray-best-1", "heads"), 9: ("photo-gray-best", "directed-often-steadily")},
    3: {1: ("photo-fast", "directed-often-3"), 5: ("photo-deep", "directed-often"), 9: ("photo-best", "directed-often-steadily")},
}
EARLIER_DEEP = {  # that older files name
    1: (("photo-gray-fast-1", "outputs"), ("photo-gray-best-1", "all")),
    3: (("photo-fast-1", "outputs"), ("photo-deep-1", "all-whole"), ("photo-deep-1", "all"), ("photo-best-1", "all")),
}
KEPT_FILES = 8


def _load_deep(file: ModelFile, number: int, learning: str) -> DeepDensity:
    from codec.density.photo.deep.family import load_deep_density

    return load_deep_density(file, number, learning)


def embedded() -> list[NamedModel]:
    """The models that come with the package, by title."""
    return list(_package_models())


def find(model: Named) -> NamedModel:
    """An embedded model by its title, the model file at this path, or the model itself. Raises UnknownModel."""
    if isinstance(model, NamedModel):
        return model
    models = embedded()
    for one in models:
        if one.title == model:
            return one
    path = Path(model)
    if path.is_file():
        status = path.stat()
        return _model_at(path, status.st_mtime_ns, status.st_size)
    if path.suffix == SUFFIX or path.exists():
        from codec.nets.model_file import model_bytes

        model_bytes(path)  # which says why it cannot be read
    raise UnknownModel(f"no model is called {model!r}: take one of {', '.join(one.title for one in models)}, or a {SUFFIX} file")


def images_density(model: Named | None, levels: int = 256, pixels: int = 784) -> ImagesDensity:
    """The density of images that is meant, or the embedded one for so many levels (2 or 256) and pixels. Raises UnknownModel, BadModel."""
    if model is not None:
        return find(model).images
    for one in embedded():
        if one.codes_images and (one.file.metadata.get("levels"), one.file.metadata.get("pixels")) == (levels, pixels):
            return one.images
    raise UnknownModel(f"no model of this release codes images of {levels} levels and {pixels} pixels: give a model's file with --model")


def planes_density(
    channels: int, model: Named | None = None, effort: int = 5, endings: Mapping[int, str] = EFFORTS
) -> PlanesDensity:  # fmt: skip
    """The density of planes that is meant, or the embedded one of 1 or 3 channels and this effort, by the endings of titles. Raises
    UnknownModel, BadModel."""
    if model is not None and model != PHOTO:
        return find(model).planes
    title = PHOTO_TITLES[channels] + endings[effort]
    if all(one.title != title for one in embedded()):
        raise UnknownModel(f"no model of this release codes pictures of {channels} channels: give a model's file with --model")
    return find(title).planes


def jpeg_density(model: Named | None = None, effort: int = 5) -> JpegDensity | None:
    """The density of JPEG files that is meant, or the embedded one of this effort; None if there is none. Raises UnknownModel, BadModel."""
    if model is not None and model != JPEG:
        return find(model).coefficients
    titles = [one.title for one in embedded()]
    meant = JPEG_MODELS[max(one for one in JPEG_MODELS if one <= effort)]
    title = next((title for title in (meant, JPEG) if title in titles), None)
    return None if title is None else find(title).coefficients


def graphics_model(effort: int = 5) -> NamedModel:
    """The embedded model of graphics of this effort."""
    title = GRAPHICS + main_ending(effort)
    return next(one for one in _package_models() if one.title == title)


@cache
def graphics_density(effort: int = 5) -> PixelsDensity:
    """The embedded density of graphics of this effort."""
    return graphics_model(effort).pixels


@cache
def graphics_density_of(number: int) -> PixelsDensity | None:
    """The embedded density of graphics that payloads name by this number; None if this release has none."""
    found = (graphics_density(effort) for effort in MAIN_EFFORTS)
    return next((density for density in found if density.number == number), None)


def deep_density(channels: int, effort: int = 5) -> DeepDensity:
    """The embedded density of planes of more than 8 bits, of 1 or 3 channels and this effort."""
    return _deep_density(*DEEP_MODELS[channels][main_effort(effort)])


def deep_density_of(number: int, channels: int) -> DeepDensity | None:
    """The embedded density of planes of more than 8 bits that payloads name by this number; None if this release has none."""
    for title, learning in (*DEEP_MODELS[channels].values(), *EARLIER_DEEP[channels]):
        if model_number(_packaged(title).name) == number:
            return _deep_density(title, learning)
    return None


def named_by(name: bytes, model: Named | None = None) -> NamedModel:
    """The model that a file names by 8 bytes: an embedded one, or the one given. Raises UnknownModel, BadModel."""
    if isinstance(model, NamedModel) and model.name == name:
        return model
    others = [] if model is None or model in (PHOTO, JPEG) else [find(model)]
    for one in [*sorted(embedded(), key=lambda one: (one.is_read_for_name, one.size)), *others]:
        if one.name == name:
            return one
    where = "the model given is another one" if model is not None else "it does not come with this release: give its file with --model"
    raise UnknownModel(f"this file was made with the model {name.hex()}; {where}")


def model_number(name: bytes) -> int | None:
    """The number of a model by its name; 0 for the name of none, and None for one that has no number."""
    if not any(name):
        return 0
    return NUMBERED.index(name.hex()) + 1 if name.hex() in NUMBERED else None


def model_named(number: int) -> bytes:
    """The name of the model with this number, that of none for 0. Raises UnknownModel."""
    if number == 0:
        return bytes(len(NUMBERED[0]) // 2)
    if number > len(NUMBERED):
        raise UnknownModel(f"this file was made with the model number {number}, which does not come with this release")
    return bytes.fromhex(NUMBERED[number - 1])


@cache
def _package_models() -> tuple[NamedModel, ...]:
    return tuple(models_in(MODELS))


@cache
def _deep_density(title: str, learning: str) -> DeepDensity:
    found = _packaged(title)
    return _load_deep(found.file, model_number(found.name) or 0, learning)


def _packaged(title: str) -> NamedModel:
    return next(one for one in _package_models() if one.title == title)


@lru_cache(KEPT_FILES)
def _model_at(path: Path, modified: int, size: int) -> NamedModel:
    from codec.nets.model_file import model_bytes

    return NamedModel(str(path), model_bytes(path))
