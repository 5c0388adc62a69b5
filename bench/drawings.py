"""python -m bench drawings: this codec beside others on sets of screenshots, maps, icons, drawings.

    python -m bench drawings NAME=FOLDER ... [--most 50] [--efforts 5,9] [--results FOLDER]

Whole files without metadata; each is decoded and compared. Palettes are given to others as colours, and alpha with them. A set's share is
the sum of a codec's bytes over the sum of the smaller of lossless WebP at its slowest and JPEG XL at effort 9, picture by picture. Speeds
are millions of pixels a second of one core, by CPU time, the codecs in turns on each picture.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from bench.codecs import library
from bench.errors import RoundTripFailed, Unusable
from bench.measure.peer import Peer, Pixels
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from codec.density.efforts import MAIN_EFFORTS
from codec.errors import CodecError
from codec.kinds import table
from codec.kinds.requests import Restoring, Settings
from codec.media.picture import Picture
from codec.media.pillow import to_pillow
from codec.media.read import read_picture

WEBP, JPEG_XL = "WebP method 6", "JPEG XL effort 9"
RIVALS = (WEBP, JPEG_XL)
OURS = "codec effort"
Found = TypeVar("Found")
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # by channels


@dataclass(frozen=True)
class Drawing:
    """A picture as this codec takes it, and its pixels as others do: [height, width, channels], without a palette."""

    picture: Picture
    pixels: Pixels


def read_drawing(path: Path) -> Drawing | None:
    """The drawing in a file; None for what is none of 8 bits or less."""
    try:
        picture, _ = read_picture(path)
    except CodecError:
        return None
    if picture.bits > 8 or picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        return None
    image = to_pillow(picture)
    clear = "transparency" in image.info
    mode = {"1": "L", "P": "RGBA" if clear else "RGB", "RGB": "RGBA" if clear else "RGB"}.get(picture.mode, picture.mode)
    pixels = np.asarray(image.convert(mode))
    return Drawing(Picture(picture.mode, picture.pixels, bits=picture.bits), library.spread_out(pixels))


def pictures_in(folder: Path, most: int, read: Callable[[Path], Found | None], what: str) -> list[Found]:
    """Every so many of what can be read in a folder, in order. Raises Unusable if there is nothing."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    found = [one for path in paths if (one := read(path)) is not None]
    if not found:
        raise Unusable(f"no {what} in {folder}")
    return found[:: -(-len(found) // most)]


def find_drawings(folder: Path, most: int) -> list[Drawing]:
    """Every so many of the drawings in a folder, in order. Raises Unusable if there are none."""
    return pictures_in(folder, most, read_drawing, "pictures")


def slowest_webp() -> Peer | None:
    """libwebp at its slowest, by Pillow: of colours, and of alpha where there is any."""
    peer = library.webp(6, 100)
    if peer is None:
        return None

    def encode(pixels: Pixels) -> bytes:
        image, file = Image.fromarray(library.squeezed(pixels), MODES[pixels.shape[2]]), io.BytesIO()
        wide = image.convert("RGBA" if pixels.shape[2] in (2, 4) else "RGB")
        wide.save(file, "WEBP", lossless=True, exact=True, method=6, quality=100)
        return bytes([pixels.shape[2]]) + file.getvalue()

    def decode(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data[1:]), formats=("WEBP",)) as image:
            wide = np.asarray(image.convert("RGBA"))
        return wide[:, :, [0, 3]] if data[0] == 2 else wide[:, :, : data[0]]

    return Peer(WEBP, peer.version, peer.settings, encode, decode)


def others() -> dict[str, Peer]:
    """The codecs that are here, beside this one."""
    peers = {"PNG": library.png(), WEBP: slowest_webp(), JPEG_XL: library.jpeg_xl(9), "JPEG XL effort 7": library.jpeg_xl(7)}
    return {name: peer for name, peer in peers.items() if peer is not None}


def measure(encode: Callable[[], bytes], decode: Callable[[bytes], bool]) -> Figures:
    """Bytes, and seconds both ways. Raises RoundTripFailed."""
    began = time.process_time()
    data = encode()
    middle = time.process_time()
    if not decode(data):
        raise RoundTripFailed("other pixels come back")
    return {"bytes": len(data), "encode": middle - began, "decode": time.process_time() - middle}


def measure_ours(picture: Picture, effort: int) -> Figures:
    """This codec, on one thread and without verifying."""
    settings = Settings(threads=1, verify=False, effort=effort)

    def is_same(data: bytes) -> bool:
        found = table.open_file(data).restore(Restoring(threads=1))
        return isinstance(found, Picture) and np.array_equal(found.pixels, picture.pixels)

    return measure(lambda: table.compress_image(picture, settings)[0], is_same)


def measure_other(drawing: Drawing, peer: Peer) -> Figures:
    return measure(lambda: peer.encode(drawing.pixels), lambda data: np.array_equal(peer.decode(data), drawing.pixels))


def together(rows: Sequence[Figures], best: Sequence[int], pixels: int) -> Figures:
    """Of a codec on a set: bytes, their share of the best others' (picture by picture), megapixels a second."""
    speeds = {way: round(pixels / 1e6 / max(1e-9, sum(row[way] for row in rows)), 3) for way in ("encode", "decode")}
    total = sum(row["bytes"] for row in rows)
    return {"bytes": total, "share": round(total / sum(best), 4) if best else None, **speeds}


def compare(drawings: Sequence[Drawing], efforts: Sequence[int]) -> Figures:
    """The figures of a set."""
    peers, rows = others(), dict[str, list[Figures]]()
    for drawing in drawings:
        for name, peer in peers.items():
            rows.setdefault(name, []).append(measure_other(drawing, peer))
        for effort in efforts:
            name = f"{OURS} {effort}"
            if name not in rows:
                measure_ours(drawing.picture, effort)  # which loads and compiles
            rows.setdefault(name, []).append(measure_ours(drawing.picture, effort))
    rivals = [rows[name] for name in RIVALS if name in rows]
    best = [min(row["bytes"] for row in same) for same in zip(*rivals, strict=True)]
    pixels = sum(drawing.picture.width * drawing.picture.height for drawing in drawings)
    versions = {name: peer.version for name, peer in peers.items()}
    figures = {name: {**together(some, best, pixels), "version": versions.get(name, "")} for name, some in rows.items()}
    return {"pictures": len(drawings), "pixels": pixels, "codecs": figures}


def read_set(text: str) -> tuple[str, Path]:
    """The name and the folder of a set, as a user writes them. Raises ArgumentTypeError."""
    name, _, folder = text.partition("=")
    if not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER")
    return name, Path(folder)


def measure_sets(
    bench: str,
    about: str,
    compare_folder: Callable[[Path, int, list[int]], Figures],
    shares: Callable[[Figures], str],
    arguments: list[str],
) -> int:
    """The command of a bench of sets of pictures. compare_folder: the figures of so many of a folder's pictures, by these efforts; shares:
    what is printed of a codec between its bytes and its speeds."""
    parser = argparse.ArgumentParser(prog=f"python -m bench {bench}", description=about)
    parser.add_argument("sets", nargs="+", type=read_set, metavar="NAME=FOLDER", help="a set's name, and the folder of its pictures")
    parser.add_argument("--most", type=int, default=50, help="pictures of a set at most")
    parser.add_argument("--efforts", default=",".join(map(str, MAIN_EFFORTS)), help="of this codec")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the result goes")
    given = parser.parse_args(arguments)
    figures, efforts = dict[str, Figures](), [int(one) for one in given.efforts.split(",")]
    for name, folder in given.sets:
        figures[name] = compare_folder(folder, given.most, efforts)
        print(f"{name}: {figures[name]['pictures']} pictures, {figures[name]['pixels']:,} pixels")
        for codec, row in figures[name]["codecs"].items():
            print(f"  {codec:18} {row['bytes']:12,} {shares(row)} {row['encode']:8.2f} {row['decode']:8.2f} MPix/s")
    sets = " ".join(f"{name}=FOLDER" for name, _ in given.sets)
    command = f"python -m bench {bench} {sets} --most {given.most} --efforts {given.efforts}"
    print(record(bench, figures, command, given.results))
    return 0


def main(arguments: list[str]) -> int:
    def compare_folder(folder: Path, most: int, efforts: list[int]) -> Figures:
        return compare(find_drawings(folder, most), efforts)

    about = "Codecs of drawings, on sets of them."
    return measure_sets("drawings", about, compare_folder, lambda row: f"{row['share'] or 0:8.4f}", arguments)
