"""bench/trends.py: time and memory by pixels, threads and particles, of what comes back alone."""

import json
from functools import partial

import numpy as np
import pytest
from helpers.small_photos import small_photo_model
from helpers.stand_in import smooth
from PIL import Image

from bench.codecs import raw
from bench.errors import RoundTripFailed
from bench.measure.peer import Peer
from bench.measure.results import read_results
from bench.report.trends import trends as trends_section
from bench.trends import main, timed
from codec.system.executor import cores


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kodak").mkdir()
    for number in range(2):
        Image.fromarray(smooth("RGB", 40, 56).pixels + np.uint8(number)).save(tmp_path / "kodak" / f"{number}.png")
    (tmp_path / "small.bbm").write_bytes(small_photo_model(3))
    return tmp_path


def test_trends_are_written_and_shown(folder):
    places = ["--kodak", str(folder / "kodak"), "--model", str(folder / "small.bbm"), "--folder", str(folder)]
    assert main(["--quick", "--rounds", "2", *places], lambda make, pixels: {"encode": 100.0, "decode": 90.0}) == 0
    content = json.loads((folder / "trends.json").read_text())
    assert content["command"] == "python -m bench trends --kodak kodak --model small.bbm --rounds 2 --quick"
    found = content["figures"]
    assert [row["width"] for row in found["pixels"]] == [56, 56, 112]
    assert [row["threads"] for row in found["threads"]] == list(range(1, cores() + 1))
    assert [row["particles"] for row in found["particles"]] == [1, 4, 16]
    (section,) = trends_section(read_results([folder / "trends.json"]))
    assert all(said in section.content for said in ("Speed by pixels", "Memory by pixels", "Speed by threads", "Speed by particles"))


def test_a_picture_that_does_not_come_back_is_not_timed():
    make = partial(Peer, "raw", "1", "none", raw.raw_bytes, lambda data: raw.from_raw(data)[:, ::-1])
    with pytest.raises(RoundTripFailed, match="56x40"):
        timed(smooth("RGB", 40, 56).pixels, make, 2)


def test_an_effort_without_a_model_is_an_error():
    with pytest.raises(RoundTripFailed, match="no model"):
        timed(smooth("RGB", 40, 56).pixels, lambda: None, 2)
