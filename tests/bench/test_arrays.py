"""bench/arrays.py: sets are coded, decoded and compared, and each finished one is written beside the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.small_contexts import small_context

from bench import arrays
from bench.errors import Unusable
from bench.estimates import hierarchies
from bench.measure.results import read_results
from bench.report.arrays_tables import array_tables
from codec.nets.model_file import read_model


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


def test_rows_of_other_models_stay_and_say_how_they_were_made(data: Path) -> None:
    for name, seed in (("one", 0), ("other", 1)):
        (data / f"{name}.bbm").write_bytes(small_context(256, 3, seed=seed, latents=True))
        words = ["crops-32", "--model", f"crops-32={data / f'{name}.bbm'}", "--particles", "1", "--estimate-images", "30"]
        rows = measured(data, *words)["crops-32"]["rows"]
    assert [(row["model"]["title"], row["estimated_images"]) for row in rows] == [("one", 30), ("other", 30)]
    assert "--model crops-32=one.bbm" in rows[0]["made"]["command"] and rows[0]["made"]["commit"]
    (table,) = array_tables(read_results([data / "arrays.json"]))
    assert "(ELBO, 30 images)" in table.rows[0][2].text


def test_a_hierarchy_is_trained_in_stages_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    images = (np.random.default_rng(0).integers(0, 100, (40, 8, 8)) // 3).astype(np.uint8)
    small = {"widths": (6, 6), "latents": 1, "batch": 4, "validation": 5, "steps": 2}
    monkeypatch.setitem(hierarchies.STAGES, "few", (hierarchies.Stage(1, 2, small), hierarchies.Stage(1, 2, {**small, "bottom_up": 2})))
    model = hierarchies.trained_hierarchy("few", images, tmp_path)
    assert read_model(model.read_bytes()).metadata["training"]["settings"]["net"]["bottom_up"] == 2
    made = model.stat().st_mtime_ns
    assert hierarchies.trained_hierarchy("few", images, tmp_path).stat().st_mtime_ns == made


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="bench datasets frey-faces"):
        arrays.main(["frey-faces", "--data", str(tmp_path), "--folder", str(tmp_path)])
    with pytest.raises(Unusable, match="no set imagenet"):
        arrays.main(["imagenet", "--data", str(tmp_path), "--folder", str(tmp_path)])
