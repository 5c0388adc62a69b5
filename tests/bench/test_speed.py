"""bench/speed.py: one page of speeds, of what comes back alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import speed
from bench.errors import RoundTripFailed
from bench.measure.peer import Peer


def test_commands_are_timed_beside_the_imports_that_they_are_held_to() -> None:
    found = speed.start_seconds(1)
    assert list(found) == list(speed.START_COMMANDS)
    assert all(min(row["clock"], row["processor"]) > 0 for row in found.values())


def test_every_stage_of_coding_a_photo_has_a_speed() -> None:
    with Image.open(Path(speed.PHOTO)) as photo:
        found = speed.stages(np.asarray(photo)[:40, :40], 1, 1)
    assert list(found) == ["prediction", "network and intervals", "words", "decoding"] and min(found.values()) > 0


def test_a_codec_that_gives_back_something_else_has_no_speed() -> None:
    wrong = Peer("wrong", "0", "", lambda pixels: b"", lambda data: np.zeros((8, 8, 3), np.uint8))
    known = {"missing": lambda: None, "wrong": lambda: wrong}
    assert list(speed.photos(known, [np.zeros((8, 8, 3), np.uint8)], 1)) == ["wrong"]
    with pytest.raises(RoundTripFailed, match="wrong does not return"):
        speed.photos(known, [np.ones((8, 8, 3), np.uint8)], 1)
