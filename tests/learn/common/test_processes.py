"""Several processes train as one does: on the same rows together they learn the same, and one of them writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.processes import SECONDS, environment  # noqa: E402
from helpers.together_worker import ROWS, STEPS, SharedRows  # noqa: E402
from helpers.toy_training import TOY, ToyTraining, toy_run  # noqa: E402

from codec.learn.common import processes  # noqa: E402
from codec.learn.common.loop import train_net  # noqa: E402
from codec.learn.common.run import resume  # noqa: E402


def test_two_processes_learn_what_one_learns_from_all_rows(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0", "--standalone"]
    command += ["-m", "helpers.together_worker", str(tmp_path)]
    done = subprocess.run(command, env=environment(OMP_NUM_THREADS="1"), capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    said = sorted(line for line in done.stdout.splitlines() if line.startswith("process"))
    assert [line[:14] for line in said] == ["process 0 of 2", "process 1 of 2"]
    assert said[0][14:] == said[1][14:]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.csv", "run.jsonl", "run.pt"]

    alone = toy_run(ToyTraining(steps=STEPS, rate=0.05, average=0.9, quantise=0.2, batch=ROWS))
    (tmp_path / "alone").mkdir()
    train_net(alone, SharedRows(alone), tmp_path / "alone" / "run.pt")
    together = resume(TOY, tmp_path / "run.pt")
    assert together.steps == STEPS and together.quantised
    torch.testing.assert_close(together.net.weight, alone.net.weight, atol=2e-3, rtol=0.0)


def test_a_process_alone_is_the_first_and_has_all() -> None:
    images = np.arange(5)
    assert (processes.number(), processes.count()) == (0, 1)
    np.testing.assert_array_equal(processes.share(images), images)
