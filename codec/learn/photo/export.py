"""Makes a model file of a trained photo net: every layer becomes integers, and every table is made here, once.

Its tables are those of learn/common/tables.py and of density/photo/surroundings.py.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.layers import EXACT_LIMIT
from codec.density.photo.model import SINGLES, load_photo
from codec.density.photo.stripe import probe_digest
from codec.density.shared.learning import PACES
from codec.density.shared.scales import make_tables
from codec.errors import BadModel
from codec.learn.common.directions import folder_if_lacking
from codec.learn.common.kernel_layers import INPUT_LIMIT, KernelLayer
from codec.learn.common.programs import ProgramWriter, Spec, hidden_value, latent_value
from codec.learn.common.quantise import Dense, calibrate, set_quantised
from codec.learn.common.run import averaged_net, resume
from codec.learn.common.tables import likelihood_tables
from codec.learn.photo.data import Tiles, load_tiles, tile_cache
from codec.learn.photo.directions import net_of_file, photo_directions
from codec.learn.photo.evaluate import PhotoRates, evaluate_tiles, hold_tiles
from codec.learn.photo.nets import PhotoNet, kernel_layers, with_idle_latents
from codec.learn.photo.train import PHOTO
from codec.nets.model_file import read_model, with_metadata, with_probe, write_model

LATENTS = 24  # of a model made of a net without z: idle ones
PROBE = (40, 56)


def export_photo(path: Path, data: Path, cache: Path | None, facts: Mapping[str, object], learning: str = "none") -> bytes:
    """The model file of a checkpoint that was trained on the pictures in the folder `data`, their predictions in `cache` or beside it.

    facts are stored beside its settings and its rates on the validation tiles, in bits/dim; learning: what learns while it codes
    (density/shared/learning.py), no part of these rates. Raises BadModel, BadCheckpoint, BadData.
    """
    run = resume(PHOTO, path)
    config = run.config
    net = config.net
    tiles = load_tiles(data, tile_cache(path, cache), net.channels, net.predictors, net.view, config.most_tiles, config.turned)
    training: Spec = {
        "settings": asdict(config),
        "minutes": round(run.elapsed / 60.0, 2),
        "steps": run.steps,
        "tiles": len(tiles.training),
        "exported": time.strftime("%Y-%m-%d"),
        **facts,
    }
    whole = prepare_net(averaged_net(run))
    if len(tiles.validation):
        held = hold_tiles(tiles, config.validation)
        integer = evaluate_tiles(whole, held)
        set_quantised(whole, False)
        training["validation"] = {"tiles": len(held), "integer": _rounded(integer), "float": _rounded(evaluate_tiles(whole, held))}
        set_quantised(whole, True)
    metadata, tensors = export_photo_net(whole, probe_planes(tiles), training, learning)
    if learning in PACES and PACES[learning].directed:
        tensors |= photo_directions(whole, tiles)
    return with_photo_probe(write_model({**metadata, "probe": ""}, tensors))


def photo_with_learning(data: bytes, learning: str, facts: Mapping[str, object], folder: Path | None, cache: Path) -> bytes:
    """The file of a photo model, but for what learns while it codes, and with sums in single precision; facts go beside its own.

    folder: pictures in which directions are found that the model lacks, with their predictions in `cache`. Raises BadModel, BadData.
    """
    file = read_model(data)
    if (found := folder_if_lacking(file, learning, PACES, folder)) is not None:
        net = net_of_file(file)
        tiles = load_tiles(found, cache, net.config.channels, net.config.predictors, net.config.view)
        data = write_model(file.metadata, {**file.tensors, **photo_directions(net, tiles)})
    return with_photo_probe(with_metadata(data, {"sums": SINGLES, "learning": learning, "training": facts}))


def with_photo_probe(data: bytes) -> bytes:
    """The file of a photo model with what its probe gives. Raises BadModel."""
    return with_probe(data, lambda file: probe_digest(load_photo(file)))


def _rounded(rates: PhotoRates) -> dict[str, float]:
    return {name: round(value, 6) for name, value in rates._asdict().items()}


def probe_planes(tiles: Tiles) -> NDArray[np.int16]:
    """A piece of the first tile, from its middle: int16 [C, 40, 56]."""
    top, left = ((int(side) - length) // 2 for side, length in zip(tiles.sizes[0], PROBE, strict=True))
    return tiles.planes[0, :, top : top + PROBE[0], 4 + left : 4 + left + PROBE[1]].copy()


def prepare_net(net: PhotoNet) -> PhotoNet:
    """A copy of the net with latents, quantised, its layers' sums proved to be below 2^24. Raises BadModel."""
    net = copy.deepcopy(net) if net.config.latents else with_idle_latents(net, LATENTS)
    if not net.trunk0.quantised:
        calibrate(net)
    set_quantised(net, True)
    for name, layer in kernel_layers(net):
        if layer.bound() >= EXACT_LIMIT:  # its weights have outgrown their grid since it was chosen
            layer.calibrate(margin=1.0)
        if layer.bound() >= EXACT_LIMIT or layer.shift < 1:
            raise BadModel(f"layer {name}: its sums can reach {layer.bound()}")
    return net


def export_photo_net(
    net: PhotoNet, probe: NDArray[np.int16], training: Mapping[str, object], learning: str = "none"
) -> tuple[Spec, dict[str, NDArray[np.generic]]]:
    """(metadata but for the probe's digest, tensors) of a prepared net. probe: int16 [C, 40, 56]; training: facts, stored."""
    config, writer = net.config, ProgramWriter()
    programs = _programs(net, writer)
    metadata: Spec = {
        "kind": "photo",
        "channels": config.channels,
        "predictors": config.predictors,
        "sums": SINGLES,
        "surroundings": list(config.surroundings),
        "learning": learning,
        "trunk": list(config.trunk),
        "head": config.head,
        "components": config.components,
        "latents": [config.latents],
        "shifts": {name: layer.shift for name, layer in kernel_layers(net)},
        "programs": programs,
        "posterior": writer.posterior_tables(),
        "training": dict(training),
    }
    for name, layer in kernel_layers(net):
        writer.tensors |= _numbers(name, layer)
    writer.tensors |= {f"table.{name}": table for name, table in {**make_tables(), **likelihood_tables()}.items()}
    writer.tensors["probe.planes"] = probe
    return metadata, writer.tensors


def _numbers(name: str, layer: KernelLayer) -> dict[str, NDArray[np.generic]]:
    weight, bias = layer.integers()
    return {f"{name}.weight": weight.numpy().T.astype(np.int16), f"{name}.bias": bias.numpy().astype(np.int32)}


def _programs(net: PhotoNet, writer: ProgramWriter) -> Spec:
    config, encoder = net.config, net.encoder
    eps = {"eps0": latent_value(config.latents)}
    writer.dense("modulate.hidden", net.modulate.hidden, ["eps0"], "h")
    writer.dense("modulate.scale", net.modulate.scale, ["h"], "scale")
    writer.dense("modulate.shift", net.modulate.shift, ["h"], "shift")
    programs: Spec = {"modulate": writer.program(eps, ["scale", "shift"])}
    first, second = (layer for layer in encoder.sample if isinstance(layer, Dense))
    inputs = {"x": {"shape": [first.weight.shape[1]], "low": -INPUT_LIMIT, "high": INPUT_LIMIT}}
    writer.dense("sample.0", first, ["x"], "h0")
    writer.dense("sample.1", second, ["h0"], "h")
    programs["sample"] = writer.program(inputs, ["h"])
    features = writer.dense("posterior.features", encoder.features, ["features"], "f")
    programs["posterior0"] = writer.posterior("posterior", encoder.head, features, {"features": hidden_value(config.sample[1])})
    return programs
