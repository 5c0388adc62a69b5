"""Images for training and evaluation: MNIST idx files (gzip or not), .npy and .npz arrays, folders of pictures."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.errors import CodecError

UNSIGNED_BYTE = 8


class BadData(CodecError):
    """A data file that is missing, damaged, or not of the kind that is needed."""


def read_idx(path: Path) -> NDArray[np.uint8]:
    """An idx file of unsigned bytes, gzip or not, of any number of axes."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise BadData(f"{path}: cannot be read: {error}") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != UNSIGNED_BYTE:
        raise BadData(f"{path}: not an idx file of unsigned bytes")
    axes = data[3]
    if not axes or len(data) < 4 + 4 * axes:
        raise BadData(f"{path}: the idx header is cut short")
    shape = struct.unpack(f">{axes}I", data[4 : 4 + 4 * axes])
    size = int(np.prod([int(side) for side in shape], dtype=object))
    if len(data) != 4 + 4 * axes + size:
        raise BadData(f"{path}: the header says {size} bytes of pixels, the file holds {len(data) - 4 - 4 * axes}")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def binarise(images: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Static binarisation: each pixel is 1 with probability value/255, drawn once from `seed`; the same for ever."""
    draws = np.random.Generator(np.random.PCG64(seed)).random(images.shape, dtype=np.float64)
    return (draws * 255.0 < images).astype(np.uint8)
