"""What commands say: lines, whatever stands in them, and errors that nobody has foreseen."""

from __future__ import annotations

import click
import pytest

from codec.cli.terminal import MOST, is_watched, on_one_line, say, unexpected


def test_whatever_is_said_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("two\nlines\x1b[2J \ud83d")
    assert capsys.readouterr().err == "codec: two\\nlines\\x1b[2J \\ud83d\n"
    assert on_one_line("größer") == "größer"


def test_nobody_watches_without_a_terminal_or_a_command() -> None:
    assert not is_watched()
    with click.Context(click.Command("name")):
        assert not is_watched()


def test_an_error_that_nobody_has_foreseen_is_told_on_one_short_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CODEC_DEBUG", raising=False)
    assert unexpected(ValueError("two\nlines")) == "a defect of this program: ValueError: two lines (CODEC_DEBUG=1 shows where)"
    assert unexpected(RecursionError()) == "a defect of this program: RecursionError (CODEC_DEBUG=1 shows where)"
    assert len(unexpected(ValueError("x" * 10_000))) < MOST + 100
    assert capsys.readouterr() == ("", "")


def test_those_who_search_for_it_see_where_it_comes_from(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CODEC_DEBUG", "1")
    try:
        raise ValueError("deep down")
    except ValueError as error:
        unexpected(error)
    told = capsys.readouterr().err
    assert told.startswith("Traceback") and 'raise ValueError("deep down")' in told
