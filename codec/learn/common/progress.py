"""What is said of a training run while it goes on, and the validation curve as CSV."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from codec.learn.common.run import C, N, Row, Run

PAUSE = 0.5  # seconds between two texts on how it goes

Say: TypeAlias = Callable[[str, bool], None]  # takes a line, and whether the next one may take its place


class Meter:
    """Tells how a run goes. say: None if nobody wants to know."""

    def __init__(self, say: Say | None) -> None:
        self.say, self.shown, self.steps, self.elapsed = say, time.monotonic(), 0, 0.0

    def show(self, run: Run[C, N]) -> None:
        """Tell how far the run is, if it is time for it."""
        now = time.monotonic()
        if self.say is None or now - self.shown < PAUSE:
            return
        speed = (run.steps - self.steps) / max(run.elapsed - self.elapsed, 1e-9)
        self.shown, self.steps, self.elapsed = now, run.steps, run.elapsed
        bar, left = "#" * int(20 * min(run.progress, 1.0)), max(0.0, run.elapsed / max(run.progress, 1e-9) - run.elapsed)
        self.say(f"[{bar:20}] {run.bits:.5f} bits/dim, KL {run.divergence:.5f}, {speed:,.1f} steps/s, {left:.0f} s left ", True)

    def line(self, text: str) -> None:
        """Tell something that stays."""
        if self.say is not None:
            self.say(text, False)


def write_curve(rows: list[Row], path: Path) -> None:
    """The validation curve so far as CSV, one row per check."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
