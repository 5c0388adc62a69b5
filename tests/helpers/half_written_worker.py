"""Compresses a picture in the current folder, and waits when its file is written but has no name yet, on a system without nameless files.

python -m helpers.half_written_worker        says "writing" when it waits
"""

from __future__ import annotations

import os
import time

from PIL import Image

from codec.cli.main import main


def wait(fd: object) -> None:
    """Instead of forcing a file to the disk: wait to be interrupted."""
    print("writing", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    if hasattr(os, "O_TMPFILE"):
        del os.O_TMPFILE
    os.fsync = wait
    Image.new("L", (9, 9)).save("x.png")
    main(["compress", "x.png", "--method", "stored"])
