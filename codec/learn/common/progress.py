"""What a person sees of a training run: a progress bar, lines, and the validation curve as CSV and PNG."""

from __future__ import annotations

import csv
import math
import sys
import time
from pathlib import Path

from codec.learn.arrays.likelihoods import PIXELS

BITS = 1.0 / (math.log(2.0) * PIXELS)

Row = dict[str, float]


class Meter:
    """The progress bar on a terminal, plain lines elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self.quiet, self.bar = quiet, sys.stderr.isatty() and not quiet
        self.shown, self.images, self.elapsed = 0.0, 0, 0.0

    def show(self, elapsed: float, total: float, images: int, mean: float, divergence: float) -> None:
        """Seconds so far and in all, images so far; mean bound and KL in nats per image."""
        now = time.monotonic()
        if not self.bar or now - self.shown < 0.5:
            return
        speed = (images - self.images) / max(elapsed - self.elapsed, 1e-9)
        self.shown, self.images, self.elapsed = now, images, elapsed
        bar = "#" * int(20 * elapsed / total)
        left = max(0.0, total - elapsed)
        text = f"[{bar:20}] {-mean * BITS:.4f} bits/dim, KL {divergence * BITS:.4f}, {speed:,.0f} images/s, {left:.0f} s left "
        print("\r" + text, end="", file=sys.stderr)

    def line(self, text: str) -> None:
        if not self.quiet:
            print(("\r" if self.bar else "") + text, file=sys.stderr, flush=True)


def write_curve(rows: list[Row], path: Path) -> None:
    """The validation curve so far as CSV, one row per check."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def describe(row: Row, skipped: int) -> str:
    """A line about a check."""
    return (
        f"{row['minutes']:6.2f} min, step {row['steps']:.0f}: train {row['train_nats']:.2f}, validation ELBO {row['elbo_nats']:.2f},"
        f" IWAE_20 {row['iwae20_nats']:.2f} nats = {-row['iwae20_nats'] * BITS:.4f} bits/dim; {skipped} steps skipped"
    )


def plot(rows: list[Row], path: Path) -> None:
    """The validation curve as a picture: -ELBO and -IWAE_20 over minutes, in nats."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    if not rows:
        return
    canvas, axes = pyplot.subplots(figsize=(7, 4.5), constrained_layout=True)
    for key, label in (("elbo_nats", "-ELBO"), ("iwae20_nats", "-IWAE_20")):
        axes.plot([row["minutes"] for row in rows], [-row[key] for row in rows], label=label)
    best = min(-row["iwae20_nats"] for row in rows)
    axes.set_ylim(best - 1.0, best + max(8.0, 0.2 * best))
    axes.set_xlabel("minutes")
    axes.set_ylabel("validation nats per image")
    axes.legend()
    canvas.savefig(path, dpi=100)
    pyplot.close(canvas)
