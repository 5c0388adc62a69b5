"""Where compiled kernels are kept. Numba looks for a folder that can be written, in this order, and refuses to import code without one:

    NUMBA_CACHE_DIR, if it is set
    __pycache__ beside the module              not in an install that only an administrator can write
    the user's cache folder (~/.cache/numba)   not for a user without a home, as services and containers have them

Where there is none of these, a program gives it a folder of its own, for as long as it runs; every run compiles anew.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path


def ensure_folder() -> None:
    """Make sure that kernels can be compiled; before the first module with kernels is imported."""
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
