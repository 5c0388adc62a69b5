"""Images for training and evaluation: MNIST idx files (gzip or not), .npy and .npz arrays, folders of pictures."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from codec.errors import CodecError

Images = NDArray[np.uint8]

UNSIGNED_BYTE = 8
MAX_BYTES = 1 << 32
SUFFIXES = (".png", ".webp", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")


class BadData(CodecError):
    """A data file that is missing, damaged, or not of the kind that is needed."""


def load_images(path: Path | str) -> Images:
    """Images of one size, uint8 [n, height, width] or [n, height, width, 3], from an idx file, an array file or a folder of pictures."""
    path = Path(path)
    if not path.exists():
        raise BadData(f"{path}: no such file or folder")
    if path.is_dir():
        pictures = load_folder(path)
        shapes = sorted({picture.shape for picture in pictures})
        if len(shapes) > 1:
            raise BadData(f"{path}: the pictures have {len(shapes)} different shapes, such as {shapes[0]} and {shapes[-1]}; one is needed")
        return np.stack(pictures)
    if path.suffix in (".npy", ".npz"):
        return _checked(_read_array(path), path)
    return _checked(read_idx(path), path)


def digits(path: Path | str) -> Images:
    """Images for the digits models, uint8 [n, 28, 28]."""
    images = load_images(path)
    if images.shape[1:] != (28, 28):
        raise BadData(f"{path}: the digits models need gray images of 28x28, not {' x '.join(map(str, images.shape[1:]))}")
    return images


def _checked(images: NDArray, path: Path) -> Images:
    if images.dtype != np.uint8:
        raise BadData(f"{path}: pixels must be unsigned bytes (uint8), not {images.dtype}: scale them to 0 ... 255 and cast")
    if images.ndim not in (3, 4) or not images.size or (images.ndim == 4 and images.shape[3] != 3):
        raise BadData(f"{path}: images must have the shape [n, height, width] or [n, height, width, 3], not {list(images.shape)}")
    return images


def read_idx(path: Path) -> Images:
    """An idx file of unsigned bytes, gzip or not, of any number of axes."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            with gzip.open(path) as file:
                data = file.read(MAX_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path}: cannot be read: {error}") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != UNSIGNED_BYTE:
        raise BadData(f"{path}: not an idx file of unsigned bytes (nor .npy, .npz or a folder)")
    axes = data[3]
    start = 4 + 4 * axes
    if not axes or len(data) < start:
        raise BadData(f"{path}: the idx header is cut short")
    shape = struct.unpack(f">{axes}I", data[4:start])
    size = 1
    for side in shape:
        size *= side
    if len(data) != start + size:
        raise BadData(f"{path}: the idx header says {size} bytes of pixels, the file holds {len(data) - start}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _read_array(path: Path) -> NDArray:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            if len(loaded.files) != 1 and "images" not in loaded.files:
                raise BadData(f"{path}: holds the arrays {loaded.files}; name one of them 'images'")
            found: NDArray = loaded["images" if "images" in loaded.files else loaded.files[0]]
            return found
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise BadData(f"{path}: not a readable array file: {error}") from error


def list_folder(path: Path) -> list[Path]:
    """The pictures of a folder in the order of their names."""
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise BadData(f"{path}: no pictures here; looked for {', '.join(SUFFIXES)}")
    return files


def load_folder(path: Path) -> list[Images]:
    """The pictures of a folder in the order of their names, uint8 [height, width] (gray) or [height, width, 3] each."""
    return [read_picture(file) for file in list_folder(path)]


def picture_size(path: Path) -> tuple[int, int]:
    """Height and width of a picture, from its header."""
    try:
        with Image.open(path) as picture:
            return picture.height, picture.width
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: not a readable picture: {error}") from error


def read_picture(path: Path) -> Images:
    """A picture as uint8 [height, width] (gray) or [height, width, 3]."""
    try:
        with Image.open(path) as picture:
            if picture.mode not in ("1", "L", "P", "RGB", "RGBA", "LA"):
                raise BadData(f"{path}: pictures of mode {picture.mode} cannot be trained on: convert it to 8-bit gray or RGB")
            return np.asarray(picture.convert("L" if picture.mode in ("1", "L") else "RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: not a readable picture: {error}") from error


def binarise(images: Images, seed: int) -> Images:
    """Static binarisation: each pixel is 1 with probability value/255, drawn once from `seed` (PCG64, one double per pixel in C order).

    For evaluation; training draws anew in every batch (dynamic binarisation).
    """
    draws = np.random.Generator(np.random.PCG64(seed)).random(images.shape, dtype=np.float64)
    return (draws * 255.0 < images).astype(np.uint8)


def inputs(images: Images, likelihood: str, seed: int = 0) -> NDArray[np.float32]:
    """What a net of that likelihood takes, float32 [n, 784]: statically binarised 0/1 for "bernoulli", else p/256."""
    flat = images.reshape(len(images), -1)
    return binarise(flat, seed).astype(np.float32) if likelihood == "bernoulli" else flat.astype(np.float32) / np.float32(256.0)


def crops(pictures: Sequence[Images], size: int, rng: np.random.Generator, augment: bool = True) -> Iterator[Images]:
    """Endless random squares of size x size from pictures at least that large, each picture as often as its area says.

    `augment` turns and mirrors each of them in one of the eight ways at random, and changes no pixel's value.
    """
    areas = np.array([(p.shape[0] - size + 1) * (p.shape[1] - size + 1) if min(p.shape[:2]) >= size else 0 for p in pictures], float)
    if size < 1 or not areas.sum():
        raise BadData(f"none of the {len(pictures)} pictures is as large as a crop of {size}x{size}")
    while True:
        picture = pictures[rng.choice(len(pictures), p=areas / areas.sum())]
        row, column = (int(rng.integers(side - size + 1)) for side in picture.shape[:2])
        crop = picture[row : row + size, column : column + size]
        if augment:
            crop = np.rot90(crop, int(rng.integers(4)))
            crop = crop[:, ::-1] if rng.integers(2) else crop
        yield np.ascontiguousarray(crop)
