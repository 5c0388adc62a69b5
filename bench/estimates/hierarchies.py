"""Trains the hierarchies of latents that sets of small images are measured with: in stages, each beginning with the weights of the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure.peer import Pixels
from bench.measure.results import Figures


@dataclass(frozen=True)
class Stage:
    """A training: minutes of one thread, layers of latents, and the other settings of `codec train arrays`."""

    minutes: float
    layers: int
    settings: Figures


COLOUR = {"flips": True}
BINARY = {"likelihood": "bernoulli", "per_scale": (0, 2, 2), "widths": (16, 48, 96), "validation": 1000}
STAGES = {
    "cifar10": (Stage(78, 6, COLOUR), Stage(11, 6, {**COLOUR, "precision": "float32", "rate": 6e-4, "warmup": 0.0})),
    "mnist-binary": (
        Stage(36, 4, {**BINARY, "batch": 64, "rate": 4e-3, "warmup": 0.1, "free_bits": 0.0005, "average": 0.9995}),
        Stage(26, 4, {**BINARY, "batch": 64, "rate": 1.5e-3, "warmup": 0.0, "free_bits": 0.0, "objective": "iwae-plain", "particles": 5}),
        Stage(
            42,
            4,
            {
                **BINARY, "bottom_up": 4, "batch": 32, "rate": 1.5e-3, "warmup": 0.0, "free_bits": 0.0, "average": 0.9995,
                "objective": "iwae-plain", "particles": 8,
            },
        ),
    ),
}  # fmt: skip


def trained_hierarchy(name: str, images: Pixels, work: Path) -> Path:
    """The model file of the hierarchy of a set, trained on its training images; what is in `work` is not trained again."""
    from codec.learn.arrays.export_hierarchy import export_hierarchy

    model = work / f"{name}-layers.bbm"
    if not model.exists():
        work.mkdir(parents=True, exist_ok=True)
        checkpoint = _trained(name, images, work, STAGES[name])
        model.write_bytes(export_hierarchy(checkpoint, images, {"data": f"{name}, {len(images)} images"}))
    return model


def _trained(name: str, images: Pixels, work: Path, stages: Sequence[Stage]) -> Path:
    """The checkpoint of the last stage. A stage that was interrupted goes on."""
    from codec.learn.arrays.arrays_command import train_on_arrays
    from codec.learn.common.command import TrainingRequest

    before: Path | None = None
    for number, stage in enumerate(stages, 1):
        checkpoint = work / f"{name}-layers-{number}.pt"
        request = TrainingRequest(Path(name), checkpoint, checkpoint.exists(), before, stage.minutes, 1, "cpu", stage.settings)
        train_on_arrays(request, given=images, layers=stage.layers)
        before = checkpoint
    assert before is not None, "there is a stage"
    return before
