"""One fresh process that compresses a picture file by the library.

python -m helpers.compress_worker PICTURE MODEL RESULT
"""

from __future__ import annotations

import sys
from pathlib import Path

import codec

if __name__ == "__main__":
    picture, model, result = map(Path, sys.argv[1:])
    result.write_bytes(codec.compress(picture.read_bytes(), model, particles=3))
