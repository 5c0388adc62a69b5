"""The program `codec`, also as python -m codec."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import threading

INTERRUPTED = 130  # exit code
NEW_OBJECTS = 200_000  # after which Python looks for garbage: modules make half as many, and none is garbage


def run_program() -> None:
    """Run the command line. Ctrl-C ends it in the same way when it has not even been loaded.

    Python looks for garbage seldom, and does not take apart at the end what it has loaded: for a small picture that would take a sixth of
    the time."""
    gc.set_threshold(NEW_OBJECTS)
    try:
        from codec.cli.main import main
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    try:
        main(prog_name="codec")
    except SystemExit as ended:
        _end(ended.code)
        raise
    finally:
        gc.freeze()


def _end(code: object) -> None:
    """End the process if nothing is left to do. It is not ended where threads still run, or somebody watches, or output cannot be written,
    of which Python tells."""
    if threading.active_count() == 1 and sys.getprofile() is None and isinstance(code, int):
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError, ValueError):
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(code)


if __name__ == "__main__":
    run_program()
