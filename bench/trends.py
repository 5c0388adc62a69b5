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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench.codecs import ours
from bench.data.pictures import cropped, kodak, mosaic
from bench.errors import RoundTripFailed
from bench.estimates.models import facts, picture_model
from bench.measure.memory import memory_of
from bench.measure.peer import Make, Peer, Pixels
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from bench.measure.timing import Contender, compare
from codec.kinds.requests import EFFORTS
from codec.system.executor import cores

SMALLEST = 320  # side of the first picture
LARGE = 10_000_000  # pixels of a picture that is timed twice only
SIDES, MAIN = (1, 2, 4, 8), 4  # of photos of tiles
PARTICLES = (1, 4, 16)
QUICK_SIDE, QUICK_PICTURES, QUICK_SIDES, QUICK_MAIN = 128, 2, (1, 2), 2
WAYS = ("encode", "decode")

Memory = Callable[[Make, Pixels], dict[str, float]]


@dataclass(frozen=True)
class Setting:
    """The codec as it is measured. model: title or file of a model, None for the embedded one of this effort."""

    model: str | None
    effort: int
    rounds: int

    def make(self, threads: int, particles: int = 1) -> Make:
        """What gives the codec, photos by the model alone."""
        return partial(ours.pictures, 3, self.effort, self.model or "photo", threads, particles)


def main(arguments: list[str], memory: Memory = memory_of) -> int:
    """Measure all trends, print them and write trends.json. memory: what measures that of fresh processes."""
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
    sides, largest = (QUICK_SIDES, QUICK_MAIN) if chosen.quick else (SIDES, MAIN)
    pictures = [cropped(parts[0], SMALLEST).picture, *(mosaic(parts, side) for side in sides)]
    setting = Setting(chosen.model, chosen.effort, chosen.rounds)
    figures = {
        "quick": chosen.quick,
        "rounds": chosen.rounds,
        "model": facts(picture_model(3, chosen.model, chosen.effort)),
        "pixels": by_pixels([picture.pixels for picture in pictures], setting, memory),
        "threads": by_threads(mosaic(parts, largest).pixels, setting),
        "particles": by_particles(parts[0].picture.pixels, setting),
    }
    print(f"written to {record('trends', figures, command(chosen), chosen.folder)}")
    return 0


def timed(pixels: Pixels, make: Make, rounds: int) -> Figures:
    """The spread of both ways, in nanoseconds a pixel and MPix/s. Raises RoundTripFailed."""
    height, width = pixels.shape[:2]
    peer = make()
    if peer is None:
        raise RoundTripFailed("there is no model of this effort")
    found = compare([contender(peer, pixels)], rounds)[peer.name]
    return {"width": width, "height": height, "encode": found["push"], "decode": found["pop"]}


def contender(peer: Peer, pixels: Pixels) -> Contender:
    """A codec on the pixels of a picture [height, width, channels]."""
    height, width = pixels.shape[:2]

    def verify(decoded: Pixels) -> None:
        if not np.array_equal(decoded, pixels):
            raise RoundTripFailed(f"a picture of {width}x{height} is not returned as it was given")

    return Contender(peer.name, width * height, lambda: pixels, peer.encode, peer.decode, verify)


def by_pixels(pictures: Sequence[Pixels], setting: Setting, memory: Memory) -> list[Figures]:
    """Speed on all cores and memory of pictures, the smallest first."""
    rows, make = list[Figures](), setting.make(cores())
    for pixels in pictures:
        rounds = setting.rounds if pixels[:, :, 0].size < LARGE else 2
        times, held = timed(pixels, make, rounds), memory(make, pixels)
        rows.append({**times, "threads": cores(), "rounds": rounds, "memory_mb": held})
        _show(f"{times['width']}x{times['height']}", times, f", {held['encode']:.0f} / {held['decode']:.0f} MB")
    return rows


def by_threads(pixels: Pixels, setting: Setting) -> list[Figures]:
    """Speed on one picture with from one thread to as many as cores."""
    rows = list[Figures]()
    for threads in range(1, cores() + 1):
        rows.append({"threads": threads, **timed(pixels, setting.make(threads), setting.rounds)})
        _show(f"{threads} threads", rows[-1])
    return rows


def by_particles(pixels: Pixels, setting: Setting) -> list[Figures]:
    """Speed on one picture by the number of particles."""
    rows = list[Figures]()
    for count in PARTICLES:
        rows.append({"particles": count, **timed(pixels, setting.make(cores(), count), setting.rounds)})
        _show(f"{count} particles", rows[-1])
    return rows


def _show(what: str, row: Figures, more: str = "") -> None:
    rates = " / ".join(f"{row[way]['millions_per_s']:.2f}" for way in WAYS)
    print(f"  {what:<16} {rates} MPix/s{more}", flush=True)


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again; of files and folders only the names, as places differ."""
    words = ["python -m bench trends"]
    words += [f"--kodak {chosen.kodak.name}"] if chosen.kodak else []
    words += [f"--model {Path(chosen.model).name}"] if chosen.model else []
    words += [f"--effort {chosen.effort}"] if chosen.effort != 5 else []
    words += [f"--rounds {chosen.rounds}"] if chosen.rounds != 3 else []
    return " ".join([*words, *(["--quick"] if chosen.quick else [])])
