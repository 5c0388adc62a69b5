"""bench/measure/memory.py: memory is that of processes which do nothing else."""

import numpy as np

from bench.codecs import raw
from bench.measure.memory import held, memory_of


def test_memory_is_that_of_fresh_processes(rng):
    found = memory_of(raw.deflate, rng.integers(0, 256, (5, 28, 28)).astype(np.uint8))
    assert set(found) == {"encode", "decode"} and min(found.values()) > 1
    assert held() > 1
