"""Draws what a model's layers of latents cost, and how many of their latents are in use."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib.figure import Figure


def layer_plot(bits: Sequence[float], active: Sequence[int], latents: Sequence[int], pixels: float) -> bytes:
    """A PNG: a bar for each layer, top layer first, and one for the pixels, in bits/dim."""
    figure = Figure(figsize=(7, 0.5 * len(bits) + 1.8), layout="constrained")
    axes = figure.subplots()
    names = [f"layer {number}: {some} of {all_} latents in use" for number, (some, all_) in enumerate(zip(active, latents, strict=True))]
    axes.barh([*names, "pixels"], [*bits, pixels], color=["tab:blue"] * len(bits) + ["tab:gray"])
    for place, value in enumerate([*bits, pixels]):
        axes.text(value, place, f" {value:.4f}", va="center")
    axes.invert_yaxis()
    axes.set_xlabel(f"bits/dim, {sum(bits) + pixels:.4f} in all")
    axes.margins(x=0.15)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()
