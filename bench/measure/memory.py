"""Measures the peak memory of a codec: of a fresh process that codes one thing and nothing else, and of the commands that it starts."""

from __future__ import annotations

import pickle
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.errors import RoundTripFailed
from bench.measure.fresh import fresh_process
from bench.measure.peer import Make, Peer, Pixels

MEGABYTE = 1_000_000
UNIT = 1 if sys.platform == "darwin" else 1024  # of what getrusage tells


def memory_of(make: Make, pixels: Pixels) -> dict[str, float]:
    """Megabytes (10^6 bytes) that a codec holds at most, "encode" and "decode"; Python and the pixels included.

    make: gives the codec; a function of a module, or a partial of one, so that a fresh process can have it, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "make").write_bytes(pickle.dumps(make))
        np.save(Path(folder, "pixels.npy"), pixels)
        found = {}
        for way in ("encode", "decode"):
            told = fresh_process(f"from bench.measure.memory import {way}; print({way}({folder!r}))")
            found[way] = round(float(str(told)), 1)
        return found


def encode(folder: str) -> float:
    """In the fresh process: code the pixels of a folder into a file there; megabytes at most."""
    Path(folder, "file").write_bytes(_peer(folder).encode(np.load(Path(folder, "pixels.npy"))))
    return held()


def decode(folder: str) -> float:
    """In the fresh process: decode the file of a folder; megabytes at most."""
    _peer(folder).decode(Path(folder, "file").read_bytes())
    return held()


def held() -> float:
    """Megabytes at most: of this process, and of the largest process that it has waited for."""
    return max(_own(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT / MEGABYTE)


def _own() -> float:
    """From /proc where there is one: getrusage there also counts what the parent held when it started this process."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / MEGABYTE
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / MEGABYTE


def _peer(folder: str) -> Peer:
    make: Make = pickle.loads(Path(folder, "make").read_bytes())
    peer = make()
    if peer is None:
        raise RoundTripFailed("the codec is not there in a fresh process")
    return peer
