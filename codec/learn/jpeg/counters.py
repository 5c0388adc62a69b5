"""Trains a model of the quick form: codes parts of JPEG files one after another, and keeps the mean of what was learnt.

    python -m codec.learn.jpeg.counters FOLDER... -o mine.bbm

No net is trained and no torch is needed. Every file gives some rows of units from a place that chance chooses; files come in random order.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.density import Coefficients
from codec.density.jpeg.constants import CLASSES
from codec.density.jpeg.counted import COUNTERS, SETS
from codec.density.jpeg.counter_model import FIRST_USES, FORM, SQUASHED, WEIGHT_UNIT, CounterModel
from codec.density.jpeg.counters import COUNTER_BITS, LARGEST_SUM, STEPS, STRETCH_BITS, USES_BITS
from codec.density.jpeg.form import JpegForm
from codec.density.jpeg.model import PROBE_SIDE, load_jpeg
from codec.density.jpeg.part import probe_digest, run_passes
from codec.density.jpeg.records import LEAST, WHOLE
from codec.errors import BadData
from codec.lanes.vectors import LANES
from codec.learn.common.explain import explained_by
from codec.learn.jpeg.files import read_coefficients
from codec.nets.model_file import read_model, with_probe, write_model
from codec.system.files import write_bytes

BLOCKS = 6000  # about so many of luma are learnt from in a file
REMEMBERED = 60  # uses that a counter goes on with in the next file
FEWEST_USES = 6  # of a counter that is worth its byte
KEPT = 0.5  # of the files: those after which what was learnt counts
FIRST_WEIGHT = 0.2
PART_BLOCKS = 1 << 17

Sample = tuple[JpegForm, slice, Coefficients]
Arrays = dict[str, NDArray[np.generic]]


def tables() -> Arrays:
    """The tables of a model, with floating point."""
    p = (np.arange(1 << STRETCH_BITS) + 0.5) / (1 << STRETCH_BITS)
    stretch = np.rint(np.log(p / (1 - p)) / WEIGHT_UNIT)
    squash = 1 / (1 + np.exp(LARGEST_SUM - np.arange(SQUASHED) / STEPS))
    first = 1 / (1 + np.exp(-(np.arange(64) - 32) / 4))
    return {
        "table.stretch": stretch.astype(np.int32),
        "table.squash": np.clip(np.rint(squash * WHOLE), LEAST, WHOLE - LEAST).astype(np.int32),
        "table.first": np.rint(first * (1 << COUNTER_BITS)).astype(np.int32),
    }


def chosen_rows(paths: Sequence[Path], rng: np.random.Generator) -> Iterator[Sample]:
    """Rows of units of the files that can be taken apart, from random places, in random order."""
    for number in rng.permutation(len(paths)):
        found = read_coefficients(paths[number])
        if found is None:
            continue
        form, data = found
        rows = max(1, min(form.unit_rows, BLOCKS // max(1, form.components[0].columns * form.components[0].vertical)))
        first = int(rng.integers(form.unit_rows - rows + 1))
        part = slice(first, first + rows)
        yield form, part, [np.ascontiguousarray(data[i][one.rows_of(part)]) for i, one in enumerate(form.components)]


def learn_counters(model: CounterModel, given: Sequence[Sample]) -> Arrays:
    """The counters and weights of a model that has coded all of these."""
    model = replace(model, counters=model.counters.copy(), weights=model.weights.copy(), keeps=True)
    total, weights, count = np.zeros(model.counters.shape), np.zeros(model.weights.shape), 0
    uses_mask = (1 << USES_BITS) - 1
    for number, (form, part, data) in enumerate(given):
        run_passes(model, form, part, data)
        uses = model.counters & uses_mask
        model.counters[:] = (model.counters & ~uses_mask) + np.minimum(uses, REMEMBERED)
        if number >= len(given) * (1 - KEPT):
            total, weights, count = total + (model.counters >> USES_BITS), weights + model.weights, count + 1
    p = np.clip(total / max(1, count) / (1 << COUNTER_BITS), 1e-4, 1 - 1e-4)
    level = np.clip(np.rint(4 * np.log(p / (1 - p)) + 32), 1, 63).astype(np.int64)
    uses = model.counters & uses_mask
    code = np.where(uses >= FEWEST_USES, 4 * level + np.searchsorted(FIRST_USES, uses, side="right") - 1, 0)
    found = np.rint(weights / max(1, count) / WEIGHT_UNIT).astype(np.int32).reshape(CLASSES, SETS, LANES)
    return {"counters": code.astype(np.uint8), "weights": found}


def untrained_counters(probe: NDArray[np.int16]) -> Arrays:
    """The tensors of a model that has learnt nothing. probe: int16 [16, 64]."""
    weights = np.full((CLASSES, SETS, LANES), round(FIRST_WEIGHT / WEIGHT_UNIT), np.int32)
    weights[:, :, LANES - 1] = 0
    counters = np.zeros((CLASSES, COUNTERS), np.uint8)
    return {"counters": counters, "weights": weights, **tables(), "probe.coefficients": probe}


def model_bytes_of(tensors: Arrays, training: str) -> bytes:
    """The model's file."""
    metadata = {"kind": "jpeg", "form": FORM, "part_blocks": PART_BLOCKS, "probe": "", "training": {"data": training}}
    return with_probe(write_model(metadata, tensors), lambda file: probe_digest(load_jpeg(file)))


def train_counters() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=1 << 20, help="learn from so many files at most")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    with explained_by(parser):
        rng = np.random.default_rng(1)
        paths = sorted(path for folder in options.folders for path in folder.rglob("*.jp*g"))
        given = list(chosen_rows([paths[i] for i in rng.permutation(len(paths))[: options.most]], rng))
        whole = next((data[0] for _, _, data in given if min(data[0].shape[:2]) >= PROBE_SIDE), None)
        if whole is None:
            raise BadData("no JPEG file that is large enough")
        tensors = untrained_counters(whole[:PROBE_SIDE, :PROBE_SIDE].reshape(PROBE_SIDE * PROBE_SIDE, -1).copy())
        file = read_model(model_bytes_of(tensors, "none"))
        model = load_jpeg(file)
        assert isinstance(model, CounterModel)
        names = ", ".join(folder.name for folder in options.folders)
        write_bytes(options.output, model_bytes_of(tensors | learn_counters(model, given), f"{len(given)} files of {names}"), force=True)


if __name__ == "__main__":
    train_counters()
