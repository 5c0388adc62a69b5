"""bench/jpegs.py: files are found, compared, and counted as they are where a codec refuses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.jpeg_files import jpeg_file
from helpers.jpeg_stand_in import DENSITY

from bench.codecs.jpegs import FilePeer, file_codecs
from bench.errors import Unusable
from bench.jpegs import estimate, find_files, main, measure, together


def refusing(data: bytes) -> bytes:
    raise ValueError("not mine")


def test_every_codec_that_is_here_gives_files_back() -> None:
    for make in file_codecs().values():
        if (peer := make()) is not None:
            assert "refused" not in measure(peer, jpeg_file()), peer.name


def test_what_is_refused_or_changed_counts_with_its_own_bytes() -> None:
    same = FilePeer("same", "1", lambda data: data[:9], lambda data: jpeg_file())
    other = FilePeer("other", "1", lambda data: data, lambda data: data + b" ")
    rows = [measure(peer, jpeg_file()) for peer in (same, other, FilePeer("none", "1", refusing, refusing))]
    size = len(jpeg_file())
    assert [row["bytes"] for row in rows] == [9, size, size]
    found = together(rows, [size] * 3)
    assert found["refused"] == ["another file comes back", "not mine"]
    assert found["bytes"] == 9 + 2 * size


def test_files_that_are_large_enough_are_found(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jpg").write_bytes(bytes(100 * number))
    assert [path.name for path in find_files(tmp_path, 100, 2)] == ["1.jpg", "3.jpg"]
    with pytest.raises(Unusable):
        find_files(tmp_path, 1000, 2)


def test_estimates_stand_beside_payloads() -> None:
    bits, payload = estimate(DENSITY, jpeg_file())
    assert bits > 0 and payload > 0


def test_the_result_is_written(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(jpeg_file())
    assert main(["--data", str(tmp_path), "--smallest", "1", "--results", str(tmp_path / "results")]) == 0
    found = json.loads((tmp_path / "results" / "jpegs.json").read_text())
    assert found["figures"]["files"] == 1
