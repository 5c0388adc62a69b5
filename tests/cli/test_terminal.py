"""What a terminal shows while a command works."""

from __future__ import annotations

import time
from collections.abc import Callable

import click
import pytest

from codec.cli import terminal


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a function as a command on a terminal that has no patience."""
    monkeypatch.setattr(terminal, "PATIENCE", 0.01)

    def run(work: Callable[[], None], **parameters: bool) -> None:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        context = click.Context(click.Command("name"))
        context.params.update(parameters)
        with context:
            work()

    return run


def explain(seconds: float) -> None:
    with terminal.explained("compiling"):
        time.sleep(seconds)


def draw() -> None:
    with terminal.progress("compressing", 10) as show:
        assert show is not None
        show(1)
        time.sleep(0.02)
        show(5)


def test_what_takes_long_is_explained_once(inside: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    for seconds, expected in ((0.0, ""), (0.2, "compiling\n")):
        inside(lambda seconds=seconds: explain(seconds))
        assert capsys.readouterr().err == expected


def test_a_bar_shows_what_takes_long_and_is_wiped_away(inside: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    inside(draw)
    first, second = capsys.readouterr().err.split("\r")[1:3]
    assert first == f"compressing [{'#' * 15}{' ' * 15}]  50%"
    assert second == " " * len(first)


@pytest.mark.parametrize("columns", [*range(-1, 60, 3), 200])
def test_a_bar_fits_into_its_columns(columns: int) -> None:
    for share in (0.0, 0.5, 1.0):
        assert len(terminal.bar("compressing", share, columns)) <= max(columns, 0)
    assert ("#" * 3 in terminal.bar("compressing", 1.0, columns)) == (columns >= 11 + 8 + 3)


def test_nothing_is_shown_when_quiet_and_to_users_of_the_library(inside: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with terminal.progress("compressing", 10) as show:
            assert show is None
        explain(0.05)

    inside(work, quiet=True)
    work()
    assert capsys.readouterr().err == ""
