"""Finds a linker that makes a shared library of object files, for this machine's architecture or another one."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import sys

ARCHITECTURES = ("x86_64", "aarch64")  # for which kernels are compiled ahead of time, on Linux
NATIVE = (["ld"], ["cc", "-nostdlib"], ["gcc", "-nostdlib"], ["clang", "-nostdlib"])


def linker(architecture: str) -> list[str] | None:
    """The command, to which `-shared -o LIBRARY OBJECTS` is added; None if there is none.

    Whatever the architecture: LLVM's linker, or that of the package ziglang. Else what the system has for it.
    """
    found = [["ld.lld"]]
    if importlib.util.find_spec("ziglang") is not None:
        found.append([sys.executable, "-m", "ziglang", "cc", "-target", f"{architecture}-linux-gnu", "-nostdlib"])
    if architecture == platform.machine():
        found = [*NATIVE, *found]
    found.append([f"{architecture}-linux-gnu-ld"])
    return next((command for command in found if shutil.which(command[0])), None)
