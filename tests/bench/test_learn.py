"""The benches of the learning side, on a handful of images and a second of training."""

import gzip
import json
import struct

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from bench import density, objectives  # noqa: E402
from codec.learn.arrays.nets import DigitsConfig  # noqa: E402
from codec.learn.arrays.train import DIGITS, DigitsTraining  # noqa: E402
from codec.learn.common.run import save, start  # noqa: E402


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two idx files like MNIST's; results go to another one."""
    rng = np.random.default_rng(0)
    for name, count in (("train-images-idx3-ubyte.gz", 1300), ("t10k-images-idx3-ubyte.gz", 20)):
        images = (rng.integers(0, 2, (count, 28, 1)) * 255 * np.ones((1, 1, 28))).astype(np.uint8)
        (tmp_path / name).write_bytes(gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", *images.shape) + images.tobytes()))
    for bench in (density, objectives):
        monkeypatch.setattr(bench, "RESULTS", tmp_path / "results")
        monkeypatch.setattr(bench, "record", lambda name, figures, command: _write(tmp_path / "results", name, figures))
    return tmp_path


def _write(folder, name, figures):
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"figures": figures}, allow_nan=False))
    return path


def test_the_study_measures_its_arms_and_does_none_twice(folder, monkeypatch, capsys):
    monkeypatch.setattr(objectives, "PARTICLES", 100)
    arguments = ["--images", "300", "--start", "500", "--arms", "elbo,prior", "--data", str(folder), "--folder", str(folder / "runs")]
    assert objectives.main(arguments) == 0
    figures = json.loads((folder / "results" / "objectives.json").read_text())["figures"]
    assert list(figures) == ["start", "elbo", "prior"]
    assert [arm["images"] for arm in figures.values()] == [500, 300, 300]
    assert figures["elbo"]["gap"] == pytest.approx(figures["elbo"]["elbo_nats"] - figures["elbo"]["nats"])
    assert figures["prior"]["elbo_nats"] is None
    assert (folder / "results" / "objectives.png").exists()
    monkeypatch.setattr(objectives, "run_arm", None)
    assert objectives.main(arguments) == 0
    assert "elbo" in capsys.readouterr().out


def test_the_density_bench_keeps_the_figures_of_other_checkpoints(folder):
    for name, layers in (("first", 1), ("second", 2)):
        net = DigitsConfig("bernoulli", layers, 0.1, 4, 2)
        save(start(DIGITS, DigitsTraining(net=net)), folder / f"{name}.pt")
        fixed = ["--data", str(folder), "--images", "10", "--particles", "60", "--threads", "1"]
        assert density.main([str(folder / f"{name}.pt"), *fixed]) == 0
    figures = json.loads((folder / "results" / "digits-density.json").read_text())["figures"]
    assert set(figures) == {"first", "second"}
    nats = [row["nats"] for row in figures["second"]["by_particles"]]
    assert [row["particles"] for row in figures["second"]["by_particles"]] == [1, 10, 50, 60]
    assert nats[-1] <= nats[0] and figures["second"]["elbo_nats"] >= nats[-1]
