"""Trains a model of graphics: codes pictures one after another, goes on with what was learnt, and keeps the mean of the last third.

    python -m codec.learn.graphics.train FOLDER... --contexts 9,4,8,10 --number 2 -o mine.bbm

Nothing is taken from a picture but the decisions of coding it, so any folder of drawings will do; pictures of more than 160,000 pixels
give two crops of 400x400. Large and small ones take turns, and the small ones come last: it is for them that the beginning counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from codec.density.density import Samples
from codec.density.graphics.coder import GraphicsCoder
from codec.density.graphics.decisions import Integers, untrained
from codec.density.graphics.model import load_graphics
from codec.density.graphics.stripe import colours_of, probe_digest
from codec.learn.common.data import list_folder
from codec.learn.common.explain import explained_by
from codec.media.picture import whole
from codec.media.read import open_picture
from codec.nets.model_file import with_probe, write_model
from codec.system.files import read_bytes, write_bytes

LARGE, CROP, SMALL = 160_000, 400, 20_000  # pixels of a picture that is cropped; rows and columns of a crop; pixels of small ones
KEPT = 1 / 3  # of the pictures: those after which what was learnt counts


def crops(paths: Sequence[Path], rng: np.random.Generator) -> Iterator[Samples]:
    """The pictures of files, those of 8 bits or less; of large ones two crops."""
    for path in paths:
        rows = open_picture(read_bytes(path), path.suffix).rows
        if rows is None or rows.bits > 8:
            continue
        pixels = whole(rows).pixels
        for _ in range(2 if pixels.shape[0] * pixels.shape[1] > LARGE else 0):
            top, left = (int(rng.integers(0, max(1, size - CROP + 1))) for size in pixels.shape[:2])
            yield np.ascontiguousarray(pixels[top : top + CROP, left : left + CROP])
        if pixels.shape[0] * pixels.shape[1] <= LARGE:
            yield np.ascontiguousarray(pixels)


def in_turns(pictures: Sequence[Samples], rng: np.random.Generator) -> list[Samples]:
    """A third of the small ones, all large ones, half of these again, all small ones."""
    mixed = [pictures[place] for place in rng.permutation(len(pictures))]
    small = [one for one in mixed if one.shape[0] * one.shape[1] <= SMALL]
    large = [one for one in mixed if one.shape[0] * one.shape[1] > SMALL]
    return small[: len(small) // 3] + large + large[::2] + small


def learn_from(pictures: Sequence[Samples], contexts: tuple[int, ...], rate: int) -> Integers:
    """What is learnt from pictures, in their order."""
    learnt, total, count = untrained(), np.zeros(untrained().shape), 0
    for number, pixels in enumerate(pictures):
        GraphicsCoder(learnt, contexts, (pixels.shape[0], pixels.shape[1]), pixels.shape[2], rate).encode(colours_of(pixels))
        if number >= len(pictures) * (1 - KEPT):
            total, count = total + learnt, count + 1
    return np.round(total / max(1, count)).astype(np.int32)


def model_of(learnt: Integers, contexts: tuple[int, ...], rate: int, number: int, training: str) -> bytes:
    """The model's file."""
    metadata = {"kind": "graphics", "number": number, "contexts": list(contexts), "rate": rate, "training": {"data": training}}
    tensors = {"learnt": learnt - untrained(), "probe.pixels": probe_pixels()}
    return with_probe(write_model(metadata, tensors), lambda file: probe_digest(load_graphics(file)))


def probe_pixels() -> Samples:
    """A probe that has all there is: flat areas, repeats, few colours and noise."""
    rng = np.random.default_rng(7)
    pixels = np.full((24, 40, 4), 255, np.uint8)
    pixels[6:14, 5:17] = pixels[15:23, 20:32] = rng.integers(0, 3, (8, 12, 1)) * 80
    pixels[2:5, 20:38] = rng.integers(0, 256, (3, 18, 4))
    pixels[8:12, 24:38, 1] = np.arange(14) * 9
    return pixels


def train_graphics(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--contexts", default="9,4,8,10")
    parser.add_argument("--rate", type=int, default=4)
    parser.add_argument("--number", type=int, default=255)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    with explained_by(parser):
        rng, contexts = np.random.default_rng(1), tuple(map(int, options.contexts.split(",")))
        paths = [path for folder in options.folders for path in list_folder(folder, suffixes=())]
        learnt = learn_from(in_turns(list(crops(sorted(paths), rng)), rng), contexts, options.rate)
        names = ", ".join(folder.name for folder in options.folders)
        write_bytes(options.output, model_of(learnt, contexts, options.rate, options.number, names), force=True)


if __name__ == "__main__":
    train_graphics()
