"""Says what importing some modules loads, in a process in which nothing else is loaded.

    python -m helpers.loaded MODULE ...        prints the names of all modules that are loaded then, as a JSON list
"""

from __future__ import annotations

import importlib
import json
import sys

from helpers.processes import printed


def loaded_by(*modules: str) -> set[str]:
    """The names of all modules that are loaded after these have been imported in a fresh process."""
    return set(json.loads(printed("-m", __name__, *modules)))


if __name__ == "__main__":
    for module in sys.argv[1:]:
        importlib.import_module(module)
    print(json.dumps(sorted(sys.modules)))
