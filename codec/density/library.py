"""Finds models: those that come with the package, and model files that a user names. Each is loaded once in a process.

Pictures in the short form (kinds/picture/short.py) say embedded models by number: their places in NUMBERED, from 1 on. Numbers are never
given twice, so that tuple only grows.

A family of densities is a kind of model file, and one line in PLANES, PIXELS, IMAGES or JPEGS: the function that loads it.
Long because each family is loaded and named here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from codec.density.efforts import EFFORTS, MAIN_EFFORTS, main_effort, main_ending
from codec.errors import BadModel, UnknownModel
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import DeepDensity, ImagesDensity, JpegDensity, PixelsDensity, PlanesDensity
    from codec.nets.layers import Engine
    from codec.nets.model_file import ModelFile

SUFFIX = ".bbm"
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
    "6f2611335e2d00a8",
)  # fmt: skip
DEEP_MODELS = {  # of more than 8 bits, by channels and effort: titles of models, and what learns while they code
    1: {1: ("photo-gray-fast-1", "outputs"), 5: ("photo-gray-best-1", "heads"), 9: ("photo-gray-best-1", "all")},
    3: {1: ("photo-fast-1", "outputs"), 5: ("photo-deep", "all-whole"), 9: ("photo-deep", "all")},
}
EARLIER_DEEP: dict[int, tuple[tuple[str, str], ...]] = {1: (), 3: (("photo-best-1", "all"),)}  # that older files name
KEPT_FILES = 8

Loader = TypeVar("Loader")


def _load_photo(file: ModelFile) -> PlanesDensity:
    from codec.density.photo.family import load_density  # with all the kernels of photos

    return load_density(file)


def _load_deep(file: ModelFile, number: int, learning: str) -> DeepDensity:
    from codec.density.photo.deep.family import load_deep_density

    return load_deep_density(file, number, learning)


def _load_graphics(file: ModelFile) -> PixelsDensity:
    from codec.density.graphics.family import load_density

    return load_density(file)


def _load_jpeg(file: ModelFile) -> JpegDensity:
    from codec.density.jpeg.family import load_density

    return load_density(file)


def _load_arrays(file: ModelFile, engine: Engine | None = None) -> ImagesDensity:
    from codec.density.arrays.family import load_density

    return load_density(file, engine)


PLANES: dict[str, Callable[[ModelFile], PlanesDensity]] = {"photo": _load_photo}
PIXELS: dict[str, Callable[[ModelFile], PixelsDensity]] = {"graphics": _load_graphics}
IMAGES: dict[str, Callable[[ModelFile, Engine | None], ImagesDensity]] = {"vae": _load_arrays}
JPEGS: dict[str, Callable[[ModelFile], JpegDensity]] = {"jpeg": _load_jpeg}


@record(frozen=True)
class NamedModel:
    """A model file: its title or path, and its bytes or the package's file that has them. These are read when they are needed, and what is
    in them, too: of all models, most runs need one."""

    title: str
    source: bytes | Path

    @cached_property
    def data(self) -> bytes:
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()

    @property
    def size(self) -> int:
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    @cached_property
    def name(self) -> bytes:
        """The 8 bytes by which compressed files name this model."""
        from codec.nets.model_file import NAME_BYTES

        return hashlib.sha256(self.data).digest()[:NAME_BYTES]

    @cached_property
    def file(self) -> ModelFile:
        """Raises BadModel."""
        from codec.nets.model_file import read_model

        try:
            return read_model(self.data)
        except BadModel as error:
            raise BadModel(f"{self.title}: {error}") from error

    @property
    def family(self) -> str:
        return str(self.file.metadata.get("kind"))

    @property
    def codes_images(self) -> bool:
        """Whether it is a model of data sets of images, and not of the planes of pictures."""
        return self.family in IMAGES

    @property
    def codes_jpegs(self) -> bool:
        """Whether it is a model of the coefficients of JPEG files."""
        return self.family in JPEGS

    @property
    def codes_pixels(self) -> bool:
        """Whether it is a model of graphics."""
        return self.family in PIXELS

    @cached_property
    def planes(self) -> PlanesDensity:
        """The density of planes. Raises BadModel if it is another model, or damaged."""
        self._check_use("pictures", IMAGES, JPEGS, PIXELS)
        return self._known(PLANES)(self.file)

    @cached_property
    def pixels(self) -> PixelsDensity:
        """The density of graphics. Raises BadModel if it is another model, or damaged."""
        self._check_use("graphics", PLANES, IMAGES, JPEGS)
        return self._known(PIXELS)(self.file)

    @cached_property
    def images(self) -> ImagesDensity:
        """The density of images. Raises BadModel if it is another model, or damaged."""
        self._check_use("arrays of images", PLANES, JPEGS, PIXELS)
        return self._known(IMAGES)(self.file, None)

    @cached_property
    def coefficients(self) -> JpegDensity:
        """The density of JPEG files' coefficients. Raises BadModel if it is another model, or damaged."""
        self._check_use("JPEG files", PLANES, IMAGES, PIXELS)
        return self._known(JPEGS)(self.file)

    def load(self) -> None:
        """Load what codes, of whichever data. Raises BadModel."""
        if self.codes_pixels:
            _ = self.pixels
        else:
            _ = self.images if self.codes_images else self.coefficients if self.codes_jpegs else self.planes

    def probe(self, engine: Engine | None = None) -> str:
        """What the model's probe gives on this machine; with an engine, in a model of images. Raises CodecError."""
        if self.codes_images:
            return self._known(IMAGES)(self.file, engine).probe()
        if self.codes_pixels:
            return self.pixels.probe()
        return self.coefficients.probe() if self.codes_jpegs else self.planes.probe()

    def _check_use(self, wanted: str, *others: Mapping[str, object]) -> None:
        """Raise BadModel if this is a model of one of the other families."""
        for families, coded in ((IMAGES, "arrays of images"), (PLANES, "pictures"), (PIXELS, "graphics"), (JPEGS, "JPEG files")):
            if families in others and self.family in families:
                raise BadModel(f"the model {self.name.hex()} codes {coded}, not {wanted}")

    def _known(self, families: dict[str, Loader]) -> Loader:
        if self.family not in families:
            known = ", ".join([*PLANES, *PIXELS, *IMAGES, *JPEGS])
            raise BadModel(f"{self.title}: a model of kind {self.family!r}: this release knows {known}")
        return families[self.family]


Named: TypeAlias = str | NamedModel


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
    for one in [*sorted(embedded(), key=lambda one: one.size), *others]:
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
    return tuple(NamedModel(path.stem, path) for path in sorted(MODELS.glob(f"*{SUFFIX}"), key=lambda path: path.stem))


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
