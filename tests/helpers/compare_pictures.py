"""Compresses files, gives them back, and names everything that differs then: pixels, mode, palette, transparency, metadata.

python -m helpers.compare_pictures FOLDER...   prints one line a file, then how many were coded, kept and refused, the slowest, and memory
"""

from __future__ import annotations

import io
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from codec.errors import CodecError
from codec.kinds.original import OriginalInfo
from codec.kinds.requests import Restoring, Settings, Source
from codec.kinds.table import kind_of_source, open_file
from codec.media import png
from codec.media.apart import OpenerApart

PER_INCH = 0.013  # a PNG holds dots per metre
STORAGE = {  # what Pillow says of how a file stores its picture
    "compression", "interlace", "jfif", "jfif_density", "jfif_unit", "jfif_version", "adobe", "adobe_transform", "progressive",
    "progression", "version", "extension", "timestamp", "duration", "loop", "resolution", "orientation", "background", "exif",
    "xmp", "XML:com.adobe.xmp",
}  # fmt: skip
TIFF_STORAGE = {  # tags of a TIFF that do, or that Pillow tells apart from them
    *range(254, 260), 262, 263, 266, 273, 277, 278, 279, *range(282, 285), 288, 289, 292, 293, 296, 317, *range(320, 326), 330, 338, 339,
    347, *range(512, 522), *range(529, 533), 700, 34675,
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of a file. what: coded, kept, refused, or differs; reason: of a refusal, or what differs."""

    name: str
    what: str
    reason: str
    seconds: float


def compare_file(path: Path, settings: Settings) -> Outcome:
    """Compress a file, give it back and compare it. An error that is no CodecError comes up."""
    began = time.perf_counter()
    data = path.read_bytes()
    source = Source(str(path), data, path.suffix.lower(), 1_600_000_000)
    try:
        compressed, summary = kind_of_source(source).compress(source, settings)
        opened = open_file(compressed)
        restored = opened.decompress(Restoring())
        opened.verify(Restoring(), Source(str(path), restored.content, restored.ending))
    except CodecError as error:
        return Outcome(str(path), "refused", str(error), time.perf_counter() - began)
    if isinstance(summary.info, OriginalInfo):
        what, wrong = "kept", [] if restored.content == data else ["bytes"]
    else:
        what, wrong = "coded", differences(data, restored.content)
    wrong += [] if len(compressed) <= len(data) + 64 else ["larger"]
    return Outcome(str(path), "differs" if wrong else what, ", ".join(wrong), time.perf_counter() - began)


def differences(left: bytes, right: bytes) -> list[str]:
    """The names of what two pictures' files differ in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = _facts(left), _facts(right)
    found = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if "dpi" in found and np.allclose(_sides(before.get("dpi")), _sides(after.get("dpi")), 0, PER_INCH):
        found.remove("dpi")
    return found


def _facts(data: bytes) -> dict[str, object]:
    """Everything that Pillow knows of the picture in a file, under names that are those of no format."""
    with Image.open(io.BytesIO(data)) as image:
        tags = dict(image.tag_v2) if isinstance(image, TiffImageFile) else {}  # before loading takes some away
        image.load()
        info = {str(key): _plain(value) for key, value in image.info.items() if key not in STORAGE and value is not None}
        if isinstance(image, TiffImageFile):
            unit = tags.get(296, 2)
            if 282 not in tags or unit == 1:
                info.pop("dpi", None)
            if 282 in tags and unit == 1:
                info["aspect"] = (tags[282], tags[283])
        facts = {"mode": image.mode, "size": image.size, "pixels": np.asarray(image).tobytes(), **info}
        if image.palette is not None and image.mode in ("P", "PA"):
            facts["palette"] = (image.palette.mode, bytes(image.palette.palette))
        facts["exif"] = _exif(image)
        facts["xmp"] = image.info.get("xmp")
        facts["background"] = _background(image, data)
    return {name: value for name, value in facts.items() if value not in (None, {})}


def _exif(image: Image.Image) -> dict[object, object]:
    """Tags that do not say how a TIFF is stored, of all folders."""
    exif = image.getexif()
    found: dict[object, object] = {tag: _plain(value) for tag, value in exif.items() if tag not in TIFF_STORAGE | {0x8769, 0x8825}}
    for folder in (0x8769, 0x8825):
        found |= {(folder, tag): _plain(value) for tag, value in exif.get_ifd(folder).items()}
    return found


def _background(image: Image.Image, data: bytes) -> object:
    """The number of a palette's colour that is shown where there is no picture."""
    if image.format == "PNG":
        contents = dict(png.metadata(data))
        return contents[b"bKGD"][-1] if b"bKGD" in contents else None
    return image.info.get("background") if image.format == "GIF" else None


def _plain(value: object) -> object:
    """Texts as words, whichever type Pillow gives them."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value) if isinstance(value, str) else value


def _sides(dpi: object) -> tuple[float, float]:
    return (float(dpi[0]), float(dpi[1])) if isinstance(dpi, tuple) else (0.0, 0.0)


def compared(folders: list[Path], settings: Settings) -> Iterator[Outcome]:
    """The outcome of every file in some folders, in order."""
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield compare_file(path, settings)


def main(folders: list[Path]) -> None:
    """Print what became of every file, and what it took."""
    counts, slowest = Counter[str](), Outcome("", "", "", 0.0)
    with OpenerApart() as opener:
        for outcome in compared(folders, Settings(effort=1, opener=opener)):
            counts[outcome.what] += 1
            slowest = max(slowest, outcome, key=lambda one: one.seconds)
            print(f"{outcome.what:8} {outcome.seconds:6.2f} s  {outcome.name}: {outcome.reason}", flush=True)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{sum(counts.values())} files: {dict(counts)}; slowest {slowest.name}, {slowest.seconds:.1f} s; at most {peak >> 10} MiB")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
