"""Declares compiled kernels.

A kernel is a function of numbers and arrays that is compiled to machine code. Modules declare theirs with

    @kernel                     called by other kernels only
    @kernel(inline=True)        copied into every kernel that calls it
    @entry                      called from Python; kept on disk, and other threads go on while it runs
    @entry(brief=True)          done before another thread could take over, so it keeps Python's lock
    @entry(ieee_division=True)  x / 0 is infinite or no number, as in hardware, and not an error

and none but this one knows how they are compiled: by numba, when they are called for the first time. With NUMBA_DISABLE_JIT=1 all of them
stay plain Python functions, which is slow and gives the same results. kernel_cache.py keeps them on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, overload

from codec.system.kernel_cache import keep_kernels_of

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
    decorator = _numba_decorator(keep=True, nogil=not brief, error_model="numpy" if ieee_division else "python")
    return decorator if function is None else decorator(function)


def is_compiling() -> bool:
    """Whether kernels are compiled in this process, or stay plain Python functions."""
    from numba import config

    return not config.DISABLE_JIT


def is_ready(function: Callable[..., object]) -> bool:
    """Whether an entry can run at once: it was compiled or loaded in this process, or never will be."""
    return bool(getattr(function, "signatures", [True]))


def _numba_decorator(keep: bool = False, **options: bool | str) -> Decorator:
    from numba import njit

    compiled: Decorator = njit(**options)
    if not keep or not is_compiling():
        return compiled

    def decorator(function: Function) -> Function:
        dispatcher = compiled(function)
        keep_kernels_of(dispatcher, function)
        return dispatcher

    return decorator
