"""Pushes and pops one symbol, for which kernels are compiled or found, and prints the folder that was chosen for kernels, or "none".

python -m helpers.kernel_worker
"""

from __future__ import annotations

import sys
import warnings
from typing import TextIO

import numpy as np

from codec.coding.message import Message
from codec.errors import KernelWarning
from codec.system.kernel_cache import cache_folder


def show(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None, line: str | None = None
) -> None:
    """Print a warning without where it comes from."""
    print(f"{category.__name__}: {message}", file=sys.stderr)


if __name__ == "__main__":
    warnings.showwarning = show
    warnings.simplefilter("always", KernelWarning)
    message = Message.random(9, np.random.default_rng(0))
    before = message.copy()
    message.push([0], [1], 8)
    message.pop([0], [1], 8)
    assert message == before
    print(cache_folder() or "none")
