"""Makes the report's part on digits: files beside estimates, densities by particles, objectives."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.results import Figures, Result, of_bench
from bench.report.charts import Axis, Series, bars, key, plot
from bench.report.digits_tables import density_tables, digits_tables, objectives_tables
from bench.report.estimates import parts_table
from bench.report.page import Section, charts, figure, table_html


def digits(results: Sequence[Result]) -> list[Section]:
    """Files beside estimates, and the nets while they were trained."""
    made = [*digits_tables(results), *density_tables(results), *objectives_tables(results)]
    drawn = [*_densities(of_bench(results, "digits-density") or {}), *_objectives(of_bench(results, "objectives") or {})]
    text = charts(drawn) + "".join(map(table_html, made)) + _parts(of_bench(results, "digits-codec") or {})
    return [Section("digits", "Digits", text)] if made else []


def _parts(found: Figures) -> str:
    """Where the bits of each model's file go."""
    known = {name: model["one_particle"]["parts"] for name, model in found.items() if "parts" in model["one_particle"]}
    return "".join(parts_table([parts], f"{name}: where the bits go, one particle") for name, parts in known.items())


def _densities(found: Figures) -> list[str]:
    """-log p(x) by particles of the binary nets."""
    nets = {name: net for name, net in found.items() if net.get("binarisation")}
    if not nets:
        return []
    some = [
        Series(name, [(row["particles"], row["nats"]) for row in net["by_particles"]], number, True)
        for number, (name, net) in enumerate(nets.items())
    ]
    x = Axis.around("particles", [point[0] for one in some for point in one.points], log=True)
    y = Axis.around("nats an image", [point[1] for one in some for point in one.points])
    words = "; ".join(f"{one.name}: {one.points[0][1]:.2f} to {one.points[-1][1]:.2f} nats" for one in some)
    svg = plot("Estimates of -log p(x) of binary digits by particles", f"{words}.", x, y, some)
    return [figure(svg, "Binary digits: -log p(x) by particles", key([one.name for one in some]))]


def _objectives(found: Figures) -> list[str]:
    arms = [arm for name, arm in found.items() if name not in ("start", "prior")]
    if not arms:
        return []
    low = min(arm["nats"] for arm in arms) - 1.0
    rows, colours = [], []
    for arm in arms:
        rows += [(arm["title"], arm["nats"] - low, f"{arm['nats']:.2f}"), ("-ELBO", arm["elbo_nats"] - low, f"{arm['elbo_nats']:.2f}")]
        colours += [0, 1]
    words = "; ".join(f"{arm['title']}: {arm['nats']:.2f}, -ELBO {arm['elbo_nats']:.2f}" for arm in arms)
    caption = f"Objectives: nats an image beyond {low:.1f}; prior sampling left out"
    return [figure(bars("Objectives", f"{words} nats.", rows, colours), caption)]
