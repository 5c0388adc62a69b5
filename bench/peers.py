"""python -m bench peers: this codec at each of its efforts beside everybody else's, on the same pixels.

    python -m bench peers [NAME=]DIR|FILE|DATASET ... [--only WORD ...] [--timed 4] [--rounds 3] [--sizes] [--quick] [--work FOLDER]

Sets are as in the estimate bench; the small images uint8 [n, 28, 28] of an array are coded together. Sizes are those of all pictures;
times are those of the first --timed of each set, on one core, as bench/peers_measure.py says. Every round trip is compared; only then do
its size and its times count.

What is done is kept in --work (a line of JSON for each picture and codec), so that a run that was interrupted goes on there; a line
counts for the same pixels, the same version of the codec, the same code and the same rounds. --sizes ends when all sizes (and memory) are
there, without a result: what takes time may run beside other work, what is timed must not. Codecs that are not installed are named in
the result. Memory is that of a fresh process which codes the largest picture of all sets: all that it ever held, Python and the picture
included.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.codecs import commands, library, ours, raw
from bench.codecs.peer import Peer, jpeg_xl, webp
from bench.data.pictures import Place, cropped, named_sets, read_array, read_set
from bench.measure import memory
from bench.measure.items import CHANNELS, Item, key_of, sizes_of, times_of
from bench.measure.record import record
from bench.measure.resume import Kept
from bench.measure.set_options import command_of, parsed, set_parser
from bench.measure.timing import RoundTripFailed
from codec.errors import BadInput
from codec.kinds.requests import EFFORTS
from codec.system.executor import cores

Make = Callable[[], "Peer | None"]
LEVELS = {"bits": 2, "bytes": 256}  # of arrays
QUICK_PICTURES, QUICK_SIDE, QUICK_IMAGES = 2, 192, 200
PARTICLES = (1, 4)  # of arrays
WAYS = ("encode", "decode")


def makes_for(kind: str) -> dict[str, Make]:
    """By name: what makes each codec for items of this kind, or None where it is missing."""
    if kind in LEVELS:
        mine = {f"{ours.NAME}, N = {count}": partial(ours.digits, count, LEVELS[kind]) for count in PARTICLES}
        return {"zlib -9": raw.deflate, "bz2 -9": raw.bzip2, "zstd -19": raw.zstandard, "xz -9e": raw.xz, **mine}
    return {
        "PNG": library.png,
        "WebP method 4": partial(webp, 4, 75),
        "WebP method 6": partial(webp, 6, 75),
        **{f"JPEG XL effort {effort}": partial(jpeg_xl, effort) for effort in (3, 5, 7, 9)},
        "JPEG-LS": library.jpeg_ls,
        "JPEG-LS on G, R-G, B-G": library.jpeg_ls_planes,
        "JPEG 2000": library.jpeg_2000,
        "AVIF": library.avif,
        "QOI": library.qoi,
        "zstd -19": raw.zstandard,
        "xz -9e": raw.xz,
        **{command.name: partial(commands.found, command) for command in commands.COMMANDS},
        **{f"{ours.NAME} effort {effort}": partial(ours.photo, effort, CHANNELS[kind]) for effort in EFFORTS},
    }


# ---------------------------------------------------------------- figures


def figures_of(items: Sequence[Item], sizes: Sequence[int], timed: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A peer's figures on a set: rates, mean of the pictures and of all bits; MPix/s of the first pictures, for which there are times,
    together, with quartiles of pictures. Raises RoundTripFailed where a file was of another size when it was timed."""
    rates = [8 * size / item.pixels.size for item, size in zip(items, sizes, strict=True)]
    figures: dict[str, Any] = {
        "mean_bits_per_dimension": statistics.fmean(rates),
        "total_bits_per_dimension": 8 * sum(sizes) / sum(item.pixels.size for item in items),
        "bytes": list(sizes),
    }
    for item, size, row in zip(items, sizes, timed, strict=False):
        if row["bytes"] != size:
            raise RoundTripFailed(f"{item.name} took {size} bytes, and {row['bytes']} when it was timed")
    pixels = [item.count for item in items[: len(timed)]]
    for way in WAYS:
        medians = [statistics.median(row[way]) for row in timed]
        speeds = [count / seconds / 1e6 for count, seconds in zip(pixels, medians, strict=True)]
        low, _, high = statistics.quantiles(speeds, n=4, method="inclusive") if len(speeds) > 1 else (speeds[0],) * 3
        spread = [max(row[way]) / min(row[way]) - 1 for row in timed]
        figures[f"{way}_mpix_per_s"] = round(sum(pixels) / sum(medians) / 1e6, 4)
        figures[f"{way}_mpix_per_s_quartiles"] = [round(low, 4), round(high, 4)]
        figures[f"{way}_spread_of_rounds_percent"] = round(100 * statistics.median(spread), 2)
    return figures


def set_figures(items: Sequence[Item], largest: Item, chosen: argparse.Namespace, kept: Kept) -> dict[str, Any] | None:
    """All figures of a set, memory those of the largest item of any set; None if only sizes are asked for, which are kept.

    Raises BadInput when no codec is left.
    """
    known = makes_for(items[0].kind)
    makes = {name: make for name, make in known.items() if not chosen.only or any(word.lower() in name.lower() for word in chosen.only)}
    made = {name: make() for name, make in makes.items()}
    peers = [peer for peer in made.values() if peer is not None]
    if not peers:
        raise BadInput(f"no codec that is installed is called {' or '.join(chosen.only)}: there are {', '.join(known)}")
    sizes = sizes_of(items, peers, kept)
    memory = memory_of(largest, peers, kept)
    if chosen.sizes:
        return None
    timed = items[: chosen.timed]
    times = times_of(timed, peers, chosen.rounds, kept)
    return {
        "kind": items[0].kind,
        "pictures": [{"name": item.name, "shape": list(item.pixels.shape), "pixels": item.count} for item in items],
        "timed_pictures": len(timed),
        "memory_of": list(largest.pixels.shape),
        "peers": {
            peer.name: {**peer.facts(), **figures_of(items, sizes[peer.name], times[peer.name]), "memory_mb": memory[peer.name]}
            for peer in peers
        },
        "missing_peers": [name for name, peer in made.items() if peer is None],
    }


def memory_of(item: Item, peers: Sequence[Peer], kept: Kept) -> dict[str, dict[str, float]]:
    """By name of the peer: megabytes both ways."""
    work = [(key_of(peer, item, "memory"), partial(memory.figures, peer.name, item.kind, item.pixels)) for peer in peers]
    return {peer.name: {way: row[way] for way in WAYS} for peer, row in zip(peers, kept.all(work, cores()), strict=True)}


def read_items(path: Path, chosen: argparse.Namespace) -> tuple[list[Item], list[str]]:
    """What a folder or a file of numpy holds, and names of files of a folder that are left out. Raises BadInput."""
    if Place(path).is_array:
        images = read_array(path)[: QUICK_IMAGES if chosen.quick else chosen.most]
        return [Item(path.name, images, "bits" if images.max(initial=0) <= 1 else "bytes")], []
    named, left_out = read_set(path, chosen.split, QUICK_PICTURES if chosen.quick else chosen.most)
    pictures = [cropped(one, QUICK_SIDE) if chosen.quick else one for one in named]
    return [Item(one.name, one.picture.pixels, one.picture.mode) for one in pictures], left_out


def show(name: str, figures: dict[str, Any]) -> None:
    count, timed = len(figures["pictures"]), figures["timed_pictures"]
    print(f"\n{name}: {count} pictures   bits/dim (mean, total)   MPix/s on {timed} of them (encode, decode)   MB (encode, decode)")
    for peer, row in sorted(figures["peers"].items(), key=lambda pair: pair[1]["mean_bits_per_dimension"]):
        speeds = "".join(f"{row[f'{way}_mpix_per_s']:10.3f}" for way in WAYS)
        memory = "".join(f"{row['memory_mb'][way]:9.0f}" for way in WAYS)
        print(f"  {peer:<28}{row['mean_bits_per_dimension']:10.4f}{row['total_bits_per_dimension']:10.4f}{speeds}{memory}")
    if figures["missing_peers"]:
        print(f"  not installed, not measured: {', '.join(figures['missing_peers'])}")


def main(arguments: list[str]) -> int:
    """Measure all sets, print the figures and write peers.json."""
    parser = set_parser("peers", __doc__ or "")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only codecs whose names hold one of these words")
    parser.add_argument("--timed", type=int, default=4, help="pictures of each set whose times are taken (the first 4)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", action="store_true", help="only sizes and memory, kept for the run that takes times")
    chosen = parsed(parser, arguments, "peers")
    if chosen.rounds < 1 or chosen.timed < 1:
        parser.error("--rounds, --timed: at least 1")
    kept = Kept(chosen.work / "rows.jsonl")
    sets: dict[str, Any] = {}
    read = {name: read_items(place.path, chosen) for name, place in named_sets(chosen.sets, chosen.split)}
    for name, (items, left_out) in read.items():
        print(f"{name}: {len(items)} pictures", flush=True)
        like = [item for some, _ in read.values() for item in some if item.kind == items[0].kind]
        found = set_figures(items, max(like, key=lambda item: item.pixels.size), chosen, kept)
        if found is not None:
            sets[name] = found | {"left_out": left_out}
            show(name, sets[name])
    if not chosen.sizes:
        figures = {"quick": chosen.quick, "rounds": chosen.rounds, "sets": sets}
        print(f"written to {record(chosen.name, figures, command(chosen), chosen.folder)}")
    return 0


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again."""
    own = [f"--only {' '.join(chosen.only)}"] if chosen.only else []
    own += [f"--{name} {value}" for name, value, usual in (("timed", chosen.timed, 4), ("rounds", chosen.rounds, 3)) if value != usual]
    return command_of(chosen, "peers", own)
