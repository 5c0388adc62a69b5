"""What commands say on a terminal while they work: nothing anywhere else, nothing under --quiet, and nothing to users of the library."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Progress = Callable[[int], None]
PATIENCE = 1.0  # seconds in which nothing is said
WIDTH = 30  # of the bar, where there is room for it


def is_watched() -> bool:
    """Whether somebody wants to see how a command goes: standard error is a terminal, and --quiet is not given."""
    context = click.get_current_context(silent=True)
    return context is not None and not context.params.get("quiet") and sys.stderr is not None and sys.stderr.isatty()


def on_one_line(text: str) -> str:
    """A text without line ends and control characters, which names of files may have in them."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


@contextmanager
def progress(label: str, length: int) -> Iterator[Progress | None]:
    """A bar on standard error for what takes longer than a second, wiped away at the end.

    Gives the function that takes how much of the length is done, or None where nobody watches.
    """
    if not is_watched():
        yield None
        return
    began, drawn = time.monotonic(), 0

    def show(done: int) -> None:
        nonlocal drawn
        if time.monotonic() - began >= PATIENCE:
            line = bar(label, min(done / max(length, 1), 1), shutil.get_terminal_size().columns - 1)
            drawn = len(line)
            click.echo(f"\r{line}", nl=False, err=True)

    try:
        yield show
    finally:
        if drawn:
            click.echo(f"\r{'':{drawn}}\r", nl=False, err=True)


def bar(label: str, share: float, columns: int) -> str:
    """How much is done, in so many columns: a line that wraps around could not be wiped away."""
    width = min(WIDTH, columns - len(f"{label} [] {share:4.0%}"))
    drawn = f" [{'#' * int(share * width):<{width}}]" if width > 0 else ""
    return f"{label}{drawn} {share:4.0%}"[: max(columns, 0)]


@contextmanager
def explained(text: str) -> Iterator[None]:
    """Says the text once on standard error when what is done inside takes longer than a second and somebody watches."""
    if not is_watched():
        yield
        return
    note = threading.Timer(PATIENCE, click.echo, (text,), {"err": True})
    note.start()
    try:
        yield
    finally:
        note.cancel()
