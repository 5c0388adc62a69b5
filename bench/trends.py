"""python -m bench trends: how time and memory of photos grow with their pixels, and what threads and particles do to time.

    python -m bench trends [--kodak DIR] [--model M | --effort 5] [--rounds 3] [--quick] [--folder RESULTS]

    pixels      0.1 to 25 MPix, made of Kodak pictures side by side: speed both ways on all cores, and peak memory of fresh processes
    threads     from 1 to the number of cores, at 6 MPix
    particles   1, 4 and 16 on one picture of Kodak

Every round trip is compared before it is timed; medians and quartiles of --rounds, of two for more than 10 MPix. How the coder's speed
grows with its lanes is in the core bench.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.data.pictures import Named, cropped, kodak, mosaic
from bench.measure.record import RESULTS, record
from bench.measure.timing import Contender, RoundTripFailed, compare
from bench.photo_start import memory_figures
from codec.density import library
from codec.density.photo.model import PhotoModel
from codec.kinds.picture.write import compress_picture, decompress_picture
from codec.kinds.requests import EFFORTS
from codec.media.picture import Picture
from codec.system.executor import cores

SMALLEST = 320  # side of the first picture
LARGE = 10_000_000  # pixels of a picture that is timed twice only
SIDES, MAIN = (1, 2, 4, 8), 4  # of photos of tiles
PARTICLES = (1, 4, 16)
QUICK_SIDE, QUICK_PICTURES, QUICK_SIDES, QUICK_MAIN = 128, 2, (1, 2), 2


def main(arguments: list[str]) -> int:
    """Measure all trends, print them and write trends.json."""
    parser = argparse.ArgumentParser(prog="python -m bench trends", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kodak", type=Path, metavar="DIR", help="folder of the Kodak PNGs (downloaded into the cache of data sets)")
    parser.add_argument("--model", help="title or file of a model of RGB photos (the embedded one)")
    parser.add_argument("--effort", type=int, choices=EFFORTS, default=5, help="of the embedded models (default 5)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few and small pictures: to see that it runs, not to report")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where trends.json goes (bench/results)")
    chosen = parser.parse_args(arguments)
    if chosen.rounds < 2:
        parser.error("--rounds: at least 2, or there are no quartiles")
    parts = kodak(chosen.kodak)
    parts = [cropped(part, QUICK_SIDE) for part in parts[:QUICK_PICTURES]] if chosen.quick else parts
    model = library.photo_model(3, chosen.model, chosen.effort)
    title = chosen.model or next(entry.title for entry in library.embedded("photo") if entry.file.name == model.file.name)
    sides, largest = (QUICK_SIDES, QUICK_MAIN) if chosen.quick else (SIDES, MAIN)
    pictures = [cropped(parts[0], SMALLEST).picture, *(mosaic(parts, side) for side in sides)]
    figures = {
        "quick": chosen.quick,
        "rounds": chosen.rounds,
        "model": library.facts(model.file),
        "pixels": by_pixels(pictures, model, title, chosen.rounds),
        "threads": by_threads(mosaic(parts, largest), model, chosen.rounds),
        "particles": by_particles(parts[0], model, chosen.rounds),
    }
    print(f"written to {record('trends', figures, command(chosen), chosen.folder)}")
    return 0


def timed(picture: Picture, model: PhotoModel, rounds: int, threads: int, particles: int = 1) -> dict[str, Any]:
    """The spread of both ways, in nanoseconds a pixel and MPix/s. Raises RoundTripFailed."""

    def verify(pixels: Any) -> None:
        if not np.array_equal(pixels, picture.pixels):
            raise RoundTripFailed(f"a picture of {picture.width}x{picture.height} is not returned as it was given")

    contender = Contender(
        "codec",
        picture.width * picture.height,
        lambda: None,
        lambda _: compress_picture(picture, model, particles, threads),
        lambda data: decompress_picture(data, lambda name: model, threads).pixels,
        verify,
    )
    found = compare([contender], rounds)["codec"]
    return {"encode": found["push"], "decode": found["pop"]}


def by_pixels(pictures: Sequence[Picture], model: PhotoModel, title: str, rounds: int) -> list[dict[str, Any]]:
    """Speed on all cores and memory of pictures, the smallest first. title: of the model, as fresh processes find it."""
    rows = []
    for picture in pictures:
        some = rounds if picture.width * picture.height < LARGE else 2
        times, memory = timed(picture, model, some, cores()), memory_figures(title, picture)
        held = {way: memory[way]["peak"] for way in ("encode", "decode")}
        rows.append({"width": picture.width, "height": picture.height, "threads": cores(), "rounds": some, **times, "memory_mb": held})
        _show(f"{picture.width}x{picture.height}", rows[-1], f", {held['encode']:.0f} / {held['decode']:.0f} MB")
    return rows


def by_threads(picture: Picture, model: PhotoModel, rounds: int) -> list[dict[str, Any]]:
    rows = []
    for threads in range(1, cores() + 1):
        rows.append({"threads": threads, **timed(picture, model, rounds, threads)})
        _show(f"{threads} threads", rows[-1])
    return rows


def by_particles(named: Named, model: PhotoModel, rounds: int) -> list[dict[str, Any]]:
    rows = []
    for count in PARTICLES:
        rows.append({"particles": count, **timed(named.picture, model, rounds, cores(), count)})
        _show(f"{count} particles", rows[-1])
    return rows


def _show(what: str, row: dict[str, Any], more: str = "") -> None:
    rates = " / ".join(f"{row[way]['millions_per_s']:.2f}" for way in ("encode", "decode"))
    print(f"  {what:<16} {rates} MPix/s{more}", flush=True)


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again; of files and folders only the names, as places differ."""
    words = ["python -m bench trends"]
    words += [f"--kodak {chosen.kodak.name}"] if chosen.kodak else []
    words += [f"--model {Path(chosen.model).name}"] if chosen.model else []
    words += [f"--effort {chosen.effort}"] if chosen.effort != 5 else []
    words += [f"--rounds {chosen.rounds}"] if chosen.rounds != 3 else []
    return " ".join([*words, *(["--quick"] if chosen.quick else [])])
