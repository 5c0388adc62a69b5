"""bench/all.py: one command for all benches, in their order, until one fails."""

import argparse
import time
from pathlib import Path

import pytest

from bench.__main__ import BENCHES
from bench.all import in_process, main, run_stage, steps
from bench.measure.results import RESULTS

PLACES = ["--kodak", "pictures/k", "--photos", "pictures/p", "--mnist", "digits"]


def words_of(*arguments):
    found = []
    assert main(list(arguments), lambda words: found.append(words) or 0) == 0
    return found


def test_every_step_is_a_bench_and_readme_and_report_come_last():
    found = words_of(*PLACES)
    assert {words[0] for words in found} <= set(BENCHES)
    assert [words[0] for words in found[-2:]] == ["readme", "report"]
    assert {"digits", "estimate", "peers", "trends", "core", "published"} <= {words[0] for words in found}


def test_results_go_to_one_folder_under_names_of_their_own():
    found = [words for words in words_of(*PLACES, "--folder", "there") if words[0] not in ("readme", "report")]
    assert all(words[words.index("--folder") + 1] == "there" for words in found)
    kinds = [[word for word in words if word in ("--speed", "--sizes")] for words in found]
    named = [words[words.index("--name") + 1] if "--name" in words else "" for words in found]
    names = [(words[0], name, *kind) for words, name, kind in zip(found, named, kinds, strict=True)]
    assert len(set(names)) == len(names)


def test_what_has_no_data_is_left_out():
    assert [words[0] for words in words_of()] == ["core", "published", "readme", "report"]
    assert not any(words[0] == "trends" or "--traces" in words for words in words_of("--photos", "p"))


def test_quick_runs_touch_neither_readme_nor_the_committed_results():
    found = words_of("--quick", *PLACES)
    assert not any(words[0] == "readme" or str(RESULTS) in words for words in found)
    assert all("--quick" in words or words[0] in ("digits", "published", "report") for words in found)


def test_the_first_failure_ends_it(capsys):
    found = []
    assert main(PLACES, lambda words: found.append(words[0]) or (3 if words[0] == "trends" else 0)) == 3
    assert found[-1] == "trends" and not {"core", "published", "readme", "report"} & set(found)
    assert "trends ended with 3" in capsys.readouterr().out


def test_nothing_is_timed_beside_other_work():
    chosen = argparse.Namespace(kodak=Path("k"), photos=Path("p"), mnist=Path("m"), quick=False, folder=None, output=Path("r.html"))
    sizes, speeds, _ = steps(chosen)
    assert all("--sizes" in words or (words[0] in ("estimate", "digits") and "--speed" not in words) for words in sizes)
    assert {words[0] for words in speeds} == {"digits", "peers", "trends", "core"}
    running, most = [], dict[str, int]()

    def run(words):
        running.append(words)
        most[" ".join(words)] = len(running)
        time.sleep(0.01)
        running.remove(words)
        return 0

    assert run_stage(sizes, 2, run, {}) == run_stage(speeds, 1, run, {}) == 0
    assert max(most.values()) == 2 and {most[" ".join(words)] for words in speeds} == {1}


def test_a_bench_is_run_in_a_process_of_its_own(capsys):
    assert in_process(["published", "--help"]) == 0
    assert "published: usage: " in capsys.readouterr().out
    assert in_process(["nothing"]) == 2


@pytest.mark.parametrize("place", ["kodak", "mnist"])
def test_places_are_handed_on(place):
    chosen = argparse.Namespace(kodak=None, photos=None, mnist=None, quick=False, folder=None, output=Path("r.html"))
    setattr(chosen, place, Path("here"))
    assert any("here" in word for words in steps(chosen) for word in words)
