"""Declares compiled kernels, and finds a folder where the compiler can keep them.

A kernel is a function of numbers and arrays that is compiled to machine code. Modules declare theirs with

    @kernel                     called by other kernels only
    @kernel(inline=True)        copied into every kernel that calls it
    @entry                      called from Python; kept on disk, and other threads go on while it runs
    @entry(brief=True)          done before another thread could take over, so it keeps Python's lock
    @entry(ieee_division=True)  x / 0 is infinite or no number, as in hardware, and not an error

and none but this one knows how they are compiled: by numba, when they are called for the first time. With NUMBA_DISABLE_JIT=1 all of them
stay plain Python functions, which is slow and gives the same results.

Numba looks for a folder that can be written, in this order, and refuses to compile without one:

    NUMBA_CACHE_DIR, if it is set
    __pycache__ beside the module              not in an install that only an administrator can write
    the user's cache folder (~/.cache/numba)   not for a user without a home, as services and containers have them

Where there is none of these, a program gets a folder of its own, for as long as it runs; every run compiles anew.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, overload

Function = TypeVar("Function", bound=Callable[..., object])


class Decorator(Protocol):
    """What makes a kernel of a function."""

    def __call__(self, function: Function) -> Function: ...


@overload
def kernel(function: Function) -> Function: ...
@overload
def kernel(*, inline: bool) -> Decorator: ...
def kernel(function: Function | None = None, *, inline: bool = False) -> Function | Decorator:
    """Declare a kernel that only other kernels call. inline: copy it into them."""
    decorator = _numba_decorator(inline="always" if inline else "never")
    return decorator if function is None else decorator(function)


@overload
def entry(function: Function) -> Function: ...
@overload
def entry(*, brief: bool = False, ieee_division: bool = False) -> Decorator: ...
def entry(function: Function | None = None, *, brief: bool = False, ieee_division: bool = False) -> Function | Decorator:
    """Declare a kernel that Python calls. brief: keep Python's lock. ieee_division: a division by 0 raises nothing.

    To give the lock away and take it back costs more than a brief kernel does.
    """
    decorator = _numba_decorator(cache=True, nogil=not brief, error_model="numpy" if ieee_division else "python")
    return decorator if function is None else decorator(function)


def is_compiling() -> bool:
    """Whether kernels are compiled in this process, or stay plain Python functions."""
    ensure_folder()
    from numba import config

    return not config.DISABLE_JIT


def is_ready(function: Callable[..., object]) -> bool:
    """Whether an entry can run at once: it was compiled or loaded in this process, or never will be."""
    return bool(getattr(function, "signatures", [True]))


def _numba_decorator(**options: bool | str) -> Decorator:
    ensure_folder()
    from numba import njit

    decorator: Decorator = njit(**options)
    return decorator


@functools.cache
def ensure_folder() -> None:
    """Make sure that kernels can be compiled; before numba is imported."""
    if os.environ.get("NUMBA_CACHE_DIR") or _is_writable(Path(__file__).parent / "__pycache__") or _is_writable(_user_folder() / "numba"):
        return
    folder = tempfile.mkdtemp(prefix="codec-kernels-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder


def _user_folder() -> Path:
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
