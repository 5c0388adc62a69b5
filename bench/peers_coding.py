"""Other entropy coders to check and time against: craystack's rANS and constriction."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType


def craystack_rans() -> ModuleType | None:
    """craystack's rans module where its package is on the path, else None.

    It is loaded by its file: it needs numpy alone, while the package around it wants scipy and autograd.
    """
    package = importlib.util.find_spec("craystack")
    for folder in (package and package.submodule_search_locations) or ():
        spec = importlib.util.spec_from_file_location("craystack_rans", Path(folder) / "rans.py")
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    return None
