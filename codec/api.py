"""What programs call: compress, decompress, info, density, load_model. `import codec` gives them as codec.compress and so on.

They may be called from several threads at once, and print nothing. Every error is a CodecError.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from codec.density import library
from codec.errors import BadInput
from codec.kinds import table
from codec.kinds.requests import EFFORTS, MAX_PIXELS, METHODS, Facts, Restoring, Settings, Source
from codec.system import files, kernels

if TYPE_CHECKING:
    from codec.density.arrays.model import Model
    from codec.density.photo.model import PhotoModel
    from codec.media.picture import Picture

Something: TypeAlias = "Image.Image | NDArray[Any] | bytes | bytearray | memoryview | str | os.PathLike[str]"
ModelLike: TypeAlias = "str | os.PathLike[str] | Model | PhotoModel"
DIGIT = (28, 28)  # the images of arrays of images


def compress(
    image: Something,
    model: ModelLike | None = None,
    *,
    method: str = "auto",
    effort: int = 5,
    particles: int = 1,
    threads: int | None = None,
    verify: bool = True,
    max_pixels: int = MAX_PIXELS,
) -> bytes:
    """The compressed file of a picture or of an array of images. Raises CodecError.

    image: an image of Pillow; an array of pixels [height, width] or [height, width, channels]; an array of digits [..., 28, 28], uint8
    or bool, with three axes or more, or any array if the model is one for arrays; the bytes of a picture file or its path, of which
    everything comes back. model: a title, the path of a model file, or what load_model gave; pictures are then coded with it or not at
    all. method: "auto", "photo", "graphics", "planes" or "stored". effort: 1, 5 or 9. verify: decode the result before it is returned.
    """
    if method not in METHODS:
        raise BadInput(f"{method!r} is no method: take one of {', '.join(METHODS)}")
    if effort not in EFFORTS:
        raise BadInput(f"{effort!r} is no effort: take one of {', '.join(map(str, EFFORTS))}")
    settings = Settings(_named(model), method, particles, _checked(threads), verify, max_pixels, effort)
    kernels.ensure_folder()
    if isinstance(image, np.ndarray):
        if _is_digits(image, settings):
            return _compress_file(Source("array", files.array_bytes(image), ".npy"), settings)
        image = _picture_of(image)
    if isinstance(image, Image.Image):
        from codec.kinds.picture import kind

        return kind.compress_image(_from_pillow(image, max_pixels), settings)[0]
    return _compress_file(_source(image), settings)


def decompress(
    data: bytes,
    model: ModelLike | None = None,
    *,
    threads: int | None = None,
    region: tuple[int, int, int, int] | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image | NDArray[Any]:
    """The image in a compressed file, or the array, if it holds an array of images. Raises CodecError, also if the file is damaged.

    model: where to look for the model beside those of the package. region: x, y, width and height of the part that is wanted. A file that
    was kept as it is (of several frames, say) is opened as Pillow opens it.
    """
    kernels.ensure_folder()
    restoring = Restoring(model=_named(model), threads=_checked(threads), max_pixels=max_pixels, region=region)
    kind = table.kind_of_file(data)
    if table.kind_letter(data) == table.ARRAYS:
        return files.parse_array(kind.decompress(data, restoring).content)
    from codec.kinds.original import is_kept
    from codec.media.read import pillow, to_pillow

    if region is not None or not is_kept(data):
        return to_pillow(kind.restore(data, restoring)[0])
    with pillow("read what was kept"):
        return Image.open(io.BytesIO(kind.decompress(data, restoring).content))


def info(data: bytes) -> Facts:
    """What a compressed file is, as `codec info --json` prints it; decodes nothing. Raises BadFile."""
    facts: Facts = table.kind_of_file(data).info(data)
    return facts


def density(
    image: Something,
    model: ModelLike | None = None,
    *,
    particles: Sequence[int] = (1, 4, 16),
    seed: int = 0,
    threads: int | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Facts:
    """Estimates of -log2 p(x) under a model, as `codec density --json` prints them: "estimates", one for each number of particles.

    image, model: as compress takes them. Raises CodecError.
    """
    settings = Settings(_named(model), threads=_checked(threads), max_pixels=max_pixels)
    kernels.ensure_folder()
    if isinstance(image, np.ndarray):
        if _is_digits(image, settings):
            return _density_file(Source("array", files.array_bytes(image), ".npy"), settings, particles, seed)
        image = _picture_of(image)
    if isinstance(image, Image.Image):
        from codec.kinds.picture import kind

        return kind.density_image(_from_pillow(image, max_pixels), settings, particles, seed)
    return _density_file(_source(image), settings, particles, seed)


def load_model(title: str | os.PathLike[str]) -> Model | PhotoModel:
    """An embedded model by its title, or the one in a model file (.bbm). Raises UnknownModel, BadModel."""
    kernels.ensure_folder()
    return library.find(os.fspath(title)).model


def _named(model: ModelLike | None) -> str | Model | PhotoModel | None:
    return os.fspath(model) if isinstance(model, os.PathLike) else model


def _checked(threads: int | None) -> int | None:
    if threads is not None and threads < 1:
        raise BadInput(f"{threads} threads: take 1 or more, or None for as many as there are cores")
    return threads


def _source(given: bytes | bytearray | memoryview | str | os.PathLike[str]) -> Source:
    if isinstance(given, str | os.PathLike):
        path = Path(given)
        data, status = files.read_file(path)
        return Source(str(path), data, path.suffix.lower(), int(status.st_mtime))
    if isinstance(given, bytes | bytearray | memoryview):
        return Source("bytes", bytes(given))
    raise BadInput(f"{type(given).__name__} is nothing that is compressed: give an image, an array, the bytes of a file or its path")


def _from_pillow(image: Image.Image, max_pixels: int) -> Picture:
    from codec.media.read import from_pillow

    if image.width * image.height > max_pixels:
        raise BadInput(f"{image.width}x{image.height} are more than {max_pixels} pixels: allow more with max_pixels")
    return from_pillow(image)


def _compress_file(source: Source, settings: Settings) -> bytes:
    with table.naming(source.name):
        data: bytes = table.kind_of_source(source).compress(source, settings)[0]
    return data


def _density_file(source: Source, settings: Settings, particles: Sequence[int], seed: int) -> Facts:
    with table.naming(source.name):
        facts: Facts = table.kind_of_source(source).density(source, settings, particles, seed)
    return facts


def _is_digits(array: NDArray[Any], settings: Settings) -> bool:
    """Whether an array is one of small images, and not a picture."""
    model = settings.model
    if model is None or model == "photo":
        return model is None and array.ndim > 2 and array.shape[-2:] == DIGIT and array.dtype in (np.uint8, np.bool_)
    from codec.density.arrays.model import Model

    return isinstance(library.find(model).model if isinstance(model, str) else model, Model)


def _picture_of(array: NDArray[Any]) -> Image.Image:
    try:
        return Image.fromarray(array)
    except (TypeError, ValueError) as error:
        raise BadInput(f"an array of type {array.dtype} and shape {list(array.shape)} is no picture, nor digits: {error}") from error
