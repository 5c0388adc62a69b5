"""The weights of a model file are those that it was made of."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.small_photo_nets import photo_training, shaken_net  # noqa: E402

from codec.errors import BadModel  # noqa: E402
from codec.learn.common.config import config_to_json  # noqa: E402
from codec.learn.photo import export  # noqa: E402
from codec.learn.photo.data import Tiles  # noqa: E402
from codec.learn.photo.directions import net_of_file  # noqa: E402
from codec.learn.photo.nets import PhotoNet  # noqa: E402
from codec.learn.photo.weights import photo_config, photo_weights  # noqa: E402
from codec.nets.model_file import ModelFile, read_model, write_model  # noqa: E402


def _file(tiles: Tiles, training: dict[str, object]) -> ModelFile:
    net = export.prepare_net(shaken_net(photo_training().net))
    metadata, tensors = export.export_photo_net(net, export.probe_planes(tiles), training)
    return read_model(write_model({**metadata, "probe": ""}, tensors))


def test_a_net_with_the_weights_of_a_model_file_is_exported_as_that_file(tiles: Tiles) -> None:
    file = _file(tiles, {"settings": json.loads(config_to_json(photo_training()))})
    assert photo_config(file) == photo_training().net
    net = PhotoNet(photo_config(file))
    net.load_state_dict(photo_weights(file))
    net.trunk0.quantised = True  # its grids are those of the file
    metadata, tensors = export.export_photo_net(export.prepare_net(net), file.tensors["probe.planes"], {})
    assert metadata["shifts"] == file.metadata["shifts"]
    assert metadata["programs"] == file.metadata["programs"]
    assert tensors.keys() == file.tensors.keys()
    for name, tensor in tensors.items():
        assert np.array_equal(tensor, file.tensors[name]), name


def test_a_net_of_finer_weights_is_as_fine_as_nets_are(tiles: Tiles) -> None:
    file = _file(tiles, {"settings": json.loads(config_to_json(photo_training()))})
    finer = {"trunk0.weight": file.tensors["trunk0.weight"] * 4 + 1, "trunk0.bias": file.tensors["trunk0.bias"] * 4}
    shifts = {**file.metadata["shifts"], "trunk0": file.metadata["shifts"]["trunk0"] + 2}
    net = net_of_file(replace(file, tensors={**file.tensors, **finer}, metadata={**file.metadata, "shifts": shifts}))
    bits = net.trunk0.shift - 5 + 8
    exact = finer["trunk0.weight"].T * 2.0 ** -(shifts["trunk0"] - 5 + 8)
    found = net.trunk0.parameters_used()[0].detach().numpy()
    assert np.abs(exact).max() * 2**bits > 1023 and np.abs(found - exact).max() <= 2.0 ** -(bits + 1)


def test_a_model_file_that_does_not_say_how_its_net_was_made_is_refused(tiles: Tiles) -> None:
    with pytest.raises(BadModel, match="settings"):
        photo_weights(_file(tiles, {}))
