"""Decides how kernels run in this process, by the environment variable CODEC_KERNELS or by what is there.

    compiled        ahead of time, when the package was built (compiled_kernels.py); with the name of a target behind a colon for that one
    jit             by numba, when they are first called
    python          as plain Python: slow, and the reference that the others are held to; NUMBA_DISABLE_JIT=1 means this, too

Without the variable it is the first of these that is there: compiled, then jit.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from types import ModuleType
from typing import Literal

from codec.errors import BadConfig, MissingPackage
from codec.system.compiled_kernels import TARGETS, load_kernels, usable_targets

VARIABLE = "CODEC_KERNELS"
Way = Literal["compiled", "jit", "python"]


@functools.cache
def way() -> Way:
    """How kernels run. Raises MissingPackage if they cannot, BadConfig for a variable that means nothing."""
    wanted = os.environ.get(VARIABLE, "")
    kind, _, target = wanted.partition(":")
    if kind not in ("", "compiled", "jit", "python") or (target and (kind != "compiled" or target not in TARGETS)):
        raise BadConfig(f"{VARIABLE}={wanted}: it is compiled, jit or python, or compiled: and one of {', '.join(TARGETS)}")
    if kind == "python" or (not kind and os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")):
        return "python"
    if kind != "jit" and compiled_kernels() is not None:
        return "compiled"
    if kind == "compiled":
        raise MissingPackage(f"{VARIABLE}={wanted}: there are no such kernels of these sources for this machine")
    if importlib.util.find_spec("numba") is None:
        raise MissingPackage('no kernels were compiled of these sources for this machine: pip install "codec[jit]" brings a compiler')
    return "jit"


@functools.cache
def compiled_kernels() -> ModuleType | None:
    """The kernels that were compiled ahead of time for the target that is wanted, or the best one here; None if there are none."""
    wanted, usable = os.environ.get(VARIABLE, "").partition(":")[2], usable_targets()
    if wanted and wanted not in usable:
        return None
    return load_kernels(wanted or usable[0]) if usable else None
