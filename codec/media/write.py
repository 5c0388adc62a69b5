"""The formats that a picture is given back in: PNG where it keeps the mode, TIFF otherwise, or what is asked for, if nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from codec.errors import BadInput
from codec.media import metadata, png
from codec.media.form import CHANNELS, Chunks, Pixels, sample_type
from codec.media.picture import Picture
from codec.media.pillow import pillow, to_pillow

ALL = tuple(CHANNELS)
CARRIED = {"icc_profile", "exif", "xmp"}
UNPACKED = ("YCbCr",)  # modes that a packed TIFF would not keep


@dataclass(frozen=True)
class Format:
    """name: Pillow's; modes: that it keeps; kept: kinds of metadata (metadata.kinds) that it keeps, None for all."""

    name: str
    modes: tuple[str, ...]
    kept: frozenset[str] | None = frozenset()
    settings: Mapping[str, object] = field(default_factory=dict)


PNG = Format("PNG", tuple(png.COLOURS), None)
TIFF = Format("TIFF", ALL, frozenset({*CARRIED, "dpi", "palette"}), {"compression": "tiff_lzw"})
OWN = ".bb"
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


def fitting_ending(mode: str) -> str:
    """The ending of the format that keeps a picture of this mode."""
    return ".png" if mode in png.COLOURS else ".tif"


def check_ending(ending: str, mode: str, extra: Chunks, lossy_ok: bool) -> None:
    """Raise BadInput unless a picture of this mode and metadata can be written under this ending: without loss, or if that is allowed."""
    known = FORMATS.get(ending.lower())
    good = ", ".join(other for other in FORMATS if not _loss(FORMATS[other], mode, extra))
    way_out = f"take one of {good}, or allow the loss with --lossy-format-ok"
    others = Image.registered_extensions().keys() - {OWN}  # which is there where the plugin (pillow_plugin.py) is loaded
    if known is None and (not lossy_ok or ending.lower() not in others):
        raise BadInput(f"{ending or 'no ending'} is no format that keeps every pixel: {way_out}")
    if known is not None and not lossy_ok and (lost := _loss(known, mode, extra)):
        raise BadInput(f"{ending} does not keep {lost}: {way_out}")


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
    found, carried = to_pillow(picture), metadata.for_pillow(picture.metadata)
    name = known.name if known else Image.registered_extensions()[ending.lower()]
    file = io.BytesIO()
    with pillow(f"write it as {ending}"):
        found.info = {}
        found = _in_a_mode_of(found, name, known)
        found.save(file, name, **_settings(known, picture.mode, carried), **carried)
    return file.getvalue()


def _loss(known: Format, mode: str, extra: Chunks) -> str:
    """What a format would lose, in words."""
    if mode not in known.modes:
        return f"the mode {mode}"
    return "" if known.kept is None else ", ".join(sorted(metadata.kinds(extra) - known.kept))


def _settings(known: Format | None, mode: str, carried: Mapping[str, object]) -> Mapping[str, object]:
    if known is None:
        return {"quality": 95}
    plain = mode in UNPACKED or "exif" in carried  # whose folders of tags libtiff refuses to write
    return {} if known is TIFF and plain else known.settings


def _in_a_mode_of(found: Image.Image, name: str, known: Format | None) -> Image.Image:
    """The image, or what comes nearest to it in a mode that the format has."""
    if known is not None:
        return found if found.mode in known.modes else found.convert("RGB" if "RGB" in known.modes else known.modes[-1])
    try:
        found.crop((0, 0, 1, 1)).save(io.BytesIO(), name)
    except (OSError, ValueError, KeyError):
        return found.convert("RGB")
    return found
