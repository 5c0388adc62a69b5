"""The log of a training run: every line is JSON, and together they say how to repeat it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from helpers.toy_training import TOY, ToyTask, ToyTraining, toy_run  # noqa: E402

from codec.learn.common.history import record_of, sha256_of  # noqa: E402
from codec.learn.common.loop import train_net  # noqa: E402
from codec.learn.common.run import resume  # noqa: E402


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_log_has_beginning_checks_and_end(tmp_path: Path) -> None:
    run = toy_run(ToyTraining(steps=20))
    run.history.append(record_of(tmp_path, "cpu", None))
    train_net(run, ToyTask(run), tmp_path / "run.pt")
    found = lines(tmp_path / "run.jsonl")
    assert [line["event"] for line in found] == ["begin", "progress", "check", "end"]
    assert found[0]["settings"]["steps"] == 20 and found[0]["history"][0]["versions"]["torch"] == torch.__version__
    assert found[1]["steps"] == 1 and found[2]["weight"] == run.rows[0]["weight"]
    assert found[3] == found[3] | {"steps": 20, "skipped": 0, "stopped": False}


def test_a_run_that_goes_on_adds_to_its_log_and_history(tmp_path: Path) -> None:
    half = toy_run(ToyTraining(steps=12))
    half.history.append(record_of(tmp_path, "cpu", None))
    train_net(half, ToyTask(half, interrupted=8), tmp_path / "run.pt")
    resumed = resume(TOY, tmp_path / "run.pt")
    assert resumed.history == half.history
    resumed.history.append(record_of(tmp_path, "cpu", None))
    train_net(resumed, ToyTask(resumed), tmp_path / "run.pt")
    found = lines(tmp_path / "run.jsonl")
    assert [line["stopped"] for line in found if line["event"] == "end"] == [True, False]
    assert [len(line["history"]) for line in found if line["event"] == "begin"] == [1, 2]


def test_data_are_known_by_their_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"some pixels")
    before = sha256_of(tmp_path / "a"), sha256_of(tmp_path)
    (tmp_path / "a").write_bytes(b"other pixels")
    assert sha256_of(tmp_path / "a") != before[0] and sha256_of(tmp_path) != before[1]
    assert sha256_of(tmp_path / "nothing") is None
