"""Picture files, read and written: the only user of Pillow.

Read are 8-bit gray ("L") and RGB pictures of one frame, exactly as they are stored: a JPEG gives the pixels that it decodes to, an
orientation in EXIF turns nothing. Everything else is refused: alpha, palettes, 16 bits, transparent colours, further frames. Only
pixels are kept: `read_picture` names the metadata that it leaves behind (EXIF, ICC, text ...), so that its caller can say so.

Written are formats that keep every pixel and the mode; the ending of the file's name chooses.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from codec.errors import BadInput
from codec.files import read_bytes
from codec.planes import CHANNELS, MAX_PIXELS, Picture

FORMATS = ("PNG", "WEBP", "JPEG", "TIFF", "PPM", "BMP")  # that are read
ROWS = 256  # that are copied at a time
TECHNICAL = {  # what Pillow says of how a file is stored: nothing of the picture is lost with it
    "background", "blend", "bbox", "compression", "disposal", "duration", "interlace", "jfif", "jfif_density", "jfif_unit",
    "jfif_version", "loop", "progression", "progressive", "adobe", "adobe_transform", "resolution",
}  # fmt: skip
ENDINGS: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {  # format, modes it keeps, settings
    ".png": ("PNG", ("L", "RGB"), {"compress_level": 3}),
    ".webp": ("WEBP", ("RGB",), {"lossless": True, "exact": True, "quality": 40, "method": 2}),
    ".ppm": ("PPM", ("RGB",), {}),
    ".pgm": ("PPM", ("L",), {}),
    ".pnm": ("PPM", ("L", "RGB"), {}),
    ".bmp": ("BMP", ("L", "RGB"), {}),
    ".tif": ("TIFF", ("L", "RGB"), {"compression": "tiff_lzw"}),
    ".tiff": ("TIFF", ("L", "RGB"), {"compression": "tiff_lzw"}),
}
_limit = threading.Lock()


def read_picture(path: Path) -> tuple[Picture, list[str]]:
    """The picture in a file, and the names of the metadata that it leaves behind. Raises BadInput, naming the file."""
    data = read_bytes(path)
    try:
        return parse_picture(data)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def parse_picture(data: bytes) -> tuple[Picture, list[str]]:
    """The same of a file's bytes."""
    if not data:
        raise BadInput("an empty file")
    with _pillow("read"), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        _check_kind(image)
        image.load()
        if "transparency" in image.info:
            raise BadInput("a transparent colour is not supported yet: remove it")
        dropped = sorted({str(key) for key in image.info if key not in TECHNICAL})
        return Picture(image.mode, _pixels(image)), dropped


def check_ending(path: Path, mode: str) -> None:
    """Raise BadInput unless a picture of this mode can be written to a file of this name without loss."""
    ending = path.suffix.lower()
    good = ", ".join(other for other, (_, modes, _) in ENDINGS.items() if mode in modes)
    if ending not in ENDINGS:
        raise BadInput(f"{path}: {ending or 'no ending'} is no format that keeps every pixel: take one of {good}")
    if mode not in ENDINGS[ending][1]:
        raise BadInput(f"{path}: {ending} does not keep the mode {mode}: take one of {good}")


def picture_bytes(picture: Picture, path: Path) -> bytes:
    """The picture as a file of the format that the ending of the path asks for. Raises BadInput."""
    check_ending(path, picture.mode)
    kind, _, settings = ENDINGS[path.suffix.lower()]
    pixels = picture.pixels if picture.channels == 3 else picture.pixels[:, :, 0]
    file = io.BytesIO()
    with _pillow("write", str(path)):
        Image.fromarray(np.ascontiguousarray(pixels)).save(file, kind, **settings)
    return file.getvalue()


def _check_kind(image: Image.Image) -> None:
    """Refuse what would not be read as it is; nothing is decoded yet."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadInput(f"{width}x{height} are more than {MAX_PIXELS} pixels: cut the picture into parts")
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise BadInput(f"{frames} frames are not supported yet: save each as a picture of its own")
    if image.mode not in CHANNELS:
        raise BadInput(f"mode {image.mode} is not supported yet: convert it to RGB or L")
    if _is_deep(image):
        raise BadInput("more than 8 bits a channel are not supported yet: convert it to 8 bits")


def _is_deep(image: Image.Image) -> bool:
    """Whether Pillow would cut the samples down to 8 bits without a word: its decoder's arguments tell."""
    for tile in image.tile if isinstance(image, ImageFile) else ():
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(argument, str) and "16" in argument for argument in arguments):
            return True
        if tile[0].startswith("ppm") and isinstance(arguments[-1], int) and arguments[-1] > 255:
            return True
    return False


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """uint8 [height, width, channels], copied in bands of rows: Pillow's own way holds the picture three times."""
    width, height = image.size
    pixels = np.empty((height, width, CHANNELS[image.mode]), np.uint8)
    for top in range(0, height, ROWS):
        band = np.asarray(image.crop((0, top, width, min(top + ROWS, height))))
        pixels[top : top + ROWS] = band.reshape(-1, width, pixels.shape[2])
    return pixels


@contextmanager
def _pillow(verb: str, what: str = "it") -> Iterator[None]:
    """Inside, whatever goes wrong in Pillow is a BadInput, and the bound on pixels is ours instead of Pillow's global one."""
    with _limit, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        except BadInput:
            raise
        except UnidentifiedImageError as error:
            raise BadInput(f"not a picture of a known format ({', '.join(FORMATS)}), or a damaged one") from error
        except Exception as error:  # its plugins raise nearly any exception on damaged files
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BadInput(f"cannot {verb} {what}: {reason}") from error
        finally:
            Image.MAX_IMAGE_PIXELS = before
