"""python -m bench arrays: the published sets of small images as files: estimates, net and total bits/dim, speed, beside other codecs.

    python -m bench arrays [SET ...] --data FOLDER [--model SET=MODEL ...] [--train MINUTES] [--layers] [--particles 1,16] ...

The sets lie in FOLDER as `python -m bench datasets NAME --folder FOLDER` leaves them. mnist-binary is MNIST binarised once (seed 0).
A set is coded by the embedded models that fit it, or by the one that --model names; with --train some sets get a model of their own, a
context net trained for so many minutes of one thread on their training images (--work keeps it, its log and its checkpoint). With --layers
cifar10 and mnist-binary get hierarchies of latents, trained in stages for 89 and 104 minutes (estimates/hierarchies.py). For each

    estimate    -log p(x) of a model without latents, which is exact; else -ELBO or -IWAE_k of the integers that code, of all images or of
                the first --estimate-images
    net, total  bits of the images in a file, and all of its bits; the file is decoded and compared first, however long it takes
    speed       images a second of processor time of one core, both ways
    peers       PNG, WebP and JPEG XL on the first --peer-images, each in a file of its own, and all below each other in one picture (WebP:
                in as many as its height allows); binary images as black and white

arrays.json joins runs: results of other sets and of other models stay, and each row says by which command and at which commit it was made.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from bench.codecs import library
from bench.data.public_sets import TEST_IMAGES, TRAIN_IMAGES
from bench.errors import RoundTripFailed, Unusable
from bench.estimates.files import check_array
from bench.estimates.hierarchies import STAGES, trained_hierarchy
from bench.estimates.models import facts
from bench.estimates.rows import estimates_of
from bench.measure.peer import Peer, Pixels
from bench.measure.record import commit, record
from bench.measure.results import RESULTS, Figures
from codec.density import library as models
from codec.density.estimates import cross_entropy
from codec.density.named_model import NamedModel
from codec.kinds.array.stream import write_array
from codec.learn.arrays.images import binarise
from codec.learn.common.data import read_idx

NAME = "arrays"
HIGHEST_STRIP = 16383  # rows of a WebP picture


@dataclass(frozen=True)
class ArraySet:
    """A set: where its images lie in the folder of data, the embedded models that fit it, settings of the net that it is trained with."""

    folder: str
    models: tuple[str, ...] = ()
    binary: bool = False
    settings: Figures = field(default_factory=dict)


SMALL_NET = {"units": 96, "features": 32}
SETS = {
    "cifar10": ArraySet("cifar10-pictures", ("cifar",)),
    "mnist-binary": ArraySet("mnist", ("digits-binary", "mnist-binary"), binary=True),
    "mnist": ArraySet("mnist", ("mnist", "digits-gray")),
    "omniglot": ArraySet("omniglot", binary=True, settings={**SMALL_NET, "validation": 200}),
    "frey-faces": ArraySet("frey-faces", settings={**SMALL_NET, "validation": 100}),
    "crops-32": ArraySet("crops-32", ("cifar",), settings=SMALL_NET),
    "crops-48": ArraySet("crops-48", settings=SMALL_NET),
    "crops-64": ArraySet("crops-64", settings=SMALL_NET),
}


def main(arguments: list[str]) -> int:
    """Measure sets, each as it is done written to the result."""
    chosen = _parser().parse_args(arguments)
    own = dict(pair.split("=", 1) for pair in chosen.model)
    if unknown := sorted({*chosen.sets, *own} - set(SETS)):
        raise Unusable(f"there is no set {', '.join(unknown)}: choose from {', '.join(SETS)}")
    path = chosen.folder / f"{NAME}.json"
    for name in chosen.sets or SETS:
        figures = measure(name, SETS[name], chosen, own.get(name))
        kept = json.loads(path.read_text(encoding="utf-8"))["figures"]["sets"] if path.exists() else {}
        before = kept.get(name, {"rows": [], "peers": []})
        peers_then = figures["peers"] if chosen.peer_images else before["peers"]
        figures = {**figures, "rows": joined(before["rows"], figures["rows"]), "peers": peers_then}
        record(NAME, {"sets": {**kept, name: figures}}, command(chosen), chosen.folder)
        show(name, figures)
    print(f"written to {path}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench arrays", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"of {', '.join(SETS)} (all)")
    parser.add_argument("--data", type=Path, required=True, help="folder of data sets, as bench datasets leaves them")
    parser.add_argument("--model", action="append", default=[], metavar="SET=MODEL", help="title or file of a model for a set")
    parser.add_argument("--train", type=float, metavar="MINUTES", help="train a net for a set that no embedded model fits")
    parser.add_argument("--layers", action="store_true", help=f"train hierarchies of latents for {' and '.join(STAGES)}")
    parser.add_argument("--particles", default="1,16", help="of models with latents (1,16)")
    parser.add_argument("--estimate-images", type=int, help="test images that models with latents estimate (all)")
    parser.add_argument("--most", type=int, help="test images of a set (all)")
    parser.add_argument("--peer-images", type=int, default=2000, help="for other codecs; 0: they stay as they were measured (2000)")
    parser.add_argument("--work", type=Path, default=Path("runs", NAME), help=f"where trained models are kept (runs/{NAME})")
    parser.add_argument("--folder", type=Path, default=RESULTS, help=f"where {NAME}.json is (bench/results)")
    return parser


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again; of files only the names."""
    words = ["python -m bench arrays", *chosen.sets, "--data FOLDER"]
    words += [f"--model {pair.split('=', 1)[0]}={Path(pair.split('=', 1)[1]).name}" for pair in chosen.model]
    words += [f"--train {chosen.train:g}"] if chosen.train else []
    words += ["--layers"] if chosen.layers else []
    words += [f"--most {chosen.most}"] if chosen.most else []
    words += [f"--estimate-images {chosen.estimate_images}"] if chosen.estimate_images else []
    return " ".join([*words, f"--particles {chosen.particles} --peer-images {chosen.peer_images}"])


# ---------------------------------------------------------------- data and models


def images_of(one: ArraySet, data: Path, split: str) -> Pixels:
    """The images of a set, uint8 [n, height, width(, channels)], binary ones as 0 and 1. Raises Unusable."""
    file = {"train": TRAIN_IMAGES, "test": TEST_IMAGES}[split] if one.folder == "mnist" else f"{split}.npy"
    path = data / one.folder / file
    if not path.is_file():
        raise Unusable(f"{path}: not there; python -m bench datasets {one.folder} --folder {data} brings it")
    images: Pixels = read_idx(path) if one.folder == "mnist" else np.load(path, allow_pickle=False)
    return binarise(images, 0) if one.binary and images.max() > 1 else images


def models_for(name: str, one: ArraySet, chosen: argparse.Namespace, own: str | None) -> list[NamedModel]:
    """The models that code a set: what was asked for, embedded ones, or one that is trained."""
    if own is not None:
        return [models.find(own)]
    found = [models.find(title) for title in one.models if title in {model.title for model in models.embedded()}]
    if chosen.train and one.settings:
        found.append(models.find(str(trained(name, one, chosen))))
    if chosen.layers and name in STAGES:  # of binary sets the gray images, which are drawn anew in every batch
        found.append(models.find(str(trained_hierarchy(name, images_of(replace(one, binary=False), chosen.data, "train"), chosen.work))))
    return found


def joined(before: Sequence[Figures], rows: Sequence[Figures]) -> list[Figures]:
    """Rows of before, but of what is measured again."""
    again = {(row["model"]["title"], row["particles"]) for row in rows}
    return [*(row for row in before if (row["model"]["title"], row["particles"]) not in again), *rows]


def trained(name: str, one: ArraySet, chosen: argparse.Namespace) -> Path:
    """The model file of a net that was trained on a set's training images; it is made unless it is there."""
    from codec.learn.arrays.arrays_command import train_on_arrays
    from codec.learn.arrays.export_context import export_context
    from codec.learn.common.command import TrainingRequest

    work: Path = chosen.work
    model, checkpoint = work / f"{name}.bbm", work / f"{name}.pt"
    if not model.exists():
        work.mkdir(parents=True, exist_ok=True)
        images = images_of(one, chosen.data, "train")
        settings = {"quantise": 0.3, "rate": 6e-3, **one.settings, "likelihood": "bernoulli" if one.binary else "logistic"}
        request = TrainingRequest(Path(name), checkpoint, checkpoint.exists(), None, chosen.train, 1, "cpu", settings)
        train_on_arrays(request, given=images)
        model.write_bytes(export_context(checkpoint, images, {"data": f"{name}, {len(images)} images", "minutes": chosen.train}))
    return model


# ---------------------------------------------------------------- measuring


def measure(name: str, one: ArraySet, chosen: argparse.Namespace, own: str | None) -> Figures:
    """The figures of a set."""
    images = images_of(one, chosen.data, "test")[: chosen.most]
    counts = [int(word) for word in chosen.particles.split(",")]
    found = models_for(name, one, chosen, own)
    made = {"command": command(chosen), "commit": commit(), "date": f"{date.today()}"}
    rows = [{**row, "made": made} for model in found for row in rows_of(name, images, model, counts, chosen.estimate_images)]
    return {
        "images": len(images),
        "shape": list(images.shape[1:]),
        "rows": rows,
        "peers": [peer_row(peer, images[: chosen.peer_images], one.binary) for peer in peers() if chosen.peer_images],
    }


def rows_of(name: str, images: Pixels, model: NamedModel, counts: Sequence[int], estimated: int | None = None) -> list[Figures]:
    """A row for each number of particles; one for a model without latents. estimated: of how many images, with latents. Raises
    RoundTripFailed."""
    latents, flat = model.images.latents, images.reshape(len(images), -1)
    wanted = list(counts) if latents else [1]
    some, rows = flat[:estimated] if latents else flat, list[Figures]()
    for count, estimate in zip(wanted, estimates_of(some, model.images, wanted, 0), strict=True):
        found = cross_entropy(estimate.log_density, model.images.pixels)
        began = time.process_time()
        data, info = write_array(images, model.images.unlimited(), count, threads=None)
        middle = time.process_time()
        check_array(name, images, model, data, info)
        ended = time.process_time()
        rows.append(
            {
                "model": {**facts(model), "training": model.file.metadata.get("training")},
                "kind": "exact" if not latents else "ELBO" if count == 1 else f"IWAE_{count}",
                "latents": latents,
                "particles": count,
                "estimate": found.bits_per_dimension,
                "estimated_images": len(some),
                "net": info.net_bits / flat.size,
                "total": info.total_bits / flat.size,
                "compress_images_per_second": len(images) / (middle - began),
                "decompress_images_per_second": len(images) / (ended - middle),
            }
        )
    return rows


def peers() -> list[Peer]:
    """The codecs beside ours that are installed."""
    found = (library.png(), library.webp(6, 75), library.jpeg_xl(7), library.jpeg_xl(9))
    return [peer for peer in found if peer is not None]


def peer_row(peer: Peer, images: Pixels, binary: bool) -> Figures:
    """What a codec of pictures makes of images: each alone, and below each other. Raises RoundTripFailed."""
    pictures = images.reshape(*images.shape[:3], -1) * np.uint8(255 if binary else 1)
    alone = sum(len(_coded(peer, picture)) for picture in pictures)
    rows = pictures.reshape(-1, *pictures.shape[2:])
    strips = [rows[first : first + HIGHEST_STRIP] for first in range(0, len(rows), HIGHEST_STRIP)]
    together = sum(len(_coded(peer, strip)) for strip in strips)
    return {**peer.facts(), "images": len(images), "alone": 8 * alone / images.size, "strip": 8 * together / images.size}


def _coded(peer: Peer, picture: Pixels) -> bytes:
    data = peer.encode(picture)
    if not np.array_equal(peer.decode(data), picture):
        raise RoundTripFailed(f"{peer.name}: a picture does not come back")
    return data


def show(name: str, figures: Figures) -> None:
    """Print a set's figures."""
    print(f"{name}: {figures['images']} images of {figures['shape']}")
    for row in figures["rows"]:
        print(
            f"  {row['model']['title']}, {row['kind']} {row['estimate']:.5f}, net {row['net']:.5f}, total {row['total']:.5f} bits/dim; "
            f"{row['compress_images_per_second']:.0f} and {row['decompress_images_per_second']:.0f} images/s of a core"
        )
    for row in figures["peers"]:
        print(f"  {row['name']}: alone {row['alone']:.4f}, as a strip {row['strip']:.4f}")
