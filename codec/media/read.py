"""Picture files, read and written by Pillow: every mode, exactly as it is stored.

A JPEG gives the pixels that it decodes to, an orientation in EXIF turns nothing. What Pillow would give back only in part is found out:
frames, 16 bits a channel, modes and metadata that no chunk of metadata.py holds. It can be kept as the file that it is.

    file --open_picture--> SourceFile: rows, metadata, why to keep the file instead          file <--write_picture-- Picture
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from codec.errors import BadInput
from codec.media import png
from codec.media.form import CHANNELS, Chunks, Pixels, most_bits
from codec.media.limits import MAX_PIXELS, check_pixels
from codec.media.picture import Picture, RowSource, whole
from codec.media.pillow import image_metadata, image_samples, pillow
from codec.system.files import read_bytes

CODED = ("PNG", "TIFF", "PPM", "BMP", "DIB", "WEBP", "GIF", "TGA")  # formats of pictures that are coded
LOSSY = ("JPEG", "JPEG2000", "AVIF")  # formats whose files are smaller than what is coded from them
KEPT = ("ICO", "ICNS", "CUR", "PSD", "DDS", "PCX", "SGI", "QOI", "XBM", "XPM")  # formats that hold more than a picture, or are rare
TGA_ENDINGS = (".tga", ".icb", ".vda", ".vst")  # no other file is taken for a TGA, which nearly any bytes may be
LARGE = 1 << 24  # pixels of which Pillow's ways hold too many at once
DEEP = "more than 8 bits a channel"


@dataclass(frozen=True)
class SourceFile:
    """What a file is. rows: its picture, None if it is none that can be coded; left: names of metadata that rows do not carry.

    keep: why its file would better be kept as it is, "" if there is no reason; format: Pillow's name."""

    rows: RowSource | None
    left: tuple[str, ...]
    keep: str
    format: str


class ImageRows:
    """The rows of an image in memory: copied band by band, for Pillow's own ways hold a picture twice."""

    def __init__(self, image: Image.Image, bits: int, extra: Chunks) -> None:
        self.image, self.bits, self.metadata = image, bits, extra
        self.mode, (self.width, self.height) = image.mode, image.size
        self.held = 4 * self.width * self.height

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]:
        for part in parts:
            whole = part.start == 0 and part.stop == self.height
            yield image_samples(self.image if whole else self.image.crop((0, part.start, self.width, part.stop)), self.bits)


class PlainRows:
    """The rows of an image that stand in its file as they are: nothing is copied before it is asked for. pixels: a view of the file."""

    def __init__(self, image: Image.Image, pixels: Pixels, extra: Chunks) -> None:
        self.mode, (self.width, self.height), self.bits, self.metadata = image.mode, image.size, 8, extra
        self.pixels, self.held = pixels, pixels.size

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]:
        for part in parts:
            yield np.ascontiguousarray(self.pixels[part])


def open_picture(data: bytes, ending: str = "", max_pixels: int = MAX_PIXELS, large: int = LARGE) -> SourceFile:
    """What a file's bytes are. Raises BadInput for what is no picture, or damaged, or too large.

    ending: of its name; large: more pixels than that are left in the file, if their rows stand there in order, until they are asked for."""
    if not data:
        raise BadInput("an empty file")
    formats = tuple(name for name in CODED + LOSSY + KEPT if name != "TGA" or ending.lower() in TGA_ENDINGS)
    with pillow("read it"), Image.open(io.BytesIO(data), formats=formats) as image:
        name = str(image.format)
        check_pixels(*image.size, max_pixels)
        frames = getattr(image, "n_frames", 1)
        if name == "PNG" and image.width * image.height > large and png.is_plain(data):
            return SourceFile(png.PngRows(data), (), "", name)
        keep, plain = _reason(image, data, frames), _plain_pixels(image, data)
        if not keep and plain is not None and image.width * image.height > large:
            extra, left = image_metadata(image, data)
            if not left:
                return SourceFile(PlainRows(image, plain, extra), (), "", name)
        image.load()
        if frames > 1 or keep == DEEP or image.mode not in CHANNELS:
            return SourceFile(None, (), keep, name)
        bits, (extra, left) = _bits(image, data), image_metadata(image, data)
        if left and not keep:
            keep = f"a picture would lose {', '.join(left)}"
        return SourceFile(ImageRows(image, bits, extra), tuple(left), keep, name)


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> tuple[Picture, list[str]]:
    """The picture in a file, and the names of the metadata that it leaves behind. Raises BadInput, naming the file."""
    try:
        found = open_picture(read_bytes(path), path.suffix, max_pixels)
        if found.rows is None:
            raise BadInput(f"cannot be read as one picture: {found.keep}")
        return whole(found.rows), list(found.left)
    except BadInput as error:
        raise error if str(error).startswith(str(path)) else BadInput(f"{path}: {error}") from error


# ---------------------------------------------------------------- what a file is


def _reason(image: Image.Image, data: bytes, frames: int) -> str:
    """Why a file is better kept as it is; nothing is decoded yet."""
    if frames > 1:
        return f"{frames} frames or pages"
    if image.format in (*LOSSY, "MPO") or (image.format == "WEBP" and not _is_lossless_webp(data)):
        return f"{image.format} is already small"
    if image.format in KEPT:
        return f"a format ({image.format}) that holds more than a picture"
    if _is_deep(image):
        return DEEP
    if image.mode not in CHANNELS:
        return f"the mode {image.mode}"
    if isinstance(image, TiffImageFile) and ExifTags.Base.SubIFDs in image.tag_v2:
        return "a TIFF of more than one picture"
    if isinstance(image, TiffImageFile) and image.tag_v2.get(ExifTags.Base.Orientation, 1) != 1:
        return "a TIFF that Pillow turns while it reads it"
    if image.mode == "P" and image.palette is not None and image.palette.mode != "RGB" and image.format != "PNG":
        return f"a palette of mode {image.palette.mode}"
    return ""


def _plain_pixels(image: Image.Image, data: bytes) -> Pixels | None:
    """The pixels of a file that holds them row by row, as a view of it; None if it holds them in another way."""
    known = image.format in ("PPM", "TIFF", "BMP") and image.mode in ("L", "RGB")
    if not known or not isinstance(image, ImageFile) or len(image.tile) != 1:
        return None
    codec, extents, offset, arguments = image.tile[0]
    layout, stride, direction = arguments if isinstance(arguments, tuple) and len(arguments) == 3 else (arguments, 0, 1)
    row = image.width * CHANNELS[image.mode]
    stride = stride or row
    plain = codec == "raw" and extents == (0, 0, *image.size) and layout in (image.mode, "BGR") and stride >= row
    if not plain or offset + stride * image.height > len(data):
        return None
    rows = np.frombuffer(data, np.uint8, stride * image.height, offset).reshape(image.height, stride)[::direction, :row]
    pixels = rows.reshape(image.height, image.width, CHANNELS[image.mode])
    return pixels[:, :, ::-1] if layout == "BGR" else pixels


def _is_lossless_webp(data: bytes) -> bool:
    """Whether the first bitstream in a WebP file is a lossless one."""
    position = 12
    while position + 8 <= len(data) and data[position : position + 4] not in (b"VP8L", b"VP8 "):
        position += 8 + int.from_bytes(data[position + 4 : position + 8], "little") + 1 & ~1
    return data[position : position + 4] == b"VP8L"


def _is_deep(image: Image.Image) -> bool:
    """Whether Pillow would cut the samples down to 8 bits without a word: its decoder's arguments tell."""
    wide = image.mode.startswith(("I", "F"))
    too_many = ("64",) if wide else ("16", "32")
    for tile in image.tile if isinstance(image, ImageFile) else ():
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(argument, str) and any(bits in argument for bits in too_many) for argument in arguments):
            return True
        if not wide and tile[0].startswith("ppm") and isinstance(arguments[-1], int) and arguments[-1] > 255:
            return True
    return False


def _bits(image: Image.Image, data: bytes) -> int:
    """Of a sample, as the file has it: a PNG may have fewer than the mode."""
    return data[24] if image.format == "PNG" and image.mode in ("1", "L", "P") else most_bits(image.mode)
