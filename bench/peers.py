"""python -m bench peers: this codec at each of its efforts beside everybody else's, on the same pixels.

    python -m bench peers [NAME=]DIR|FILE|DATASET ... [--only WORD ...] [--traces none] [--timed 4] [--rounds 3] [--sizes] [--quick]

Sets are as in the estimate bench; the small images uint8 [n, 28, 28] of an array are coded together. Sizes are those of all pictures;
times are those of the first --timed of each set, on one core, as bench/measure/items.py says. Every round trip is compared; only then do
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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.codecs.table import codecs_for
from bench.data.pictures import cropped, read_set
from bench.data.places import Place, named_sets, read_images
from bench.errors import RoundTripFailed, Unusable
from bench.measure.items import Item, key_of, sizes_of, times_of
from bench.measure.memory import memory_of
from bench.measure.peer import Make, Peer, Pixels
from bench.measure.record import record
from bench.measure.results import Figures
from bench.measure.resume import Kept
from bench.measure.set_options import command_of, parsed, set_parser
from codec.system.executor import cores

QUICK_PICTURES, QUICK_SIDE, QUICK_IMAGES = 2, 192, 200
WAYS = ("encode", "decode")


Known = Callable[[str, bool], Mapping[str, Make]]
Memory = Callable[[Make, Pixels], dict[str, float]]


def main(arguments: list[str], known: Known = codecs_for, memory: Memory = memory_of) -> int:
    """Measure all sets, print the figures and write peers.json. known: the codecs for a kind of items; memory: what measures that."""
    parser = set_parser("peers", __doc__ or "")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only codecs whose names hold one of these words")
    parser.add_argument("--traces", choices=("auto", "none"), default="auto", help="none: this codec does not look for what pixels were")
    parser.add_argument("--timed", type=int, default=4, help="pictures of each set whose times are taken (the first 4)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", action="store_true", help="only sizes and memory, kept for the run that takes times")
    chosen = parsed(parser, arguments, "peers")
    if chosen.rounds < 1 or chosen.timed < 1:
        parser.error("--rounds, --timed: at least 1")
    kept = Kept(chosen.work / "rows.jsonl")
    sets: dict[str, Figures] = {}
    read = {name: read_items(place.path, chosen) for name, place in named_sets(chosen.sets, chosen.split)}
    for name, (items, left_out) in read.items():
        print(f"{name}: {len(items)} pictures", flush=True)
        codecs = wanted(known(items[0].kind, chosen.traces == "auto"), chosen.only)
        like = [item for some, _ in read.values() for item in some if item.kind == items[0].kind]
        held = memory_figures(max(like, key=lambda item: item.pixels.size), codecs, memory, kept)
        found = measure(items, codecs, held, chosen, kept)
        if found is not None:
            sets[name] = {**found, "left_out": left_out}
            show(name, sets[name])
    if not chosen.sizes:
        figures = {"quick": chosen.quick, "rounds": chosen.rounds, "sets": sets}
        print(f"written to {record(chosen.name, figures, command(chosen), chosen.folder)}")
    return 0


@dataclass(frozen=True)
class Codecs:
    """Codecs that are here, each with what makes it again in a fresh process, and the names of those that are not installed."""

    here: Sequence[tuple[Peer, Make]]
    missing: Sequence[str]

    @property
    def peers(self) -> list[Peer]:
        return [peer for peer, _ in self.here]


def wanted(known: Mapping[str, Make], words: Sequence[str]) -> Codecs:
    """The codecs whose names hold one of these words, or all. Raises Unusable if none of them is installed."""
    makes = {name: make for name, make in known.items() if not words or any(word.lower() in name.lower() for word in words)}
    found = {name: (make(), make) for name, make in makes.items()}
    here = [(peer, make) for peer, make in found.values() if peer is not None]
    if not here:
        raise Unusable(f"no codec that is installed is called {' or '.join(words)}: there are {', '.join(known)}")
    return Codecs(here, [name for name, (peer, _) in found.items() if peer is None])


def read_items(path: Path, chosen: argparse.Namespace) -> tuple[list[Item], list[str]]:
    """What a folder or a file of numpy holds, and names of files of a folder that are left out. Raises Unusable."""
    if Place(path).is_array:
        images = read_images(path)[: QUICK_IMAGES if chosen.quick else chosen.most]
        return [Item(path.name, images, "bits" if images.max(initial=0) <= 1 else "bytes")], []
    named, left_out = read_set(path, chosen.split, QUICK_PICTURES if chosen.quick else chosen.most)
    pictures = [cropped(one, QUICK_SIDE) if chosen.quick else one for one in named]
    return [Item(one.name, one.picture.pixels, one.picture.mode) for one in pictures], left_out


# ---------------------------------------------------------------- figures


def memory_figures(largest: Item, codecs: Codecs, memory: Memory, kept: Kept) -> Figures:
    """ "memory_of": the shape of the largest item of any set; "by_peer": megabytes both ways, by the name of the codec."""
    work = [(key_of(peer, largest, "memory"), partial(memory, make, largest.pixels)) for peer, make in codecs.here]
    rows = zip(codecs.peers, kept.all(work, cores()), strict=True)
    return {"memory_of": list(largest.pixels.shape), "by_peer": {peer.name: {way: row[way] for way in WAYS} for peer, row in rows}}


def measure(items: Sequence[Item], codecs: Codecs, memory: Figures, chosen: argparse.Namespace, kept: Kept) -> Figures | None:
    """All figures of a set; None if only sizes are asked for, which are kept."""
    sizes = sizes_of(items, codecs.peers, kept, cores())
    if chosen.sizes:
        return None
    times = times_of(items[: chosen.timed], codecs.peers, chosen.rounds, kept)
    return {
        "kind": items[0].kind,
        "pictures": [{"name": item.name, "shape": list(item.pixels.shape), "pixels": item.count} for item in items],
        "timed_pictures": len(items[: chosen.timed]),
        "memory_of": memory["memory_of"],
        "peers": {
            peer.name: {
                **peer.facts(),
                **figures_of(items, sizes[peer.name], times[peer.name]),
                "memory_mb": memory["by_peer"][peer.name],
            }
            for peer in codecs.peers
        },
        "missing_peers": list(codecs.missing),
    }


def figures_of(items: Sequence[Item], sizes: Sequence[int], timed: Sequence[Figures]) -> Figures:
    """A peer's figures on a set: rates, mean of the pictures and of all bits; MPix/s of the first pictures, for which there are times,
    together, with quartiles of pictures. Raises RoundTripFailed where a file was of another size when it was timed."""
    for item, size, row in zip(items, sizes, timed, strict=False):
        if row["bytes"] != size:
            raise RoundTripFailed(f"{item.name} took {size} bytes, and {row['bytes']} when it was timed")
    rates = [8 * size / item.pixels.size for item, size in zip(items, sizes, strict=True)]
    pixels = [item.count for item in items[: len(timed)]]
    speeds: dict[str, object] = {}
    for way in WAYS:
        speeds |= {f"{way}_{name}": value for name, value in speeds_of(pixels, [row[way] for row in timed]).items()}
    return {
        "mean_bits_per_dimension": statistics.fmean(rates),
        "total_bits_per_dimension": 8 * sum(sizes) / sum(item.pixels.size for item in items),
        "bytes": list(sizes),
        **speeds,
    }


def speeds_of(pixels: Sequence[int], seconds: Sequence[Sequence[float]]) -> Figures:
    """MPix/s of pictures together, their quartiles, and how far rounds are apart, from the seconds of each round of each picture."""
    medians = [statistics.median(rounds) for rounds in seconds]
    speeds = [count / median / 1e6 for count, median in zip(pixels, medians, strict=True)]
    low, _, high = statistics.quantiles(speeds, n=4, method="inclusive") if len(speeds) > 1 else (speeds[0],) * 3
    apart = [max(rounds) / min(rounds) - 1 for rounds in seconds]
    return {
        "mpix_per_s": round(sum(pixels) / sum(medians) / 1e6, 4),
        "mpix_per_s_quartiles": [round(low, 4), round(high, 4)],
        "spread_of_rounds_percent": round(100 * statistics.median(apart), 2),
    }


def show(name: str, figures: Figures) -> None:
    """Print a set's figures, best rate first."""
    count, timed = len(figures["pictures"]), figures["timed_pictures"]
    print(f"\n{name}: {count} pictures   bits/dim (mean, total)   MPix/s on {timed} of them (encode, decode)   MB (encode, decode)")
    for peer, row in sorted(figures["peers"].items(), key=lambda pair: float(pair[1]["mean_bits_per_dimension"])):
        speeds = "".join(f"{row[f'{way}_mpix_per_s']:10.3f}" for way in WAYS)
        memory = "".join(f"{row['memory_mb'][way]:9.0f}" for way in WAYS)
        print(f"  {peer:<28}{row['mean_bits_per_dimension']:10.4f}{row['total_bits_per_dimension']:10.4f}{speeds}{memory}")
    if figures["missing_peers"]:
        print(f"  not installed, not measured: {', '.join(figures['missing_peers'])}")


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again."""
    own = [f"--only {' '.join(chosen.only)}"] if chosen.only else []
    usual = {"traces": "auto", "timed": 4, "rounds": 3}
    own += [f"--{name} {getattr(chosen, name)}" for name, value in usual.items() if getattr(chosen, name) != value]
    return command_of(chosen, "peers", own)
