"""Makes JPEG files: those that Pillow writes, and those that it never would."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import numpy as np
from PIL import Image

from codec.media.jpeg.notes import ScanNotes
from codec.media.jpeg.profile import usual_profile
from codec.media.jpeg.read import Jpeg, JpegDescription, layout_of, read_jpeg
from codec.media.jpeg.standard import CHROMA_AC, CHROMA_DC, LUMA_AC, LUMA_DC
from codec.media.jpeg.write import assembled

PIXELS = 1 << 24
SETTINGS: dict[str, dict[str, object]] = {
    "plain": {"quality": 80},
    "444": {"quality": 95, "subsampling": 0},
    "422": {"quality": 60, "subsampling": 1},
    "progressive": {"quality": 85, "progressive": True},
    "progressive-444": {"quality": 98, "progressive": True, "subsampling": 0},
    "optimised": {"quality": 30, "optimize": True},
    "restarts": {"quality": 75, "restart_marker_blocks": 3},
    "rows": {"quality": 75, "restart_marker_rows": 1, "progressive": True},
    "exif": {"quality": 75, "exif": b"Exif\0\0II*\0\x08\0\0\0\0\0", "comment": b"a comment", "icc_profile": bytes(300)},
}
MODES = ("L", "RGB", "CMYK")


@cache
def jpeg_file(name: str = "plain", mode: str = "RGB", width: int = 61, height: int = 43) -> bytes:
    """A file of these settings: a ramp with texture and noise."""
    y, x = np.mgrid[:height, :width]
    rng = np.random.default_rng(width * height)
    shades = [120 + 70 * np.sin(x / (5 + c)) * np.cos(y / 9) + 40 * (y > 20 + c) + rng.normal(0, 6, x.shape) for c in range(4)]
    values = np.clip(np.stack(shades, -1), 0, 255).astype(np.uint8)
    bands = {"L": values[..., 0], "RGB": values[..., :3], "CMYK": values}[mode]
    file = io.BytesIO()
    Image.fromarray(bands, mode).save(file, "JPEG", **SETTINGS[name])
    return file.getvalue()


def all_files() -> list[bytes]:
    """A file of every setting and mode."""
    return [jpeg_file(name, mode) for name in SETTINGS for mode in MODES]


def taken_apart(data: bytes) -> Jpeg:
    """The parts of a file."""
    return read_jpeg(data, PIXELS)


def together(description: JpegDescription, jpeg: Jpeg) -> bytes:
    """The file of another description, with the coefficients of a file."""
    return assembled(description, layout_of(description.structure, PIXELS), jpeg.coefficients, 1 << 22)


def with_profile(data: bytes, profile: bytes | None = None) -> bytes:
    """The file with a colour profile, the usual one if none is given."""
    body = b"ICC_PROFILE\0\1\1" + (usual_profile() if profile is None else profile)
    return data[:2] + b"\xff\xe2" + (2 + len(body)).to_bytes(2, "big") + body + data[2:]


def in_chunks(data: bytes, inside: bytes, size: int) -> bytes:
    """The file with another one in FPXR segments of so many bytes, as Kodak's cameras have it."""
    chunks = [
        b"FPXR\0\0\2\0\1" + first.to_bytes(4, "big") + bytes(7 * (first == 0)) + inside[first : first + size]
        for first in range(0, len(inside), size)
    ]
    segments = b"".join(b"\xff\xe2" + (2 + len(chunk)).to_bytes(2, "big") + chunk for chunk in chunks)
    return data[:2] + segments + data[2:]


def with_notes(data: bytes, scan: int, notes: ScanNotes) -> bytes:
    """The file as it would be if one of its scans had these exceptions."""
    jpeg = taken_apart(data)
    changed = tuple(notes if number == scan else one for number, one in enumerate(jpeg.description.notes))
    return together(replace(jpeg.description, notes=changed), jpeg)


def with_structure(data: bytes, structure: bytes, scans: int) -> bytes:
    """The file as it would be with another structure, which has so many scans."""
    jpeg = taken_apart(data)
    return together(replace(jpeg.description, structure=structure, notes=(ScanNotes(),) * scans), jpeg)


def one_by_one(data: bytes) -> bytes:
    """The sequential file with a scan for each component instead of one for all: three components."""
    structure = taken_apart(data).description.structure
    start = structure.index(b"\xff\xda")
    scans = b"".join(b"\xff\xda\0\x08\1" + bytes([1 + place, 17 * (place > 0)]) + b"\0\x3f\0" for place in range(3))
    return with_structure(data, structure[:start] + scans + b"\xff\xd9", 3)


def without_height(data: bytes) -> bytes:
    """The sequential file whose height stands behind the first scan."""
    structure = taken_apart(data).description.structure
    place = structure.index(b"\xff\xc0") + 5
    height, end = structure[place : place + 2], structure.rindex(b"\xff\xd9")
    return with_structure(data, structure[:place] + b"\0\0" + structure[place + 2 : end] + b"\xff\xdc\0\4" + height + b"\xff\xd9", 1)


def without_tables(data: bytes) -> bytes:
    """The file without its Huffman tables, which are those of the standard."""
    for place, table in ((0, LUMA_DC), (16, LUMA_AC), (1, CHROMA_DC), (17, CHROMA_AC)):
        whole = b"\xff\xc4" + (3 + len(table)).to_bytes(2, "big") + bytes([place]) + table
        assert whole in data
        data = data.replace(whole, b"")
    return data
