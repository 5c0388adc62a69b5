"""Moves what a JPEG model begins with, weights of layers and of decisions, towards what coding files teaches it (learn/common/settle.py).

    python -m codec.learn.jpeg.settle FOLDER --model jpeg -o mine.bbm

Of each file two pieces are coded, rows of units anywhere in it, of about LARGE and of SMALL blocks. Small files depend on what a model
begins with most, and a small piece teaches little: its steps are SMALL_STEPS times as long, and those of decisions DECISION_STEPS times.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.density import Coefficients
from codec.density.jpeg.form import JpegForm
from codec.density.jpeg.learning import PACES
from codec.density.jpeg.mixers import SET_UNIT, SHOWN, TOGETHER, WAYS
from codec.density.jpeg.model import JpegModel, Model, load_jpeg
from codec.density.jpeg.network import JpegNetwork
from codec.density.jpeg.part import FEWEST_UNITS, Pass, run_passes
from codec.density.library import find
from codec.density.shared.plan import INPUTS, LAYER_FIELDS, LEARNT, OUTPUTS
from codec.errors import BadModel
from codec.learn.common.explain import explained_by
from codec.learn.common.kernel_layers import INPUT_LIMIT, UNIT_LIMIT
from codec.learn.common.settle import Weights, finest_layer, settle
from codec.learn.jpeg.data import list_files
from codec.learn.jpeg.directions import BITS
from codec.learn.jpeg.export import with_jpeg_probe
from codec.learn.jpeg.files import read_coefficients
from codec.nets.model_file import ModelFile, trained_model
from codec.system.files import write_bytes

LARGE, SMALL = 24000, 1500
SMALL_STEPS, DECISION_STEPS = 3.0, 4.0
MOST = 32767  # of a weight of decisions, in SET_UNIT

Parts = list[NDArray[np.float32]]  # weights of luma's layers, luma's sets, and those of chroma


def first_parts(model: JpegModel) -> Parts:
    """What a model begins with."""
    found = Parts()
    for network, sets in ((model.luma, model.luma_sets), (model.chroma, model.chroma_sets)):
        found += [network.learnt[0], sets[:, : _shown(network)].reshape(-1)]
    return found


def learnt_parts(model: JpegModel, passes: Sequence[Pass]) -> Parts:
    """What it has come to after the passes of a file: of chroma the mean of its components' layers, and what both taught its decisions."""
    found, all_buffers = first_parts(model), [one.buffers for one in passes if one.buffers is not None]
    for at, network, learnt in ((0, model.luma, all_buffers[:1]), (2, model.chroma, all_buffers[1:])):
        if learnt:
            layers, sets = found[at].size, [one.mixers[:, : _shown(network)].reshape(-1) for one in learnt]
            found[at] = np.mean([one.learner[:layers] for one in learnt], 0, np.float32)
            found[at + 1] = np.sum(sets, 0, np.float32) - np.float32(len(sets) - 1) * found[at + 1]
    return found


def _shown(network: JpegNetwork) -> int:
    """How many weights of a set there are for numbers that are not always 0."""
    return int(network.plan[LAYER_FIELDS + OUTPUTS]) + SHOWN


def with_first(model: JpegModel, parts: Parts) -> ModelFile:
    """The model's file with other weights to begin with, as fine as they may be; what all kinds learnt goes to each kind's biases."""
    tensors, shifts = {**model.file.tensors}, {part: {**model.file.metadata["shifts"][part]} for part in ("luma", "chroma")}
    for part, network, weights, sets in zip(shifts, (model.luma, model.chroma), parts[::2], parts[1::2], strict=True):
        for (layer, bits), fields in zip(BITS.items(), network.plan.reshape(-1, LAYER_FIELDS), strict=True):
            name, inputs, outputs, begin = f"{part}.{layer}", int(fields[INPUTS]), int(fields[OUTPUTS]), int(fields[LEARNT])
            bias, shift = tensors[f"{name}.bias"].astype(np.float64), shifts[part][layer]
            rows = weights[begin : begin + (inputs + 1) * outputs].astype(np.float64).reshape(inputs + 1, outputs)[:, : bias.shape[1]]
            largest = INPUT_LIMIT if layer == "first" else UNIT_LIMIT
            found = finest_layer(rows[:-1], bias * 2.0 ** -(shift + bits[1]) + rows[-1], bits, largest, shift + 1)
            shifts[part][layer], tensors[f"{name}.weight"], tensors[f"{name}.bias"] = found
        whole = np.rint(np.clip(sets / SET_UNIT, -MOST, MOST)).astype(np.int16)
        tensors[f"{part}.sets"] = whole.reshape(-1, _shown(network))
    return replace(model.file, metadata={**model.file.metadata, "shifts": shifts}, tensors=tensors)


def piece_of(form: JpegForm, data: Coefficients, blocks: int, rng: np.random.Generator) -> tuple[slice, Coefficients]:
    """Rows of units anywhere in a file, of about so many blocks, and their coefficients."""
    row = sum(one.columns * one.vertical for one in form.components)
    units = min(form.unit_rows, max(FEWEST_UNITS, blocks // row))
    first = int(rng.integers(form.unit_rows - units + 1))
    part = slice(first, first + units)
    return part, [np.ascontiguousarray(each[one.rows_of(part)]) for one, each in zip(form.components, data, strict=True)]


def settle_jpeg_model(model: JpegModel, files: Sequence[Path], pace: float, rng: np.random.Generator) -> ModelFile:
    """The model's file after two pieces of each file."""
    parts = first_parts(model)
    ends, is_sets = np.cumsum([part.size for part in parts])[:-1], np.repeat([0, 1, 0, 1], [part.size for part in parts])
    steps = np.where(is_sets, DECISION_STEPS, 1.0).astype(np.float32)

    def learnt(weights: Weights, _: int, number: int) -> Weights:
        found = read_coefficients(files[number // 2])
        if found is None:
            return weights
        begun = load_jpeg(with_first(model, np.split(weights, ends)))
        assert isinstance(begun, JpegModel)
        part, data = piece_of(*found, SMALL if number % 2 else LARGE, rng)
        taught = np.concatenate(learnt_parts(begun, run_passes(begun, found[0], part, data))) - np.concatenate(first_parts(begun))
        return weights + steps * np.float32(SMALL_STEPS if number % 2 else 1.0) * taught

    return with_first(model, np.split(settle(np.concatenate(parts), 2 * len(files), pace, rng, learnt), ends))


def _settling(model: Model, name: str, decisions: str, learning: str | None) -> JpegModel:
    """The model, its decisions coded in this way, its layers learning so. Raises BadModel."""
    if not isinstance(model, JpegModel) or not model.learns:
        raise BadModel(f"{name}: no layers that learn while they code")
    file = with_first(model, first_parts(model))
    ways = {"decisions": decisions, "learning": learning or file.metadata["learning"]}
    found = load_jpeg(replace(file, metadata={**file.metadata, **ways}))
    assert isinstance(found, JpegModel)
    return found


def settle_on_jpegs(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", required=True, help="title of an embedded model, or a model file")
    parser.add_argument("--pace", type=float, default=0.08)
    ways = [name for name, way in WAYS.items() if way.settled]
    parser.add_argument("--decisions", choices=ways, default=TOGETHER, help="how they are coded")
    parser.add_argument("--learning", choices=[name for name, pace in PACES.items() if pace.layers], help="when its layers learn")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    with explained_by(parser):
        files = [path for path, for_validation in list_files(options.folder) if not for_validation]
        model = _settling(load_jpeg(find(options.model).file), options.model, options.decisions, options.learning)
        settled = settle_jpeg_model(model, files, options.pace, np.random.default_rng(1))
        learning = f" --learning {options.learning}" if options.learning else ""
        command = f"python -m codec.learn.jpeg.settle --pace {options.pace} --decisions {options.decisions}{learning}"
        facts = {"settled": {"command": command, "files": len(files)}}
        write_bytes(options.output, trained_model(settled, facts, with_jpeg_probe), force=True)


if __name__ == "__main__":
    settle_on_jpegs()
