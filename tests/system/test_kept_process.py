"""A child process that is kept: it answers in order, and its death is one error."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Iterator
from typing import IO

import pytest
from helpers.processes import environment

from codec.system.kept_process import KeptProcess, read_frame, read_frame_into, write_frame

CHILD = "helpers.answering_child"


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptProcess]:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    with KeptProcess(CHILD, [], 60) as kept:
        yield kept


def ask(child: KeptProcess, request: str) -> str:
    return child.ask([request.encode()], lambda file: read_frame(file).decode())


def test_one_process_answers_all_requests(child: KeptProcess) -> None:
    numbers = {ask(child, "number") for _ in range(3)}
    assert len(numbers) == 1 and numbers != {str(os.getpid())}


def test_large_frames_go_through(child: KeptProcess) -> None:
    assert ask(child, "same " + "x" * 5_000_000) == "x" * 5_000_000


@pytest.mark.parametrize(("way", "reason"), [("crash", r"crashed \(SIGSEGV\)"), ("kill", r"crashed \(SIGKILL\)"), ("exit", "exit code 3")])
def test_a_death_is_one_error_and_another_child_answers_then(child: KeptProcess, way: str, reason: str) -> None:
    before = ask(child, "number")
    with pytest.raises(ChildProcessError, match=reason):
        ask(child, way)
    assert ask(child, "number") not in (before, "")


def test_a_child_that_takes_too_long_is_ended(child: KeptProcess) -> None:
    child.seconds = 0.5
    began = time.monotonic()
    with pytest.raises(ChildProcessError, match=r"takes more than [01] seconds"):
        ask(child, "sleep")
    assert time.monotonic() - began < 20


def test_threads_get_their_own_answers(child: KeptProcess) -> None:
    answers = dict[str, str]()

    def work(text: str) -> None:
        answers[text] = ask(child, f"same {text}")

    threads = [threading.Thread(target=work, args=(str(index) * 1000,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer == text for text, answer in answers.items()) and len(answers) == 8


def test_an_answer_that_is_not_taken_is_not_that_of_the_next_request(child: KeptProcess) -> None:
    def refuse(file: IO[bytes]) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.ask([b"same first"], refuse)
    assert ask(child, "same second") == "second"


def test_what_a_child_prints_is_no_answer(child: KeptProcess, capfd: pytest.CaptureFixture[str]) -> None:
    assert ask(child, "print") == "printed"
    assert capfd.readouterr() == ("", "")


def test_a_closed_child_is_gone(child: KeptProcess) -> None:
    number = int(ask(child, "number"))
    child.close()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_frames_come_back_and_cut_ones_are_errors() -> None:
    file = io.BytesIO()
    write_frame(file, b"content")
    data = file.getvalue()
    assert read_frame(io.BytesIO(data)) == b"content"
    room = bytearray(9)
    assert read_frame_into(io.BytesIO(data), memoryview(room)) == 7 and room == b"content\0\0"
    for cut in range(len(data)):
        with pytest.raises(EOFError):
            read_frame(io.BytesIO(data[:cut]))
    with pytest.raises(EOFError, match="too long"):
        read_frame_into(io.BytesIO(data), memoryview(bytearray(6)))
