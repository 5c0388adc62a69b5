"""What a terminal shows while a command works."""

from __future__ import annotations

import time

import click
import pytest

from codec.cli import terminal
from codec.cli.terminal import EXPLANATION, Bar, watching
from codec.kinds.requests import COMPILING


def test_compiling_that_takes_long_is_explained_once(capsys: pytest.CaptureFixture[str]) -> None:
    for seconds, expected in ((0.0, ""), (0.2, f"{EXPLANATION}\n")):
        shown = Bar(patience=0.05)
        shown.show(COMPILING, 0, 1)
        time.sleep(seconds)
        shown.show(COMPILING, 1, 1)
        assert capsys.readouterr().err == expected


def test_a_bar_shows_what_takes_long_and_is_wiped_away(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Bar(patience=0.01)
    shown.show("compressing", 1, 10)
    time.sleep(0.02)
    shown.show("compressing", 5, 10)
    shown.wipe()
    first, second = capsys.readouterr().err.split("\r")[1:3]
    assert first == f"compressing [{'#' * 15}{' ' * 15}]  50%"
    assert second == " " * len(first)


def test_the_next_work_has_a_bar_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Bar(patience=0.0)
    shown.show("compressing", 9, 10)
    shown.show("verifying", 1, 10)
    assert [line.split()[0] for line in capsys.readouterr().err.split("\r") if line.strip()] == ["compressing", "verifying"]


@pytest.mark.parametrize("columns", [*range(-1, 60, 3), 200])
def test_a_bar_fits_into_its_columns(columns: int) -> None:
    for share in (0.0, 0.5, 1.0):
        assert len(terminal.bar("compressing", share, columns)) <= max(columns, 0)
    assert ("#" * 3 in terminal.bar("compressing", 1.0, columns)) == (columns >= 11 + 8 + 3)


def test_nothing_is_shown_where_nobody_watches() -> None:
    context = click.Context(click.Command("name"))
    context.params["quiet"] = True
    with watching() as progress, context, watching() as quiet:
        assert progress is None and quiet is None
