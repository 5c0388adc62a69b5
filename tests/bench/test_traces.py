"""The bench of traces: what pictures may have been, and what files of that take."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.traced import photo_pixels

from bench.traces import main, ways
from codec.media.picture import Picture
from codec.media.write import write_picture


@pytest.mark.parametrize("name", [name for name in ways() if not name.startswith("H.264")])
def test_what_a_picture_has_been_is_as_large_and_looks_the_same(name: str) -> None:
    pixels = photo_pixels(40, 51)
    was = ways()[name](pixels)
    assert was.shape == pixels.shape and was.dtype == np.uint8 and np.corrcoef(was.ravel(), pixels.ravel())[0, 1] > 0.9


def test_a_run_measures_both_sizes_of_a_set(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(write_picture(Picture("RGB", photo_pixels(80, 90)), ".png"))
    assert main([f"some={tmp_path}", "--quick", "--was", "video 4:4:4, BT.709", "--effort", "1", "--folder", str(tmp_path)]) == 0
    figures = json.loads((tmp_path / "traces.json").read_text())["figures"]
    (row,) = figures["sets"]["some"]["rows"]
    assert row["found"] == ["BT.709 4:4:4"] and row["ratio"] == row["worst"] == row["bits"] / row["without"] < 0.9
    assert 0 < figures["sets"]["some"]["share"] < 1
