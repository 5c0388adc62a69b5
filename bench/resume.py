"""What a long run has done already, so that one that was interrupted goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import codec as package


@cache
def sources() -> str:
    """A digest of all code of the package: what was measured with other code is measured again."""
    folder, digest = Path(package.__file__).parent, hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def digest_of(array: NDArray[np.uint8]) -> str:
    """Of the samples and their shape."""
    return hashlib.sha256(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


class Kept:
    """What is done already: a line of JSON for each picture and codec, in the order in which they were done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, Any]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
                self.rows[row["key"]] = row
            except (ValueError, KeyError, TypeError):  # the line in which a run was cut off
                continue

    def get(self, key: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The row of this key, of an earlier run or else of `work`, which is then kept."""
        if key not in self.rows:
            self.rows[key] = {"key": key, **work()}
            with self.path.open("a") as file:
                file.write(json.dumps(self.rows[key]) + "\n")
        return self.rows[key]
