"""Hostile archives give what was packed or a clear error, and nothing is written beside their folder."""

from __future__ import annotations

import os

from helpers import fuzz_archives

MUTANTS = int(os.environ.get("CODEC_MUTANTS", "200"))


def test_mutants_of_an_archive_do_no_harm() -> None:
    counts = fuzz_archives.run(MUTANTS)
    assert counts.keys() <= {"exact", "BadFile", "BadInput", "UnknownModel"} and counts["BadFile"] > MUTANTS // 10
