"""Trains a photo net of 8 bits on for pictures of 16 bits, where it goes on learning while it codes: moves it towards what pictures teach.

    python -m codec.learn.photo.deep FOLDER --model photo-best-1 -o mine.bbm

Every picture for training becomes one of more bits: it is halved, then is sRGB of 16 bits, linear light of 16 bits, or the sums of four
pixels, of 10 bits. One after another they are coded, each from the net's weights w on to some w'; then w = w + p (w' - w), where p falls
from --pace to 0 (Reptile: Nichol, Achiam, Schulman 2018). At a pace of 0.05 the net gained all that it did; at 0.2 it broke.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from codec.density.density import DeepPlanes
from codec.density.library import find
from codec.density.photo.deep.area import DeepArea
from codec.density.photo.model import EXACT_LIMIT, PhotoModel, learning_so, load_photo, with_weights
from codec.density.photo.stripe import probe_digest
from codec.density.shared.network import UNIT_LIMIT
from codec.density.shared.plan import INPUTS, LAYER_FIELDS, LEARNT, OUTPUTS
from codec.density.shared.scales import HIGHEST_SCALE
from codec.learn.photo.data import list_pictures
from codec.nets.model_file import ModelFile, with_probe, write_model

LEARNING = "all-whole"
SIDE = 384  # pixels of a picture's middle that are coded, at most, once it is halved
KINDS = ("sRGB", "linear", "sums")

Pixels = NDArray[np.uint8]


def deep_planes(pixels: Pixels, kind: str, order: int) -> tuple[DeepPlanes, int]:
    """Planes of more than 8 bits of a picture [h, w, 3], and their highest level. order: 0 or 1, as the files of such pictures have it."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    sums = pixels[: 2 * height, : 2 * width].astype(np.int64).reshape(height, 2, width, 2, 3).sum((1, 3))
    if kind != "sums":
        small = np.stack([np.asarray(Image.fromarray(pixels[:, :, c]).convert("F").resize((width, height), Image.Resampling.BICUBIC))
                          for c in range(3)], 2).clip(0, 255) / 255  # fmt: skip
        light = np.where(small <= 0.04045, small / 12.92, ((small + 0.055) / 1.055) ** 2.4) if kind == "linear" else small
        sums = np.rint(light * 65535).astype(np.int64)
    top, left = (max(0, (size - SIDE) // 2) for size in (height, width))
    red, green, blue = np.moveaxis(sums.astype(np.int32)[top : top + SIDE, left : left + SIDE], 2, 0)
    first = green if order else (red + 2 * green + blue) >> 2
    return np.ascontiguousarray(np.stack([first, red - green, blue - green])), int(sums.max())


def train_on(model: PhotoModel, pictures: list[Pixels], pace: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """The weights of layers that learn, after these pictures."""
    network = model.network
    weights: NDArray[np.float32] = network.learnt[0].copy()
    for step, number in enumerate(rng.permutation(len(pictures))):
        planes, top = deep_planes(pictures[number], KINDS[step % len(KINDS)], int(rng.integers(2)))
        turned = np.ascontiguousarray(planes[:, :: int(rng.choice([-1, 1])), :: int(rng.choice([-1, 1]))])
        area = DeepArea(replace(model, network=with_weights(network, weights)), turned, top, False)
        area.intervals()
        weights += np.float32(pace * (1 - step / len(pictures))) * (area.buffers.learnt[: weights.size] - weights)
    return weights


def with_layers(model: PhotoModel, weights: NDArray[np.float32]) -> ModelFile:
    """The model's file with other weights, as fine as they may be."""
    tensors, shifts = {**model.file.tensors}, {**model.file.metadata["shifts"]}
    names = ["trunk0", "trunk1", *(f"{part}{c}" for c in range(model.channels) for part in ("head", "out"))]
    for name, fields in zip(names, model.network.plan.reshape(-1, LAYER_FIELDS), strict=True):
        inputs, outputs, begin = int(fields[INPUTS]), int(fields[OUTPUTS]), int(fields[LEARNT])
        rows = weights[begin : begin + (inputs + 1) * outputs].astype(np.float64).reshape(inputs + 1, outputs)
        rows, given = rows[:, : tensors[f"{name}.bias"].size], 5 if name == "trunk0" else 6
        for shift in range(shifts[name] + 1, 0, -1):
            bits = shift - given + (6 if name.startswith("out") else 8)
            whole, bias = np.rint(rows[:-1] * 2.0**bits), np.rint(rows[-1] * 2.0 ** (bits + given))
            most = (np.abs(whole).sum(0) * (HIGHEST_SCALE if given == 5 else UNIT_LIMIT) + np.abs(bias)).max() + (1 << shift)
            if np.abs(whole).max() < 1 << 15 and most < EXACT_LIMIT:
                break
        shifts[name], tensors[f"{name}.weight"], tensors[f"{name}.bias"] = shift, whole.astype(np.int16), bias.astype(np.int32)
    return replace(model.file, metadata={**model.file.metadata, "learning": LEARNING, "shifts": shifts}, tensors=tensors)


def deep_model(file: ModelFile, facts: Mapping[str, object]) -> bytes:
    """The bytes of a model's file; facts go beside those of its training."""
    known = {**file.metadata, "training": {**file.metadata["training"], **facts}}
    return with_probe(write_model(known, file.tensors), lambda file: probe_digest(load_photo(file)))


def train_deep() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", required=True, help="title of an embedded model, or a model file")
    parser.add_argument("--pace", type=float, default=0.05)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    files = [path for path, for_validation in list_pictures(options.folder) if not for_validation]
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in files]
    model = learning_so(load_photo(find(options.model).file), LEARNING)
    weights = train_on(model, pictures, options.pace, np.random.default_rng(1))
    facts = {"deep": {"command": f"python -m codec.learn.photo.deep --pace {options.pace}", "pictures": len(pictures)}}
    options.output.write_bytes(deep_model(with_layers(model, weights), facts))


if __name__ == "__main__":
    train_deep()
