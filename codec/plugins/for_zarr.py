"""A codec for zarr of version 3: chunks of an array as compressed files of arrays.

    zarr.create_array(store, ..., serializer=BitsBack(effort=5), compressors=None)

zarr finds it by its entry point, under the name "codec.bits_back".
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from zarr.abc.codec import ArrayBytesCodec
from zarr.core.array_spec import ArraySpec
from zarr.core.buffer import Buffer, NDBuffer

from codec import api
from codec.errors import BadInput

NAME = "codec.bits_back"


@dataclass(frozen=True)
class BitsBack(ArrayBytesCodec):  # type: ignore[misc, unused-ignore]  # zarr need not be there for mypy
    """effort: as compress has it."""

    effort: int = 5
    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> BitsBack:
        configuration = data.get("configuration") or {}
        if data.get("name") != NAME or not isinstance(configuration, Mapping):
            raise BadInput(f"a codec of zarr that is not {NAME}")
        return cls(**configuration)

    def to_dict(self) -> dict[str, object]:
        return {"name": NAME, "configuration": {"effort": self.effort}}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError("what a chunk becomes has no size that is known before")

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        found = await asyncio.to_thread(api.decode, chunk_data.to_bytes(), 1)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(found.reshape(chunk_spec.shape))

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        given = np.ascontiguousarray(chunk_data.as_numpy_array())
        return chunk_spec.prototype.buffer.from_bytes(await asyncio.to_thread(api.encode, given, self.effort, 1))
