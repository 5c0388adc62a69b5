"""Imports modules, calls codec.density, which has the name of a room, too, and says how many estimates it gives for two numbers.

python -m helpers.density_worker [MODULE ...]
"""

from __future__ import annotations

import importlib
import sys

import numpy as np

if __name__ == "__main__":
    for name in sys.argv[1:]:
        importlib.import_module(name)
    import codec

    print(len(codec.density(np.zeros((9, 9), np.uint8), particles=(1, 2)).estimates))
