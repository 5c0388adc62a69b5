"""Makes a model file of trained JPEG nets: every layer becomes integers, and every table is made here, once.

The tables are those of learn/common/tables.py, surroundings.py and decisions.py.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import NUMBERS, log_table
from codec.density.jpeg.decisions import logarithm_table
from codec.density.jpeg.learning import PACES
from codec.density.jpeg.mixers import OWN_RATES
from codec.density.jpeg.model import LARGEST_POWER, PROBE_SIDE, RATE_UNIT, SOLVED, START_UNIT, load_jpeg
from codec.density.jpeg.part import probe_digest
from codec.density.shared.scales import make_tables
from codec.errors import BadData, BadModel
from codec.learn.common.directions import folder_if_lacking
from codec.learn.common.programs import Spec
from codec.learn.common.quantise import calibrate, set_quantised
from codec.learn.common.run import averaged_net, resume
from codec.learn.common.tables import likelihood_tables
from codec.learn.jpeg.command import symbol_cache
from codec.learn.jpeg.data import Gathered, list_files, load_symbols
from codec.learn.jpeg.directions import jpeg_directions
from codec.learn.jpeg.files import read_coefficients
from codec.learn.jpeg.nets import JpegNet
from codec.learn.jpeg.train import JPEG, validation_rates
from codec.nets.layers import FLOAT32_LIMIT
from codec.nets.model_file import ModelFile, read_model, with_metadata, with_probe, write_model

RATES = (0.003, 0.0003, 1.0 / 512.0)  # of decisions: the first, the last, and the part of what is left
PART_BLOCKS = 1 << 17  # what is learnt anew in every part weighs more than threads

Arrays = dict[str, NDArray[np.generic]]


def export_jpeg(path: Path, data: Path, cache: Path | None, facts: Mapping[str, object]) -> bytes:
    """The model file of a checkpoint that was trained on the JPEG files in the folder `data`, their symbols in `cache` or beside it.

    facts are stored beside its settings and its rates on the validation files, in bits a symbol. Raises BadModel, BadCheckpoint, BadData.
    """
    run = resume(JPEG, path)
    gathered = load_symbols(data, symbol_cache(path, cache), run.config.net.prediction == SOLVED)
    net = prepare_nets(averaged_net(run))
    training: Spec = {
        "settings": asdict(run.config),
        "minutes": round(run.elapsed / 60.0, 2),
        "steps": run.steps,
        "symbols": [gathered.luma.training, gathered.chroma.training],
        "exported": time.strftime("%Y-%m-%d"),
        **facts,
    }
    if len(gathered.luma.held) > 1:
        training["validation"] = {name: round(rate, 6) for name, rate in validation_rates(net, gathered).items()}
    made = write_model(*export_jpeg_net(net, gathered, probe_blocks(data), training))
    if PACES[net.config.learning].directed:
        made = _with_directions(read_model(made), gathered)
    return with_jpeg_probe(made)


def jpeg_with_learning(data: bytes, learning: str, facts: Mapping[str, object], folder: Path | None, cache: Path) -> bytes:
    """The file of a JPEG model, but for what its layers learn from while it codes, and with rates of their own for weights of
    decisions; facts go beside its own.

    folder: files in which directions are found that the model lacks, their symbols in `cache`. Raises BadModel, BadData.
    """
    file = read_model(data)
    if (found := folder_if_lacking(file, learning, PACES, folder)) is not None:
        data = _with_directions(file, load_symbols(found, cache, file.metadata.get("prediction") == SOLVED))
    decisions = file.metadata.get("decisions", OWN_RATES)  # which may have settled
    return with_jpeg_probe(with_metadata(data, {"learning": learning, "decisions": decisions, "training": facts}))


def _with_directions(file: ModelFile, gathered: Gathered) -> bytes:
    return write_model(file.metadata, {**file.tensors, **jpeg_directions(file, gathered)})


def with_jpeg_probe(data: bytes) -> bytes:
    """The file of a JPEG model with what its probe gives. Raises BadModel."""
    return with_probe(data, lambda file: probe_digest(load_jpeg(file)))


def probe_blocks(data: Path) -> NDArray[np.int16]:
    """Blocks of luma of the first file that has so many, from its middle: int16 [16, 64]. Raises BadData."""
    for file, _ in list_files(data):
        found = read_coefficients(file)
        if found is not None and min(found[1][0].shape[:2]) >= 2 * PROBE_SIDE:
            luma = found[1][0]
            top, left = luma.shape[0] // 2, luma.shape[1] // 2
            return luma[top : top + PROBE_SIDE, left : left + PROBE_SIDE].reshape(-1, luma.shape[2]).copy()
    raise BadData(f"{data}: no JPEG file that is large enough")


def prepare_nets(net: JpegNet) -> JpegNet:
    """A copy of the nets, quantised, their layers' sums proved to be below 2^24. Raises BadModel."""
    net = copy.deepcopy(net)
    if not net.luma.quantised:
        calibrate(net)
    set_quantised(net, True)
    for part in (net.luma, net.chroma):
        for name, layer in part.layers():
            if layer.bound() >= FLOAT32_LIMIT:  # its weights have outgrown their grid since it was chosen
                layer.calibrate(margin=1.0)
            if layer.bound() >= FLOAT32_LIMIT or layer.shift < 1:
                raise BadModel(f"layer {name}: its sums can reach {layer.bound()}")
    return net


def export_jpeg_net(net: JpegNet, gathered: Gathered, probe: NDArray[np.int16], training: Mapping[str, object]) -> tuple[Spec, Arrays]:
    """(metadata but for the probe's digest, tensors) of prepared nets."""
    parts = {"luma": net.luma, "chroma": net.chroma}
    metadata: Spec = {
        "kind": "jpeg",
        "hidden": list(net.config.hidden),
        "components": net.config.components,
        "learning": net.config.learning,
        "prediction": net.config.prediction,
        "decisions": OWN_RATES,
        "part_blocks": PART_BLOCKS,
        "shifts": {name: {layer: each.shift for layer, each in part.layers()} for name, part in parts.items()},
        "training": dict(training),
        "probe": "",
    }
    tensors: Arrays = {}
    for name, part in parts.items():
        for layer, each in part.layers():
            weight, bias = each.integers()
            tensors[f"{name}.{layer}.weight"] = weight.numpy().T.astype(np.int16)
            tensors[f"{name}.{layer}.bias"] = bias.numpy().astype(np.int32)
    tensors["rates"] = np.rint(np.array(RATES) / RATE_UNIT).astype(np.int32)
    if gathered.solved is not None:
        tensors["solved"] = _in_start_units(gathered.solved)
    else:
        tensors["start"] = _in_start_units(gathered.start[..., :NUMBERS])
        tensors["powers"] = np.rint(np.clip(gathered.start[..., NUMBERS:], 1, LARGEST_POWER)).astype(np.int32)
    tables = {**likelihood_tables(), "scale": make_tables()["scale"], "log": log_table(), "logarithm": logarithm_table()}
    tensors |= {f"table.{name}": table for name, table in tables.items()}
    tensors["probe.coefficients"] = probe
    return metadata, tensors


def _in_start_units(weights: NDArray[np.float32]) -> NDArray[np.int16]:
    whole: NDArray[np.int16] = np.rint(np.clip(weights / START_UNIT, -32767, 32767)).astype(np.int16)
    return whole
