"""python -m bench search: small trainings of photo nets, one change at a time, and what they gain.

    python -m bench search --photos FOLDER --kodak FOLDER [--folder runs/search] [--studies components,z ...] [--steps 3000]

Every arm sees the same batches for as many steps, so that arms of one study can be compared to about 0.1 %; what ships has been trained
ten times as long. Rates are those of the float net: bits/dim of a share of the pixels, means over the tiles of the validation split and
of Kodak, z at its posterior's mean and with its KL. An arm that is done leaves its checkpoint and figures in the folder and is not run
again; the figures go to standard output as lines for bench/results/photo-experiments.jsonl.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.measure.results import Figures

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

    from codec.learn.common.kernel_layers import Modulations
    from codec.learn.photo.data import Tiles
    from codec.learn.photo.nets import PhotoNet

STEPS = 3000
Change = Mapping[str, object]  # settings of a net or of its training


@dataclass(frozen=True)
class Arm:
    """A net and its training, as changes to the defaults; `start`: an arm of any study whose weights it begins with.

    masked: parts of the modulations that are switched off ("trunk", "heads", "scale"); side: of the tiles that have a z each, 0: whole
    ones of 384.
    """

    study: str
    setting: str
    net: Change = field(default_factory=dict)
    training: Change = field(default_factory=dict)
    start: str = ""
    masked: str = ""
    side: int = 0

    @property
    def name(self) -> str:
        return "".join(letter if letter.isalnum() else "-" for letter in f"{self.study} {self.setting}")


BASE = "components 3"
WITH_Z = {"rate": 1.5e-3, "warmup": 0.2}


NONE: Change = {}


def _z(setting: str, start: str = BASE, net: Change = NONE, training: Change = NONE, masked: str = "", side: int = 0) -> Arm:
    """An arm of the study of z: 24 numbers a tile, but for the changes."""
    return Arm("z", setting, {"latents": 24, **net}, {**WITH_Z, **training}, start, masked, side)


SMALL = {"trunk": (32, 24), "head": 16}
ARMS = (
    Arm("components", "3"),
    Arm("components", "2", {"components": 2}),
    Arm("components", "4", {"components": 4}),
    Arm("components", "5", {"components": 5}),
    Arm("size", "trunk 32-24, heads 16", SMALL),
    Arm("size", "trunk 48-32, heads 24", {"trunk": (48, 32), "head": 24}),
    Arm("size", "trunk 112-80, heads 56", {"trunk": (112, 80), "head": 56}),
    Arm("z", "none, trained on as long", {}, WITH_Z, BASE),
    _z("24 numbers a tile of 384"),
    _z("8 numbers", net={"latents": 8}),
    _z("64 numbers", net={"latents": 64}),
    _z("shifts only", masked="scale"),
    _z("the trunk only", masked="heads"),
    _z("the heads only", masked="trunk"),
    _z("tiles of 192", side=192),
    _z("tiles of 128", side=128),
    _z("tiles of 64", side=64),
    _z("ELBO, 5 samples", training={"particles": 5, "pixels": 128}),
    _z("IWAE_5", training={"particles": 5, "pixels": 128, "objective": "iwae"}),
    Arm("z", "none, trunk 32-24, heads 16, trained on as long", SMALL, WITH_Z, "size trunk 32-24, heads 16"),
    _z("24 numbers, trunk 32-24, heads 16", "size trunk 32-24, heads 16", net=SMALL),
    Arm("inputs", "16 neighbours of luma, 10 of others, 6 errors of the first predictor"),
    Arm("inputs", "6 neighbours of luma, 4 of others", {"surroundings": (6, 4, 6, 0)}),
    Arm("inputs", "20 neighbours of luma, 16 of others", {"surroundings": (20, 16, 6, 0)}),
    Arm("inputs", "no errors", {"surroundings": (16, 10, 0, 0)}),
    Arm("inputs", "10 errors", {"surroundings": (16, 10, 10, 0)}),
    Arm("inputs", "6 errors of each predictor", {"surroundings": (16, 10, 6, 6)}),
    Arm("inputs", "all of these", {"surroundings": (20, 16, 10, 10)}),
)


def run_arm(arm: Arm, steps: int, photos: Path, kodak: Path, folder: Path, cache: Path) -> Figures:
    """Train an arm, or go on with it, and measure it."""
    from codec.learn.common.config import config_from_settings
    from codec.learn.common.loop import train_net
    from codec.learn.common.run import averaged, load_checkpoint, resume, start
    from codec.learn.photo.data import load_tiles
    from codec.learn.photo.evaluate import evaluate_tiles, hold_tiles
    from codec.learn.photo.train import PHOTO, PhotoTask, PhotoTraining

    config = config_from_settings(PhotoTraining, {"latents": 0, "steps": steps, "quantise": 0.0, **arm.net, **arm.training})
    checkpoint = folder / f"{arm.name}.pt"
    if checkpoint.exists():
        run = resume(PHOTO, checkpoint)
    else:
        weights = load_checkpoint(PHOTO, folder / f"{named(arm.start).name}.pt")[0].state_dict() if arm.start else None
        run = start(PHOTO, config, weights=weights)
    mask_modulations(run.net, arm.masked)
    tiles = load_tiles(photos, cache, 3, config.net.predictors, config.net.view)
    print(f"{arm.study}: {arm.setting}", file=sys.stderr)
    train_net(run, PhotoTask(run, cut_tiles(tiles, arm.side)), checkpoint)
    others = load_tiles(kodak, cache, 3, config.net.predictors, config.net.view)
    every = replace(others, validation=np.sort(np.concatenate([others.training, others.validation])))
    rates = {}
    with averaged(run) as net:
        for name, held in (("network_val", tiles), ("network_kodak", every)):
            rates[name] = round(evaluate_tiles(net, hold_tiles(cut_tiles(held, arm.side), config.validation)).free, 5)
    figures = {"study": arm.study, "setting": arm.setting, "minutes": round(run.elapsed / 60.0, 1), "steps": run.steps}
    return {**figures, "mac_per_pixel": multiplications(run.net), **rates}


def named(name: str) -> Arm:
    """The arm that is called STUDY SETTING."""
    return next(arm for arm in ARMS if f"{arm.study} {arm.setting}" == name)


def multiplications(net: PhotoNet) -> int:
    """Of weights with inputs, for each pixel, in the layers that the likelihood has."""
    from codec.learn.photo.nets import kernel_layers

    return sum(layer.weight.numel() for _, layer in kernel_layers(net))


def mask_modulations(net: PhotoNet, parts: str) -> None:
    """Switch parts of a net's modulations off, from now on: "trunk", "heads" or "scale"; "" leaves it as it is."""
    from codec.learn.common.kernel_layers import Modulations

    trunk = sum(net.config.trunk)

    def without(module: Module, given: tuple[Tensor, ...], made: Modulations) -> Modulations:
        if parts == "scale":
            return Modulations(0.0 * made.scale, made.shift)
        mask = made.scale.new_ones(made.scale.shape[-1])
        mask[:trunk] = float(parts != "trunk")
        mask[trunk:] = float(parts != "heads")
        return Modulations(made.scale * mask, made.shift * mask)

    if parts:
        net.modulate.register_forward_hook(without)


def cut_tiles(tiles: Tiles, side: int) -> Tiles:
    """The pixels of tiles as tiles of `side`, 0 for whole ones; their surroundings come along, but for the rows above the highest."""
    if not side:
        return tiles
    from codec.lanes.wavefront import PAD

    planes, errors, sizes, kinds = [], [], [], []
    for held, numbers in ((False, tiles.training), (True, tiles.validation)):
        for number, top, left in places_of(tiles, numbers, side):
            window = (..., slice(top, top + side + 1), slice(left, left + side + 2 * PAD))
            planes.append(tiles.planes[number][window])
            errors.append(tiles.errors[number][window])
            sizes.append((side, side))
            kinds.append(held)
    held_out = np.array(kinds)
    return replace(
        tiles,
        planes=np.stack(planes),
        errors=np.stack(errors),
        sizes=np.array(sizes, np.int64),
        training=np.flatnonzero(~held_out),
        validation=np.flatnonzero(held_out),
    )


def places_of(tiles: Tiles, numbers: NDArray[np.int64], side: int) -> Iterator[tuple[int, int, int]]:
    """Number, top and left of the parts of tiles that are whole squares of `side`."""
    for number in numbers:
        height, width = tiles.sizes[number]
        for top in range(0, int(height) - side + 1, side):
            for left in range(0, int(width) - side + 1, side):
                yield int(number), top, left


def main(arguments: list[str]) -> int:
    """Train and measure the arms that have not been, and print the figures of all that are there."""
    parser = argparse.ArgumentParser(prog="python -m bench search", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos, with manifest.csv")
    parser.add_argument("--kodak", type=Path, required=True, help="folder of the Kodak PNGs")
    parser.add_argument("--folder", type=Path, default=Path("runs/search"), help="checkpoints and figures")
    parser.add_argument("--cache", type=Path, help="predictions (FOLDER/cache)")
    parser.add_argument("--studies", default="", help="which, divided by commas; all if nothing is said")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(arguments)

    import torch

    torch.set_num_threads(given.threads)
    given.folder.mkdir(parents=True, exist_ok=True)
    wanted = given.studies.split(",") if given.studies else sorted({arm.study for arm in ARMS})
    for arm in ARMS:
        done = given.folder / f"{arm.name}.json"
        if arm.study in wanted and not done.exists():
            figures = run_arm(arm, given.steps, given.photos, given.kodak, given.folder, given.cache or given.folder / "cache")
            done.write_text(json.dumps(figures) + "\n", encoding="utf-8")
        if done.exists():
            print(done.read_text(encoding="utf-8"), end="", flush=True)
    return 0
