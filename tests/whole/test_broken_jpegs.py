"""Broken JPEG files as input: each comes back exactly, coded or stored, soon and from little memory."""

from __future__ import annotations

import pytest
from helpers.fuzz_jpegs import fuzz


@pytest.mark.parametrize("seed", range(1_000_000, 1_000_005))
def test_mutants_are_coded_exactly_or_stored(seed: int) -> None:
    outcome = fuzz(1000, seed)
    assert outcome.counts.total() == 1000
    assert outcome.counts["coded"] > 100
    assert outcome.counts["coded, as far as it goes"] > 100
