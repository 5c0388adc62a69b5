"""Which formats Pillow reads, and what becomes of their files: coded, kept, or known to be no pictures."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from PIL import Image

CODED = ("PNG", "TIFF", "PPM", "BMP", "DIB", "WEBP", "GIF", "TGA")  # formats of pictures that are coded
LOSSY = ("JPEG", "JPEG2000", "AVIF")  # formats whose files are smaller than what is coded from them
KEPT = ("ICO", "ICNS", "CUR", "PSD", "DDS", "PCX", "SGI", "QOI", "XBM", "XPM")  # formats that hold more than a picture, or are rare
DECODED = (*CODED, *LOSSY, *KEPT)  # formats whose pictures are decoded at all; files in others can only be kept
SURE = tuple(name for name in (*CODED, *LOSSY, *KEPT) if name != "TGA")  # known by how files begin; nearly any bytes may be a TGA
OTHERS = {"BUFR", "GRIB", "HDF5", "MPEG"}  # formats that Pillow knows by name, but not as pictures
OWN = "BB"  # of the plugin (pillow_plugin.py), where that is loaded
PLUGINS = ("pillow_jxl", "pillow_heif.HeifImagePlugin", "pillow_avif")  # of other packages
PREFIX = 16  # bytes that Pillow asks whether they begin a file of some format


def readable_endings() -> frozenset[str]:
    """The endings of the files that open_picture takes: all of Pillow's formats that it opens, but for data and films."""
    load_plugins()
    readable = {*Image.OPEN, "MPO"} - {*OTHERS, OWN}
    return frozenset(ending for ending, name in Image.registered_extensions().items() if name in readable)


def may_be_picture(beginning: bytes, ending: str) -> bool:
    """Whether a file that begins so may be one that open_picture takes. ending: of its name."""
    load_plugins()
    checks = [Image.OPEN[name][1] for name in formats_of(ending) if name in Image.OPEN]
    answers = [check is None or check(beginning[:PREFIX]) for check in checks] if len(beginning) >= PREFIX else [True]
    return any(answer and not isinstance(answer, str) for answer in answers)  # a text says what is missing


def load_plugins() -> None:
    """Load Pillow's plugins, also those of other packages, as far as they are installed."""
    Image.init()
    for name in PLUGINS:
        with suppress(ImportError):
            import_module(name)


def formats_of(ending: str) -> tuple[str, ...]:
    """Pillow's names of the formats that a file may be in, of those that are loaded: known by how files begin, and that of its ending."""
    Image.preinit()
    ending = ending.lower()
    if ending and ending not in Image.EXTENSION:
        load_plugins()
    named = Image.EXTENSION.get(ending, "")
    sure = tuple(name for name in SURE if name in Image.OPEN)
    return (*sure, named) if named in Image.OPEN and named not in (*SURE, *OTHERS, OWN) else sure
