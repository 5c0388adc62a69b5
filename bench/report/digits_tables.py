"""Makes the tables of the digits models: files beside estimates, trained nets, objectives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.measure.results import Result, of_bench
from bench.report.table import Cell, Table, number, rough

LAYERS = {"binary-one-layer": ("one", "IWAE, k = 50, one layer"), "binary-two-layers": ("two", "IWAE, k = 50, two layers")}


def digits_tables(results: Sequence[Result]) -> list[Table]:
    """Files and estimates of the digits models."""
    found, speed = of_bench(results, "digits-codec"), of_bench(results, "digits-speed")
    if found is None:
        return []
    titles = list(found)
    models = [found[title] for title in titles]
    count = models[0]["coupled"]["particles"]

    def row(label: str, texts: Iterable[str], beside: str = "") -> tuple[Cell, ...]:
        return (Cell(label), *(Cell(text) for text in texts), Cell(beside))

    def pair(part: str) -> list[str]:
        return [f"{model[part]['net']:.5f}, {model[part]['total']:.5f}" for model in models]

    rows = [
        row("-ELBO of the exported model, same latents", [f"{model['one_particle']['elbo_same_samples']:.5f}" for model in models]),
        row("file, one particle, without and with header and digest", pair("one_particle"), _beside(results)),
        row(f"-IWAE_{count} of the exported model", [f"{model['coupled']['iwae_independent']:.5f}" for model in models]),
        row(f"file, {count} coupled particles, likewise", pair("coupled")),
        row(
            "one image in a file of its own, against its share in a long chain, header apart",
            [f"{model['single']['over_share_percent']:+.1f} %" for model in models],
        ),
    ]
    if all("quantised" in model for model in models):
        texts = [f"{model['quantised']['cost_elbo_percent']:+.2f} %" for model in models]
        rows.append(row("integer model against the same weights in floats", texts))
    if speed is not None and all(title in speed for title in titles):
        ways = ("compress_images_per_second", "decompress_images_per_second")
        texts = [" and ".join(rough(speed[title][way]) for way in ways) for title in titles]
        rows.append(row("images/s, compress and decompress, one particle", texts))
    return [Table("digits", "The digits models, bits/dim", ("bits/dim", *titles, "for comparison"), tuple(rows))]


def _beside(results: Sequence[Result]) -> str:
    """What others need for the same images."""
    rows = (of_bench(results, "published") or {}).get("rows", ())
    methods: dict[str, list[str]] = {}
    for row in rows:
        if row["set"] in ("mnist-binary", "mnist") and row["method"] in ("BB-ANS", "Bit-Swap"):
            methods.setdefault(row["method"], []).append(f"{row['value']:.2f}")
    return "; ".join(f"{method}: {' and '.join(sorted(values))}" for method, values in sorted(methods.items()))


def density_tables(results: Sequence[Result]) -> list[Table]:
    """-log p(x) of the trained nets, beside what their papers have."""
    found = of_bench(results, "digits-density") or {}
    published = {row["method"]: row.get("nats") for row in (of_bench(results, "published") or {}).get("rows", ())}
    rows = []
    for name, (layers, method) in LAYERS.items():
        if name in found:
            best = found[name]["by_particles"][-1]
            text = f"{best['nats']:.2f} ± {best['standard_error']:.2f} ({best['bits_per_dimension']:.4f} bits/dim)"
            label = f"{layers} stochastic layer{'s' * (layers != 'one')}"
            rows.append((Cell(label), Cell(text, best["nats"]), number(best["particles"], ",d"), number(published.get(method), ".2f")))
    columns = ("trained nets, nats", "-log p(x)", "particles", "published (Burda et al.)")
    return [Table("density", "Trained nets, nats an image", columns, tuple(rows))] if rows else []


def objectives_tables(results: Sequence[Result]) -> list[Table]:
    """What every objective comes to from one common start."""
    found = of_bench(results, "objectives")
    if found is None:
        return []
    rows = [
        (
            Cell(arm["title"]),
            number(arm["nats"], ".2f"),
            number(arm["elbo_nats"], ".2f"),
            number(arm["gap"], ".2f"),
            number(arm["active_units"], "d"),
        )
        for name, arm in found.items()
        if name != "start"
    ]
    columns = ("objective", "-log p(x)", "-ELBO", "gap: how starved the encoder is", "active units")
    return [Table("objectives", "Objectives, nats an image", columns, tuple(rows))]
