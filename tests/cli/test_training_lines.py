"""What training says: lines that stay, and passing ones once a minute where no terminal shows them."""

from __future__ import annotations

import pytest

from codec.cli.training_lines import TrainingLines


def test_passing_lines_are_said_once_a_minute_and_others_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = TrainingLines()
    lines.say("passing", True)
    lines.say("stays", False)
    lines.said -= 61
    lines.say("a minute later", True)
    lines.say("right after", True)
    assert capsys.readouterr() == ("", "stays\na minute later\n")


def test_on_a_terminal_a_passing_line_is_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    lines = TrainingLines()
    lines.on_terminal = True
    lines.say("passing", True)
    lines.say("stays", False)
    assert capsys.readouterr().err == "\rpassing\rstays\n"
