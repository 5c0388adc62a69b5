"""bench/trends.py: time and memory by pixels, threads and particles, of what comes back alone."""

import json

import numpy as np
import pytest
from helpers.small_photos import small_photo_model
from helpers.stand_in import smooth
from PIL import Image

from bench import trends
from bench.__main__ import main
from bench.errors import RoundTripFailed
from bench.report.tables import read_results
from bench.report.trends import trends as trends_section
from codec.density import library


@pytest.fixture(scope="module")
def title(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "small.bbm"
    path.write_bytes(small_photo_model(3))
    return str(path)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "kodak").mkdir()
    for number in range(2):
        Image.fromarray(smooth("RGB", 40, 56).pixels + np.uint8(number)).save(tmp_path / "kodak" / f"{number}.png")
    return tmp_path


def test_trends_are_written_and_shown(title, folder, monkeypatch):
    monkeypatch.setattr(trends, "memory_figures", lambda title, picture: {way: {"peak": 100.0} for way in ("encode", "decode")})
    monkeypatch.setattr(trends, "cores", lambda: 2)
    arguments = ["--quick", "--rounds", "2", "--kodak", str(folder / "kodak"), "--model", title, "--folder", str(folder)]
    assert main(["trends", *arguments]) == 0
    content = json.loads((folder / "trends.json").read_text())
    assert content["command"] == "python -m bench trends --kodak kodak --model small.bbm --rounds 2 --quick"
    found = content["figures"]
    assert [row["width"] for row in found["pixels"]] == [56, 56, 112]
    assert [row["threads"] for row in found["threads"]] == [1, 2]
    assert [row["particles"] for row in found["particles"]] == [1, 4, 16]
    (section,) = trends_section(read_results([folder / "trends.json"]))
    assert all(said in section.content for said in ("Speed by pixels", "Memory by pixels", "Speed by threads", "Speed by particles"))


def test_a_picture_that_does_not_come_back_is_not_timed(title, monkeypatch):
    monkeypatch.setattr(trends, "decompress_picture", lambda data, find_model, threads: smooth("RGB", 40, 57))
    with pytest.raises(RoundTripFailed, match="56x40"):
        trends.timed(smooth("RGB", 40, 56), library.photo_model(3, title), 2, 1)
