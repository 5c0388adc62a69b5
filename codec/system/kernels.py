"""Declares compiled kernels.

A kernel is a function of numbers and arrays that is compiled to machine code. Modules declare theirs with

    @kernel                     called by other kernels only
    @kernel(inline=True)        copied into every kernel that calls it
    @entry                      called from Python; kept on disk, and other threads go on while it runs
    @entry(brief=True)          done before another thread could take over, so it keeps Python's lock
    @entry(ieee_division=True)  x / 0 is infinite or no number, as in hardware, and not an error

and none but this one knows how they are compiled: ahead of time, when the package was built, or by numba, when they are called for the
first time, or not at all (kernel_choice.py). All three give the same results. kernel_cache.py keeps what numba compiles on disk.

An entry obeys what compiling ahead of time asks for. Its parameters are annotated: arrays as in array_types.py, int, float, bool, types of
numbers of numpy, or NamedTuples of these. It returns nothing or a number. It allocates nothing and reshapes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, overload

from codec.system.kernel_choice import compiled_kernels, way

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
    decorator = _numba_decorator(inline="always" if inline else "never") if way() == "jit" else _as_it_is
    return decorator if function is None else decorator(function)


@overload
def entry(function: Function) -> Function: ...
@overload
def entry(*, brief: bool = False, ieee_division: bool = False) -> Decorator: ...
def entry(function: Function | None = None, *, brief: bool = False, ieee_division: bool = False) -> Function | Decorator:
    """Declare a kernel that Python calls. brief: keep Python's lock. ieee_division: a division by 0 raises nothing.

    To give the lock away and take it back costs more than a brief kernel does.
    """
    if way() == "jit":
        decorator = _kept(nogil=not brief, error_model="numpy" if ieee_division else "python")
    else:
        decorator = _compiled if way() == "compiled" else _as_it_is
    return decorator if function is None else decorator(function)


def is_ready(function: Callable[..., object]) -> bool:
    """Whether an entry can run at once: it was compiled or loaded in this process, or never will be."""
    return bool(getattr(function, "signatures", [True]))


def _as_it_is(function: Function) -> Function:
    return function


def _compiled(function: Function) -> Function:
    """What was compiled of an entry; one that is not of the package, as tests have them, stays as it is."""
    if function.__module__.split(".")[0] != __name__.split(".")[0]:
        return function
    found: Function = getattr(compiled_kernels(), f"{function.__module__}.{function.__qualname__}")
    return found


def _kept(**options: bool | str) -> Decorator:
    """Numba's decorator for an entry, whose machine code is kept on disk."""
    from codec.system.kernel_cache import keep_kernels_of

    compiled = _numba_decorator(**options)

    def decorator(function: Function) -> Function:
        dispatcher = compiled(function)
        vars(dispatcher)["is_entry"] = True  # kernel_build.py looks for these
        keep_kernels_of(dispatcher, function)
        return dispatcher

    return decorator


def _numba_decorator(**options: bool | str) -> Decorator:
    from numba import njit

    decorator: Decorator = njit(**options)
    return decorator
