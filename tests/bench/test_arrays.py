"""bench/arrays.py: sets are coded, decoded and compared, and each finished one is written beside the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.small_contexts import small_context

from bench import arrays
from bench.errors import Unusable
from bench.measure.results import read_results
from bench.report.arrays_tables import array_tables


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name, shape in (("frey-faces", (150, 4, 4)), ("crops-32", (40, 4, 4, 3))):
        (tmp_path / name).mkdir()
        for split in ("train", "test"):
            np.save(tmp_path / name / f"{split}.npy", (rng.integers(0, 100, shape) // 3).astype(np.uint8))
    return tmp_path


def measured(data: Path, *words: str) -> dict:
    fixed = ["--data", str(data), "--work", str(data / "work"), "--folder", str(data), "--peer-images", "20"]
    assert arrays.main([*words, *fixed]) == 0
    return json.loads((data / "arrays.json").read_text())["figures"]["sets"]


def test_a_model_codes_a_set_beside_other_codecs(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "small.bbm").write_bytes(small_context(256, 3, latents=True))
    found = measured(data, "crops-32", "--model", f"crops-32={data / 'small.bbm'}", "--particles", "1,3")["crops-32"]
    assert [row["kind"] for row in found["rows"]] == ["ELBO", "IWAE_3"]
    assert all(row["net"] < row["total"] and row["estimate"] > 0 for row in found["rows"])
    assert {"PNG", "WebP method 6"} <= {row["name"] for row in found["peers"]}
    assert "crops-32: 40 images of [4, 4, 3]" in capsys.readouterr().out


def test_a_net_is_trained_for_a_set_once(data: Path) -> None:
    pytest.importorskip("torch")
    (data / "small.bbm").write_bytes(small_context(256, 3))
    before = measured(data, "crops-32", "--model", f"crops-32={data / 'small.bbm'}")
    found = measured(data, "frey-faces", "--train", "0.001", "--most", "30")
    assert found["crops-32"] == before["crops-32"]
    (row,) = found["frey-faces"]["rows"]
    assert row["kind"] == "exact" and row["model"]["training"]["data"] == "frey-faces, 150 images"
    made = (data / "work" / "frey-faces.bbm").stat().st_mtime_ns
    measured(data, "frey-faces", "--train", "0.001", "--most", "30")
    assert (data / "work" / "frey-faces.bbm").stat().st_mtime_ns == made
    (table,) = array_tables(read_results([data / "arrays.json"]))
    assert next(row[0].text for row in table.rows if row[0].text) == "crops-32"


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="bench datasets frey-faces"):
        arrays.main(["frey-faces", "--data", str(tmp_path), "--folder", str(tmp_path)])
    with pytest.raises(Unusable, match="no set imagenet"):
        arrays.main(["imagenet", "--data", str(tmp_path), "--folder", str(tmp_path)])
