"""The program `codec`, also as python -m codec."""

from __future__ import annotations

import gc
import os

INTERRUPTED = 130  # exit code
NEW_OBJECTS = 20_000  # after which Python looks for garbage: modules make as many, and none is garbage


def run_program() -> None:
    """Run the command line. Ctrl-C ends it in the same way when it has not even been loaded.

    Python looks for garbage seldom, and not once more at the end: for a small picture that would take a sixth of the time."""
    gc.set_threshold(NEW_OBJECTS)
    try:
        from codec.cli.main import main
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    try:
        main(prog_name="codec")
    finally:
        gc.freeze()


if __name__ == "__main__":
    run_program()
