"""A place to run commands in."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.array_folder import make_array_folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a model and, in the folder `in`, arrays and things that are none."""
    monkeypatch.chdir(tmp_path)
    return make_array_folder(tmp_path)
