"""python -m bench deep: this codec beside others on sets of pictures of more than 8 bits a sample.

    python -m bench deep NAME=FOLDER ... [--most 50] [--efforts 1,5,9] [--results FOLDER]

PNG and TIFF files of 16 bits, and arrays (.npy) of uint16 or int16. Whole files without metadata; each is decoded and compared. A set's
share is the sum of a codec's bytes over that of JPEG XL at effort 7; `mean` is the mean of the pictures' own ratios, `worst` the largest of
them, and `worst_png` the largest beside PNG. Speeds are millions of pixels a second of one core, by CPU time, the codecs in turns on each
picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.codecs import library
from bench.drawings import OURS, measure, measure_ours, measure_sets, pictures_in
from bench.errors import Unusable
from bench.measure.peer import Peer
from bench.measure.results import Figures
from codec.errors import CodecError
from codec.media.array import parse_array
from codec.media.form import DEEP
from codec.media.picture import Picture
from codec.media.read import read_picture

JPEG_XL = "JPEG XL effort 7"
MODES = {1: "I;16", 2: "LA;16", 3: "RGB;16", 4: "RGBA;16"}  # by channels


def read_deep(path: Path) -> Picture | None:
    """The picture in a file; None for what is none of 16 bits."""
    try:
        if path.suffix != ".npy":
            picture, _ = read_picture(path)
            return Picture(picture.mode, picture.pixels, bits=picture.bits) if picture.mode in ("I;16", *DEEP) else None
        array = parse_array(path.read_bytes())
    except CodecError:
        return None
    if array.dtype.str[1:] not in ("u2", "i2") or array.ndim not in (2, 3):
        return None
    pixels = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")).view("<u2"))
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    return Picture(MODES[pixels.shape[2]], pixels) if pixels.shape[2] in MODES else None


def find_deep(folder: Path, most: int) -> list[Picture]:
    """Every so many of the pictures in a folder, in order. Raises Unusable if there are none."""
    return pictures_in(folder, most, read_deep, "pictures of 16 bits")


def others() -> dict[str, Peer]:
    """The codecs that are here, beside this one."""
    peers = {"PNG": library.deep_png(), JPEG_XL: library.jpeg_xl(7), "JPEG XL effort 9": library.jpeg_xl(9)}
    return {name: peer for name, peer in peers.items() if peer is not None}


def measure_other(picture: Picture, peer: Peer) -> Figures:
    return measure(lambda: peer.encode(picture.pixels), lambda data: np.array_equal(peer.decode(data), picture.pixels))


def together(rows: Sequence[Figures], anchor: Sequence[int], png: Sequence[int], pixels: int) -> Figures:
    """Of a codec on a set: bytes, what they are beside the anchor's and PNG's, megapixels a second."""
    speeds = {way: round(pixels / 1e6 / max(1e-9, sum(row[way] for row in rows)), 3) for way in ("encode", "decode")}
    sizes = np.array([row["bytes"] for row in rows], np.float64)
    ratios, beside = sizes / np.array(anchor), sizes / np.array(png)
    shares = {"share": sizes.sum() / sum(anchor), "mean": ratios.mean(), "worst": ratios.max(), "worst_png": beside.max()}
    return {"bytes": int(sizes.sum()), **{name: round(float(value), 4) for name, value in shares.items()}, **speeds}


def compare(pictures: Sequence[Picture], efforts: Sequence[int]) -> Figures:
    """The figures of a set. Raises Unusable where what it is held against is not installed."""
    peers, rows = others(), dict[str, list[Figures]]()
    if not {"PNG", JPEG_XL} <= peers.keys():
        raise Unusable("imagecodecs is not installed, or has no JPEG XL")
    for picture in pictures:
        for name, peer in peers.items():
            rows.setdefault(name, []).append(measure_other(picture, peer))
        for effort in efforts:
            name = f"{OURS} {effort}"
            if name not in rows:
                measure_ours(picture, effort)  # which loads and compiles
            rows.setdefault(name, []).append(measure_ours(picture, effort))
    anchor, png = ([row["bytes"] for row in rows[name]] for name in (JPEG_XL, "PNG"))
    pixels = sum(picture.width * picture.height for picture in pictures)
    versions = {name: peer.version for name, peer in peers.items()}
    figures = {name: {**together(some, anchor, png, pixels), "version": versions.get(name, "")} for name, some in rows.items()}
    return {"pictures": len(pictures), "pixels": pixels, "codecs": figures}


def main(arguments: list[str]) -> int:
    def compare_folder(folder: Path, most: int, efforts: list[int]) -> Figures:
        return compare(find_deep(folder, most), efforts)

    def shares(row: Figures) -> str:
        return " ".join(f"{row[name]:8.4f}" for name in ("share", "mean", "worst", "worst_png"))

    return measure_sets("deep", "Codecs of more than 8 bits, on sets of pictures.", compare_folder, shares, arguments)
