"""What commands say: lines on standard error, and what was done with an input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

import click

DEBUG = "CODEC_DEBUG"  # the variable that asks for more than a line
MOST = 200  # letters of an error that nobody has foreseen


def is_watched() -> bool:
    """Whether somebody wants to see how a command goes: standard error is a terminal, and --quiet is not given."""
    context = click.get_current_context(silent=True)
    return context is not None and not context.params.get("quiet") and sys.stderr is not None and sys.stderr.isatty()


def on_one_line(text: str) -> str:
    """A text without line ends and control characters, which names of files may have in them."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def say(text: str) -> None:
    """One line on standard error."""
    click.echo(f"codec: {on_one_line(text)}", err=True)


def unexpected(error: Exception) -> str:
    """What there is to say of an error that nobody has foreseen. If CODEC_DEBUG is set, where it comes from is printed, too."""
    if os.environ.get(DEBUG):
        from traceback import print_exception

        print_exception(error)
    text = " ".join(str(error).split())[:MOST]
    return f"a defect of this program: {type(error).__name__}{f': {text}' if text else ''} ({DEBUG}=1 shows where)"


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
