"""bench/density.py: checkpoints are measured one by one, and their figures stay."""

import json

import numpy as np
import pytest
from helpers.idx_files import write_idx

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from bench.data.public_sets import TEST_IMAGES  # noqa: E402
from bench.density import main  # noqa: E402
from codec.learn.arrays.nets import DigitsConfig  # noqa: E402
from codec.learn.arrays.train import DIGITS, DigitsTraining  # noqa: E402
from codec.learn.common.run import save, start  # noqa: E402


def test_figures_of_other_checkpoints_are_kept(tmp_path, rng):
    write_idx(tmp_path / TEST_IMAGES, (rng.integers(0, 2, (20, 28, 1)) * 255 * np.ones((1, 1, 28))).astype(np.uint8))
    for name, layers in (("first", 1), ("second", 2)):
        net = DigitsConfig("bernoulli", layers, 0.1, 4, 2)
        save(start(DIGITS, DigitsTraining(net=net)), tmp_path / f"{name}.pt")
        fixed = ["--data", str(tmp_path), "--folder", str(tmp_path), "--images", "10", "--particles", "60", "--threads", "1"]
        assert main([str(tmp_path / f"{name}.pt"), *fixed]) == 0
    figures = json.loads((tmp_path / "digits-density.json").read_text())["figures"]
    assert set(figures) == {"first", "second"}
    nats = [row["nats"] for row in figures["second"]["by_particles"]]
    assert [row["particles"] for row in figures["second"]["by_particles"]] == [1, 10, 50, 60]
    assert nats[-1] <= nats[0] and figures["second"]["elbo_nats"] >= nats[-1]
