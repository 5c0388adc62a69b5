"""Bytes packed as a stream of LZMA2 without a header: metadata, samples and files that are kept as they are."""

from __future__ import annotations

from codec.errors import BadFile

DICTIONARY, LEAST = 1 << 23, 1 << 12


def pack_bytes(data: bytes) -> bytes:
    """LZMA2 without a header. The dictionary is no larger than the data: a large one takes longer to make than a little text to pack."""
    import lzma  # which takes a moment to load

    size = min(DICTIONARY, max(LEAST, 1 << len(data).bit_length()))
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": size, "lc": 0, "pb": 0}])


def unpack_bytes(data: bytes | memoryview, size: int) -> bytes:
    """The `size` bytes that pack_bytes was given. Raises BadFile for anything else."""
    import lzma

    unpacker = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": DICTIONARY}])
    try:
        content = unpacker.decompress(data, size + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise BadFile("the file is damaged: what LZMA packed does not unpack") from error
    if len(content) != size or not unpacker.eof or unpacker.unused_data:
        raise BadFile("the file is damaged: what LZMA packed has another length")
    return content
