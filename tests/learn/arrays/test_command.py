"""The command that trains nets of digits."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.cli import run as run_codec  # noqa: E402

from codec.learn.arrays.train import DIGITS  # noqa: E402
from codec.learn.common.run import resume  # noqa: E402


@pytest.fixture
def images(rng):
    """Bars: half of the rows of an image are lit."""
    rows = rng.integers(0, 2, (120, 28, 1)) * 230 + 10
    return np.repeat(rows, 28, 2).astype(np.uint8)


def test_the_command_trains_resumes_and_refuses_to_overwrite(tmp_path, images):
    np.save(tmp_path / "bars.npy", images)
    fixed = ["train", "digits", "--data", str(tmp_path / "bars.npy"), "-o", str(tmp_path / "run.pt"), "--minutes"]
    small = ["--size", "0.1", "--batch", "20", "--validation", "20", "--particles", "4"]
    results = [run_codec(*fixed, *rest) for rest in (["0.01", *small], ["0.01", *small], ["0.02", "--resume"])]
    assert [result.exit_code for result in results] == [0, 1, 0], [result.output for result in results]
    assert "--resume" in results[1].output
    assert (tmp_path / "run.png").stat().st_size > 1000
    assert resume(DIGITS, tmp_path / "run.pt").elapsed >= 1.2


@pytest.mark.parametrize(("layers", "code"), [("2", 0), ("1", 1)])
def test_a_run_begins_with_the_weights_of_another_but_for_an_upper_layer_that_is_renewed(tmp_path, images, layers, code):
    np.save(tmp_path / "bars.npy", images)
    fixed = ["train", "digits", "--data", tmp_path / "bars.npy", "--minutes", "0.0001", "--layers", layers, "--size", "0.1"]
    fixed += ["--batch", "20", "--validation", "20", "--particles", "4", "-o"]
    assert run_codec(*fixed, tmp_path / "first.pt").exit_code == 0
    ended = run_codec(*fixed, tmp_path / "second.pt", "--start", tmp_path / "first.pt", "--renew-top")
    assert ended.exit_code == code and ("no upper layer" in ended.output) == bool(code)
    assert (tmp_path / "second.pt").exists() == (code == 0)
