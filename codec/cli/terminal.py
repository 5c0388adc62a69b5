"""What commands say on a terminal while they work, nothing anywhere else and nothing under --quiet; and what they say in the end."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from codec.kinds.requests import COMPILING, Progress

PATIENCE = 1.0  # seconds in which nothing is said
MINUTE = 60.0  # seconds
WIDTH = 30  # of the bar, where there is room for it
EXPLANATION = "codec: the first use on this machine compiles the photo model's kernels; this takes some seconds, once"


def is_watched() -> bool:
    """Whether somebody wants to see how a command goes: standard error is a terminal, and --quiet is not given."""
    context = click.get_current_context(silent=True)
    return context is not None and not context.params.get("quiet") and sys.stderr is not None and sys.stderr.isatty()


def on_one_line(text: str) -> str:
    """A text without line ends and control characters, which names of files may have in them."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def show_done(line: str, is_asked: bool, count: int, details: Callable[[], None] | None = None) -> None:
    """Say what was done with an input: on a terminal, or if it is asked for; details need the line only among several."""
    line = on_one_line(line)
    if is_asked or (count > 1 and details):
        click.echo(line)
    elif is_watched() and not details:
        click.echo(line, err=True)
    if details:
        details()


def show_titled(title: str, count: int, show: Callable[[], None]) -> None:
    """Show what there is to say of an input; among several, below its name."""
    if count > 1:
        click.echo(f"{on_one_line(title)}:")
    show()


def show_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output."""
    for line in lines:
        click.echo(line)


class Bar:
    """A bar on standard error for what takes longer than `patience` seconds, wiped away at the end; of compiling a line that explains
    the wait."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.label, self.began, self.drawn = "", 0.0, 0
        self.note: threading.Timer | None = None

    def show(self, label: str, done: int, length: int) -> None:
        """What is being done, how much of it, and of how much."""
        if label == COMPILING:
            self._explain(done < length)
            return
        if label != self.label:
            self.wipe()
            self.label, self.began = label, time.monotonic()
        if time.monotonic() - self.began >= self.patience:
            line = bar(label, min(done / max(length, 1), 1), shutil.get_terminal_size().columns - 1)
            self.drawn = len(line)
            click.echo(f"\r{line}", nl=False, err=True)

    def wipe(self) -> None:
        """Leave the line as it was."""
        self._explain(False)
        if self.drawn:
            click.echo(f"\r{'':{self.drawn}}\r", nl=False, err=True)
        self.label, self.drawn = "", 0

    def _explain(self, is_waiting: bool) -> None:
        if self.note is not None:
            self.note.cancel()
        self.note = threading.Timer(self.patience, click.echo, (EXPLANATION,), {"err": True}) if is_waiting else None
        if self.note is not None:
            self.note.start()


@contextmanager
def watching() -> Iterator[Progress | None]:
    """What to tell of how the work inside goes, or None where nobody watches."""
    if not is_watched():
        yield None
        return
    shown = Bar()
    try:
        yield shown.show
    finally:
        shown.wipe()


def bar(label: str, share: float, columns: int) -> str:
    """How much is done, in so many columns: a line that wraps around could not be wiped away."""
    width = min(WIDTH, columns - len(f"{label} [] {share:4.0%}"))
    drawn = f" [{'#' * int(share * width):<{width}}]" if width > 0 else ""
    return f"{label}{drawn} {share:4.0%}"[: max(columns, 0)]


class TrainingLines:
    """What training says, on standard error: on a terminal one line that is written over, elsewhere such a line a minute."""

    def __init__(self) -> None:
        self.on_terminal, self.said = sys.stderr is not None and sys.stderr.isatty(), time.monotonic()

    def say(self, text: str, passing: bool) -> None:
        """Say a line; passing: the next one takes its place."""
        if self.on_terminal:
            click.echo(f"\r{text}", nl=not passing, err=True)
        elif not passing or time.monotonic() - self.said >= MINUTE:
            self.said = time.monotonic()
            click.echo(text, err=True)
