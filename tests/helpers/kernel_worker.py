"""Pushes one symbol, for which kernels are compiled or found, and prints the folder that was chosen for kernels, or "none".

python -m helpers.kernel_worker
"""

from __future__ import annotations

import os

from codec.system import kernels

if __name__ == "__main__":
    kernels.ensure_folder()  # before the first module with kernels is imported
    import numpy as np

    from codec.coding.message import Message

    Message.random(9, np.random.default_rng(0)).push([0], [1], 8)
    print(os.environ.get("NUMBA_CACHE_DIR", "none"))
