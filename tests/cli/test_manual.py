"""The manual page is that of the help texts, and a page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.processes import ROOT, printed

from codec.cli.main import COMMANDS
from codec.cli.manual import page

PAGE = ROOT / "share" / "man" / "man1" / "codec.1"


def test_the_page_that_is_shipped_is_that_of_the_help_texts(tmp_path: Path) -> None:
    printed("-m", "codec.cli.manual", tmp_path / "codec.1")  # fresh: commands that have run keep their options
    assert PAGE.read_text() == (tmp_path / "codec.1").read_text(), f"python -m codec.cli.manual {PAGE.relative_to(ROOT)}"


def test_every_command_stands_in_it_with_its_options() -> None:
    text = page()
    assert all(f'.SS "codec {name}' in text for name in COMMANDS) and '.SS "codec train arrays' in text
    assert "\\-\\-skip\\-existing" in text and ".nf\ncodec pack pictures \\-o set.bba\n" in text


@pytest.mark.skipif(shutil.which("man") is None or shutil.which("groff") is None, reason="needs man and groff")
def test_man_shows_it_without_a_warning() -> None:
    done = subprocess.run(["man", "--warnings", "-l", str(PAGE)], capture_output=True, text=True, check=True)
    assert not done.stderr and "codec compress photo.png" in done.stdout
