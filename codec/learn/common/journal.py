"""Logs a training run as lines of JSON beside its checkpoint, for programs: one object a line, each with "event" and the time.

begin       how the run is begun, or goes on (history.py), its family and settings
progress    every few seconds: minutes, steps, bits and divergence of recent steps, the learning rate
check       a row of the validation curve
end         minutes, steps, and how many of them were skipped; whether the user stopped it
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

from codec.learn.common.run import C, N, Row, Run

SECONDS = 5.0  # of training, from one line on its progress to the next


class Journal:
    """The log of a run. Lines of a run that goes on stand behind those before. path: None writes nothing."""

    def __init__(self, run: Run[C, N], path: Path | None) -> None:
        self.path, self.next = path, run.elapsed
        if path is not None and not run.steps:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
        self._write("begin", family=run.family.name, settings=asdict(run.config), history=run.history)

    def progress(self, run: Run[C, N]) -> None:
        """Log how far the run is, if it is time for it."""
        if run.elapsed < self.next:
            return
        self.next = run.elapsed + SECONDS
        rate = run.optimiser.param_groups[0]["lr"]
        self._write("progress", minutes=run.elapsed / 60.0, steps=run.steps, bits=run.bits, divergence=run.divergence, rate=rate)

    def check(self, row: Row) -> None:
        """Log a row of the validation curve."""
        self._write("check", **row)

    def end(self, run: Run[C, N], stopped: bool) -> None:
        """Log how the run ended."""
        self._write("end", minutes=run.elapsed / 60.0, steps=run.steps, skipped=run.skipped, stopped=stopped)

    def _write(self, event: str, **facts: object) -> None:
        if self.path is not None:
            line = {"event": event, "time": round(time.time(), 3), **facts}
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
