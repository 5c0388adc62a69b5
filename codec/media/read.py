"""Picture files, read and written by Pillow: every mode, exactly as it is stored.

A JPEG gives the pixels that it decodes to, an orientation in EXIF turns nothing. What Pillow would give back only in part is found out:
frames, 16 bits a channel, modes and metadata that no chunk of metadata.py holds. It can be kept as the file that it is.

    file --open_picture--> SourceFile: rows, metadata, why to keep the file instead          file <--write_picture-- Picture
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import ExifTags, Image

from codec.errors import BadInput
from codec.media import png
from codec.media.claims import check_claims, is_lossless_webp, tiff_tags
from codec.media.deep import deep_pixels, open_with_pillow
from codec.media.form import CHANNELS, Chunks, Pixels, most_bits
from codec.media.formats import CODED, DECODED, LOSSY, formats_of
from codec.media.limits import MAX_PIXELS, check_pixels
from codec.media.metadata import MAX_BYTES, kinds
from codec.media.picture import Picture, RowSource, whole
from codec.media.pillow import STRUCTURE, as_tiff, image_metadata, image_samples, open_png, pillow, tiles_of
from codec.media.write import unwritable
from codec.system.files import read_bytes
from codec.system.records import record

DEEP, FRAMES = "more than 8 bits a channel", "more than one frame or page"
BMP_PROFILES = (b"DEBM", b"KNIL")  # embedded or linked: MBED and LINK, as a BMP has them
TIFF_PIXELS = 1 << 29  # of 4 bytes
PHOTOMETRIC, SAMPLE_FORMAT, SIGNED = 262, 339, 2  # tags of a TIFF, and what the second one says
LARGE = 1 << 24  # pixels of which Pillow's ways hold too many at once


@record(frozen=True)
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
    """The rows of an image that stand in its file as they are: nothing is copied before it is asked for. pixels: a view of the file, or
    what Pillow would have cut down."""

    def __init__(self, mode: str, pixels: Pixels, extra: Chunks) -> None:
        self.mode, self.bits, self.metadata = mode, most_bits(mode), extra
        self.height, self.width, _ = pixels.shape
        self.pixels, self.held = pixels, pixels.nbytes

    def bands(self, parts: Sequence[slice]) -> Iterator[Pixels]:
        for part in parts:
            yield np.ascontiguousarray(self.pixels[part])


class Opener(Protocol):
    """What opens files: open_picture, or something that shields the caller from decoders that crash (apart.py)."""

    def __call__(self, data: bytes, ending: str, max_pixels: int, needed: bool) -> SourceFile: ...


def open_picture(data: bytes, ending: str = "", max_pixels: int = MAX_PIXELS, needed: bool = True, large: int = LARGE) -> SourceFile:
    """What a file's bytes are. Raises BadInput for what is no picture, or damaged, or too large.

    ending: of its name; needed: the picture is, also that of a file that would better be kept, which is not even decoded otherwise; large:
    more pixels than that are left in the file, if their rows stand there in order, until they are asked for."""
    if not data:
        raise BadInput("an empty file")
    if is_deep_png(data, max_pixels) and png.is_plain(data, interlaced=True):
        return _writable(SourceFile(PlainRows(*png.interlaced_pixels(data), png.metadata(data)), (), "", "PNG"))
    if is_large_png(data, max_pixels, large) or is_deep_png(data, max_pixels):
        return _writable(SourceFile(png.PngRows(data), (), "", "PNG"))
    if png.is_simple(data):  # most are, and Pillow takes as long to load what it needs for PNGs as a small one takes to code
        with suppress(BadInput), pillow("read it"):  # never while this process forks: modules are loaded
            return SourceFile(whole(png.PngRows(data)), (), "", "PNG")
    check_claims(data, max_pixels)
    try:
        return _writable(_opened(data, ending, max_pixels, needed, large))
    except BadInput:
        bare = png.bare(data) if data.startswith(png.SIGNATURE) else data
        if bare == data:
            raise
        found = _opened(bare, ending, max_pixels, needed, large)
        return replace(found, left=(*found.left, "metadata"), keep=found.keep or "a PNG whose metadata cannot be read")


def is_large_png(data: bytes, max_pixels: int, large: int = LARGE) -> bool:
    """Whether this is a PNG that needs no Pillow, and is not to be in memory as a whole. Raises BadInput if it is too large."""
    if data[:8] != png.SIGNATURE or len(data) < 29:
        return False
    width, height = png.size(data)
    check_pixels(width, height, max_pixels)
    return width * height > large and png.is_plain(data)


def is_deep_png(data: bytes, max_pixels: int) -> bool:
    """Whether this is a PNG of several channels of 16 bits, of which Pillow reads 8. Raises BadInput if it is too large."""
    if data[:8] != png.SIGNATURE or len(data) < 29 or data[24] != 16 or data[25] == 0:
        return False
    check_pixels(*png.size(data), max_pixels)
    return png.is_plain(data) or png.is_plain(data, interlaced=True)


def _opened(data: bytes, ending: str, max_pixels: int, needed: bool, large: int) -> SourceFile:
    """What Pillow finds in a file. Raises BadInput."""
    is_png = data.startswith(png.SIGNATURE)
    if not is_png:
        Image.init()  # loads the plugins of all formats, which takes a moment
    with pillow("read it", most=max_pixels), open_png(data) if is_png else open_with_pillow(data, formats_of(ending)) as image:
        check_pixels(*image.size, max_pixels)
        found = _found(image, data, needed, large)
        check_pixels(*image.size, max_pixels)  # of the picture that an icon had in it
        return found


def _found(image: Image.Image, data: bytes, needed: bool, large: int) -> SourceFile:
    """What an image is that has been opened in a file of these bytes, but not loaded."""
    name, keep, plain = str(image.format), _reason(image, data), _plain_pixels(image, data)
    if keep == DEEP and (deep := deep_pixels(image, data)) is not None:
        extra, left = image_metadata(image, data)
        keep = f"a picture would lose {', '.join(left)}" if left else ""
        return SourceFile(PlainRows(*deep, extra), tuple(left), keep, name)
    is_left = (keep and not needed) or keep in (DEEP, FRAMES) or name not in DECODED or (image.mode == "LA" and _is_deep(image))
    if is_left or getattr(image, "is_animated", False):
        return SourceFile(None, (), keep, name)
    if not keep and plain is not None and image.width * image.height > large:
        extra, left = image_metadata(image, data)
        if not left:
            return SourceFile(PlainRows(image.mode, plain, extra), (), "", name)
    image.load()
    if image.mode not in CHANNELS:
        return SourceFile(None, (), keep or f"the mode {image.mode}", name)
    tiff = as_tiff(image)
    if not keep and tiff is not None and image.mode == "I" and tiff.tag_v2.get(SAMPLE_FORMAT) != (SIGNED,) and _is_negative(image):
        keep = "numbers from 2^31 on"
    bits, (extra, left) = _bits(image, data), image_metadata(image, data)
    if left and not keep:
        keep = f"a picture would lose {', '.join(left)}"
    return SourceFile(ImageRows(image, bits, extra), tuple(left), keep, name)


def _is_negative(image: Image.Image) -> bool:
    """Whether an image in mode I has numbers below 0."""
    low, _ = image.getextrema()
    return isinstance(low, int) and low < 0


def open_image(data: bytes, max_pixels: int) -> Image.Image:
    """The image in a file's bytes, as Pillow opens it, of whatever format. Raises BadInput for what is none, or too large."""
    check_claims(data, max_pixels)
    with pillow("read it", most=max_pixels):
        image = Image.open(io.BytesIO(data))
    check_pixels(*image.size, max_pixels)
    return image


def _writable(found: SourceFile) -> SourceFile:
    """A file whose picture no format would hold with all its metadata is kept, and its rows do without them."""
    rows = found.rows
    if not isinstance(rows, ImageRows | PlainRows | png.PngRows) or not (lost := unwritable(rows.mode, rows.metadata)):
        return found
    rows.metadata = tuple(chunk for chunk in rows.metadata if chunk not in lost)
    names = sorted(kinds(tuple(lost)))
    return replace(found, left=(*found.left, *names), keep=found.keep or f"no format would hold {', '.join(names[:9])} with it")


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> tuple[Picture, list[str]]:
    """The picture in a file, and the names of the metadata that it leaves behind. Raises BadInput, naming the file."""
    try:
        found = open_picture(read_bytes(path), path.suffix, max_pixels)
        if found.rows is None:
            raise BadInput(f"cannot be read as one picture: {found.keep}")
        return whole(found.rows), list(found.left)
    except BadInput as error:
        raise error if str(error).startswith(str(path)) else BadInput(f"{path}: {error}") from error


def _reason(image: Image.Image, data: bytes) -> str:
    """Why a file is better kept as it is; nothing is decoded yet."""
    if image.format not in (*LOSSY, *CODED):
        return f"a format ({image.format}) that holds more than a picture, or is rare"
    if getattr(image, "is_animated", False):
        return FRAMES
    if image.format in LOSSY:
        return f"{image.format} is already small"
    if image.format == "WEBP" and not is_lossless_webp(data):
        return "WEBP is already small"
    if image.format == "GIF" and (image.info.get("duration") or "loop" in image.info):
        return "a GIF of one frame with a time"
    if image.format == "BMP" and data[70:74] in BMP_PROFILES and int.from_bytes(data[14:18], "little") > 108:
        return "a BMP with a colour profile"
    if image.mode not in png.COLOURS and image.width * image.height > TIFF_PIXELS:
        return f"more pixels in the mode {image.mode} than a TIFF holds"
    if sum(tag.bytes for tag in tiff_tags(data) if tag.name not in STRUCTURE) > MAX_BYTES:
        return f"tags of more than {MAX_BYTES >> 20} MiB"
    tiff = as_tiff(image)
    if tiff is not None and ExifTags.Base.SubIFDs in tiff.tag_v2:
        return "a TIFF of more than one picture"
    if tiff is not None and tiff.tag_v2.get(ExifTags.Base.Orientation, 1) != 1:
        return "a TIFF that Pillow turns while it reads it"
    if tiff is not None and (reason := _other_numbers(image.mode, tiff.tag_v2.get(SAMPLE_FORMAT, ()), tiff.tag_v2.get(PHOTOMETRIC, 1))):
        return reason
    if _is_deep(image):
        return DEEP
    if image.mode not in CHANNELS:
        return f"the mode {image.mode}"
    if image.mode == "P" and image.palette is not None and image.palette.mode != "RGB" and image.format != "PNG":
        return f"a palette of mode {image.palette.mode}"
    return ""


def _other_numbers(mode: str, formats: tuple[int, ...], photometric: int) -> str:
    """Why the samples of a TIFF are not the numbers that Pillow has for them; "" if they are."""
    wide = mode.startswith(("I", "F"))
    if not wide and SIGNED in formats:
        return "samples with a sign, of 8 bits"
    return "a TIFF of more than 8 bits in which white is 0" if wide and photometric == 0 else ""


def _plain_pixels(image: Image.Image, data: bytes) -> Pixels | None:
    """The pixels of a file that holds them row by row, as a view of it; None if it holds them in another way."""
    known, tiles = image.format in ("PPM", "TIFF", "BMP") and image.mode in ("L", "RGB"), tiles_of(image)
    if not known or len(tiles) != 1:
        return None
    codec, extents, offset, arguments = tiles[0]
    layout, stride, direction = arguments if isinstance(arguments, tuple) and len(arguments) == 3 else (arguments, 0, 1)
    row = image.width * CHANNELS[image.mode]
    stride = stride or row
    plain = codec == "raw" and extents == (0, 0, *image.size) and layout in (image.mode, "BGR") and stride >= row
    if not plain or offset + stride * image.height > len(data):
        return None
    rows = np.frombuffer(data, np.uint8, stride * image.height, offset).reshape(image.height, stride)[::direction, :row]
    pixels = rows.reshape(image.height, image.width, CHANNELS[image.mode])
    return pixels[:, :, ::-1] if layout == "BGR" else pixels


def _is_deep(image: Image.Image) -> bool:
    """Whether Pillow would cut the samples down to 8 bits without a word: its decoder's arguments tell."""
    wide = image.mode.startswith(("I", "F"))
    too_many = ("64",) if wide else ("16", "32")
    binary = any(tile[0] in ("raw", "ppm") for tile in tiles_of(image))
    if image.mode == "I;16B" or (image.mode == "I" and image.format == "PPM" and binary):  # of another order, or wider than in the file
        return True
    if not wide and (tiff := as_tiff(image)) is not None and max(tiff.tag_v2.get(258, (1,))) > 8:  # of planes, decoders do not tell
        return True
    for tile in tiles_of(image):
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        layouts = [argument for argument in arguments if isinstance(argument, str) and not argument.startswith("BGR;")]  # 5 or 6 bits each
        if any(bits in layout for layout in layouts for bits in too_many):
            return True
        if not wide and tile[0].startswith("ppm") and isinstance(arguments[-1], int) and arguments[-1] > 255:
            return True
    return False


def _bits(image: Image.Image, data: bytes) -> int:
    """Of a sample, as the file has it: a PNG may have fewer than the mode."""
    return data[24] if image.format == "PNG" and image.mode in ("1", "L", "P") else most_bits(image.mode)
