"""Bytes packed as a stream of LZMA2 without a header: metadata, samples and files that are kept as they are."""

from __future__ import annotations

import lzma

from codec.errors import BadFile

DICTIONARY = 1 << 23


def pack_bytes(data: bytes) -> bytes:
    """LZMA2 without a header."""
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": DICTIONARY, "lc": 0, "pb": 0}])


def unpack_bytes(data: bytes | memoryview, size: int) -> bytes:
    """The `size` bytes that pack_bytes was given. Raises BadFile for anything else."""
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": DICTIONARY}])
    try:
        content = unpacker.decompress(data, size + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise BadFile("the file is damaged: what LZMA packed does not unpack") from error
    if len(content) != size or not unpacker.eof or unpacker.unused_data:
        raise BadFile("the file is damaged: what LZMA packed has another length")
    return content
