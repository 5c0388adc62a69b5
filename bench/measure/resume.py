"""Keeps what a long run has done, so that one that was interrupted goes on where it was."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.measure.results import Figures
from codec.system.executor import in_order

OURS = ("bench", "codec")
Row = dict[str, Any]  # figures and their key


@cache
def sources(*modules: str) -> str:
    """A digest of these modules, of all of this project that they import, at any depth, and of the versions of numpy and numba.

    What was measured with other code is measured again, and what other code has nothing to do with is not.
    """
    digest = hashlib.sha256(repr([importlib.metadata.version(name) for name in ("numpy", "numba")]).encode())
    for name, content in sorted(needed(modules).items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]


def source_of(module: str) -> Path | None:
    """The file of a module or a package of this project; None for what is neither, such as a name in a module."""
    first, *rest = module.split(".")
    found = importlib.util.find_spec(first)
    if found is None or found.origin is None:
        return None
    place = Path(found.origin).parent.joinpath(*rest)
    if not rest:
        return Path(found.origin)
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def needed(modules: Iterable[str], find: Callable[[str], Path | None] = source_of) -> dict[str, bytes]:
    """The sources of modules of this project, and of all that they import from it at any depth, by name. find: where a module is."""
    found: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found and (path := find(name)) is not None:
            found[name] = path.read_bytes()
            waiting += _imported(found[name])
    return found


def _imported(source: bytes) -> list[str]:
    """What a module of this project may import from the project, anywhere in its text."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] in OURS]


def digest_of(array: NDArray[np.uint8]) -> str:
    """Of the samples and their shape."""
    return hashlib.sha256(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


class Kept:
    """What is done already: a line of JSON for each picture and codec, in the order in which they were done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, Row] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
                self.rows[row["key"]] = row
            except (ValueError, KeyError, TypeError):  # the line in which a run was cut off
                continue

    def get(self, key: str, work: Callable[[], Figures]) -> Row:
        """The row of this key, of an earlier run or else of `work`, which is then kept."""
        return next(self.all([(key, work)]))

    def all(self, work: Iterable[tuple[str, Callable[[], Figures]]], threads: int = 1) -> Iterator[Row]:
        """The rows of these keys in their order; those that are not there are worked out side by side, and kept as they come."""

        def row(pair: tuple[str, Callable[[], Figures]]) -> Row:
            key, make = pair
            return self.rows.get(key) or {"key": key, **make()}

        for found in in_order(row, work, threads):
            if found["key"] not in self.rows:
                self.rows[found["key"]] = found
                with self.path.open("a") as file:
                    file.write(json.dumps(found) + "\n")
            yield found
