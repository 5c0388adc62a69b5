"""Reads images for training and evaluation: MNIST's idx files (gzip or not), .npy and .npz arrays, folders of pictures."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from codec.errors import BadData

Pictures = NDArray[np.uint8]  # one picture, or several of one size

BITS = 8  # of a sample
LEVELS = 1 << BITS
LARGEST = LEVELS - 1
COLOURS = 3
UNSIGNED_BYTE = 8  # an idx file's number of this type
MAX_BYTES = 1 << 32
SUFFIXES = (".png", ".webp", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".ppm", ".pgm")


def load_images(path: Path | str, channels: int = COLOURS) -> Pictures:
    """Images of one size, uint8 [n, height, width] or [n, height, width, 3], from an idx file, an array file or a folder of pictures.

    channels: how many arrays may have, if they have an axis of channels."""
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
        return _checked(_read_array(path), path, channels)
    return _checked(read_idx(path), path, channels)


def _checked(images: NDArray[np.generic], path: Path, channels: int) -> Pictures:
    if images.dtype == np.bool_:
        images = images.astype(np.uint8)
    if images.dtype != np.uint8:
        raise BadData(f"{path}: pixels must be unsigned bytes (uint8), not {images.dtype}: scale them to 0 ... {LARGEST} and cast")
    allowed = (COLOURS,) if channels == COLOURS else range(1, channels + 1)
    if images.ndim not in (3, 4) or not images.size or (images.ndim == 4 and images.shape[3] not in allowed):
        last = f"{allowed[0]}" if len(allowed) == 1 else f"1 ... {channels}"
        raise BadData(f"{path}: images must have the shape [n, height, width] or [n, height, width, {last}], not {list(images.shape)}")
    return images.astype(np.uint8, copy=False)


def read_idx(path: Path) -> Pictures:
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


def _read_array(path: Path) -> NDArray[np.generic]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            if len(loaded.files) != 1 and "images" not in loaded.files:
                raise BadData(f"{path}: holds the arrays {loaded.files}; name one of them 'images'")
            found: NDArray[np.generic] = loaded["images" if "images" in loaded.files else loaded.files[0]]
            return found
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise BadData(f"{path}: not a readable array file: {error}") from error


def list_folder(path: Path, suffixes: Sequence[str] = SUFFIXES) -> list[Path]:
    """The pictures of a folder in the order of their names; all of its files if no suffixes are asked for."""
    if not path.is_dir():
        raise BadData(f"{path}: not a folder of pictures")
    files = sorted(file for file in path.iterdir() if (file.suffix.lower() in suffixes if suffixes else file.is_file()))
    if not files:
        raise BadData(f"{path}: no pictures here; looked for {', '.join(suffixes) or 'files'}")
    return files


def load_folder(path: Path) -> list[Pictures]:
    """The pictures of a folder in the order of their names, uint8 [height, width] (gray) or [height, width, 3] each."""
    return [load_picture(file) for file in list_folder(path)]


def picture_size(path: Path) -> tuple[int, int]:
    """Height and width of a picture, from its header."""
    try:
        with Image.open(path) as picture:
            return picture.height, picture.width
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: not a readable picture: {error}") from error


def load_picture(path: Path) -> Pictures:
    """A picture as uint8 [height, width] (gray) or [height, width, 3]."""
    try:
        with Image.open(path) as picture:
            if picture.mode not in ("1", "L", "P", "RGB", "RGBA", "LA"):
                raise BadData(f"{path}: pictures of mode {picture.mode} cannot be trained on: convert it to 8-bit gray or RGB")
            return np.asarray(picture.convert("L" if picture.mode in ("1", "L") else "RGB"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadData(f"{path}: not a readable picture: {error}") from error
