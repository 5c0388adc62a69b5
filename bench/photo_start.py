"""What a fresh process needs to code photos: time to compile kernels, with an empty and with a filled cache, and memory."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.core import fresh_process
from codec.density import library
from codec.density.photo import stripe
from codec.kinds.picture.write import compress_picture, decompress_picture
from codec.media.picture import Picture
from codec.system.executor import cores

MEGABYTE = 1_000_000
IMPORT = "import time; began = time.perf_counter(); import codec.picture; print(time.perf_counter() - began)"


def peak_memory() -> float:
    """Megabytes that this process has held at most.

    From /proc where there is one: getrusage there also counts what the parent held when it started this process.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / MEGABYTE
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


# ---------------------------------------------------------------- in the child process


def first_use(title: str | None) -> dict[str, float]:
    """Seconds to compile or load all kernels, and of the first two small pictures there and back."""
    began, began_cpu = time.perf_counter(), time.process_time()
    stripe.warm_up()
    warm, warm_cpu = time.perf_counter(), time.process_time()
    model = library.photo_model(3, title)
    gradient = np.add.outer(np.arange(96), np.arange(96)).astype(np.uint8)
    picture = Picture("RGB", np.ascontiguousarray(np.stack([gradient, gradient // 2, 255 - gradient], 2)))
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        decompress_picture(compress_picture(picture, model), lambda name: model)
        seconds.append(time.perf_counter() - start)
    steps = {"warm_up": warm - began, "warm_up_cpu": warm_cpu - began_cpu}
    return {**steps, "first_picture": seconds[0], "second_picture": seconds[1]}


def encode_memory(title: str | None, pixels: str, target: str, threads: int) -> dict[str, float]:
    """Compress the pixels in a file of numpy into a file; megabytes at most, and before the picture was loaded."""
    model = library.photo_model(3, title)
    before = peak_memory()
    Path(target).write_bytes(compress_picture(Picture("RGB", np.load(pixels)), model, threads=threads))
    return {"before": before, "peak": peak_memory()}


def decode_memory(title: str | None, source: str, threads: int) -> dict[str, float]:
    model = library.photo_model(3, title)
    before = peak_memory()
    decompress_picture(Path(source).read_bytes(), lambda name: model, threads)
    return {"before": before, "peak": peak_memory()}


# ---------------------------------------------------------------- in the parent


def _child(function: str, *arguments: Any, **environment: str) -> Any:
    call = f"{function}({', '.join(map(repr, arguments))})"
    return fresh_process(f"import json; from bench.photo_start import {function}; print(json.dumps({call}))", **environment)


def start_figures(title: str | None) -> dict[str, Any]:
    """first_use with an empty cache of compiled kernels, and again with the cache that this has filled."""
    with tempfile.TemporaryDirectory() as cache:
        empty, filled = (_child("first_use", title, NUMBA_CACHE_DIR=cache) for _ in range(2))
    late = empty["first_picture"] - empty["second_picture"]  # whatever warm_up left to be compiled
    seconds = {"import": fresh_process(IMPORT), "compile_seconds": empty["warm_up"] + max(0.0, late)}
    result: dict[str, Any] = {name: round(value, 3) for name, value in seconds.items()}
    for name, found in (("empty_cache", empty), ("filled_cache", filled)):
        result[name] = {step: round(value, 3) for step, value in found.items()}
    return result


def memory_figures(title: str | None, picture: Picture) -> dict[str, Any]:
    """Megabytes (10^6 bytes) of processes that compress and decompress a picture with all cores, the picture itself among them."""
    with tempfile.TemporaryDirectory() as folder:
        pixels, file = f"{folder}/pixels.npy", f"{folder}/picture.bb"
        np.save(pixels, picture.pixels)
        encode = _child("encode_memory", title, pixels, file, cores())
        decode = _child("decode_memory", title, file, cores())
    ways = {"encode": encode, "decode": decode}
    rounded = {way: {name: round(value, 1) for name, value in found.items()} for way, found in ways.items()}
    return {"width": picture.width, "height": picture.height, "threads": cores(), **rounded}
