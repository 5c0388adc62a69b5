"""The formats that a picture is given back in: PNG where it keeps the mode, TIFF otherwise, or what is asked for, if nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import IO

import numpy as np
from PIL import ExifTags, Image

from codec.errors import BadInput
from codec.media import metadata, png
from codec.media.deep import with_samples
from codec.media.form import CHANNELS, DEEP, Chunks, Pixels, sample_type
from codec.media.picture import Picture
from codec.media.pillow import XMP, image_metadata, pillow, to_pillow
from codec.system.records import record

ALL = tuple(mode for mode in CHANNELS if mode not in DEEP)  # that Pillow has
CARRIED = {"icc_profile", "exif", "xmp"}
UNPACKED = ("YCbCr",)  # modes that a packed TIFF would not keep
OF_PIXELS = (b"PLTE", b"tRNS", b"IDAT")  # chunks without which pixels are not what they are


@record(frozen=True)
class Format:
    """name: Pillow's; modes: that it keeps; kept: kinds of metadata (metadata.kinds) that it keeps."""

    name: str
    modes: tuple[str, ...]
    kept: frozenset[str] = frozenset()
    settings: Mapping[str, object] = field(default_factory=dict)


PNG = Format("PNG", tuple(png.COLOURS))  # which keeps all metadata
TIFF = Format("TIFF", ALL, frozenset({*CARRIED, "dpi", "aspect", "palette"}), {"compression": "tiff_lzw"})
OWN, PAGE = ".bb", "a page of a TIFF"
FORMATS = {
    ".png": PNG,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".webp": Format("WEBP", ("RGB", "RGBA"), frozenset(CARRIED), {"lossless": True, "exact": True, "quality": 40, "method": 2}),
    ".bmp": Format("BMP", ("1", "L", "RGB"), frozenset({"dpi"})),
    ".ppm": Format("PPM", ("RGB",)),
    ".pgm": Format("PPM", ("L",)),
    ".pbm": Format("PPM", ("1",)),
    ".pnm": Format("PPM", ("1", "L", "RGB")),
}


def fitting_ending(mode: str, extra: Chunks = ()) -> str:
    """The ending of the format that keeps a picture of this mode and metadata; if there is none, of one that keeps its mode."""
    return (_good_endings(mode, extra) or _good_endings(mode, ()))[0]


def check_ending(ending: str, mode: str, extra: Chunks, lossy_ok: bool) -> None:
    """Raise BadInput unless a picture of this mode and metadata can be written under this ending: without loss, or if that is allowed."""
    known, good = FORMATS.get(ending.lower()), ", ".join(_good_endings(mode, extra))
    way_out = f"take one of {good}, or allow the loss with --lossy-format-ok" if good else "allow the loss with --lossy-format-ok"
    others = Image.registered_extensions().keys() - {OWN}  # which is there where the plugin (pillow_plugin.py) is loaded
    if known is None and (not lossy_ok or ending.lower() not in others):
        raise BadInput(f"{ending or 'no ending'} is no format that keeps every pixel: {way_out}")
    if known is not None and not lossy_ok and (lost := _loss(known, mode, extra)):
        raise BadInput(f"{ending} does not keep {lost}: {way_out}")


def unwritable(mode: str, extra: Chunks) -> set[tuple[bytes, bytes]]:
    """The chunks of metadata that no file would hold with a picture of this mode; where only a TIFF could, one is written and read."""
    others = {chunk for chunk in extra if chunk[0] not in OF_PIXELS}
    if metadata.excess(extra):
        return others
    if mode in png.COLOURS:
        return set()  # a PNG holds all chunks as they are
    lost = {chunk for chunk in others if not metadata.kinds((chunk,)) <= TIFF.kept}
    kept = tuple(chunk for chunk in extra if chunk not in lost)
    dot = Picture(mode, np.zeros((1, 1, CHANNELS[mode]), sample_type(mode)), kept)
    try:
        data = write_picture(dot, ".tif")
        with pillow("read it"), Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
            found, left = image_metadata(image, data)
    except BadInput:
        return others
    return others - set(found) if not left else others


def write_rows(mode: str, bits: int, size: tuple[int, int], extra: Chunks, bands: Iterable[Pixels], ending: str) -> bytes:
    """The file of a picture of (width, height), whose pixels come in bands from the top down; check_ending has let it pass."""
    if FORMATS.get(ending.lower()) is PNG and mode in png.COLOURS:
        return b"".join(png.png_pieces(mode, bits, size, extra, bands))
    pixels, row = np.empty((size[1], size[0], CHANNELS[mode]), sample_type(mode)), 0
    for band in bands:
        pixels[row : row + len(band)] = band
        row += len(band)
    return write_picture(Picture(mode, pixels, extra, bits), ending)


def write_picture(picture: Picture, ending: str) -> bytes:
    """The file of a picture in memory, in the format of this ending. Raises BadInput where Pillow cannot write it."""
    known = FORMATS.get(ending.lower())
    if known is PNG and picture.mode in png.COLOURS:
        size = picture.width, picture.height
        return b"".join(png.png_pieces(picture.mode, picture.bits, size, picture.metadata, [picture.pixels]))
    file = io.BytesIO()
    _save(picture, known, known.name if known else Image.registered_extensions()[ending.lower()], file, ending)
    return file.getvalue()


def write_page(picture: Picture, file: IO[bytes]) -> None:
    """Write a picture as a page of a TIFF to what Pillow appends pages with. Raises BadInput."""
    if picture.mode not in DEEP:
        _save(picture, TIFF, TIFF.name, file, PAGE)
        return
    gray, page = picture.pixels.reshape(picture.height, -1, 1), io.BytesIO()
    _save(Picture("I;16", gray, picture.metadata), TIFF, TIFF.name, page, PAGE)
    file.write(with_samples(page.getvalue(), DEEP[picture.mode]))


def _save(picture: Picture, known: Format | None, name: str, file: IO[bytes], what: str) -> None:
    """Have Pillow write a picture in a format. Raises BadInput."""
    found, carried = to_pillow(picture), metadata.for_pillow(picture.metadata)
    with pillow(f"write it as {what}", "the format does not hold a picture like this"):
        found.info = {}
        found = _in_a_mode_of(found, name, known)
        found.save(file, name, **_settings(known, picture.mode, carried))


def _good_endings(mode: str, extra: Chunks) -> list[str]:
    return [ending for ending, known in FORMATS.items() if not _loss(known, mode, extra)]


def _loss(known: Format, mode: str, extra: Chunks) -> str:
    """What a format would lose, in words."""
    if mode not in known.modes:
        return f"the mode {mode}"
    return "" if known is PNG else ", ".join(sorted(metadata.kinds(extra) - known.kept))


def _settings(known: Format | None, mode: str, carried: Mapping[str, object]) -> dict[str, object]:
    """What Pillow is told to write of a picture with these metadata (metadata.for_pillow)."""
    if known is not TIFF:
        told = {name: value for name, value in carried.items() if name != "aspect"}
        return {**told, "quality": 95} if known is None else {**told, **known.settings}
    plain = mode in UNPACKED or "exif" in carried  # whose folders of tags libtiff refuses to write
    told = {name: value for name, value in carried.items() if name in ("icc_profile", "dpi")}
    return {**told, "tiffinfo": _tags(carried), **({} if plain else known.settings)}


def _tags(carried: Mapping[str, object]) -> Image.Exif:
    """The tags of a TIFF for what is not told by name."""
    tags = Image.Exif()
    if isinstance(exif := carried.get("exif"), bytes):
        tags.load(exif)
    if "xmp" in carried:
        tags[XMP] = carried["xmp"]
    if isinstance(aspect := carried.get("aspect"), tuple):
        tags[ExifTags.Base.ResolutionUnit], (tags[ExifTags.Base.XResolution], tags[ExifTags.Base.YResolution]) = 1, aspect
    return tags


def _in_a_mode_of(found: Image.Image, name: str, known: Format | None) -> Image.Image:
    """The image, or what comes nearest to it in a mode that the format has."""
    if known is not None:
        return found if found.mode in known.modes else found.convert("RGB" if "RGB" in known.modes else known.modes[-1])
    try:
        found.crop((0, 0, 1, 1)).save(io.BytesIO(), name)
    except (OSError, ValueError, KeyError):
        return found.convert("RGB")
    return found
