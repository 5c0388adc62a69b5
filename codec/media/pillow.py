"""Pillow's images and the picture of this package: modes, samples and metadata, exactly as they are."""

from __future__ import annotations

import io
import os
import struct
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from codec.errors import BadInput
from codec.media import metadata, png
from codec.media.form import CHANNELS, DEEP, Chunks, Pixels, sample_type
from codec.media.limits import WAY_OUT
from codec.media.picture import Picture

if TYPE_CHECKING:
    from PIL.TiffImagePlugin import TiffImageFile

STRUCTURE = {  # tags of a TIFF that say how its pixels are stored, or that are kept as other metadata
    254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 277, 278, 279, 282, 283, 284, 288, 289, 292, 293, 296, 317, 320, 322, 323,
    324, 325, 330, 338, 339, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 700, 34675,
}  # fmt: skip
XMP = 700  # the tag of a TIFF
FOLDERS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_limit = threading.Lock()
if hasattr(os, "register_at_fork"):  # a child begins while nobody is in Pillow, whose bound another thread would have changed for ever
    os.register_at_fork(before=_limit.acquire, after_in_parent=_limit.release, after_in_child=_limit.release)
Info = dict[str | tuple[int, int], object]  # what Pillow says of an image beside its pixels
KNOWN = "PNG, TIFF, PPM, BMP, DIB, WEBP, GIF, TGA, JPEG, JPEG2000, AVIF"


def from_pillow(image: Image.Image, most: int | None = None) -> Picture:
    """The picture of an image, with its metadata as far as a PNG could hold them. Raises BadInput for modes that are not coded.

    most: pixels of a picture that is inside of its file, if it has not been loaded."""
    with pillow("read the image", most=most):
        image.load()
        if image.mode not in CHANNELS:
            raise BadInput(f"images of mode {image.mode} are not coded: convert it to one of {', '.join(CHANNELS)}")
        return Picture(image.mode, image_samples(image, 8), image_metadata(image, b"")[0])


def to_pillow(picture: Picture) -> Image.Image:
    """The image of a picture, with its metadata as Pillow reads them from a file."""
    image = _image(picture)
    with suppress(BadInput), pillow("read the metadata"):
        if picture.mode in png.COLOURS:
            dot = np.zeros((1, 1, CHANNELS[picture.mode]), sample_type(picture.mode))
            pieces = png.png_pieces(picture.mode, picture.bits, (1, 1), picture.metadata, [dot])
            with Image.open(io.BytesIO(b"".join(pieces)), formats=("PNG",)) as small:
                small.load()
                image.info.update(small.info | metadata.background_of(picture.metadata))
        else:
            image.info.update(metadata.for_pillow(picture.metadata))
    return image


def open_png(data: bytes) -> Image.Image:
    """A PNG as Image.open opens it, which loads the plugins of the commonest formats first."""
    from PIL.PngImagePlugin import PngImageFile

    try:
        return PngImageFile(io.BytesIO(data))
    except (SyntaxError, IndexError, TypeError, struct.error) as error:  # what Pillow takes for files of other formats
        raise UnidentifiedImageError from error


def as_tiff(image: Image.Image) -> TiffImageFile | None:
    """The image, if it is that of a TIFF: only then their plugin has to be loaded."""
    if image.format != "TIFF":
        return None
    from PIL.TiffImagePlugin import TiffImageFile

    return image if isinstance(image, TiffImageFile) else None


def tiles_of(image: Image.Image) -> Sequence[tuple[str, tuple[int, ...], int, object]]:
    """Where an image's file has its pixels, and how, as Pillow says it."""
    found: Sequence[tuple[str, tuple[int, ...], int, object]] = getattr(image, "tile", ())
    return found


def image_metadata(image: Image.Image, data: bytes) -> tuple[Chunks, list[str]]:
    """The chunks of an image's metadata, and the names of what no chunk holds. data: of its file, if it is from one."""
    if image.format == "PNG" and data:
        return png.metadata(data), []
    info = Info(image.info)
    if image.format not in (None, "GIF"):
        info["background"] = None  # which is none of the picture's in other formats
    if (tiff := as_tiff(image)) is not None:
        info |= {"dpi": None} if 282 not in tiff.tag_v2 else {}
        info |= {"xmp": tiff.tag_v2[XMP]} if "xmp" not in info and XMP in tiff.tag_v2 else {}  # old Pillow does not say it
        info |= _tags(tiff)
    palette = None
    if image.mode in ("P", "PA"):
        colours = len(image.palette.palette) // len(image.palette.mode) if image.palette and image.palette.palette else 256
        palette = bytes(image.getpalette("RGB") or b"")[: 3 * min(colours, 256)]
    return metadata.from_info(info, image.mode, palette)


def _tags(image: TiffImageFile) -> Info:
    """EXIF of a TIFF's tags that do not say how its pixels are stored; "tags" if that cannot say what they are."""
    exif, kept, again = image.getexif(), Image.Exif(), Image.Exif()
    plain = {tag: value for tag, value in exif.items() if tag not in STRUCTURE and tag not in FOLDERS}
    folders = {tag: dict(exif.get_ifd(tag)) for tag in FOLDERS}
    kept.update(plain)
    for tag, values in folders.items():
        kept.get_ifd(tag).update(values)
    found = Info()
    if image.tag_v2.get(296) == 1 and 282 in image.tag_v2:
        found["aspect"] = tuple(image.tag_v2.get(tag, 1) for tag in (282, 283))
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


def image_samples(image: Image.Image, bits: int) -> Pixels:
    """The samples [h, w, c] of an image."""
    values = np.asarray(image)
    if image.mode == "1":
        values = values.astype(np.uint8)
    elif image.mode == "L" and bits < 8:
        values = values // (255 // ((1 << bits) - 1))
    kind = sample_type(image.mode)
    return np.ascontiguousarray(values.astype(kind, copy=False)).reshape(image.height, image.width, CHANNELS[image.mode])


def _image(picture: Picture) -> Image.Image:
    if picture.mode in DEEP:
        raise BadInput(f"Pillow has no images of mode {picture.mode}: write it as a .png file")
    pixels, size = picture.pixels, (picture.width, picture.height)
    if picture.mode == "1":
        return Image.frombytes("1", size, png.pack(pixels, "1", 1).tobytes())
    if picture.mode == "L" and picture.bits < 8:
        pixels = pixels * np.uint8(255 // ((1 << picture.bits) - 1))
    image = Image.new(picture.mode, size, None)  # not filled, for it will be
    image.frombytes(np.ascontiguousarray(pixels).data)
    palette = metadata.palette_of(picture.metadata)
    if picture.mode in ("P", "PA"):
        image.putpalette(palette, "RGB")
    return image


@contextmanager
def pillow(doing: str, reason: str = "it is damaged, or of a form that is not known", most: int | None = None) -> Iterator[None]:
    """Inside, whatever goes wrong in Pillow is a BadInput in our words: "cannot {doing}: {reason}", if no better reason is known.

    most: pixels of a picture, also of one inside of another or of a frame; None: any. It stands in for Pillow's own bound, which is global:
    so it is never lower than that, for another thread may be in Pillow, too; who wants a lower one looks again at what was loaded."""
    with _limit, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        before = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None if most is None else max(most, before or 0)
        try:
            yield
        except BadInput:
            raise
        except UnidentifiedImageError as error:
            raise BadInput(f"not a picture of a known format ({KNOWN} ...), or a damaged one") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise BadInput(f"a picture in it has more than {most} pixels: {WAY_OUT}") from error
        except Exception as error:  # its plugins raise nearly any exception on damaged files
            raise BadInput(f"cannot {doing}: {_reason(error) or reason}") from error
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _reason(error: Exception) -> str:
    """Why Pillow gave up, as far as its exception tells."""
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    return "it is cut off" if isinstance(error, EOFError) or "truncated" in str(error) else ""
