"""bench/measure/record.py: a result says where its figures come from."""

import json

import numpy as np
import pytest

from bench.measure.record import record


def test_lists_of_numbers_take_a_line_and_stay_what_they_are(tmp_path):
    figures = {"heat": [[1.5, -2e-7, 3], [4]], "words": ["[1,", "2]"], "empty": [], "rows": [{"a": 1}]}
    text = record("heat", figures, "", tmp_path).read_text()
    assert json.loads(text)["figures"] == figures and "[1.5, -2e-07, 3]" in text and "[4]" in text


def test_a_result_names_machine_date_commit_versions_and_command(tmp_path):
    path = record("speed", {"rate": np.float64(1.5), "counts": np.arange(3)}, "python -m bench speed", tmp_path)
    content = json.loads(path.read_text())
    assert path == tmp_path / "speed.json"
    assert content["figures"] == {"rate": 1.5, "counts": [0, 1, 2]}
    assert content["command"] == "python -m bench speed"
    assert content["machine"]["cores"] >= 1
    assert {"python", "numpy"} <= set(content["versions"])
    assert content["commit"] and content["date"].endswith("+00:00")


def test_a_failed_write_keeps_the_older_result_and_leaves_nothing_behind(tmp_path):
    path = record("speed", {"rate": 1}, "old", tmp_path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        record("speed", {"rate": float("nan")}, "new", tmp_path)
    assert json.loads(path.read_text())["command"] == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["speed.json"]
