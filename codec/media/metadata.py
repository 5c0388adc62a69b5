"""What a picture carries beside its pixels: names and contents, as the chunks of a PNG hold them.

A PNG's chunks are kept as they are (png.py). What other formats carry becomes the chunk that a PNG would have: iCCP, eXIf, pHYs, tRNS,
PLTE, gAMA, and iTXt for XMP and other texts. Section M of a file is one number, then for each chunk: 4 bytes name, length of its content,
content. The number is 0, or the length of all this if it stands there as LZMA2 (container/lzma2.py). It is at most 8 MiB, and there are
at most 10,000 chunks: a reader MUST refuse more, and a length of more before it unpacks anything.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codec.container.lzma2 import pack_bytes, unpack_bytes
from codec.container.numbers import read_length, write_length
from codec.errors import BadFile, BadInput
from codec.media.form import Chunks

XMP = b"XML:com.adobe.xmp" + bytes(5)
METRE = 1 / 0.0254  # in inches
MAX_BYTES, MAX_CHUNKS = 1 << 23, 10_000
TECHNICAL = {  # what Pillow says of how a file is stored: nothing of the picture is lost with it
    "blend", "bbox", "compression", "disposal", "duration", "extension", "interlace", "jfif", "jfif_density", "jfif_unit",
    "jfif_version", "loop", "progression", "progressive", "adobe", "adobe_transform", "resolution", "timestamp", "version", "orientation",
    "XML:com.adobe.xmp", "default_image", "mp", "mpoffset",
}  # fmt: skip
KINDS = {b"iCCP": "icc_profile", b"eXIf": "exif", b"pHYs": "dpi", b"tRNS": "transparency", b"PLTE": "palette", b"bKGD": "background"}
TEXTS = {b"tEXt", b"zTXt", b"iTXt"}


def write_metadata(chunks: Chunks) -> bytes:
    """Section M of a file; no bytes if there is nothing to keep. Raises BadInput for more than a file holds."""
    if problem := excess(chunks):
        raise BadInput(problem)
    if not chunks:
        return b""
    plain = plain_bytes(chunks)
    packed = pack_bytes(plain)
    return write_length(len(plain)) + packed if len(packed) < len(plain) else b"\0" + plain


def excess(chunks: Chunks) -> str:
    """What is too much of the metadata for a file, in words; "" if nothing is."""
    size = sum(len(content) for _, content in chunks)
    if len(chunks) > MAX_CHUNKS or size + 10 * len(chunks) > MAX_BYTES:
        return f"{len(chunks)} chunks of metadata in {size} bytes: a file holds {MAX_CHUNKS} and {MAX_BYTES >> 20} MiB at most"
    return ""


def plain_bytes(chunks: Chunks) -> bytes:
    """What the digest takes in, and section M says."""
    return b"".join(name + write_length(len(content)) + content for name, content in chunks)


def read_metadata(data: bytes) -> Chunks:
    """The chunks of a section M. Raises BadFile."""
    if not data:
        return ()
    size, position = read_length(data, 0)
    if (most := max(size, len(data) - position)) > MAX_BYTES:
        raise BadFile(f"the file's metadata are damaged: {most} bytes, and {MAX_BYTES >> 20} MiB is the most that a file holds")
    plain = unpack_bytes(data[position:], size) if size else data[position:]
    position, chunks = 0, list[tuple[bytes, bytes]]()
    while position < len(plain):
        name = plain[position : position + 4]
        length, position = read_length(plain, position + 4)
        chunks.append((name, plain[position : position + length]))
        position += length
        if len(chunks) > MAX_CHUNKS:
            raise BadFile(f"the file's metadata are damaged: more than {MAX_CHUNKS} chunks")
        if not (name.isalpha() and name.isascii()) or position > len(plain):
            raise BadFile("the file's metadata are damaged: a chunk is cut off or has no name")
    return tuple(chunks)


def from_info(info: Mapping[str | tuple[int, int], object], mode: str, palette: bytes | None) -> tuple[Chunks, list[str]]:
    """The chunks of what Pillow says of an image, and the names of what no chunk holds. palette: RGB, of an image that has one."""
    found, left = dict[bytes, bytes](), list[str]()
    texts = list[tuple[bytes, bytes]]()
    for key, value in info.items():
        if key in TECHNICAL or value is None:
            continue
        try:
            name, content = WRITERS[key](value, mode) if key in WRITERS else _text(key, value)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, struct.error):
            left.append(str(key))
            continue
        if name in TEXTS:
            texts.append((name, content))
        else:
            found[name] = content
    if palette is not None:
        found[b"PLTE"] = palette
    order = (b"iCCP", b"gAMA", b"cHRM", b"sRGB", b"PLTE", b"tRNS", b"bKGD", b"eXIf", b"pHYs")
    return tuple((name, found[name]) for name in order if name in found) + tuple(texts), sorted(left)


def for_pillow(chunks: Chunks) -> dict[str, object]:
    """What Pillow says of files of other formats than PNG: icc_profile, exif, xmp, dpi, aspect, as far as they are there."""
    found: dict[str, object] = {}
    for name, content in chunks:
        if name == b"iCCP":
            found["icc_profile"] = _inflated(content.partition(b"\0")[2][1:])
        elif name == b"eXIf":
            found["exif"] = b"Exif\0\0" + content
        elif name == b"iTXt" and content.startswith(XMP):
            found["xmp"] = content[len(XMP) :]
        elif name == b"pHYs" and len(content) == 9:
            sides = struct.unpack(">II", content[:8])
            found |= {"dpi": tuple(map(_round_dpi, sides))} if content[8] == 1 else {"aspect": sides}
    return {key: value for key, value in found.items() if value}


def kinds(chunks: Chunks) -> set[str]:
    """What the metadata are, in the words of for_pillow where that knows them."""
    names = set[str]()
    for name, content in chunks:
        if name in TEXTS:
            names.add("xmp" if content.startswith(XMP) else content.split(b"\0")[0].decode("latin-1"))
        elif name == b"pHYs" and content[8:] != b"\1":
            names.add("aspect")
        elif name != b"IDAT":
            names.add(KINDS.get(name, name.decode("latin-1")))
    return names


def palette_of(chunks: Chunks) -> bytes:
    """The RGB palette, no bytes without one."""
    return next((content for name, content in chunks if name == b"PLTE"), b"")


def background_of(chunks: Chunks) -> dict[str | tuple[int, int], object]:
    """What Pillow would say of a palette's or gray background, if it read that of a PNG."""
    found = dict(chunks).get(b"bKGD", b"")
    return {"background": found[-1]} if len(found) in (1, 2) else {}


def _inflated(data: bytes) -> bytes:
    """A profile as it was before a PNG's writer packed it; no bytes if it is damaged, which readers do not mind."""
    try:
        return zlib.decompressobj().decompress(data, MAX_BYTES)
    except zlib.error:
        return b""


def _round_dpi(per_metre: int) -> float:
    """The roundest number of dots per inch that a PNG keeps as this number per metre."""
    for digits in range(4):
        dpi = round(per_metre / METRE, digits)
        if round(dpi * METRE) == per_metre:
            return dpi
    return per_metre / METRE


# ---------------------------------------------------------------- chunks of Pillow's values


def _profile(value: bytes, mode: str) -> tuple[bytes, bytes]:
    return b"iCCP", b"ICC Profile\0\0" + zlib.compress(value, 9)


def _exif(value: bytes, mode: str) -> tuple[bytes, bytes]:
    return b"eXIf", value.removeprefix(b"Exif\0\0")


def _xmp(value: bytes | str, mode: str) -> tuple[bytes, bytes]:
    return b"iTXt", XMP + (value.encode() if isinstance(value, str) else value)


def _dpi(value: tuple[float, float], mode: str) -> tuple[bytes, bytes]:
    return b"pHYs", struct.pack(">IIB", *(round(float(side) * METRE) for side in value), 1)


def _aspect(value: tuple[float, float], mode: str) -> tuple[bytes, bytes]:
    sides = [int(side) for side in value]
    if sides != list(value):
        raise ValueError("no aspect of a PNG")
    return b"pHYs", struct.pack(">IIB", *sides, 0)


def _gamma(value: float, mode: str) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(value * 100000))


def _chromaticity(value: tuple[float, ...], mode: str) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(number * 100000) for number in value))


def _intent(value: int, mode: str) -> tuple[bytes, bytes]:
    return b"sRGB", bytes([value])


def _transparency(value: object, mode: str) -> tuple[bytes, bytes]:
    """Of a palette the alpha of each colour, or which one is transparent; else the colour or the level that is."""
    if mode == "P" and isinstance(value, bytes):
        return b"tRNS", value
    if mode == "P" and isinstance(value, int):
        return b"tRNS", bytes([255] * value + [0])
    if mode == "RGB" and isinstance(value, Sequence):
        return b"tRNS", struct.pack(">3H", *value)
    if mode in ("1", "L", "I;16"):
        return b"tRNS", struct.pack(">H", value)
    raise ValueError("no transparency of a PNG")


def _background(value: int, mode: str) -> tuple[bytes, bytes]:
    """Which colour of a palette, or which level of gray, is shown where there is no picture."""
    return b"bKGD", struct.pack({"P": ">B", "L": ">H"}[mode], value)


def _text(key: object, value: object) -> tuple[bytes, bytes]:
    """A text of the user's: Latin-1 where that can say it."""
    if not isinstance(key, str) or not isinstance(value, str | bytes):
        raise TypeError("no text of a PNG")
    keyword, value = key.encode("latin-1"), value.decode("latin-1") if isinstance(value, bytes) else value
    if not 1 <= len(keyword) <= 79 or b"\0" in keyword or "\0" in value:
        raise ValueError("no text of a PNG")
    try:
        return b"tEXt", keyword + b"\0" + value.encode("latin-1")
    except UnicodeEncodeError:
        return b"iTXt", keyword + bytes(5) + value.encode()


WRITERS: Mapping[object, Callable[[Any, str], tuple[bytes, bytes]]] = {  # of values of Pillow's, each of a type of its own
    "icc_profile": _profile,
    "exif": _exif,
    "xmp": _xmp,
    "dpi": _dpi,
    "aspect": _aspect,
    "gamma": _gamma,
    "chromaticity": _chromaticity,
    "srgb": _intent,
    "transparency": _transparency,
    "background": _background,
}
