"""Reads the weights of a photo net from a model file: what export.py wrote, as real numbers again.

An integer of a layer is its number times a power of two that its shift tells, so a net with these weights on their grids is the model. A
model that has settled has finer integers than nets have (learn/common/settle.py): its net's grids are as fine as theirs may be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import torch
from torch import Tensor

from codec.errors import BadCheckpoint
from codec.learn.common.config import config_from_json
from codec.learn.common.kernel_layers import WEIGHT_LIMIT
from codec.learn.common.quantise import Dense
from codec.learn.photo.nets import PhotoConfig, PhotoNet, kernel_layers
from codec.nets.json_fields import Fields
from codec.nets.model_file import ModelFile

MOST_STEPS = 64  # of a program


def photo_config(file: ModelFile) -> PhotoConfig:
    """What the net of a model file is. Raises BadModel, BadConfig."""
    training = Fields(Fields(file.metadata, "model").mapping("training"), "training")
    settings = Fields(training.mapping("settings"), "training").mapping("net")
    return config_from_json(PhotoConfig, json.dumps(settings))


def photo_weights(file: ModelFile) -> dict[str, Tensor]:
    """The weights of the net, by the names of PhotoNet, with the fraction bits of their grids. Raises BadCheckpoint, BadModel."""
    net = PhotoNet(photo_config(file))
    shifts = Fields(file.metadata, "model").mapping("shifts")
    for name, layer in kernel_layers(net):
        shift = shifts.get(name)
        if type(shift) is not int:
            raise BadCheckpoint("a model file whose layers have no shifts")
        bits = shift - layer.input_bits + layer.output_bits
        _put(layer.weight, _numbers(file, f"{name}.weight", bits).T)
        _put(layer.bias, _numbers(file, f"{name}.bias", bits + layer.input_bits))
        while float(layer.weight.detach().abs().max()) * 2.0**bits > WEIGHT_LIMIT:
            bits -= 1
        layer.fraction_bits.fill_(bits)
    shifts_of_dense = _shifts_of_programs(Fields(file.metadata, "model").mapping("programs"))
    for name, dense in _dense_layers(net).items():
        bits = shifts_of_dense[name] - dense.input_bits + dense.grid.fraction_bits
        dense.fraction_bits.fill_(bits)
        _put(dense.weight, _numbers(file, f"{name}.weight", bits).T)
        _put(dense.bias, _numbers(file, f"{name}.bias", bits + dense.input_bits))
    return net.state_dict()


def _numbers(file: ModelFile, name: str, bits: int) -> Tensor:
    """A tensor of the file as real numbers with so many fraction bits."""
    found = file.tensors.get(name)
    if found is None:
        raise BadCheckpoint(f"a model file without the tensor {name!r}")
    return torch.from_numpy(found.astype("float64") * 2.0**-bits).float()


def _put(parameter: Tensor, value: Tensor) -> None:
    if parameter.shape != value.shape:
        raise BadCheckpoint("a model file whose layers are not those of its settings")
    with torch.no_grad():
        parameter.copy_(value)


def _shifts_of_programs(programs: Mapping[str, object]) -> dict[str, int]:
    """The shift of every dense layer of a model file's programs."""
    found = dict[str, int]()
    for program in programs.values():
        for step in Fields(program, "program").items("steps", MOST_STEPS):
            fields = Fields(step, "step")
            if fields.text("op") == "dense":
                found[fields.text("weight").removesuffix(".weight")] = fields.integer("shift")
    return found


def _dense_layers(net: PhotoNet) -> dict[str, Dense]:
    """The layers of z and of its posterior, by their names in a model file."""
    first, second = (layer for layer in net.encoder.sample if isinstance(layer, Dense))
    of_z = {"modulate.hidden": net.modulate.hidden, "modulate.scale": net.modulate.scale, "modulate.shift": net.modulate.shift}
    of_posterior = {"features": net.encoder.features, "mean": net.encoder.head.mean, "log_sigma": net.encoder.head.log_sigma}
    return {**of_z, "sample.0": first, "sample.1": second, **{f"posterior.{name}": layer for name, layer in of_posterior.items()}}
