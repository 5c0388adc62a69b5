"""Prints the names of all entries of the package, as a JSON list, if their parameters are such that they can be compiled ahead of time.

python -m helpers.entries_worker
"""

from __future__ import annotations

import json

from codec.errors import CannotBuild
from codec.system.kernel_build import declared, parameters_of

if __name__ == "__main__":
    entries = declared()
    for name, entry in entries.items():
        try:
            parameters_of(entry)
        except CannotBuild as error:
            raise SystemExit(f"{name}: {error}") from None
    print(json.dumps(sorted(entries)))
