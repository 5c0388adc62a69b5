"""A small run of the fuzzer (fuzz_files.py)."""

from __future__ import annotations

import pytest
from helpers.fuzz_files import PATHS, decoded, file_of, fuzz


@pytest.mark.parametrize("name", PATHS)
def test_hostile_files_give_the_picture_or_an_error(name: str) -> None:
    data, content = file_of(name)
    assert decoded(data) == content
    count = 60 if PATHS[name].height > 100 else 300
    outcome = fuzz(name, count, seed=1)
    assert outcome.counts["exact"] < count // 3 and outcome.counts["BadFile"] > count // 2
