"""python -m bench peers: this codec at each of its efforts beside everybody else's, on the same pixels.

    python -m bench peers [NAME=]DIR|FILE.npy|FILE.gz ... [--split val] [--only WORD ...] [--quick] [--rounds 3] [--work FOLDER]

Each folder is a set of its own: its PNGs, or, where it has a manifest.csv, those of one split. A FILE.npy or FILE.gz (MNIST, idx) holds
small images uint8 [n, 28, 28], which are coded together. Everything runs on one core and in one thread, one codec after the other on
each picture, so that what slows the machine slows all of them. Every round trip is compared; only then do its size and its times count.
The first round only warms up, unless it alone takes longer than a second; rounds go on until there are --rounds of them, or two seconds
have gone by.

What is done of a picture is kept in --work (a line of JSON for each codec), so that a run that was interrupted goes on there; lines
count for the same pixels, the same version of the codec and the same rounds. Codecs that are not installed are named in the result.
Memory is that of a fresh process which codes the largest picture of the set: all that it ever held, Python and the picture included.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench import peers_commands, peers_library, peers_memory, peers_ours, peers_raw
from bench.peers_pictures import Peer, Pixels, jpeg_xl, webp
from bench.photo_speed import one_core
from bench.pictures import Place, cropped, named_sets, read_array, read_set
from bench.record import RESULTS, record
from bench.resume import Kept, digest_of
from bench.timing import RoundTripFailed
from codec.errors import BadInput
from codec.jobs import EFFORTS

Make = Callable[[], "Peer | None"]
CHANNELS = {"L": 1, "RGB": 3}
LEVELS = {"bits": 2, "bytes": 256}  # of arrays
WARM_SIDE = 192
SLOW = 1.0  # seconds of a round that counts although it is the first
BUDGET = 2.0  # seconds of rounds that end them
QUICK_PICTURES, QUICK_SIDE, QUICK_IMAGES = 2, 192, 200
PARTICLES = (1, 8)  # of arrays
WAYS = ("encode", "decode")


@dataclass(frozen=True)
class Item:
    """Something to code: a picture's pixels [height, width, channels], or an array of small images [n, height, width].

    kind: "L" or "RGB" of a picture; "bits" or "bytes" of an array.
    """

    name: str
    pixels: Pixels
    kind: str

    @property
    def count(self) -> int:
        """Pixels, whatever the number of channels."""
        return int(self.pixels.size) // CHANNELS.get(self.kind, 1)

    @property
    def small(self) -> Pixels:
        """A piece of it to warm up on."""
        return np.ascontiguousarray(self.pixels[:WARM_SIDE, :WARM_SIDE])


def makes_for(kind: str) -> dict[str, Make]:
    """By name: what makes each codec for items of this kind, or None where it is missing."""
    if kind in LEVELS:
        ours = {f"{peers_ours.NAME}, N = {count}": partial(peers_ours.digits, count, LEVELS[kind]) for count in PARTICLES}
        return {"zlib -9": peers_raw.deflate, "bz2 -9": peers_raw.bzip2, "zstd -19": peers_raw.zstandard, "xz -9e": peers_raw.xz, **ours}
    return {
        "PNG": peers_library.png,
        "WebP method 4": partial(webp, 4, 75),
        "WebP method 6": webp,
        **{f"JPEG XL effort {effort}": partial(jpeg_xl, effort) for effort in (3, 5, 7, 9)},
        "JPEG-LS": peers_library.jpeg_ls,
        "JPEG-LS on G, R-G, B-G": peers_library.jpeg_ls_planes,
        "JPEG 2000": peers_library.jpeg_2000,
        "AVIF": peers_library.avif,
        "QOI": peers_library.qoi,
        "zstd -19": peers_raw.zstandard,
        "xz -9e": peers_raw.xz,
        **{command.name: partial(peers_commands.found, command) for command in peers_commands.COMMANDS},
        **{f"{peers_ours.NAME} effort {effort}": partial(peers_ours.photo, effort, CHANNELS[kind]) for effort in EFFORTS},
    }


# ---------------------------------------------------------------- measuring


def measure(peer: Peer, item: Item, rounds: int) -> dict[str, Any]:
    """Bytes of a peer's file, and seconds of each round both ways. Raises RoundTripFailed for the first that does not come back."""
    times: list[tuple[float, float]] = []
    warm, began = True, time.perf_counter()
    while len(times) < rounds:
        start = time.perf_counter()
        data = peer.encode(item.pixels)
        middle = time.perf_counter()
        decoded = peer.decode(data)
        end = time.perf_counter()
        if decoded.dtype != np.uint8 or decoded.shape != item.pixels.shape or not np.array_equal(decoded, item.pixels):
            raise RoundTripFailed(f"{peer.name} does not return {item.name} as it was given")
        if not warm or end - start > SLOW:
            times.append((middle - start, end - middle))
        warm = False
        if times and end - began > BUDGET:
            break
    return {"bytes": len(data), **{way: [round(one[place], 6) for one in times] for place, way in enumerate(WAYS)}}


def key_of(peer: Peer, item: Item, rounds: int) -> str:
    return "|".join([digest_of(item.pixels), peer.name, peer.version, peer.settings, str(rounds)])


def measure_set(items: Sequence[Item], peers: Sequence[Peer], rounds: int, kept: Kept) -> dict[str, list[dict[str, Any]]]:
    """By name of the peer: its rows, in the order of the items; a line for each item as it is done."""
    rows: dict[str, list[dict[str, Any]]] = {peer.name: [] for peer in peers}
    for peer in peers:
        if any(key_of(peer, item, rounds) not in kept.rows for item in items):
            peer.decode(peer.encode(items[0].small))
    for number, item in enumerate(items, 1):
        for peer in peers:
            rows[peer.name].append(kept.get(key_of(peer, item, rounds), partial(measure, peer, item, rounds)))
        best = min(peers, key=lambda peer: rows[peer.name][-1]["bytes"])
        rate = 8 * rows[best.name][-1]["bytes"] / item.pixels.size
        print(f"  {number:3} of {len(items)}  {item.name:<24} {rate:.4f} bits/dim by {best.name}", flush=True)
    return rows


# ---------------------------------------------------------------- figures


def figures_of(items: Sequence[Item], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A peer's figures on a set: rates, mean of the pictures and of all bits; MPix/s of all pixels together, with quartiles of pictures."""
    rates = [8 * row["bytes"] / item.pixels.size for item, row in zip(items, rows, strict=True)]
    figures: dict[str, Any] = {
        "mean_bits_per_dimension": statistics.fmean(rates),
        "total_bits_per_dimension": 8 * sum(row["bytes"] for row in rows) / sum(item.pixels.size for item in items),
        "bytes": [row["bytes"] for row in rows],
    }
    pixels = [item.count for item in items]
    for way in WAYS:
        medians = [statistics.median(row[way]) for row in rows]
        speeds = [count / seconds / 1e6 for count, seconds in zip(pixels, medians, strict=True)]
        low, _, high = statistics.quantiles(speeds, n=4, method="inclusive") if len(speeds) > 1 else (speeds[0],) * 3
        spread = [max(row[way]) / min(row[way]) - 1 for row in rows]
        figures[f"{way}_mpix_per_s"] = round(sum(pixels) / sum(medians) / 1e6, 4)
        figures[f"{way}_mpix_per_s_quartiles"] = [round(low, 4), round(high, 4)]
        figures[f"{way}_spread_of_rounds_percent"] = round(100 * statistics.median(spread), 2)
    return figures


def set_figures(items: Sequence[Item], only: Sequence[str], rounds: int, kept: Kept) -> dict[str, Any]:
    """All figures of a set. Raises BadInput when no codec is left."""
    known = makes_for(items[0].kind)
    makes = {name: make for name, make in known.items() if not only or any(word.lower() in name.lower() for word in only)}
    made = {name: make() for name, make in makes.items()}
    peers = [peer for peer in made.values() if peer is not None]
    if not peers:
        raise BadInput(f"no codec that is installed is called {' or '.join(only)}: there are {', '.join(known)}")
    rows = measure_set(items, peers, rounds, kept)
    result = {peer.name: {**peer.facts(), **figures_of(items, rows[peer.name])} for peer in peers}
    largest = max(items, key=lambda item: item.pixels.size)
    for peer in peers:
        measured = partial(peers_memory.figures, peer.name, largest.kind, largest.pixels)
        found = kept.get(f"memory|{key_of(peer, largest, 0)}", measured)
        result[peer.name]["memory_mb"] = {name: value for name, value in found.items() if name != "key"}
    return {
        "kind": items[0].kind,
        "pictures": [{"name": item.name, "shape": list(item.pixels.shape), "pixels": item.count} for item in items],
        "peers": result,
        "missing_peers": [name for name, peer in made.items() if peer is None],
    }


def read_items(path: Path, split: str, quick: bool) -> tuple[list[Item], list[str]]:
    """What a folder or a file of numpy holds, and names of files of a folder that are left out. Raises BadInput."""
    if Place(path).is_array:
        images = read_array(path)[: QUICK_IMAGES if quick else None]
        return [Item(path.name, images, "bits" if images.max(initial=0) <= 1 else "bytes")], []
    named, left_out = read_set(path, split, QUICK_PICTURES if quick else None)
    pictures = [cropped(one, QUICK_SIDE) if quick else one for one in named]
    return [Item(one.name, one.picture.pixels, one.picture.mode) for one in pictures], left_out


def show(name: str, figures: dict[str, Any]) -> None:
    print(f"\n{name}: {len(figures['pictures'])} pictures   bits/dim (mean, total)   MPix/s (encode, decode)   MB (encode, decode)")
    for peer, row in sorted(figures["peers"].items(), key=lambda pair: pair[1]["mean_bits_per_dimension"]):
        speeds = "".join(f"{row[f'{way}_mpix_per_s']:10.3f}" for way in WAYS)
        memory = "".join(f"{row['memory_mb'][way]:9.0f}" for way in WAYS)
        print(f"  {peer:<28}{row['mean_bits_per_dimension']:10.4f}{row['total_bits_per_dimension']:10.4f}{speeds}{memory}")
    if figures["missing_peers"]:
        print(f"  not installed, not measured: {', '.join(figures['missing_peers'])}")


def main(arguments: list[str]) -> int:
    """Measure all sets, print the figures and write peers.json."""
    parser = argparse.ArgumentParser(prog="python -m bench peers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sets", type=Place.parse, nargs="+", metavar="[NAME=]DIR|FILE")
    parser.add_argument("--split", default="val", help="of folders with a manifest.csv (default val)")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only codecs whose names hold one of these words")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="few and small pictures: to see that it runs, not to report")
    parser.add_argument("--work", type=Path, default=Path("runs/peers"), help="where the rows of finished pictures are kept (runs/peers)")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where NAME.json goes (bench/results)")
    parser.add_argument("--name", default="peers", help="of the result: peers, or peers-SOMETHING for one beside it")
    chosen = parser.parse_args(arguments)
    if chosen.name != "peers" and not chosen.name.startswith("peers-"):
        parser.error("--name: peers, or peers-SOMETHING")
    if chosen.rounds < 1:
        parser.error("--rounds: at least 1")
    kept = Kept(chosen.work / "rows.jsonl")
    sets: dict[str, Any] = {}
    with one_core():
        for name, place in named_sets(chosen.sets, chosen.split):
            items, left_out = read_items(place.path, chosen.split, chosen.quick)
            print(f"{name}: {len(items)} pictures", file=sys.stderr, flush=True)
            sets[name] = set_figures(items, chosen.only, chosen.rounds, kept) | {"left_out": left_out}
            show(name, sets[name])
    figures = {"quick": chosen.quick, "rounds": chosen.rounds, "sets": sets}
    print(f"written to {record(chosen.name, figures, command(chosen), chosen.folder)}")
    return 0


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again; of folders only the names, as places differ."""
    words = ["python -m bench peers", *map(str, chosen.sets)]
    words += [f"--split {chosen.split}"] if chosen.split != "val" else []
    words += [f"--only {' '.join(chosen.only)}"] if chosen.only else []
    words += [f"--rounds {chosen.rounds}"] if chosen.rounds != 3 else []
    words += [f"--name {chosen.name}"] if chosen.name != "peers" else []
    return " ".join([*words, *(["--quick"] if chosen.quick else [])])
