"""Picture files, read and written by Pillow: every mode, exactly as it is stored.

A JPEG gives the pixels that it decodes to, an orientation in EXIF turns nothing. What Pillow would give back only in part is found out:
frames, 16 bits a channel, modes and metadata that no chunk of metadata.py holds. It can be kept as the file that it is.

    file --open_picture--> Found: rows, metadata, why to keep the file instead          file <--write_picture-- Picture
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from codec.errors import BadInput
from codec.kinds.requests import MAX_PIXELS
from codec.media import metadata, png
from codec.media.picture import CHANNELS, Chunks, Picture, Pixels, Rows, check_pixels, most_bits, sample_type
from codec.system.files import read_bytes

CODED = ("PNG", "TIFF", "PPM", "BMP", "DIB", "WEBP", "GIF", "TGA")  # formats of pictures that are coded
LOSSY = ("JPEG", "JPEG2000", "AVIF")  # formats whose files are smaller than what is coded from them
KEPT = ("ICO", "ICNS", "CUR", "PSD", "DDS", "PCX", "SGI", "QOI", "XBM", "XPM")  # formats that hold more than a picture, or are rare
TGA_ENDINGS = (".tga", ".icb", ".vda", ".vst")  # no other file is taken for a TGA, which nearly any bytes may be
LARGE = 1 << 24  # pixels from which on a PNG is read in bands
STRUCTURE = {  # tags of a TIFF that say how its pixels are stored, or that are kept as other metadata
    254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 277, 278, 279, 280, 281, 282, 283, 284, 288, 289, 292, 293, 296, 317, 320, 322, 323,
    324, 325, 330, 332, 338, 339, 340, 341, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 700, 34675,
}  # fmt: skip
FOLDERS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
DEEP = "more than 8 bits a channel"
_limit = threading.Lock()


@dataclass(frozen=True)
class Found:
    """What a file is. rows: its picture, None if it is none that can be coded; left: names of metadata that rows do not carry.

    keep: why its file would better be kept as it is, "" if there is no reason; format: Pillow's name."""

    rows: Rows | None
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
            yield _samples(self.image if whole else self.image.crop((0, part.start, self.width, part.stop)), self.bits)


class PlainRows:
    """The rows of an image that stand in its file as they are: nothing is copied before it is asked for. pixels: a view of the file."""

    def __init__(self, image: Image.Image, pixels: Pixels, extra: Chunks) -> None:
        self.mode, (self.width, self.height), self.bits, self.metadata = image.mode, image.size, 8, extra
        self.pixels, self.held = pixels, pixels.size

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]:
        for part in parts:
            yield np.ascontiguousarray(self.pixels[part])


def open_picture(data: bytes, ending: str = "", max_pixels: int = MAX_PIXELS) -> Found:
    """What a file's bytes are; ending: of its name. Raises BadInput for what is no picture, or damaged, or too large."""
    if not data:
        raise BadInput("an empty file")
    formats = tuple(name for name in CODED + LOSSY + KEPT if name != "TGA" or ending.lower() in TGA_ENDINGS)
    with pillow("read it"), Image.open(io.BytesIO(data), formats=formats) as image:
        name = str(image.format)
        check_pixels(*image.size, max_pixels)
        frames = getattr(image, "n_frames", 1)
        if name == "PNG" and image.width * image.height > LARGE and png.is_plain(data):
            return Found(png.PngRows(data), (), "", name)
        keep, plain = _reason(image, data, frames), _plain_pixels(image, data)
        if not keep and plain is not None and image.width * image.height > LARGE:
            extra, left = _metadata(image, data)
            if not left:
                return Found(PlainRows(image, plain, extra), (), "", name)
        image.load()
        if frames > 1 or keep == DEEP or image.mode not in CHANNELS:
            return Found(None, (), keep, name)
        bits, (extra, left) = _bits(image, data), _metadata(image, data)
        if left and not keep:
            keep = f"a picture would lose {', '.join(left)}"
        return Found(ImageRows(image, bits, extra), tuple(left), keep, name)


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> tuple[Picture, list[str]]:
    """The picture in a file, and the names of the metadata that it leaves behind. Raises BadInput, naming the file."""
    try:
        found = open_picture(read_bytes(path), path.suffix, max_pixels)
        if found.rows is None:
            raise BadInput(f"cannot be read as one picture: {found.keep}")
        return whole(found.rows), list(found.left)
    except BadInput as error:
        raise error if str(error).startswith(str(path)) else BadInput(f"{path}: {error}") from error


def whole(rows: Rows) -> Picture:
    """All of a picture in memory."""
    (pixels,) = rows.bands([slice(0, rows.height)])
    return Picture(rows.mode, pixels, rows.metadata, rows.bits)


def from_pillow(image: Image.Image) -> Picture:
    """The picture of an image, with its metadata as far as a PNG could hold them. Raises BadInput for modes that are not coded."""
    with pillow("read the image"):
        image.load()
        if image.mode not in CHANNELS:
            raise BadInput(f"images of mode {image.mode} are not coded: convert it to one of {', '.join(CHANNELS)}")
        return Picture(image.mode, _samples(image, 8), _metadata(image, b"")[0])


def to_pillow(picture: Picture) -> Image.Image:
    """The image of a picture, with its metadata as Pillow reads them from a file."""
    image = _image(picture)
    with suppress(BadInput), pillow("read the metadata"):
        if picture.mode in png.COLOURS:
            dot = np.zeros((1, 1, CHANNELS[picture.mode]), sample_type(picture.mode))
            pieces = png.png_pieces(picture.mode, picture.bits, (1, 1), picture.metadata, [dot])
            with Image.open(io.BytesIO(b"".join(pieces)), formats=("PNG",)) as small:
                small.load()
                image.info.update(small.info)
        else:
            image.info.update(metadata.for_pillow(picture.metadata))
    return image


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
    if image.mode.startswith(("I", "F")):
        return "64" in str(image.tile) if isinstance(image, ImageFile) else False
    for tile in image.tile if isinstance(image, ImageFile) else ():
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(argument, str) and ("16" in argument or "32" in argument) for argument in arguments):
            return True
        if tile[0].startswith("ppm") and isinstance(arguments[-1], int) and arguments[-1] > 255:
            return True
    return False


def _bits(image: Image.Image, data: bytes) -> int:
    """Of a sample, as the file has it: a PNG may have fewer than the mode."""
    return data[24] if image.format == "PNG" and image.mode in ("1", "L", "P") else most_bits(image.mode)


def _metadata(image: Image.Image, data: bytes) -> tuple[Chunks, list[str]]:
    if image.format == "PNG" and data:
        return png.metadata(data), []
    info: dict[Any, Any] = dict(image.info)
    if isinstance(image, TiffImageFile):
        info |= {"dpi": None} if 282 not in image.tag_v2 else {}
        info |= _tags(image)
    palette = None
    if image.mode in ("P", "PA"):
        colours = len(image.palette.palette) // len(image.palette.mode) if image.palette and image.palette.palette else 256
        palette = bytes(image.getpalette("RGB") or b"")[: 3 * min(colours, 256)]
    return metadata.from_info(info, image.mode, palette)


def _tags(image: TiffImageFile) -> dict[str, Any]:
    """EXIF of a TIFF's tags that do not say how its pixels are stored; "tags" if that cannot say what they are."""
    exif, kept, again = image.getexif(), Image.Exif(), Image.Exif()
    plain = {tag: value for tag, value in exif.items() if tag not in STRUCTURE and tag not in FOLDERS}
    folders = {tag: dict(exif.get_ifd(tag)) for tag in FOLDERS}
    kept.update(plain)
    for tag, values in folders.items():
        kept.get_ifd(tag).update(values)
    found: dict[str, Any] = {}
    if image.tag_v2.get(296) == 1 and 282 in image.tag_v2:
        found["aspect"] = tuple(round(float(image.tag_v2[tag])) for tag in (282, 283))
    if not plain and not any(folders.values()):
        return found
    with suppress(Exception):  # of whatever values there are
        data = kept.tobytes()
        again.load(data)
        same = {tag: value for tag, value in again.items() if tag not in FOLDERS} == plain
        if (
            same
            and folders == {tag: dict(again.get_ifd(tag)) for tag in FOLDERS}
            and ExifTags.IFD.Interop not in folders[ExifTags.IFD.Exif]
        ):
            return found | {"exif": data}
    return found | {"exif": None, "tags": object()}


# ---------------------------------------------------------------- pixels


def _samples(image: Image.Image, bits: int) -> Pixels:
    """The samples [h, w, c] of an image."""
    values = np.asarray(image)
    if image.mode == "1":
        values = values.astype(np.uint8)
    elif image.mode == "L" and bits < 8:
        values = values // (255 // ((1 << bits) - 1))
    kind = sample_type(image.mode)
    return np.ascontiguousarray(values.astype(kind, copy=False)).reshape(image.height, image.width, CHANNELS[image.mode])


def _image(picture: Picture) -> Image.Image:
    pixels, size = picture.pixels, (picture.width, picture.height)
    if picture.mode == "1":
        return Image.frombytes("1", size, png.pack(pixels, "1", 1).tobytes())
    if picture.mode == "L" and picture.bits < 8:
        pixels = pixels * np.uint8(255 // ((1 << picture.bits) - 1))
    image = Image.frombytes(picture.mode, size, np.ascontiguousarray(pixels).tobytes())
    palette = metadata.palette_of(picture.metadata)
    if picture.mode in ("P", "PA"):
        image.putpalette(palette, "RGB")
    return image


@contextmanager
def pillow(doing: str) -> Iterator[None]:
    """Inside, whatever goes wrong in Pillow is a BadInput, and the bound on pixels is ours instead of Pillow's global one."""
    with _limit, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        except BadInput:
            raise
        except UnidentifiedImageError as error:
            raise BadInput(f"not a picture of a known format ({', '.join(CODED + LOSSY)} ...), or a damaged one") from error
        except Exception as error:  # its plugins raise nearly any exception on damaged files
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BadInput(f"cannot {doing}: {reason}") from error
        finally:
            Image.MAX_IMAGE_PIXELS = before
