"""Embedded models on a GPU: torch gives the integers that numpy gives, on whatever devices there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from codec.density.arrays.load import load_arrays  # noqa: E402
from codec.density.arrays.model import probe_digest  # noqa: E402
from codec.density.library import MODELS  # noqa: E402
from codec.nets.layers import NumpyEngine  # noqa: E402
from codec.nets.model_file import load_model_file  # noqa: E402
from codec.nets.program import make_program  # noqa: E402
from codec.nets.torch_engine import TorchEngine  # noqa: E402

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
DEVICES = ["cpu", pytest.param("cuda", marks=GPU)]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("title", ["cifar", "digits-gray"])
def test_every_output_of_an_embedded_models_nets_is_the_same(title: str, device: str) -> None:
    file, rng = load_model_file(MODELS / f"{title}.bbm"), np.random.default_rng(0)
    for spec in file.metadata["programs"].values():
        here, there = (make_program(spec, file.tensors, engine) for engine in (NumpyEngine(), TorchEngine(device)))
        values = {name: rng.integers(one.low, one.high + 1, (50, *one.shape)) for name, one in here.inputs.items()}
        found, wanted = there(values), here(values)
        assert all(np.array_equal(found[name], wanted[name]) for name in wanted)


@GPU
def test_a_model_codes_its_probe_on_a_gpu() -> None:
    file = load_model_file(Path(MODELS) / "digits-binary.bbm")
    assert probe_digest(load_arrays(file, TorchEngine("cuda"))) == file.metadata["probe"]
