"""Keeps compiled kernels on disk, in a folder that nobody else can write and that belongs to one state of the sources.

The folder is the first of these that is private to this user, each with a part named after the key:

    NUMBA_CACHE_DIR, if it is set
    __pycache__ of the package         not in an install that only an administrator can write
    codec in the user's cache folder   not for a user without a home, as services and containers have them

The key is a hash of the sources of all kernels, and of the versions of the compiler and of Python: a kernel never calls another as it was
before a change. What the folder holds are pickles, which run as they are loaded: a folder of another user, or one that others may write, is
not used. Where there is no folder, every process compiles anew. A file in it that is damaged is forgotten, and the kernel compiled again.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from codec.errors import KernelWarning
from codec.system.kernel_choice import compiled_kernels, way
from codec.system.kernel_sources import PACKAGE, sources_digest

if TYPE_CHECKING:
    from numba.core.caching import FunctionCache

PREFIX = "kernels-"
OLD = 90 * 24 * 3600  # seconds after which folders of other keys are removed
KEY_LETTERS = 20


@functools.cache
def cache_folder() -> Path | None:
    """The folder for kernels, made if it is not there; None if no folder is safe."""
    for base in _bases():
        folder = base / f"{PREFIX}{sources_key()}"
        if _make_private(folder):
            _remove_old(base, folder)
            return folder
    return None


@functools.cache
def sources_key() -> str:
    """What all kernels are made of: their sources, and the target that they were compiled for or the versions of what compiles them."""
    compiled = compiled_kernels() if way() == "compiled" else None
    parts = [sources_digest(), sys.version] if compiled is None else [compiled.sources, compiled.__name__]
    if way() == "jit":
        import llvmlite
        import numba

        parts += [numba.__version__, llvmlite.__version__]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:KEY_LETTERS]


def keep_kernels_of(dispatcher: object, function: Callable[..., object]) -> None:
    """Let a function that numba compiles be kept, if there is a folder."""
    folder = cache_folder()
    if folder is not None:
        dispatcher._cache = _kept(function, str(folder))  # type: ignore[attr-defined]


def is_new(mark: str, loaded: bool) -> bool:
    """Whether `remember` was never told of this mark since kernels were compiled for the first time; loaded: kernels were so before."""
    folder = cache_folder()
    return not loaded if folder is None else not (folder / mark).exists()


def remember(mark: str) -> None:
    """Note something that was found out of the kernels, for as long as they are kept."""
    folder = cache_folder()
    if folder is not None:
        try:
            (folder / mark).touch(mode=0o600)
        except OSError as error:
            _warn(error)


def _kept(function: Callable[..., object], folder: str) -> FunctionCache:
    """Numba's cache of a function, in the folder.

    Long because its three classes are made of numba's, which is imported here and no earlier."""
    from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

    class Locator(_CacheLocator):  # type: ignore[misc]
        """Says that kernels are kept in the folder."""

        def get_cache_path(self) -> str:
            return folder

        def get_source_stamp(self) -> str:
            return sources_key()

        def get_disambiguator(self) -> str:
            return hashlib.sha256(f"{function.__module__} {function.__qualname__}".encode()).hexdigest()[:10]

        @classmethod
        def from_function(cls, py_func: Callable[..., object], py_file: str) -> Locator:
            return cls()

    class Impl(CompileResultCacheImpl):  # type: ignore[misc]
        """Numba's, with the folder instead of its own."""

        _locator_classes = (Locator,)

    class Kept(FunctionCache):  # type: ignore[misc]
        """Numba's cache of one function, for which a file that cannot be read or written is no reason to fail."""

        _impl_class = Impl

        def load_overload(self, sig: object, target_context: object) -> object:
            try:
                return super().load_overload(sig, target_context)
            except Exception as error:  # a damaged pickle raises nearly any exception
                _warn(error)
                self._forget()
                return None

        def save_overload(self, sig: object, data: object) -> None:
            try:
                super().save_overload(sig, data)
            except Exception as error:
                _warn(error)
                self._forget()

        def _forget(self) -> None:
            for path in Path(folder).glob(f"{self._impl.filename_base}.*"):
                path.unlink(missing_ok=True)

    return Kept(function)


def _bases() -> Iterator[Path]:
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(named)
    yield PACKAGE / "__pycache__"
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        yield Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "codec"
    elif sys.platform == "darwin":
        yield home / "Library" / "Caches" / "codec"
    else:
        yield Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "codec"


def _make_private(folder: Path) -> bool:
    """Make a folder that only this user can write, or see that it is one."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_private(folder.parent, sticky=True):
            return False
        folder.mkdir(exist_ok=True, mode=0o700)
        return _is_private(folder) and os.access(folder, os.W_OK)
    except OSError:
        return False


def _is_private(folder: Path, sticky: bool = False) -> bool:
    """Whether a folder is this user's, and no other can write it; sticky: others may, if they cannot replace what is in it."""
    if not hasattr(os, "geteuid"):
        return True
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    open_to_others = bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    if sticky and open_to_others and found.st_mode & stat.S_ISVTX:
        return True
    return found.st_uid in ({os.geteuid(), 0} if sticky else {os.geteuid()}) and not open_to_others


def _remove_old(base: Path, current: Path) -> None:
    """Folders of other keys that nothing was written to for long."""
    try:
        for folder in base.glob(f"{PREFIX}*"):
            if folder != current and time.time() - folder.stat().st_mtime > OLD:
                from shutil import rmtree  # seldom needed

                rmtree(folder, ignore_errors=True)
    except OSError:
        return


def _warn(error: Exception) -> None:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    text = f"kernels cannot be kept or loaded ({type(error).__name__}: {reason}): they are compiled once more"
    warnings.warn(text, KernelWarning, stacklevel=2)
