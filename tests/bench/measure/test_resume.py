"""bench/measure/resume.py: what is done is not done again, unless the code that matters is another."""

import threading
from functools import partial

import pytest

from bench.measure.resume import Kept, needed, sources

FILES = {"a": "import bench.b\n", "b": "def f():\n    from codec import c\n", "c": "", "other": "import bench.a\n"}


@pytest.mark.parametrize(("changed", "matters"), [("a", True), ("b", True), ("c", True), ("other", False)])
def test_only_code_that_is_imported_at_any_depth_makes_results_obsolete(tmp_path, changed, matters):
    def place(module):
        path = tmp_path / f"{module.split('.')[-1]}.py"
        return path if path.exists() else None

    for name, text in FILES.items():
        (tmp_path / f"{name}.py").write_text(text)
    before = needed(["bench.a"], place)
    (tmp_path / f"{changed}.py").write_text(FILES[changed] + "# another\n")
    assert (needed(["bench.a"], place) != before) == matters


def test_the_coder_itself_is_among_what_matters():
    names = set(needed(["bench.estimates.rows"]))
    assert {
        "codec.coding.message", "codec.density.shared.learning", "codec.density.photo.stripe", "codec.kinds.picture.write",
        "bench.measure.ranges", "bench.estimates.files",
    } <= names  # fmt: skip
    assert not {"codec.cli.main", "bench.report.command", "bench.estimate", "bench.report.tables"} & names


def test_a_digest_stands_for_the_sources():
    assert sources("bench.measure.timing") == sources("bench.measure.timing") != sources("bench.measure.cases")


def test_what_is_done_is_not_done_again(tmp_path):
    kept, calls = Kept(tmp_path / "work" / "rows.jsonl"), []
    work = partial(lambda: calls.append(1) or {"bytes": 5})
    assert kept.get("a", work) == {"key": "a", "bytes": 5}
    with kept.path.open("a") as file:
        file.write('{"key": "b", "by')  # a run that was cut off
    again = Kept(kept.path)
    assert again.get("a", work)["bytes"] == 5 and len(calls) == 1
    again.get("c", work)
    assert set(Kept(kept.path).rows) >= {"a"}


def test_rows_come_in_order_however_they_are_worked_out_and_are_kept_once(tmp_path):
    kept, calls, first = Kept(tmp_path / "rows.jsonl"), [], threading.Event()

    def slow():
        first.wait(5)
        return {"value": 0}

    def quick():
        calls.append(1)
        first.set()
        return {"value": 1}

    work = [("slow", slow), ("quick", quick)]
    assert [row["value"] for row in kept.all(work, 2)] == [0, 1]
    assert [row["value"] for row in kept.all(work, 2)] == [0, 1] and calls == [1]
    assert len(kept.path.read_text().splitlines()) == 2


def test_what_fails_is_not_kept_and_what_came_before_is(tmp_path):
    kept = Kept(tmp_path / "rows.jsonl")
    with pytest.raises(ZeroDivisionError):
        list(kept.all([("good", lambda: {"value": 1}), ("bad", lambda: {"value": 1 // 0})], 2))
    assert set(Kept(kept.path).rows) == {"good"}
