"""bench/measure/results.py: results are read back, or it is said what is wrong with them."""

import pytest

from bench.errors import Unusable
from bench.measure.results import Result, of_bench, read_experiments, read_results, sets_of


def result(bench, figures):
    return Result(bench, "", "", "", {}, {}, figures)


def test_sets_of_the_main_result_come_first():
    some = [result("peers-digits", {"sets": {"mnist": 1}}), result("peers", {"sets": {"kodak": 2, "val": 3}}), result("peersonal", {})]
    assert sets_of(some, "peers") == [("kodak", 2), ("val", 3), ("mnist", 1)]


def test_figures_are_found_by_the_name_of_their_bench():
    assert of_bench([result("a", {"x": 1}), result("b", {})], "a") == {"x": 1} and of_bench([], "a") is None


@pytest.mark.parametrize("content", ["", "[]", '{"bench": "x"}', "{"])
def test_a_file_that_is_no_result_is_an_error(tmp_path, content):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(Unusable, match=r"bad\.json"):
        read_results([tmp_path])


def test_a_folder_without_results_is_an_error(tmp_path):
    with pytest.raises(Unusable, match="no results"):
        read_results([tmp_path])


def test_experiments_are_lines_of_json(tmp_path):
    assert read_experiments(tmp_path) == []
    (tmp_path / "photo-experiments.jsonl").write_text('{"study": "a"}\n{"study": "b"}\n')
    assert [row["study"] for row in read_experiments(tmp_path)] == ["a", "b"]
    (tmp_path / "photo-experiments.jsonl").write_text("{")
    with pytest.raises(Unusable, match="photo-experiments"):
        read_experiments(tmp_path)
