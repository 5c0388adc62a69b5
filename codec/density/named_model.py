"""A model by its title: reads its bytes when they are needed, and loads the density that is in them.

A family of densities is a kind of model file, and one line in PLANES, PIXELS, IMAGES or JPEGS: the function that loads it.

Of models with equal tensors a folder holds one file. The others are variants of it, which variants.json describes: a JSON object that has
under the title of each

    of       the title of the file with these tensors, which is no variant
    name     the 8 bytes by which compressed files name the variant, as hexadecimal digits
    size     the bytes of its whole file
    changes  what the metadata of that file become, as nets/model_file.py changes them

The bytes of a variant are those of a model file that was never written. learn/variants.py makes variants of files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from codec.errors import BadModel
from codec.system.records import record

if TYPE_CHECKING:  # what a file is can be told without numpy
    from codec.density.density import ImagesDensity, JpegDensity, PixelsDensity, PlanesDensity
    from codec.nets.layers import Engine
    from codec.nets.model_file import ModelFile

SUFFIX = ".bbm"
VARIANTS = "variants.json"

Loader = TypeVar("Loader")


def _load_photo(file: ModelFile) -> PlanesDensity:
    from codec.density.photo.family import load_density  # with all the kernels of photos

    return load_density(file)


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
class Variant:
    """A model file that is stored as what it changes in the metadata of another one: a row of variants.json."""

    base: Path
    name: bytes
    size: int
    changes: Mapping[str, object]

    def read_bytes(self) -> bytes:
        """The bytes of the variant's file."""
        from codec.nets.model_file import with_metadata

        return with_metadata(self.base.read_bytes(), self.changes)


@record(frozen=True)
class NamedModel:
    """A model file: its title or path, and its bytes or the package's file or variant that has them. These are read when they are needed,
    and what is in them, too: of all models, most runs need one."""

    title: str
    source: bytes | Path | Variant

    @cached_property
    def data(self) -> bytes:
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()

    @property
    def size(self) -> int:
        if isinstance(self.source, Variant):
            return self.source.size
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    @property
    def is_read_for_name(self) -> bool:
        """Whether its name takes its bytes."""
        return not isinstance(self.source, Variant)

    @cached_property
    def name(self) -> bytes:
        """The 8 bytes by which compressed files name this model."""
        if isinstance(self.source, Variant):
            return self.source.name
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


def models_in(folder: Path) -> list[NamedModel]:
    """The models in a folder of model files and variants, by title."""
    import json  # which telling what a file is does without

    models = [NamedModel(path.stem, path) for path in folder.glob(f"*{SUFFIX}")]
    rows = folder / VARIANTS
    for title, row in json.loads(rows.read_bytes()).items() if rows.is_file() else ():
        base = folder / f"{row['of']}{SUFFIX}"
        models.append(NamedModel(title, Variant(base, bytes.fromhex(row["name"]), row["size"], row["changes"])))
    return sorted(models, key=lambda one: one.title)
