"""What a person sees of a training run: a bar on a terminal or a line a minute elsewhere, and the validation curve as CSV."""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

from codec.learn.common.run import C, N, Row, Run

BAR_SECONDS, LINE_SECONDS = 0.5, 60.0


class Meter:
    """Shows the progress of a run on standard error, unless it is to be quiet."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.bar = quiet, sys.stderr.isatty()
        self.shown, self.steps, self.elapsed = time.monotonic(), 0, 0.0

    def show(self, run: Run[C, N]) -> None:
        """Draw the bar anew, or write a line, if it is time for it."""
        now = time.monotonic()
        if self.quiet or now - self.shown < (BAR_SECONDS if self.bar else LINE_SECONDS):
            return
        speed = (run.steps - self.steps) / max(run.elapsed - self.elapsed, 1e-9)
        self.shown, self.steps, self.elapsed = now, run.steps, run.elapsed
        bar, left = "#" * int(20 * min(run.progress, 1.0)), max(0.0, run.elapsed / max(run.progress, 1e-9) - run.elapsed)
        text = f"[{bar:20}] {run.bits:.5f} bits/dim, KL {run.divergence:.5f}, {speed:,.1f} steps/s, {left:.0f} s left "
        print("\r" + text if self.bar else text, end="" if self.bar else "\n", file=sys.stderr, flush=True)

    def line(self, text: str) -> None:
        """Write a line."""
        if not self.quiet:
            print(("\r" if self.bar else "") + text, file=sys.stderr, flush=True)


def write_curve(rows: list[Row], path: Path) -> None:
    """The validation curve so far as CSV, one row per check."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
