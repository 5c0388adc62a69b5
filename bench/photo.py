"""python -m bench photo: the photo model's files against other codecs and against what it says they cost, and its speed.

    python -m bench photo [--model FILE] [--kodak DIR] [--data DIR] [--ablation FILE] [--parts PART ...] [--quick]

    sizes      whole files of Kodak and of the val split of --data (a folder with manifest.csv), JPEG XL and WebP of the same pixels
    estimate   payloads against -ELBO and IWAE_k, particles, quantisation, and what z saves (--ablation: a model trained equally without z)
    stripe     parts of a stripe in nanoseconds a pixel on one core
    speed      whole photos of 0.4 to 24 MPix made of Kodak pictures, by threads, beside JPEG XL
    start      compile time with an empty and with a filled cache
    memory     at most, at 24 MPix

Means are means over pictures of bits/dim. Every file is decoded and compared before it counts.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.codecs.peer import Peer, jpeg_xl, webp
from bench.data.pictures import Named, cropped, kodak, mosaic, split
from bench.estimates.photos import File, coded_set, peer_bytes, size_figures
from bench.measure.record import RESULTS, record
from bench.photo_estimate import ablation_figures, estimate_figures, particle_figures, quantisation
from bench.photo_speed import part_figures, picture_figures, scaling
from bench.photo_start import memory_figures, start_figures
from bench.photo_targets import show, targets
from codec.density import library
from codec.density.photo.model import PhotoModel

PARTS = ("sizes", "estimate", "stripe", "speed", "start", "memory")
PEERS = {"JPEG XL effort 7": jpeg_xl, "WebP method 6": webp}
DRAWS = 3
PARTICLES = (1, 4, 16)
COUPLED = 4  # pictures of each set that are coded with several particles
SIDES, MAIN = (1, 2, 4, 8), 4  # of photos of tiles
ROUNDS = 5
QUICK_PICTURES, QUICK_SIDE = 2, 192

Files = dict[str, list[File]]


def main(arguments: list[str]) -> int:
    """Run the parts that are asked for, print the figures and write photo.json."""
    parser = argparse.ArgumentParser(prog="python -m bench photo", description="Sizes, estimates and speed of the photo model.")
    parser.add_argument("--model", help="title or file of a model of RGB photos (the embedded one)")
    parser.add_argument("--kodak", type=Path, metavar="DIR", help="folder of the Kodak PNGs (downloaded into the cache of data sets)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder with manifest.csv, of which the val split is measured")
    parser.add_argument("--ablation", metavar="FILE", help="a model trained equally without z")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--quick", action="store_true", help="few and small pictures: to see that it runs, not to report")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where photo.json goes (bench/results)")
    chosen = parser.parse_args(arguments)
    model = library.photo_model(3, chosen.model)
    peers = {name: make() for name, make in PEERS.items()}
    here = [peer for peer in peers.values() if peer is not None]
    figures: dict[str, Any] = {
        "quick": chosen.quick,
        "model": library.facts(model.file),
        "peers": [peer.facts() for peer in here],
        "missing_peers": [name for name, peer in peers.items() if peer is None],
    }
    sets = read_sets(chosen)
    if {"sizes", "estimate"} & set(chosen.parts):
        measure_files(figures, chosen, model, sets, here)
    if "stripe" in chosen.parts:
        print("parts of a stripe", flush=True)
        side, rounds = (2, 2) if chosen.quick else (MAIN, ROUNDS)
        figures["parts"] = part_figures(model, mosaic(sets["kodak"], side), rounds)
    if "speed" in chosen.parts:
        measure_speed(figures, model, sets["kodak"], here, chosen.quick)
    if "start" in chosen.parts:
        print("start", flush=True)
        figures["start"] = start_figures(chosen.model)
    if "memory" in chosen.parts:
        print("memory", flush=True)
        figures["memory"] = memory_figures(chosen.model, mosaic(sets["kodak"], 1 if chosen.quick else max(SIDES)))
    figures["targets"] = targets(figures)
    show(figures)
    print(f"written to {record('photo', figures, command(chosen), chosen.folder)}")
    return 0


def read_sets(chosen: argparse.Namespace) -> dict[str, list[Named]]:
    """The pictures by set; few and small ones with --quick."""
    most = QUICK_PICTURES if chosen.quick else None
    sets = {"kodak": kodak(chosen.kodak)[:most]}
    if chosen.data is not None:
        sets["val"] = split(chosen.data, "val", most)
    if chosen.quick:
        sets = {name: [cropped(named, QUICK_SIDE) for named in pictures] for name, pictures in sets.items()}
    return sets


def measure_files(
    figures: dict[str, Any], chosen: argparse.Namespace, model: PhotoModel, sets: dict[str, list[Named]], peers: list[Peer]
) -> None:
    """Sizes of files and what the model says of them."""
    files: Files = {}
    for name, pictures in sets.items():
        print(f"files of {name}", flush=True)
        files[name] = coded_set(pictures, model)
    if "sizes" in chosen.parts:
        figures["sizes"] = {name: size_figures(some, peer_bytes(sets[name], peers)) for name, some in files.items()}
    if "estimate" in chosen.parts:
        figures["estimate"] = estimates(files, model, chosen.quick)
        if chosen.ablation is not None:
            print("files without z", flush=True)
            other = library.photo_model(3, chosen.ablation)
            without = {name: coded_set(pictures, other) for name, pictures in sets.items()}
            figures["estimate"]["ablation"] = {"model": library.facts(other.file), "sets": ablation_figures(files, without)}


def estimates(files: Files, model: PhotoModel, quick: bool) -> dict[str, Any]:
    """Estimates against actual sizes, with one particle on all pictures and with several on some."""
    print("estimates", flush=True)
    result: dict[str, Any] = {"sets": {name: estimate_figures(some, model, DRAWS) for name, some in files.items()}}
    counts, few = ((1, 2), 1) if quick else (PARTICLES, COUPLED)
    coupled = {name: [file.named for file in some[:: max(1, len(some) // few)][:few]] for name, some in files.items()}
    result["particles"] = {name: particle_figures(pictures, model, counts) for name, pictures in coupled.items()}
    return result | {"quantisation": quantisation(model.file)}


def measure_speed(figures: dict[str, Any], model: PhotoModel, pictures: list[Named], peers: list[Peer], quick: bool) -> None:
    """Whole photos."""
    print("speed", flush=True)
    sides, main, rounds = ((1, 2), 2, 2) if quick else (SIDES, MAIN, ROUNDS)
    figures["photos"] = picture_figures(model, pictures, sides, main, [peer for peer in peers if peer.name.startswith("JPEG XL")], rounds)
    figures["scaling"] = scaling(figures["photos"])


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again; of files and folders only the names, as places differ."""
    words = ["python -m bench photo"]
    for option in ("model", "kodak", "data", "ablation"):
        value = getattr(chosen, option)
        words += [f"--{option} {Path(value).name}"] if value is not None else []
    words += [f"--parts {' '.join(chosen.parts)}"] if set(chosen.parts) != set(PARTS) else []
    return " ".join([*words, *(["--quick"] if chosen.quick else [])])
