"""The program `codec`, also as python -m codec."""

from __future__ import annotations

import os

INTERRUPTED = 130  # exit code


def run_program() -> None:
    """Run the command line. Ctrl-C ends it in the same way when it has not even been loaded."""
    try:
        from codec.cli.main import main
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    main(prog_name="codec")


if __name__ == "__main__":
    run_program()
