"""Steps: bad gradients are skipped and counted, and nothing but bad ones is an error."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from helpers.toy_training import ToyTask, toy_run  # noqa: E402

from codec.errors import TrainingFailed  # noqa: E402
from codec.learn.common.descent import update  # noqa: E402
from codec.learn.common.loop import descend  # noqa: E402
from codec.learn.common.run import copies  # noqa: E402

GOOD = torch.ones(5, 4)
BAD = torch.full((5, 4), float("nan"))


def test_a_step_without_a_finite_gradient_is_skipped_and_counted() -> None:
    run = toy_run()
    task = ToyTask(run)
    descend(run, task, GOOD)
    before, bits = copies(run.net), run.bits
    descend(run, task, BAD)
    assert run.skipped == 1 and all(torch.equal(before[name], value) for name, value in copies(run.net).items())
    assert run.bits == bits
    descend(run, task, GOOD)
    assert run.skipped == 1 and run.skipped_in_a_row == 0


def test_a_spike_is_skipped_once_the_usual_length_is_known() -> None:
    run = toy_run()
    descend(run, ToyTask(run), GOOD)
    run.steps, run.usual_norm = 200, 1e-6
    descend(run, ToyTask(run), GOOD)
    assert run.skipped == 1


def test_a_long_gradient_is_shortened() -> None:
    run = toy_run()
    run.steps, run.usual_norm = 200, 1.0
    run.net.weight.grad, run.net.bias.grad = torch.full((1, 4), 2.0), torch.zeros(1)
    update(run)
    assert torch.linalg.vector_norm(run.net.weight.grad).item() == pytest.approx(2.0)


def test_nothing_but_bad_steps_is_an_error() -> None:
    run = toy_run()
    with pytest.raises(TrainingFailed, match="no usable gradient"):
        for _ in range(500):
            descend(run, ToyTask(run), BAD)
