"""Training runs and their checkpoints: whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from helpers.toy_training import TOY, ToyTask, ToyTraining, toy_run  # noqa: E402

from codec.errors import BadCheckpoint  # noqa: E402
from codec.learn.common.loop import descend  # noqa: E402
from codec.learn.common.run import (  # noqa: E402
    Family,
    averaged,
    begin_quantised,
    copies,
    family_of,
    load_checkpoint,
    resume,
    save,
    start,
)


def test_a_resumed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    first = toy_run()
    for _, batch in zip(range(3), ToyTask(first).batches(), strict=False):
        descend(first, ToyTask(first), batch)
    save(first, tmp_path / "run.pt")
    second = resume(TOY, tmp_path / "run.pt")
    for run in (first, second):
        for _, batch in zip(range(3), ToyTask(run).batches(), strict=False):
            descend(run, ToyTask(run), batch)
    assert (second.steps, second.bits) == (first.steps, first.bits) == (6, first.bits)
    for one, other in ((copies(first.net), copies(second.net)), (first.average, second.average)):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_equal_seeds_give_equal_nets() -> None:
    first, second, third = (copies(toy_run(ToyTraining(seed=seed)).net)["weight"] for seed in (3, 3, 4))
    assert torch.equal(first, second) and not torch.equal(first, third)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("hello")
    torch.save({"weights": {}}, tmp_path / "other.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    for name in ("text.pt", "other.pt", "list.pt", "missing.pt"):
        with pytest.raises(BadCheckpoint, match=name):
            family_of(tmp_path / name)


def test_a_checkpoint_of_another_family_is_refused(tmp_path: Path) -> None:
    save(toy_run(), tmp_path / "run.pt")
    assert family_of(tmp_path / "run.pt") == "toy"
    other = Family("other", TOY.config, TOY.build, TOY.learning_rate)
    with pytest.raises(BadCheckpoint, match="toy"):
        resume(other, tmp_path / "run.pt")


def test_weights_of_another_net_are_refused() -> None:
    with pytest.raises(BadCheckpoint, match="settings"):
        start(TOY, ToyTraining(), weights={"weight": torch.zeros(1, 9)})


def test_a_checkpoint_gives_the_averaged_net_on_the_grid_that_it_was_trained_on(tmp_path: Path) -> None:
    run = toy_run()
    begin_quantised(run)
    run.average["weight"] = run.average["weight"] + 0.25
    save(run, tmp_path / "run.pt")
    net, config = load_checkpoint(TOY, tmp_path / "run.pt")
    assert config == run.config and net.integral
    assert torch.equal(net.weight, run.average["weight"])


def test_averaged_weights_are_put_back_even_after_an_error() -> None:
    run = toy_run()
    before = copies(run.net)["weight"]
    run.average["weight"] = before + 1.0
    with pytest.raises(ZeroDivisionError), averaged(run) as net:
        assert torch.equal(net.weight, before + 1.0)
        raise ZeroDivisionError
    assert torch.equal(run.net.weight, before)
