"""A codec for numcodecs, and so for zarr of version 2: arrays as compressed files of arrays.

    numcodecs.get_codec({"id": "codec.bits_back", "effort": 5})

numcodecs finds it by its entry point.
"""

from __future__ import annotations

import numpy as np
from numcodecs.abc import Codec
from numcodecs.compat import ensure_bytes, ensure_ndarray, ndarray_copy

from codec import api


class BitsBack(Codec):  # type: ignore[misc, unused-ignore]  # numcodecs need not be there for mypy
    """effort: as compress has it."""

    codec_id = "codec.bits_back"

    def __init__(self, effort: int = 5) -> None:
        self.effort = effort

    def encode(self, buf: object) -> bytes:
        return api.encode(ensure_ndarray(buf), self.effort, threads=1)

    def decode(self, buf: object, out: object = None) -> object:
        found = np.ascontiguousarray(api.decode(ensure_bytes(buf), threads=1))
        return found if out is None else ndarray_copy(found, out)
