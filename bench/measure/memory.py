"""Peak memory of a codec on a picture: of a fresh process that does nothing else, and of the commands that it starts."""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.codecs.peer import Peer, Pixels
from bench.core import fresh_process
from bench.measure.timing import RoundTripFailed
from bench.photo_start import MEGABYTE, peak_memory


def _held() -> float:
    """Megabytes at most: of this process, and of the largest that it has waited for."""
    unit = 1 if sys.platform == "darwin" else 1024
    return max(peak_memory(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / MEGABYTE)


def encode_memory(name: str, kind: str, source: str, target: str) -> float:
    Path(target).write_bytes(_peer(name, kind).encode(np.load(source)))
    return _held()


def decode_memory(name: str, kind: str, source: str, target: str) -> float:
    _peer(name, kind).decode(Path(target).read_bytes())
    return _held()


def _peer(name: str, kind: str) -> Peer:
    from bench.peers import makes_for

    peer = makes_for(kind)[name]()
    if peer is None:
        raise RoundTripFailed(f"{name} is not there in a fresh process")
    return peer


def figures(name: str, kind: str, pixels: Pixels) -> dict[str, float]:
    """Megabytes (10^6 bytes) both ways, of a codec by its name."""
    call = "import json; from bench.measure.memory import {0}; print(json.dumps({0}{1!r}))"
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/pixels.npy", f"{folder}/file"
        np.save(source, pixels)
        ways = {"encode": "encode_memory", "decode": "decode_memory"}
        return {way: round(fresh_process(call.format(function, (name, kind, source, target))), 1) for way, function in ways.items()}
