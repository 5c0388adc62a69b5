"""Trains a photo net of 8 bits on for pictures of 16 bits, where it goes on learning while it codes: moves it towards what pictures teach.

    python -m codec.learn.photo.deep FOLDER ... --model photo-best-8 -o mine.bbm

Every picture for training becomes one of more bits: it is halved, then is sRGB of 16 bits, linear light of 16 bits, or the sums of four
pixels, of 10 bits. By these the net settles (settle.py), however it will learn later: with steps in directions it broke at a pace of 0.05,
where `all-whole` broke at 0.2.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from codec.density.density import DeepPlanes
from codec.density.library import find
from codec.density.photo.deep.area import DeepArea
from codec.density.photo.model import PhotoModel, learning_so, load_photo
from codec.density.photo.network import Buffers
from codec.learn.common.explain import explained_by
from codec.learn.common.settle import Weights
from codec.learn.photo.data import list_pictures
from codec.learn.photo.export import with_photo_probe
from codec.learn.photo.settle import settle_photo_model, turned, with_layers
from codec.nets.model_file import trained_model
from codec.system.files import write_bytes

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


def train_on(model: PhotoModel, pictures: list[Pixels], pace: float, rng: np.random.Generator) -> Weights:
    """The weights of layers that learn, after these pictures."""

    def code(model: PhotoModel, step: int, number: int) -> Buffers:
        planes, top = deep_planes(pictures[number], KINDS[step % len(KINDS)], int(rng.integers(2)))
        area = DeepArea(model, turned(planes[: model.channels], rng), top, False)
        area.intervals()
        return area.buffers

    return settle_photo_model(model, len(pictures), pace, rng, code)


def train_deep(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--model", required=True, help="title of an embedded model, or a model file")
    parser.add_argument("--learning", default="all-whole", help="what learns while it codes (all-whole)")
    parser.add_argument("--pace", type=float, default=0.03)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    with explained_by(parser):
        files = [path for folder in options.folder for path, for_validation in list_pictures(folder) if not for_validation]
        pictures = [np.asarray(Image.open(path).convert("RGB")) for path in files]
        model = learning_so(load_photo(find(options.model).file), options.learning)
        weights = train_on(model, pictures, options.pace, np.random.default_rng(1))
        facts = {"deep": {"command": f"python -m codec.learn.photo.deep --pace {options.pace}", "pictures": len(pictures)}}
        write_bytes(options.output, trained_model(with_layers(model, weights, options.learning), facts, with_photo_probe), force=True)


if __name__ == "__main__":
    train_deep()
