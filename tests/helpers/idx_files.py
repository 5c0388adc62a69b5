"""Writes files of images as MNIST's are: idx, gzipped."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def write_idx(path: Path, images: NDArray[np.uint8]) -> None:
    """uint8 [n, height, width]."""
    path.write_bytes(gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", *images.shape) + images.tobytes(), mtime=0))
