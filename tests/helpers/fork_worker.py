"""Forks children while threads read pictures: each child has to read one, too, and find Pillow's limit where it was.

python -m helpers.fork_worker
"""

from __future__ import annotations

import io
import os
import threading
import time

from PIL import Image

from codec.media.read import open_picture

CHILDREN, THREADS, SIDE = 20, 4, 300


def main(data: bytes) -> None:
    """Fork while threads read this picture. Raises RuntimeError if a child does not read it."""
    limit, ended = Image.MAX_IMAGE_PIXELS, threading.Event()

    def read_on() -> None:
        while not ended.is_set():
            open_picture(data)

    threads = [threading.Thread(target=read_on) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        for number in range(CHILDREN):
            time.sleep(0.01)
            child = os.fork()
            if child == 0:
                os._exit(0 if reads(data) and limit == Image.MAX_IMAGE_PIXELS else 1)
            if os.waitpid(child, 0)[1]:
                raise RuntimeError(f"child {number} failed")
    finally:
        ended.set()


def reads(data: bytes) -> bool:
    """Whether this process reads the picture."""
    rows = open_picture(data).rows
    return rows is not None and rows.width == SIDE


if __name__ == "__main__":
    file = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE)).save(file, "PNG")
    main(file.getvalue())
