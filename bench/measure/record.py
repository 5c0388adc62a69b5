"""Writes results as JSON: every file says on which machine, when, from which commit and by which command its figures came."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from bench.measure.results import RESULTS, Figures
from codec.system.executor import cores

NUMBERS = re.compile(r"\[\n\s*([-+.\deE,\s]*)\n\s*\]")  # lists of numbers alone, which take a line each list
PACKAGES = ("numpy", "numba", "torch", "Pillow", "constriction", "imagecodecs", "lepton-jpeg-python")


def record(name: str, figures: Figures, command: str, folder: Path = RESULTS) -> Path:
    """Write figures to folder/NAME.json, replacing an older file in one step, and return its path.

    figures: whatever JSON can hold, and numpy scalars and arrays; NaN and infinity are refused (ValueError).
    command: what a reader types to get the figures again.
    """
    content = {
        "bench": name,
        "command": command,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "versions": versions(),
        "figures": figures,
    }
    text = NUMBERS.sub(_one_line, json.dumps(content, indent=1, allow_nan=False, default=plain)) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return path


def _one_line(found: re.Match[str]) -> str:
    return "[" + re.sub(r"\s+", " ", found[1]) + "]"


def plain(value: object) -> object:
    """A numpy scalar or array, or a path, as what JSON knows; TypeError for anything else."""
    if isinstance(value, np.generic | np.ndarray):
        found: object = value.tolist()
        return found
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a result")


def commit() -> str:
    """The commit of the code, with "+" behind it where codec/ or bench/ holds uncommitted changes; "unknown" outside git."""
    root = Path(__file__).parents[2]
    try:
        head = git(root, "rev-parse", "--short=12", "HEAD")
        changed = git(root, "status", "--porcelain", "--", "codec", "bench", ":!bench/results")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+" if changed else "")


def git(root: Path, *arguments: str) -> str:
    """What a git command prints about the working tree at root."""
    return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True).stdout.strip()


def machine() -> dict[str, str | int | float]:
    """Processor, number of cores that this process may use, operating system, memory, and the load of the last minute, our own included."""
    system = f"{platform.system()} {platform.machine()}"
    facts: dict[str, str | int | float] = {"processor": processor(), "cores": cores(), "system": system}
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        facts["memory_mib"] = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    if hasattr(os, "getloadavg"):
        facts["load"] = round(os.getloadavg()[0], 2)
    return facts


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def versions() -> dict[str, str]:
    """The versions of Python, of this package and of the packages that figures may depend on, where installed."""
    found = {"python": platform.python_version()}
    for name in ("codec", *PACKAGES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
