"""Writes down what a training run needs to be repeated: data and their digest, versions, machine, threads, processes.

A checkpoint holds it beside the settings, a record for each time that the run was begun or went on; the log begins with it.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import importlib.metadata
import platform
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from codec.learn.common import processes
from codec.system.executor import cores

PIECE = 1 << 20
Record = dict[str, object]


def record_of(data: Path, device: str, weights: Path | None, images: NDArray[np.uint8] | None = None) -> Record:
    """How a run is begun, or goes on, now. images: the data, if they do not lie at `data`."""
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "data": data.name,
        "data_sha256": sha256_of(data) if images is None else hashlib.sha256(images.tobytes()).hexdigest(),
        "start": None if weights is None else {"file": weights.name, "sha256": sha256_of(weights)},
        "versions": _versions(),
        "machine": f"{platform.system()} {platform.machine()}, {cores()} cores",
        "device": torch.cuda.get_device_name() if torch.device(device).type == "cuda" else device,
        "threads": torch.get_num_threads(),
        "processes": processes.count(),
    }


def sha256_of(path: Path) -> str | None:
    """SHA-256 of a file's bytes; of a folder, of the names and sizes of its files in their order. None if there is nothing."""
    found = hashlib.sha256()
    if path.is_file():
        with open(path, "rb") as file:
            while piece := file.read(PIECE):
                found.update(piece)
    elif path.is_dir():
        for one in sorted(path.iterdir()):
            found.update(f"{one.name} {one.stat().st_size}\n".encode())
    else:
        return None
    return found.hexdigest()


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # the package is used where it lies
        versions["codec"] = importlib.metadata.version("codec")
    return versions
