"""Draws the validation curve of a training run of digits."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from codec.learn.common.run import Row


def plot_curve(rows: list[Row], path: Path) -> None:
    """-ELBO and -IWAE_20 over minutes, in nats, as a PNG."""
    if not rows:
        return
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for key, label in (("elbo_nats", "-ELBO"), ("iwae20_nats", "-IWAE_20")):
        axes.plot([row["minutes"] for row in rows], [-row[key] for row in rows], label=label)
    best = min(-row["iwae20_nats"] for row in rows)
    axes.set_ylim(best - 1.0, best + max(8.0, 0.2 * best))
    axes.set_xlabel("minutes")
    axes.set_ylabel("validation nats per image")
    axes.legend()
    figure.savefig(path, dpi=100)
