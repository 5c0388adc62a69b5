"""bench/objectives.py: arms begin alike, are measured, and are done once."""

import json

import numpy as np
import pytest
from helpers.idx_files import write_idx

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from bench.data.public_sets import TEST_IMAGES, TRAIN_IMAGES  # noqa: E402
from bench.objectives import main  # noqa: E402


@pytest.fixture
def folder(tmp_path, rng):
    """A folder with two files like MNIST's."""
    for name, count in ((TRAIN_IMAGES, 1300), (TEST_IMAGES, 20)):
        write_idx(tmp_path / name, (rng.integers(0, 2, (count, 28, 1)) * 255 * np.ones((1, 1, 28))).astype(np.uint8))
    return tmp_path


def test_the_study_measures_its_arms_and_does_none_twice(folder, capsys):
    places = ["--data", str(folder), "--work", str(folder / "runs"), "--folder", str(folder / "results")]
    arguments = ["--images", "300", "--start", "500", "--arms", "elbo,prior", "--particles", "100", *places]
    assert main(arguments) == 0
    figures = json.loads((folder / "results" / "objectives.json").read_text())["figures"]
    assert list(figures) == ["start", "elbo", "prior"]
    assert [arm["images"] for arm in figures.values()] == [500, 300, 300]
    assert figures["elbo"]["gap"] == pytest.approx(figures["elbo"]["elbo_nats"] - figures["elbo"]["nats"])
    assert figures["prior"]["elbo_nats"] is None
    assert (folder / "results" / "objectives.png").exists()
    for file in (TRAIN_IMAGES, TEST_IMAGES):
        (folder / file).unlink()
    assert main(arguments) == 0 and "elbo" in capsys.readouterr().out
