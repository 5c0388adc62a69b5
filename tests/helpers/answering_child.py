"""A child for tests of kept processes: it does what it is asked, up to dying."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import IO

from codec.system.kept_process import read_frame, serve


def answer(file: IO[bytes]) -> Iterator[bytes]:
    """The answer to a request, which is a word and what follows it."""
    word, _, rest = read_frame(file).decode().partition(" ")
    if word == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif word == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "exit":
        os._exit(3)
    elif word == "sleep":
        time.sleep(60)
    elif word == "print":
        print("some words")
        print("some words", file=sys.stderr)
        rest = "printed"
    yield rest.encode() if rest else str(os.getpid()).encode()


if __name__ == "__main__":
    serve(answer)
