"""python -m bench speed: how quick everything is, on one page: the start, the first use, photos by effort and threads, and their kernels.

    python -m bench speed [--kodak DIR] [--pictures 4] [--rounds 3] [--quick] [--folder RESULTS]

    start     commands in fresh processes, beside the imports that they are held to, in turns: medians, by the clock and of the processor
    first     the first photo that a fresh process compresses and decompresses by the library
    photos    MPix a processor second both ways at each effort with one thread and two, beside JPEG XL, WebP and craystack's coder
    kernels   MPix a processor second of each stage of coding a photo at each effort: prediction, network and intervals, words, decoding

Speeds are pixels by processor seconds of all threads together: of one core, whatever else runs. Every round trip is compared. craystack's
coder gets intervals and makes words of them: it is measured on as many as the photos have samples.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from bench.codecs import entropy, library, ours
from bench.data.pictures import cropped, kodak
from bench.errors import RoundTripFailed
from bench.measure.fresh import ROOT, project_path
from bench.measure.peer import Make, Pixels
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from bench.measure.start import first_use
from codec.coding.message import Message
from codec.density import library as models
from codec.density.efforts import MAIN_EFFORTS
from codec.density.photo.area import PhotoArea
from codec.density.photo.colour import to_planes
from codec.density.photo.family import PhotoDensity
from codec.density.photo.stripe import decode_stripe, encode_stripe, message_lanes

THREADS = (1, 2)
SMALL, PHOTO = "small.png", str(ROOT / "examples" / "photo.png")
START_COMMANDS = {  # what a fresh Python is given, beside the imports that it is held to
    "import click": ("-c", "import click"),
    "codec --help": ("-m", "codec", "--help"),
    "codec info": ("-m", "codec", "info", "small.bb"),
    "import numpy, PIL.Image, click": ("-c", "import numpy, PIL.Image, click"),
    "codec compress, 64x64": ("-m", "codec", "compress", "-f", SMALL, "-o", "small.bb"),
    "codec compress, 256x192": ("-m", "codec", "compress", "-f", PHOTO, "-o", "photo.bb"),
    "codec decompress, 64x64": ("-m", "codec", "decompress", "-f", "small.bb", "-o", "again.png"),
}
Found = TypeVar("Found")
QUICK_SIDE = 96
CRAYSTACK_LANES, CRAYSTACK_BITS = 1024, 24


def main(arguments: list[str]) -> int:
    """Measure all of it, print the figures and write speed.json."""
    parser = argparse.ArgumentParser(prog="python -m bench speed", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kodak", type=Path, metavar="DIR", help="folder of the Kodak PNGs (downloaded into the cache of data sets)")
    parser.add_argument("--pictures", type=int, default=4, help="how many of them (the first 4)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one small picture: to see that it runs, not to report")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where speed.json goes (bench/results)")
    chosen = parser.parse_args(arguments)
    if chosen.rounds < 1 or chosen.pictures < 1:
        parser.error("--rounds, --pictures: at least 1")
    parts = kodak(chosen.kodak)[: 1 if chosen.quick else chosen.pictures]
    pictures = [(cropped(part, QUICK_SIDE) if chosen.quick else part).picture.pixels for part in parts]
    figures = {
        "quick": chosen.quick,
        "rounds": chosen.rounds,
        "start_seconds": start_seconds(chosen.rounds),
        "first_use_seconds": first_use(),
        "photos": photos(peers(), pictures, chosen.rounds),
        "kernels": {str(effort): stages(pictures[0], effort, chosen.rounds) for effort in MAIN_EFFORTS},
        "craystack": craystack(pictures[0].size, chosen.rounds),
        "missing_peers": entropy.missing(),
    }
    show(figures)
    kodak_words = f" --kodak {chosen.kodak.name}" if chosen.kodak else ""
    command = f"python -m bench speed{kodak_words} --pictures {chosen.pictures} --rounds {chosen.rounds}"
    print(f"written to {record('speed', figures, command, chosen.folder)}")
    return 0


def start_seconds(rounds: int) -> dict[str, dict[str, float]]:
    """Seconds by the clock, and of the processor, of each command and import in a fresh process: medians of rounds in which all take their
    turns."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in START_COMMANDS}
    environment = {**os.environ, "PYTHONPATH": project_path()}
    environment.pop("OPENBLAS_NUM_THREADS", None)  # the imports are those of any program
    with tempfile.TemporaryDirectory() as folder:
        with Image.open(PHOTO) as photo:
            photo.crop((50, 50, 114, 114)).save(Path(folder, SMALL))
        subprocess.run([sys.executable, *START_COMMANDS["codec compress, 64x64"]], env=environment, cwd=folder, check=True)
        for number in range(rounds + 1):  # the first one only fills caches
            for name, words in START_COMMANDS.items():
                before, began = sum(os.times()[2:4]), time.perf_counter()
                subprocess.run([sys.executable, *words], env=environment, cwd=folder, check=True, capture_output=True)
                if number:
                    found[name].append((time.perf_counter() - began, sum(os.times()[2:4]) - before))
    medians = {name: [round(statistics.median(kind), 4) for kind in zip(*seconds, strict=True)] for name, seconds in found.items()}
    return {name: {"clock": clock, "processor": processor} for name, (clock, processor) in medians.items()}


def peers() -> dict[str, Make]:
    """The codecs of photos by name: this one at each effort with one thread and with more, and others."""
    own = {
        f"{ours.NAME} effort {effort}, threads {threads}": partial(ours.pictures, 3, effort, None, threads)
        for effort in MAIN_EFFORTS
        for threads in THREADS
    }
    others: dict[str, Make] = {f"JPEG XL effort {effort}": partial(library.jpeg_xl, effort) for effort in (3, 7)}
    return {**own, **others, "WebP method 4": partial(library.webp, 4, 75)}


def photos(known: Mapping[str, Make], pictures: Sequence[Pixels], rounds: int) -> Figures:
    """By name of the codec: MPix a processor second of all pictures together, both ways. Raises RoundTripFailed."""
    rows = dict[str, dict[str, float]]()
    for name, make in known.items():
        peer = make()
        if peer is None:
            continue
        encoding = decoding = 0.0
        for pixels in pictures:
            data, seconds = best_of(partial(peer.encode, pixels), rounds)
            found, more = best_of(partial(peer.decode, data), rounds)
            if not np.array_equal(found, pixels):
                raise RoundTripFailed(f"{name} does not return a picture as it was given")
            encoding, decoding = encoding + seconds, decoding + more
        count = sum(pixels[:, :, 0].size for pixels in pictures) / 1e6
        rows[name] = {"encode_mpix_per_s": round(count / encoding, 3), "decode_mpix_per_s": round(count / decoding, 3)}
    return rows


def stages(pixels: Pixels, effort: int, rounds: int) -> dict[str, float]:
    """MPix a processor second of each stage of coding a photo, as one stripe, in one thread."""
    density = models.planes_density(3, None, effort)
    assert isinstance(density, PhotoDensity), "the embedded models of photos"
    planes = to_planes(pixels)
    area, seconds = best_of(partial(PhotoArea.known, density.model, planes), rounds)
    rows, lanes = area.rows(0, area.height), message_lanes(area.height * area.width)
    _, making = best_of(lambda: rows.cost(area), rounds)
    _, pushing = best_of(lambda: rows.push(Message.empty(lanes), area), rounds)
    found = {"prediction": seconds, "network and intervals": making, "words": max(pushing - making, 1e-9)}
    payload = encode_stripe(density.model, planes).payload
    back, found["decoding"] = best_of(partial(decode_stripe, density.model, payload, planes.shape), rounds)
    if not np.array_equal(back, planes):
        raise RoundTripFailed("a stripe is not returned as it was given")
    return {name: round(area.height * area.width / 1e6 / taken, 3) for name, taken in found.items()}


def craystack(samples: int, rounds: int) -> dict[str, float] | None:
    """Million intervals a processor second that craystack's coder pushes and pops; None where it is not installed."""
    rng = np.random.default_rng(1)
    calls = max(1, samples // CRAYSTACK_LANES)
    freqs = rng.integers(1, 1 << (CRAYSTACK_BITS - 8), CRAYSTACK_LANES * calls).astype(np.uint64)
    made = entropy.craystack_intervals(np.zeros_like(freqs), freqs, CRAYSTACK_BITS, CRAYSTACK_LANES, calls)
    if not made:
        return None
    (contender,) = made
    state, pushing = best_of(lambda: contender.push(contender.fresh()), rounds)
    returned, popping = best_of(lambda: contender.pop(state), rounds)
    contender.verify(returned)
    return {"push_millions_per_s": round(freqs.size / 1e6 / pushing, 3), "pop_millions_per_s": round(freqs.size / 1e6 / popping, 3)}


def best_of(work: Callable[[], Found], rounds: int) -> tuple[Found, float]:
    """What work gives, and the fewest processor seconds of some rounds of it."""
    found, least = work(), float("inf")
    for _ in range(rounds):
        began = time.process_time()
        found = work()
        least = min(least, time.process_time() - began)
    return found, max(least, 1e-9)


def show(figures: Figures) -> None:
    """Print the page."""
    for name, seconds in figures["start_seconds"].items():
        print(f"{1000 * seconds['clock']:8.0f} ms  {name} ({1000 * seconds['processor']:.0f} ms of the processor)")
    for name, seconds in figures["first_use_seconds"].items():
        print(f"{1000 * seconds:8.0f} ms  first use: {name}")
    for name, row in figures["photos"].items():
        print(f"{row['encode_mpix_per_s']:8.3f} / {row['decode_mpix_per_s']:.3f} MPix/s a core  {name}")
    for effort, row in figures["kernels"].items():
        print(f"effort {effort}: " + ", ".join(f"{name} {speed:.2f}" for name, speed in row.items()) + " MPix/s")
