"""Models of arrays run on another engine, and the bytes are the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers import cli
from helpers.small_models import small_images, small_model

from codec.density.named_model import NamedModel
from codec.kinds.array.kind import compress_array
from codec.kinds.requests import Restoring, Settings
from codec.kinds.table import open_file

torch = pytest.importorskip("torch")
on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=on_gpu)])
@pytest.mark.parametrize("levels", [2, 256])
def test_arrays_are_the_same_file_on_torch(levels: int, device: str) -> None:
    from codec.nets.torch_engine import TorchEngine

    model, images = NamedModel("small", small_model(levels, 2)), small_images(12, levels)
    usual = compress_array(images, Settings(model, threads=1))[0]
    assert compress_array(images, Settings(model, threads=1, engine=TorchEngine(device)))[0] == usual
    for engine in (None, TorchEngine(device)):
        assert np.array_equal(open_file(usual).restore(Restoring(model=model, threads=1, engine=engine)), images)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", small_images(3, 256))
    ended = cli.run("compress", tmp_path / "x.npy", "--device", "cuda")
    assert ended.exit_code == 1 and "no CUDA device here" in ended.stderr and not (tmp_path / "x.bb").exists()
    assert cli.run("compress", tmp_path / "x.npy", "--device", "cpu", "--method", "planes").exit_code == 0
