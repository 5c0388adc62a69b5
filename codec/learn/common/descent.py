"""Moves the weights of a training run by one step, and survives bad gradients.

A gradient that is not finite, or SPIKE times as long as usual, is skipped and counted; one CLIP times as long is shortened to that. The
averaged weights follow the weights exponentially.
"""

from __future__ import annotations

import math

import torch

from codec.errors import TrainingFailed
from codec.learn.common.run import C, N, Run

SPIKE = 10.0
CLIP = 2.0
SETTLED = 100  # steps after which the usual length of the gradient is known
MOST_SKIPPED = 200  # in a row


def update(run: Run[C, N]) -> None:
    """Move the weights by their gradients, and the averaged weights after them. Raises TrainingFailed when nearly every step is bad."""
    parameters = dict(run.net.named_parameters())
    gradients = [parameter.grad for parameter in parameters.values() if parameter.grad is not None]
    norm = float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients])))
    if not math.isfinite(norm) or (run.steps > SETTLED and norm > SPIKE * run.usual_norm):
        _skip(run)
        return
    run.skipped_in_a_row = 0
    limit = CLIP * run.usual_norm if run.steps > SETTLED else norm
    if norm > limit:
        torch._foreach_mul_(gradients, limit / norm)
    run.usual_norm = norm if run.steps == 0 else 0.98 * run.usual_norm + 0.02 * min(norm, limit)
    run.optimiser.step()
    decay = min(run.config.average, (1.0 + run.steps) / (10.0 + run.steps))
    with torch.no_grad():
        torch._foreach_lerp_(list(run.average.values()), [parameters[name] for name in run.average], 1.0 - decay)


def _skip(run: Run[C, N]) -> None:
    run.skipped += 1
    run.skipped_in_a_row += 1
    run.usual_norm *= 1.02
    if run.skipped_in_a_row > MOST_SKIPPED:
        raise TrainingFailed(
            f"{MOST_SKIPPED} steps in a row had no usable gradient: lower the learning rate, or start from a better checkpoint"
        )
