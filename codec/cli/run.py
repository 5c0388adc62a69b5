"""Runs a command over its inputs, several small ones at a time, and goes on after an error."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from itertools import chain

import click

from codec.cli.inputs import Input
from codec.cli.terminal import on_one_line
from codec.errors import CodecError
from codec.kinds.kind import Json
from codec.system.executor import in_order

Result = tuple[Mapping[str, Json], Callable[[], None]]  # what JSON says, and what prints it for people


def each(inputs: Sequence[Input], work: Callable[[Input], Result], as_json: bool, workers: int = 1, aside: bool = False) -> None:
    """Work on every input and show what comes of it, in their order; an error is said in one line, and the exit code in the end is 1.

    workers: how many small inputs are worked on at a time; large ones have all cores to themselves. aside: standard output is taken by a
    result: what there is to show goes to standard error.
    """
    failed, alone = 0, threading.Lock()

    def work_on(given: Input) -> Result:
        with alone if given.is_large else nullcontext():
            return _try(work, given)

    first = (work_on(given) for given in inputs[:1])  # in this thread, which may show how it goes: kernels are compiled now, if ever
    for facts, show in chain(first, in_order(work_on, inputs[1:], workers)):
        if error := facts.get("error"):
            failed += 1
            click.echo(f"codec: {on_one_line(str(error))}", err=True)
        with redirect_stdout(sys.stderr) if aside else nullcontext():
            if as_json:
                click.echo(json.dumps(facts))
            else:
                show()
    if failed:
        if len(inputs) > 1:
            click.echo(f"codec: {failed} of {len(inputs)} inputs failed", err=True)
        sys.exit(1)


def _try(work: Callable[[Input], Result], given: Input) -> Result:
    try:
        return work(given)
    except CodecError as error:
        text = str(error)
    except MemoryError:
        text = f"{given}: not enough memory: try -T 1"
    return {"file": str(given), "error": text}, lambda: None
