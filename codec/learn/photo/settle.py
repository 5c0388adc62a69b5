"""Moves the first weights of a photo model towards what pictures teach its layers while they are coded.

    python -m codec.learn.photo.settle FOLDER --model photo -o mine.bbm

One picture after the other is coded, turned at random (learn/common/settle.py), at a pace that falls from --pace to 0. What layers learn,
and how, is what the model says.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from codec.density.library import find
from codec.density.photo.area import PhotoArea
from codec.density.photo.layers import kind_of, layer_names, with_weights
from codec.density.photo.model import PhotoModel, load_photo
from codec.density.photo.network import Buffers
from codec.density.shared.plan import INPUTS, LAYER_FIELDS, LEARNT, OUTPUTS
from codec.learn.common.data import load_picture
from codec.learn.common.explain import explained_by
from codec.learn.common.kernel_layers import INPUT_BITS, INPUT_LIMIT, SUM_BITS, UNIT_BITS, UNIT_LIMIT
from codec.learn.common.settle import Weights, finest_layer, settle
from codec.learn.photo.data import list_pictures, planes_of
from codec.learn.photo.export import with_photo_probe
from codec.nets.model_file import ModelFile, trained_model
from codec.system.files import write_bytes

TURNS = (-1, 1)

PictureCoding = Callable[[PhotoModel, int, int], Buffers]
Sample = TypeVar("Sample", np.int16, np.int32)


def settle_photo_model(model: PhotoModel, pictures: int, pace: float, rng: np.random.Generator, code: PictureCoding) -> Weights:
    """The weights of layers that learn, after so many pictures. code: codes one by a model, the how-manieth and its number."""

    def learnt(weights: Weights, step: int, number: int) -> Weights:
        return code(replace(model, network=with_weights(model.network, weights)), step, number).learnt[: weights.size]

    return settle(model.network.learnt[0], pictures, pace, rng, learnt)


def turned(planes: NDArray[Sample], rng: np.random.Generator) -> NDArray[Sample]:
    """Planes [c, h, w], mirrored or not in both directions."""
    return np.ascontiguousarray(planes[:, :: int(rng.choice(TURNS)), :: int(rng.choice(TURNS))])


def with_layers(model: PhotoModel, weights: Weights, learning: str) -> ModelFile:
    """The model's file with other weights, as fine as they may be, and what learns while it codes."""
    tensors, shifts = {**model.file.tensors}, {**model.file.metadata["shifts"]}
    names = layer_names(model.channels, model.network.networks)
    for name, fields in zip(names, model.network.plan.reshape(-1, LAYER_FIELDS), strict=True):
        inputs, outputs, begin = int(fields[INPUTS]), int(fields[OUTPUTS]), int(fields[LEARNT])
        rows = weights[begin : begin + (inputs + 1) * outputs].astype(np.float64).reshape(inputs + 1, outputs)
        rows, is_first = rows[:, : tensors[f"{name}.bias"].size], name.endswith("trunk0")
        bits = INPUT_BITS if is_first else UNIT_BITS, UNIT_BITS if kind_of(name) == "out" else SUM_BITS
        whole = finest_layer(rows[:-1], rows[-1], bits, INPUT_LIMIT if is_first else UNIT_LIMIT, shifts[name] + 1)
        shifts[name], tensors[f"{name}.weight"], tensors[f"{name}.bias"] = whole
    return replace(model.file, metadata={**model.file.metadata, "learning": learning, "shifts": shifts}, tensors=tensors)


def settle_on_photos(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--model", required=True, help="title of an embedded model, or a model file")
    parser.add_argument("--pace", type=float, default=0.03)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    with explained_by(parser):
        files = [path for folder in options.folder for path, for_validation in list_pictures(folder) if not for_validation]
        model, rng = load_photo(find(options.model).file), np.random.default_rng(1)

        def code(model: PhotoModel, _: int, number: int) -> Buffers:
            area = PhotoArea.known(model, turned(planes_of(load_picture(files[number]), model.channels), rng))
            area.rows(0, area.height).intervals()
            return area.buffers

        weights = settle_photo_model(model, len(files), options.pace, rng, code)
        facts = {"settled": {"command": f"python -m codec.learn.photo.settle --pace {options.pace}", "pictures": len(files)}}
        file = with_layers(model, weights, model.file.metadata["learning"])
        write_bytes(options.output, trained_model(file, facts, with_photo_probe), force=True)


if __name__ == "__main__":
    settle_on_photos()
