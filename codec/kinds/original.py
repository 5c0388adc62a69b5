"""Files that are kept as they are, in a file of this codec: what is not a picture of one frame, and what is already smaller."""

from __future__ import annotations

import hashlib

from codec.container.container import NAME_BYTES, check_tags, read_container, write_container
from codec.errors import BadFile
from codec.kinds.picture.header import DIGEST_BYTES, KeptHeader, is_ending, read_kept, write_kept
from codec.methods.lzma import pack_bytes, unpack_bytes

KIND = "P"
MAX_PACKED = 1 << 26  # most bytes that it is tried to pack
TRIAL, GAIN = 1 << 16, 0.97  # larger files are packed if so many bytes from their middle become smaller than this share
EXPANSION = 1 << 13  # most bytes that one of LZMA2 gives


def keep(data: bytes, ending: str, modified: int | None = None) -> bytes:
    """The file that holds these bytes; at most 64 bytes larger. An ending that is none of letters and digits is left out."""
    packed = pack_bytes(data) if _is_worth_packing(data) else data
    if len(packed) >= len(data) - 1 or len(packed) * EXPANSION < len(data):
        packed = data
    size = len(data) if packed is not data else 0
    digest = hashlib.sha256(data).digest()[:DIGEST_BYTES]
    start = write_kept(ending if is_ending(ending) else "", modified, size, digest)
    return write_container(KIND, bytes(NAME_BYTES), {"F": start + packed})


def _is_worth_packing(data: bytes) -> bool:
    if len(data) <= 4 * TRIAL:
        return True
    middle = data[len(data) // 2 :][:TRIAL]
    return len(data) <= MAX_PACKED and len(pack_bytes(middle)) < GAIN * len(middle)


def is_kept(data: bytes) -> bool:
    """Whether a file of kind "P" holds a kept one. Raises BadFile."""
    return "F" in read_container(data, verify=False, whole=False).spans


def kept_header(data: bytes) -> KeptHeader:
    """What a kept file is. Raises BadFile."""
    container = read_container(data, verify=False)
    return read_kept(container.view("F"))[0]


def restore_kept(data: bytes) -> tuple[KeptHeader, bytes]:
    """The kept file, byte for byte. Raises BadFile."""
    container = read_container(data)
    check_tags(container, "F")
    header, position = read_kept(container.view("F"))
    content = container.view("F")[position:]
    if any(container.model) or header.size > len(content) * EXPANSION:
        raise BadFile("the header of the kept file is damaged")
    found = unpack_bytes(content, header.size) if header.size else bytes(content)
    if hashlib.sha256(found).digest()[:DIGEST_BYTES] != header.digest:
        raise BadFile("the file is damaged: what was kept does not have the digest that the file carries")
    return header, found
