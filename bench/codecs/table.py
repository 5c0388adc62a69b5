"""Names the codecs that are measured, and on what kind of data each of them is."""

from __future__ import annotations

from functools import partial

from bench.codecs import commands, library, ours, raw
from bench.measure.peer import Make
from codec.density.efforts import MAIN_EFFORTS

CHANNELS = {"L": 1, "RGB": 3}  # of pictures, by kind
LEVELS = {"bits": 2, "bytes": 256}  # of arrays of small images, by kind
PARTICLES = (1, 4)  # of arrays


def codecs_for(kind: str, traces: bool = True) -> dict[str, Make]:
    """By name: what gives each codec for a kind of data, "L" or "RGB" (pictures), "bits" or "bytes" (arrays). traces: whether this one
    looks for what pixels were before."""
    return _of_arrays(LEVELS[kind]) if kind in LEVELS else _of_pictures(CHANNELS[kind], traces)


def _of_arrays(levels: int) -> dict[str, Make]:
    return {
        "zlib -9": raw.deflate,
        "bz2 -9": raw.bzip2,
        "zstd -19": raw.zstandard,
        "xz -9e": raw.xz,
        **{f"{ours.NAME}, N = {count}": partial(ours.arrays, count, levels) for count in PARTICLES},
    }


def _of_pictures(channels: int, traces: bool) -> dict[str, Make]:
    return {
        "PNG": library.png,
        "WebP method 4": partial(library.webp, 4, 75),
        "WebP method 6": partial(library.webp, 6, 75),
        **{f"JPEG XL effort {effort}": partial(library.jpeg_xl, effort) for effort in (3, 5, 7, 9)},
        "JPEG-LS": library.jpeg_ls,
        "JPEG-LS on G, R-G, B-G": library.jpeg_ls_planes,
        "JPEG 2000": library.jpeg_2000,
        "AVIF": library.avif,
        "QOI": library.qoi,
        "zstd -19": raw.zstandard,
        "xz -9e": raw.xz,
        **{command.name: partial(commands.found, command) for command in commands.COMMANDS},
        **{f"{ours.NAME} effort {effort}": partial(ours.pictures, channels, effort, traces=traces) for effort in MAIN_EFFORTS},
    }
