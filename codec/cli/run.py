"""Runs a command over its inputs, several small ones at a time, and goes on after an error."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from itertools import chain

import click

from codec.cli.inputs import Input
from codec.cli.places import write_standard
from codec.cli.status import Status
from codec.cli.terminal import is_watched, say, unexpected
from codec.errors import CodecError
from codec.kinds.kind import Json
from codec.kinds.requests import Progress
from codec.system.executor import in_order
from codec.system.records import record


@record(frozen=True)
class Result:
    """What came of an input. facts: for JSON; with an "error", it failed; show: prints the result for people; notes: to say in any case.

    read, written: bytes of the input, and of what it became, if it became something; output: what goes to standard output; skipped: nothing
    was done, because its result is there already."""

    facts: Mapping[str, Json]
    show: Callable[[], None] = lambda: None
    notes: tuple[str, ...] = ()
    read: int = 0
    written: int | None = None
    output: bytes | None = None
    skipped: bool = False


Work = Callable[[Input, Progress | None], Result]


def each(inputs: Sequence[Input], work: Work, as_json: bool, workers: int = 1, aside: bool = False, apart: bool = False) -> None:
    """Work on every input and show what comes of it, in their order; an error is said in one line, and the exit code in the end is 1.

    workers: how many small inputs are worked on at a time; large ones have all cores to themselves, unless other processes work (apart).
    aside: standard output is taken by a result: what there is to show goes to standard error. This thread only waits, so that Ctrl-C is
    heard at once.
    """
    failed, done, alone = 0, 0, threading.Lock()
    with Status(inputs, is_watched()) as status:

        def work_on(given: Input) -> Result:
            with alone if given.is_large and not apart else nullcontext():
                return _try(work, given, status.progress(given))

        # the first one goes alone: kernels are compiled now, if ever
        results = chain(in_order(work_on, inputs[:1], 1), in_order(work_on, inputs[1:], workers))
        try:
            for given, result in zip(inputs, results, strict=True):
                done, failed = done + 1, failed + ("error" in result.facts)
                kind = "stored" if result.facts.get("method") == "stored" else str(result.facts.get("kind", ""))
                status.finish(given, result.read, result.written, result.skipped, kind)
                with status.wiped():
                    _tell(result, as_json, aside)
        except KeyboardInterrupt as error:
            raise KeyboardInterrupt(f"{done} of {len(inputs)} inputs were done" if len(inputs) > 1 else "") from error
    if failed:
        if len(inputs) > 1:
            say(f"{failed} of {len(inputs)} inputs failed")
        sys.exit(1)


def _tell(result: Result, as_json: bool, aside: bool) -> None:
    if result.output is not None:
        write_standard(result.output)
    for note in result.notes:
        say(note)
    if error := result.facts.get("error"):
        say(str(error))
    with redirect_stdout(sys.stderr) if aside else nullcontext():
        if as_json:
            from json import dumps

            click.echo(dumps(result.facts))
        else:
            result.show()


def _try(work: Work, given: Input, progress: Progress | None) -> Result:
    try:
        return work(given, progress)
    except CodecError as error:
        text = str(error)
    except MemoryError:
        text = f"{given}: not enough memory: try -T 1"
    except Exception as error:  # the last net: the others are worked on
        text = f"{given}: {unexpected(error)}"
    return Result({"file": str(given), "error": text})
