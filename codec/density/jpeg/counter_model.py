"""Loads a JPEG model of the quick form from its file: a model of kind "jpeg" whose metadata say form "counters".

    part_blocks  about how many blocks a part has (part.py)
    probe        what coding probe.coefficients gives (part.probe_digest)          training     facts, for people

Tensors: counters uint8 [CLASSES, COUNTERS], how a pass begins: 0 is a counter that was never used, p = 1/2; else p is table.first at the
upper six bits, and n one of FIRST_USES, which the lower two choose. weights int32 [CLASSES, SETS, 8] of the mixers, in 2^-12. table.first
[64], p in 2^-21; table.stretch [2^11], in 2^-12; table.squash [1537], in 2^-24 (counters.py); probe.coefficients, int16 [blocks, 64].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import LOG_ENTRIES, NUMBERS
from codec.density.jpeg.constants import CLASSES, KINDS, SIZE
from codec.density.jpeg.counted import COUNTERS, SETS, STATE
from codec.density.jpeg.counters import COUNTER_BITS, LARGEST_SUM, STEPS, STRETCH_BITS, USES_BITS, CounterArrays, counter_rates
from codec.density.jpeg.records import LEAST, WHOLE
from codec.errors import BadModel
from codec.lanes.vectors import LANES
from codec.nets.json_fields import Fields
from codec.nets.model_file import ModelFile

FORM = "counters"
FIRST_USES = (2, 6, 16, 40)
WEIGHT_UNIT = 2.0**-12
LARGEST_WEIGHT, LARGEST_STRETCH = 1 << 16, 1 << 16
SQUASHED = int(2 * LARGEST_SUM * STEPS) + 1


@dataclass(frozen=True)
class CounterModel:
    """A model of the quick form. counters: int32 [CLASSES, COUNTERS], weights: float32 [CLASSES, SETS * 8], with which a pass begins; logs,
    start: what blocks.make_blocks asks for. keeps: a pass goes on with what the ones before have learnt, for training."""

    file: ModelFile
    counters: NDArray[np.int32]
    weights: NDArray[np.float32]
    stretch: NDArray[np.float32]
    squash: NDArray[np.int32]
    part_blocks: int
    logs: NDArray[np.int16]
    start: NDArray[np.float32]
    solved: None
    learns: bool = False
    keeps: bool = False

    def arrays(self, kind: int) -> CounterArrays:
        """What coding a component of this class begins with."""
        counters, weights = self.counters[kind], self.weights[kind]
        return CounterArrays(
            counters=counters if self.keeps else counters.copy(),
            weights=weights if self.keeps else weights.copy(),
            stretch=self.stretch,
            squash=self.squash,
            rates=counter_rates(),
            near=np.zeros(SIZE, np.int32),
            within=np.zeros(SIZE, np.int32),
            state=np.zeros(STATE, np.int64),
        )


def half_octaves() -> NDArray[np.int16]:
    """Of 0 nothing, of x one more than the whole half octaves: as many bits as x^2 has."""
    return np.array([(x * x).bit_length() for x in range(LOG_ENTRIES)], np.int16)


def load_counters(file: ModelFile, fields: Fields, part_blocks: int) -> CounterModel:
    """The model of a file whose metadata are these. Raises BadModel."""
    fields.text("probe")
    fields.mapping("training")
    fields.finish()
    found, weights = file.tensor("counters", 2), file.tensor("weights", 3)
    if found.shape != (CLASSES, COUNTERS) or found.dtype != np.uint8 or weights.shape != (CLASSES, SETS, LANES):
        raise BadModel(f"a JPEG model of counters has {CLASSES} times {COUNTERS} counters and {SETS} sets of weights")
    if not np.abs(weights.astype(np.int64)).max() < LARGEST_WEIGHT:
        raise BadModel("a JPEG model's weights of counters are too large")
    first = _table(file, "first", 64, 1, (1 << COUNTER_BITS) - 1)
    stretch = _table(file, "stretch", 1 << STRETCH_BITS, -LARGEST_STRETCH, LARGEST_STRETCH)
    squash = _table(file, "squash", SQUASHED, LEAST, WHOLE - LEAST)
    starts = (first[:, None] << USES_BITS) + np.array(FIRST_USES)
    starts[0, 0] = 1 << (COUNTER_BITS + USES_BITS - 1)
    return CounterModel(
        file=file,
        counters=starts.reshape(-1).astype(np.int32)[found],
        weights=(weights.reshape(CLASSES, -1) * WEIGHT_UNIT).astype(np.float32),
        stretch=(stretch * WEIGHT_UNIT).astype(np.float32),
        squash=squash.astype(np.int32),
        part_blocks=part_blocks,
        logs=half_octaves(),
        start=np.zeros((CLASSES, KINDS, 2 * NUMBERS), np.float32),
        solved=None,
    )


def _table(file: ModelFile, name: str, entries: int, low: int, high: int) -> NDArray[np.int64]:
    table = file.tensor(f"table.{name}", 1).astype(np.int64)
    if table.shape != (entries,) or table.min() < low or table.max() > high:
        raise BadModel(f"table.{name} does not have {entries} entries from {low} to {high}")
    return table
