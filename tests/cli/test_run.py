"""Runs over many inputs: every one is worked on, in order, and errors are said in one line each."""

from __future__ import annotations

import json
import os
import signal
import struct
import threading
import time
from pathlib import Path

import click
import numpy as np
import pytest
from helpers.array_folder import ARRAYS, MODEL, tree
from helpers.cli import run
from helpers.small_models import small_images

from codec.cli.inputs import LARGE, Input
from codec.cli.run import Result, each
from codec.errors import BadInput
from codec.kinds.requests import Progress

INPUTS = [Input(Path(name)) for name in ("a", "b", "c")]


def test_after_an_error_the_others_are_done(place: Path) -> None:
    (place / "bad.npy").write_text("no array")
    result = run("compress", "in/a.npy", "bad.npy", "missing.npy", "in/b.npy", "-o", "out", *MODEL)
    assert result.exit_code == 1 and tree(place / "out") == {"a.bb", "b.bb"}
    first, second, summary = result.stderr.splitlines()
    assert first.startswith("codec: bad.npy: not a .npy array")
    assert second.startswith("codec: missing.npy: cannot read it")
    assert summary == "codec: 2 of 4 inputs failed"


def test_json_has_a_line_for_each_input(place: Path) -> None:
    result = run("compress", "in/a.npy", "missing.npy", "in/b.npy", "--json", *MODEL)
    first, second, third = (json.loads(line) for line in result.stdout.splitlines())
    assert first["bytes"] == (place / "in" / "a.bb").stat().st_size and first["written"]
    assert first["original_bytes"] == (place / "in" / "a.npy").stat().st_size and first["source"] == "in/a.npy"
    assert second["file"] == "missing.npy" and "cannot read" in second["error"]
    assert third["file"] == str(Path("in/b.bb"))


@pytest.mark.skipif(os.name == "nt", reason="names have no line ends there")
def test_an_error_is_one_line_whatever_the_name(place: Path) -> None:
    result = run("compress", "two\nlines.npy", "in/a.npy", *MODEL)
    assert result.stderr.splitlines()[0].startswith(r"codec: two\nlines.npy: cannot read it")
    (facts,) = [json.loads(line) for line in run("verify", "two\nlines.bb", "--json").stdout.splitlines()]
    assert facts["file"] == "two\nlines.bb"


def test_what_there_is_to_say_leaves_standard_output_alone(place: Path) -> None:
    for option in ("-v", "--json"):
        result = run("compress", "in/a.npy", "-o", "-", option, *MODEL)
        assert result.written.startswith(b"\x89BB\n") and "total" in result.stderr
    assert json.loads(result.stderr)["file"] == "-"


def test_a_lack_of_memory_is_an_error_like_others(capsys: pytest.CaptureFixture[str]) -> None:
    def work(given: Input, progress: Progress | None) -> Result:
        raise MemoryError

    with pytest.raises(SystemExit) as ended:
        each(INPUTS[:1], work, False)
    assert ended.value.code == 1 and capsys.readouterr().err == "codec: a: not enough memory: try -T 1\n"


@pytest.mark.parametrize("error", [ZeroDivisionError("a word"), RecursionError(), OSError(5, "a word"), struct.error("a word")])
def test_an_error_that_nobody_has_foreseen_is_one_line_and_stops_no_other_input(
    error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CODEC_DEBUG", raising=False)

    def work(given: Input, progress: Progress | None) -> Result:
        if str(given) == "b":
            raise error
        return Result({"file": str(given)})

    with pytest.raises(SystemExit):
        each(INPUTS, work, True)
    told = capsys.readouterr()
    assert [json.loads(line)["file"] for line in told.out.splitlines()] == ["a", "b", "c"]
    assert told.err.startswith(f"codec: b: a defect of this program: {type(error).__name__}") and told.err.count("\n") == 2


def test_an_error_of_ours_is_a_fact(capsys: pytest.CaptureFixture[str]) -> None:
    def work(given: Input, progress: Progress | None) -> Result:
        raise BadInput("bad")

    with pytest.raises(SystemExit):
        each(INPUTS[:1], work, True)
    assert json.loads(capsys.readouterr().out) == {"file": "a", "error": "bad"}


def test_no_input_is_worked_on_where_the_command_waits_and_the_first_one_goes_alone() -> None:
    """Whoever waits hears Ctrl-C; what the first input compiles, the others find."""
    threads, ended = set[threading.Thread](), list[str]()

    def work(given: Input, progress: Progress | None) -> Result:
        assert str(given) == "a" or ended
        time.sleep(0.05)
        threads.add(threading.current_thread())
        ended.append(str(given))
        return Result({})

    each(INPUTS, work, False, workers=3)
    assert threading.current_thread() not in threads and ended[0] == "a" and sorted(ended) == ["a", "b", "c"]


@pytest.mark.skipif(os.name == "nt", reason="no thread can be sent a signal there")
@pytest.mark.parametrize(("inputs", "told"), [(INPUTS, "1 of 3 inputs were done"), (INPUTS[1:2], "")])
def test_an_interruption_comes_up_at_once_and_says_how_much_is_done(inputs: list[Input], told: str) -> None:
    end = threading.Event()

    def work(given: Input, progress: Progress | None) -> Result:
        if str(given) == "b":
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            end.wait(20)
        return Result({})

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match=f"^{told}$"):
        each(inputs, work, False)
    assert time.monotonic() - began < 5
    end.set()


def test_notes_come_before_what_is_shown_and_output_before_both(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    def work(given: Input, progress: Progress | None) -> Result:
        return Result({}, lambda: click.echo("shown"), ("a note",), output=b"bytes\n")

    each(INPUTS[:1], work, False, aside=True)
    assert capfdbinary.readouterr() == (b"bytes\n", b"codec: a note\nshown\n")


def test_results_do_not_depend_on_how_many_are_worked_on_at_once(place: Path) -> None:
    for number in range(9):
        np.save(place / f"{number}.npy", small_images(1 + number % 4, 256, seed=number))
    (place / "4.npy").write_text("no array")
    names = [f"{number}.npy" for number in range(9)]
    outputs = {}
    for threads in (1, 4):
        result = run("compress", *names, "-o", f"out{threads}", "-T", threads, "--json", *MODEL)
        sources = [json.loads(line).get("source") for line in result.stdout.splitlines()]
        assert sources == [None if name == "4.npy" else name for name in names]
        outputs[threads] = {path.name: path.read_bytes() for path in (place / f"out{threads}").iterdir()}
    assert outputs[1] == outputs[4] and len(outputs[1]) == 8


def most_at_once(inputs: list[Input]) -> int:
    """How many of the inputs three workers work on at the same time."""
    working, most = [0], [0]

    def work(given: Input, progress: Progress | None) -> Result:
        working[0] += 1
        most[0] = max(most[0], working[0])
        time.sleep(0.01)
        working[0] -= 1
        return Result({})

    each(inputs, work, False, workers=3)
    return most[0]


def test_large_inputs_are_worked_on_alone(place: Path) -> None:
    inputs = [Input(place / "in" / name) for name in ARRAYS]
    assert most_at_once(inputs) == 2  # the first goes alone
    for given in inputs:
        os.truncate(str(given), LARGE + 1)
    assert most_at_once(inputs) == 1
