"""Measures what a fresh process needs before it codes: time to import, and the first use of kernels, with an empty and a filled cache."""

from __future__ import annotations

import statistics
import tempfile
import time

import numpy as np
from PIL import Image

import codec
from bench.measure.cases import SEED, bernoulli_case, coding, mixture_case, table_case
from bench.measure.fresh import fresh_process
from bench.measure.results import Figures

IMPORTS = ("numpy", "numba", "codec", "codec.coding.mixture", "codec.coding.bits_back", "codec.cli.main")


def start_times(repeats: int) -> Figures:
    """Median seconds to import, and of each first use with an empty and with a filled compile cache, all in fresh processes."""
    imports = {name: statistics.median(_seconds_to_import(name) for _ in range(repeats)) for name in IMPORTS}
    with tempfile.TemporaryDirectory() as cache:
        empty = _first_use_of_a_process(cache)
        filled = [_first_use_of_a_process(cache) for _ in range(repeats)]
    return {
        "import_seconds": {name: round(seconds, 4) for name, seconds in imports.items()},
        "first_use_seconds_empty_cache": {name: round(seconds, 3) for name, seconds in empty.items()},
        "first_use_seconds_filled_cache": {name: round(statistics.median(one[name] for one in filled), 4) for name in empty},
    }


def first_use() -> dict[str, float]:
    """Seconds of the first round trip in this process of every coder and of a small photo: compile time where the cache is empty."""
    rng, seconds = np.random.default_rng(SEED), {}
    for case in (table_case(64, 16, rng), bernoulli_case(64, 24, rng), mixture_case(64, 24, rng)):
        contender = coding(case, 4)
        began = time.perf_counter()
        contender.verify(contender.pop(contender.push(contender.fresh())))
        case.coder.cost(case.symbols)
        seconds[case.name] = time.perf_counter() - began
    gradient = np.add.outer(np.arange(96), np.arange(96)).astype(np.uint8)
    photo = Image.fromarray(np.stack([gradient, gradient // 2, 255 - gradient], 2))
    began = time.perf_counter()
    codec.decompress(codec.compress(photo, model="photo"))
    return seconds | {"photo": time.perf_counter() - began}


def _seconds_to_import(module: str) -> float:
    code = f"import time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"
    return float(str(fresh_process(code)))


def _first_use_of_a_process(cache: str) -> dict[str, float]:
    code = "import json; from bench.measure.start import first_use; print(json.dumps(first_use()))"
    found = fresh_process(code, {"NUMBA_CACHE_DIR": cache})
    assert isinstance(found, dict)
    return {name: float(seconds) for name, seconds in found.items()}
