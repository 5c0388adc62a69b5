"""Model files of photo nets: exact or refused, and their programs compute what the nets do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.small_photo_nets import SMALL, shaken_net  # noqa: E402

from codec.density.photo.model import load_photo  # noqa: E402
from codec.errors import BadModel  # noqa: E402
from codec.learn.photo import export  # noqa: E402
from codec.learn.photo.data import Tiles  # noqa: E402
from codec.learn.photo.nets import PhotoNet, SeenPixels  # noqa: E402
from codec.nets.layers import NumpyEngine  # noqa: E402
from codec.nets.model_file import read_model, write_model  # noqa: E402
from codec.nets.program import make_program  # noqa: E402


def test_an_exported_net_keeps_the_bounds_and_its_programs_are_the_nets(tiles: Tiles) -> None:
    net = export.prepare_net(shaken_net(SMALL))
    metadata, tensors = export.export_photo_net(net, export.probe_planes(tiles), {})
    for name, shift in metadata["shifts"].items():
        weight, bias = tensors[f"{name}.weight"].astype(np.int64), tensors[f"{name}.bias"].astype(np.int64)
        largest = 352 if name == "trunk0" else 1023
        assert weight.shape[1:] == bias.shape
        assert (np.abs(weight).sum(0) * largest + np.abs(bias) + (1 << shift >> 1)).max() < 1 << 24
    assert load_photo(read_model(write_model({**metadata, "probe": ""}, tensors))).latents == 4
    programs = {name: make_program(spec, tensors, NumpyEngine()) for name, spec in metadata["programs"].items()}
    rng = np.random.default_rng(4)
    eps = rng.integers(-4000, 4001, (3, 4))
    found = programs["modulate"]({"eps0": eps})
    with torch.no_grad():
        expected = net.double().modulations(torch.from_numpy(eps / 1024.0))
    np.testing.assert_array_equal(found["scale"], expected.scale[:, 0].numpy() * 128)
    np.testing.assert_array_equal(found["shift"], expected.shift[:, 0].numpy() * 64)
    samples = rng.integers(-256, 257, (1, 33, 68))
    known = np.zeros((1, 33, 3, 4))
    known[..., 1:3] = samples[..., 62:].reshape(1, 33, 3, 2)
    with torch.no_grad():
        posterior = net.posterior(SeenPixels(torch.from_numpy(samples[..., :62] / 32.0), torch.from_numpy(known / 32.0), torch.zeros(1)))
    sums = programs["sample"]({"x": samples[0]})["h"].astype(np.int64).sum(0)
    features = ((sums + 33 // 2) // 33)[None]
    found = programs["posterior0"]({"features": features})
    np.testing.assert_array_equal(found["mean"], posterior.mean.numpy() * 1024)
    np.testing.assert_array_equal(found["log_sigma"], posterior.log_sigma.numpy() * 32)


def test_a_net_without_latents_is_exported_with_idle_ones(tiles: Tiles) -> None:
    net = PhotoNet(replace(SMALL, latents=0))
    metadata, tensors = export.export_photo_net(export.prepare_net(net), export.probe_planes(tiles), {})
    modulate = make_program(metadata["programs"]["modulate"], tensors, NumpyEngine())
    found = modulate({"eps0": np.arange(24)[None]})
    assert not found["scale"].any()
    assert not found["shift"].any()


def test_weights_that_cannot_be_exact_are_refused() -> None:
    net = PhotoNet(SMALL)
    with torch.no_grad():
        net.trunk1.bias.fill_(1e9)
    with pytest.raises(BadModel):
        export.prepare_net(net)
