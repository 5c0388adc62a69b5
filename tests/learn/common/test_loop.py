"""The training loop: it learns, keeps to its budget, stops, goes on, and leaves whole checkpoints."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from helpers.toy_training import TOY, ToyRun, ToyTask, ToyTraining, toy_run  # noqa: E402
from torch import Tensor  # noqa: E402

from codec.learn.common import loop  # noqa: E402
from codec.learn.common.run import load_checkpoint, resume  # noqa: E402


class _Watched(ToyTask):
    """A task that calls somebody before each step."""

    def __init__(self, run: ToyRun, watch: Callable[[], None]) -> None:
        super().__init__(run)
        self.watch = watch

    def loss(self, batch: Tensor) -> loop.Loss:
        self.watch()
        return super().loss(batch)


def test_a_run_learns_and_leaves_checkpoint_and_curve(tmp_path: Path) -> None:
    run = toy_run(ToyTraining(steps=300, rate=0.05, average=0.9))
    loop.train_net(run, ToyTask(run), tmp_path / "run.pt")
    net, _ = load_checkpoint(TOY, tmp_path / "run.pt")
    assert run.steps == 300 and run.bits < 1.0
    assert torch.allclose(net.weight, torch.ones(1, 4), atol=0.05)
    with open(tmp_path / "run.csv") as file:
        (row,) = csv.DictReader(file)
    assert float(row["steps"]) == 300.0 and float(row["weight"]) == run.rows[0]["weight"] == net.weight[0, 0].item()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.csv", "run.jsonl", "run.pt"]


def test_the_last_part_of_the_budget_is_on_the_grid(tmp_path: Path) -> None:
    run = toy_run(ToyTraining(steps=20, quantise=0.25))
    states: list[bool] = []
    task = _Watched(run, lambda: states.append(run.net.quantised))
    loop.train_net(run, task, tmp_path / "run.pt")
    assert states == [False] * 15 + [True] * 5
    assert run.quantised and run.rows[-1]["quantised"] == 1.0


def test_an_interrupted_run_goes_on_to_where_a_whole_one_ends(tmp_path: Path) -> None:
    config = ToyTraining(steps=12, quantise=0.5)
    whole, half = toy_run(config), toy_run(config)
    loop.train_net(whole, ToyTask(whole), tmp_path / "whole.pt")
    loop.train_net(half, ToyTask(half, interrupted=8), tmp_path / "half.pt")
    resumed = resume(TOY, tmp_path / "half.pt")
    assert resumed.steps == 8 and len(resumed.rows) == 1
    loop.train_net(resumed, ToyTask(resumed), tmp_path / "half.pt")
    assert resumed.steps == 12
    assert all(torch.equal(value, resumed.average[name]) for name, value in whole.average.items())


def test_a_run_without_budget_takes_no_step(tmp_path: Path) -> None:
    run = toy_run(ToyTraining(steps=4))
    loop.train_net(run, ToyTask(run), tmp_path / "run.pt")
    loop.train_net(run, ToyTask(run), tmp_path / "run.pt")
    assert run.steps == 4 and len(run.rows) == 1


def test_a_pause_does_not_use_up_the_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(np.arange(0.0, 1e9, 1000.0))
    monkeypatch.setattr(loop.time, "monotonic", lambda: next(times))
    run = toy_run(ToyTraining(minutes=0.5))
    loop.train_net(run, ToyTask(run), tmp_path / "run.pt")
    assert run.steps == 6 and run.elapsed == 30.0


def test_runs_are_checked_and_saved_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(np.arange(0.0, 1e9, 5.0))
    seen: list[bool] = []
    monkeypatch.setattr(loop.time, "monotonic", lambda: next(times))
    run = toy_run(ToyTraining(minutes=4.0))
    task = _Watched(run, lambda: seen.append((tmp_path / "run.pt").exists()))
    task.check_seconds = 100.0
    loop.train_net(run, task, tmp_path / "run.pt")
    assert [row["minutes"] * 60.0 for row in run.rows] == pytest.approx([25.0, 125.0, 225.0, 240.0])
    assert seen.index(True) == 12  # after a minute of steps of 5 s


@pytest.mark.parametrize(("bits", "said"), [([3.0, 2.9, 2.8], ""), ([3.0, 2.8, 2.8], ""), ([], ""), ([3.0, 2.8, 2.9], "after 1.0 minutes")])
def test_a_run_that_was_better_before_its_end_is_told_so(bits: list[float], said: str) -> None:
    found = loop.said_of_curve([{"minutes": float(minute), "bits": value} for minute, value in enumerate(bits)])
    assert said in found and bool(found) == bool(said)


def test_parameters_that_are_to_stay_do_not_move() -> None:
    run = toy_run()
    before = run.net.weight.detach().clone()
    loop.descend(run, _OfBiasAlone(run), torch.ones(5, 4))
    assert torch.equal(run.net.weight, before) and run.net.bias.item() != 0.0


class _OfBiasAlone(ToyTask):
    """A task that leaves the weight alone."""

    def loss(self, batch: Tensor) -> loop.Loss:
        return replace(super().loss(batch), still=[self.run.net.weight])


def test_how_it_goes_is_told_to_who_asks_and_printed_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    for say in (None, lambda text, passing: said.append(text)):
        run = toy_run(ToyTraining(steps=3))
        loop.train_net(run, ToyTask(run, interrupted=2), tmp_path / "run.pt", say)
    assert capsys.readouterr() == ("", "")
    assert "stopped by the user" in "\n".join(said) and "step 2: weight" in "\n".join(said)
