"""What commands say on a terminal while they work: nothing anywhere else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Progress = Callable[[int], None]
PATIENCE = 1.0  # seconds


@contextmanager
def progress(label: str, length: int) -> Iterator[Progress | None]:
    """A progress bar on standard error if that is a terminal: gives the function that takes how much of the length is done."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=max(length, 1), label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(done - bar.pos)


@contextmanager
def explained(text: str) -> Iterator[None]:
    """Says the text once on standard error, if that is a terminal, when what is done inside takes longer than a second."""
    note = threading.Timer(PATIENCE, click.echo, (text,), {"err": True})
    if sys.stderr.isatty():
        note.start()
    try:
        yield
    finally:
        note.cancel()
