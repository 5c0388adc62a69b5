"""What programs call: compress, decompress, info, density, load_model. `import codec` gives them as codec.compress and so on.

They may be called from several threads at once, and print nothing. Every error is a CodecError.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, TypedDict

import numpy as np
from PIL import Image

from codec.density import library
from codec.density.named_model import NamedModel
from codec.errors import BadInput
from codec.kinds import table
from codec.kinds.kind import Estimates, Info
from codec.kinds.picture.info import PictureInfo
from codec.kinds.requests import Restoring, Settings, Source, check_method, check_threads, known_effort, naming
from codec.media.array import Array, array_bytes
from codec.media.form import DEEP
from codec.media.limits import MAX_PIXELS
from codec.media.picture import Picture
from codec.media.pillow import from_pillow, to_pillow
from codec.media.read import open_image
from codec.system import files
from codec.system.executor import completed, cores

if TYPE_CHECKING:  # which few programs need
    from codec.archives.read import Archive

__all__ = [
    "PictureInfo", "compress", "decode", "decompress", "density", "encode", "info", "is_compressed", "load_model", "open_archive",
    "thumbnail", "write_archive",
]  # fmt: skip

FileLike: TypeAlias = "bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO"  # a file: its bytes, its path, or itself, open
Something: TypeAlias = "Image.Image | Array | FileLike"
ModelLike: TypeAlias = "str | os.PathLike[str] | NamedModel"

CHANNELS = (1, 3, 4)  # of pictures: an axis of so many is one of channels


class DensitySettings(TypedDict, total=False):
    """What density takes by name."""

    particles: Sequence[int]
    seed: int
    traces: bool
    threads: int | None
    max_pixels: int


def compress(
    image: Something,
    model: ModelLike | None = None,
    *,
    method: str = "auto",
    effort: int = 5,
    traces: bool = True,
    particles: int | None = None,
    threads: int | None = None,
    verify: bool = True,
    max_pixels: int = MAX_PIXELS,
    pixels: bool = False,
) -> bytes:
    """The compressed file of a picture or of an array of images. Raises CodecError.

    image: an image of Pillow; an array of numbers or truth values, which comes back with its type, shape and values: pixels [height, width]
    or [height, width, channels], data sets such as digits [..., 28, 28], or anything else; or a picture file, of which everything comes
    back: its path, its bytes, or a file object. model: a title, the path of a model file, or what load_model gave; it is used, or it is an
    error. method: "auto", "photo", "graphics", "planes" or "stored". effort: 1 to 9. traces: whether to look for what a picture was before.
    particles: of a latent; None: as many as the model asks for, one of most. verify: decode the result before it is returned. pixels: of a
    picture file that would be stored as it is (JPEG 2000, PSD), or come back byte for byte (JPEG), code what Pillow decodes; the file
    itself does not come back.
    """
    threads, effort = check_threads(threads), known_effort(effort)
    settings = Settings(_named(model), check_method(method), particles, threads, verify, max_pixels, effort, traces=traces, pixels=pixels)
    given = _given(image, settings)
    if isinstance(given, np.ndarray):
        return table.compress_array(given, settings)[0]
    if isinstance(given, Picture):
        return table.compress_image(given, settings)[0]
    with naming(given.name):
        return table.kind_of_source(given).compress(given, settings)[0]


def decompress(
    data: FileLike,
    model: ModelLike | None = None,
    *,
    threads: int | None = None,
    region: tuple[int, int, int, int] | None = None,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int | None = None,
) -> Image.Image | Array:
    """The image in a compressed file, or the array, if it was made of an array. Raises CodecError, also if the file is damaged.

    data: the file's path, its bytes, or a file object. model: where to look for the model beside those of the package. region: x, y, width
    and height of the part that is wanted. max_bytes: most that a packed file or array may take; None for what its size bears out. A file
    that was kept as it is (of several frames, say) is opened as Pillow opens it. A picture of 16 bits and several channels comes as an
    array [height, width, channels]: Pillow has no such images.
    """
    restoring = Restoring(None, _named(model), check_threads(threads), max_pixels, region, max_bytes=max_bytes)
    source = _source(data)
    with naming(source.name):
        found = table.open_file(source.data).restore(restoring)
        if isinstance(found, np.ndarray):
            return found
        if isinstance(found, Picture):
            return found.pixels if found.mode in DEEP else to_pillow(found)
        return open_image(found, max_pixels)


def thumbnail(data: FileLike, size: int = 256, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture in a compressed file, of 8 bits a sample and reduced to `size` pixels at most on its longer side. Raises CodecError."""
    found = decompress(data, max_pixels=max_pixels)
    if isinstance(found, np.ndarray):
        samples = np.asarray(found, np.uint16) >> 8 if found.dtype == np.uint16 else found
        is_picture = samples.ndim == 2 or (samples.ndim == 3 and samples.shape[2] in CHANNELS[1:])
        if not is_picture or found.dtype not in (np.uint8, np.uint16):
            raise BadInput(f"an array of type {found.dtype} and shape {list(found.shape)}: there is no picture in it")
        found = Image.fromarray(samples.astype(np.uint8))
    if found.mode.startswith("I;16"):
        found = Image.fromarray((np.asarray(found) >> 8).astype(np.uint8))
    if found.mode in ("I", "F"):
        raise BadInput(f"a picture of mode {found.mode}: it has no colours to show")
    small = found.convert("RGBA" if found.has_transparency_data else "L" if found.mode in ("1", "L") else "RGB")
    small.thumbnail((size, size))
    return small


def encode(array: Array, effort: int = 5, threads: int | None = None) -> bytes:
    """The compressed file of an array, of which decode gives back type, shape and values; whatever its axes mean. Raises CodecError."""
    settings = Settings(threads=check_threads(threads), effort=known_effort(effort))
    return table.compress_array(np.asarray(array), settings)[0]


def decode(data: FileLike, threads: int | None = None) -> Array:
    """The array in a compressed file, or the samples of the picture in it. Raises CodecError."""
    return np.asarray(decompress(data, threads=threads))


def open_archive(path: str | os.PathLike[str]) -> Archive:
    """An archive, open to be read: a context that has names, and gives what was packed under each of them: archive["cats/1.png"].

    An image of Pillow, an array, or the bytes of what is neither. Processes open it for themselves, threads take turns.
    Raises CodecError."""
    from codec.archives.read import Archive

    return Archive(Path(path))


def write_archive(
    path: str | os.PathLike[str], items: Mapping[str, bytes | str | os.PathLike[str] | Array], update: bool = False, effort: int = 5
) -> None:
    """Pack items into an archive by their names: files, by their paths or their bytes, and arrays. update: add to one that is there.

    Raises CodecError."""
    from codec.archives.pack import Item, pack_items

    def item(name: str, given: bytes | str | os.PathLike[str] | Array) -> Item:
        if isinstance(given, np.ndarray):
            return Item(name, None, array_bytes(given))
        return Item(name, None, given) if isinstance(given, bytes) else Item(name, Path(given))

    settings = Settings(threads=1, effort=known_effort(effort))
    given = (item(*pair) for pair in items.items())
    done = pack_items(given, Path(path), settings, lambda tasks: completed(tasks, cores()), update)
    if done.problems:
        raise BadInput("; ".join(done.problems))


def is_compressed(data: bytes) -> bool:
    """Whether these bytes begin as compressed files do."""
    return table.is_compressed(data)


def info(data: FileLike) -> Info:
    """What a compressed file is: a record of facts, as `codec info --json` prints them; decodes nothing. Raises BadFile."""
    source = _source(data)
    with naming(source.name):
        return table.open_file(source.data).info()


def density(
    image: Something,
    model: ModelLike | None = None,
    *,
    particles: Sequence[int] = (1, 4, 16),
    seed: int = 0,
    traces: bool = True,
    threads: int | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Estimates:
    """Estimates of -log2 p(x) under a model, as `codec density --json` prints them: `estimates`, one for each number of particles.

    image, model, traces: as compress takes them. Raises CodecError.
    """
    settings = Settings(_named(model), threads=check_threads(threads), max_pixels=max_pixels, traces=traces)
    given = _given(image, settings)
    if isinstance(given, np.ndarray):
        return table.estimate_array(given, settings, particles, seed)
    if isinstance(given, Picture):
        return table.estimate_image(given, settings, particles, seed)
    with naming(given.name):
        return table.kind_of_source(given).density(given, settings, particles, seed)


def load_model(title: str | os.PathLike[str]) -> NamedModel:
    """An embedded model by its title, or the one in a model file (.bbm). Raises UnknownModel, BadModel."""
    found = library.find(os.fspath(title))
    found.load()
    return found


def _named(model: ModelLike | None) -> str | NamedModel | None:
    return os.fspath(model) if isinstance(model, os.PathLike) else model


def _given(image: Something, settings: Settings) -> Picture | Array | Source:
    """What is to be coded: a picture in memory, or what stands in a file."""
    if isinstance(image, np.ndarray):
        channels_first = image.ndim == 3 and image.shape[0] in CHANNELS and image.shape[2] not in CHANNELS
        if channels_first and not table.is_data_set(image, settings.model):
            raise BadInput(f"an array of shape {list(image.shape)}: channels come last; give numpy.moveaxis(array, 0, -1)")
        return image
    if isinstance(image, Image.Image):
        if image.width * image.height > settings.max_pixels:
            raise BadInput(f"{image.width}x{image.height} are more than {settings.max_pixels} pixels: allow more with max_pixels")
        return from_pillow(image, settings.max_pixels)
    return _source(image)


def _source(given: FileLike) -> Source:
    """What stands in a file. Raises BadInput for what is none, or cannot be read."""
    if isinstance(given, str | os.PathLike):
        path = Path(given)
        data, status = files.read_file(path)
        return Source(str(path), data, path.suffix.lower(), files.seconds_of(status))
    if isinstance(given, bytes | bytearray | memoryview):
        return Source("bytes", bytes(given))
    if hasattr(given, "read") and not isinstance(given, io.TextIOBase):
        name = str(getattr(given, "name", "a file object"))
        return Source(name, files.read_stream(given, most=files.MAX_BYTES), Path(name).suffix.lower())
    raise BadInput(f"{type(given).__name__} is no image, array or file: give a file as its path, its bytes, or opened to read bytes")
