"""The model of graphics: what is learnt before a picture begins, and how many contexts decisions have.

Metadata of its file (nets/model_file.py): kind "graphics"; number, by which payloads name it, from 1 to 255, never given twice; contexts,
how many a decision of each stage has (candidates, runs, leaves, channels); rate, at which weights learn, from 1 to 64; probe, what coding
probe.pixels gives (stripe.probe_digest). Tensors: learnt, int32, `learnt` of decisions.py less what stands there before anything was
learnt; probe.pixels, uint8 [h, w, 4].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from codec.density.graphics.decisions import LARGEST_WEIGHT, LEARNT, MAP_BITS, POINT_BITS, TABLES_AT, WEIGHTS_AT, Integers, untrained
from codec.errors import BadModel
from codec.nets.model_file import ModelFile

MOST_CONTEXTS = (16, 4, 14, 14)  # that pixels.py and colours.py have for each stage


@dataclass(frozen=True)
class GraphicsModel:
    """A model, checked. learnt: as it is when a stripe begins; whoever codes changes a copy."""

    file: ModelFile
    number: int
    contexts: tuple[int, ...]
    rate: int
    learnt: Integers


def load_graphics(file: ModelFile) -> GraphicsModel:
    """The model of a file of kind "graphics". Raises BadModel."""
    number, contexts, rate = (file.metadata.get(name) for name in ("number", "contexts", "rate"))
    if not _is_count(number, 255) or not _is_count(rate, 64) or not isinstance(contexts, list) or len(contexts) != len(MOST_CONTEXTS):
        raise BadModel("a model of graphics needs a number, four counts of contexts and a rate")
    if not all(_is_count(count, most) for count, most in zip(contexts, MOST_CONTEXTS, strict=True)):
        raise BadModel(f"a model of graphics has 1 to {MOST_CONTEXTS} contexts, not {contexts}")
    change, probe = file.tensor("learnt", 1), file.tensor("probe.pixels", 3)
    if change.size != LEARNT or probe.dtype != np.uint8 or probe.shape[2] != 4:
        raise BadModel(f"a model of graphics needs {LEARNT} learnt numbers, and a probe of four channels")
    learnt = untrained() + change.astype(np.int64)
    parts = np.split(learnt, (WEIGHTS_AT, TABLES_AT))
    for part, low, high in zip(parts, (0, -LARGEST_WEIGHT, 0), (1 << MAP_BITS, LARGEST_WEIGHT + 1, 1 << POINT_BITS), strict=True):
        if part.min() < low or part.max() >= high:
            raise BadModel("a model of graphics has learnt numbers beyond their bounds")
    return GraphicsModel(file, number, tuple(contexts), rate, learnt.astype(np.int32))


def _is_count(value: object, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
