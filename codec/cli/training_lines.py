"""Says on standard error how training goes: on a terminal one line that is written over, elsewhere such a line a minute."""

from __future__ import annotations

import sys
import time

import click

MINUTE = 60.0  # seconds


class TrainingLines:
    """What training says, line by line."""

    def __init__(self) -> None:
        self.on_terminal, self.said = sys.stderr is not None and sys.stderr.isatty(), time.monotonic()

    def say(self, text: str, passing: bool) -> None:
        """Say a line; passing: the next one takes its place."""
        if self.on_terminal:
            click.echo(f"\r{text}", nl=not passing, err=True)
        elif not passing or time.monotonic() - self.said >= MINUTE:
            self.said = time.monotonic()
            click.echo(text, err=True)
