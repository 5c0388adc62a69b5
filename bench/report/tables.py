"""Tables made from results (the JSON of bench/record.py): what README.md and the report print. Nothing is measured or rounded elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codec.errors import BadInput

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """What is printed, and what a column is sorted by."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Table:
    """name: of its place in README.md. columns: their headings; every row has as many cells."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Result:
    """A result's file: what bench/record.py wrote."""

    bench: str
    command: str
    date: str
    commit: str
    machine: Figures
    versions: Figures
    figures: Figures


def read_results(paths: Iterable[Path]) -> list[Result]:
    """The results in files and in folders of files. Raises BadInput for what is none."""
    results = []
    for path in paths:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
                results.append(Result(**content))
            except (OSError, ValueError, TypeError) as error:
                raise BadInput(f"{file}: not a result of a bench ({error})") from error
    if not results:
        raise BadInput(f"no results (.json) in {', '.join(map(str, paths))}")
    return results


def number(value: float | None, form: str = ".4f", after: str = "") -> Cell:
    """A number as a cell; a dash where there is none."""
    return Cell("-") if value is None else Cell(f"{value:{form}}{after}", float(value))


def rough(value: float) -> str:
    """Three digits of a large number, with commas."""
    return f"{float(f'{value:.3g}'):,.0f}"


def of_bench(results: Sequence[Result], bench: str) -> Figures | None:
    """The figures of a bench, None where it is not among the results."""
    return next((result.figures for result in results if result.bench == bench), None)


# ---------------------------------------------------------------- peers


def peer_tables(results: Sequence[Result]) -> list[Table]:
    """A table for each set that codecs were measured on: best rate first."""
    return [_peer_table(name, found) for name, found in sets_of(results, "peers")]


def ranked(found: Figures) -> list[tuple[str, Figures]]:
    """The codecs of a set by their mean rate."""
    return sorted(found["peers"].items(), key=lambda pair: float(pair[1]["mean_bits_per_dimension"]))


def _peer_table(name: str, found: Figures) -> Table:
    rows = [
        (
            Cell(peer),
            number(row["mean_bits_per_dimension"]),
            number(row["total_bits_per_dimension"]),
            number(row["encode_mpix_per_s"], ".3g"),
            number(row["decode_mpix_per_s"], ".3g"),
            number(max(row["memory_mb"].values()), ".0f"),
        )
        for peer, row in ranked(found)
    ]
    count, timed = len(found["pictures"]), found["timed_pictures"]
    some = f"{count} pictures, times of the first {timed}" if count > 1 else "one array"
    title = f"{name}: {some}, one core; memory for {' x '.join(map(str, found['memory_of']))} samples"
    columns = ("codec", "bits/dim, mean", "of all bits", "encode MPix/s", "decode MPix/s", "memory MB")
    return Table(f"peers-{name}", title, columns, tuple(rows))


def published_table(results: Sequence[Result], only: str | None = None) -> Table | None:
    """Figures of others, of one set or of all; None without any."""
    found = of_bench(results, "published")
    rows = [row for row in (found or {}).get("rows", ()) if only in (None, row["set"])]
    if not rows:
        return None
    cells = [
        (
            Cell(row["set"]),
            Cell(row["method"]),
            Cell(f"{row['value']:.4g}", row["value"]),
            Cell(row["kind"]),
            Cell(row["basis"]),
            Cell("; ".join(str(row[key]) + (" nats" if key == "nats" else "") for key in ("source", "note", "nats") if key in row)),
        )
        for row in sorted(rows, key=lambda row: (row["set"], row["value"]))
    ]
    name, columns = f"published-{only}" if only else "published", ("set", "method", "bits/dim", "what", "basis", "source")
    return Table(name, "Figures of others, not measured here", columns, tuple(cells))


# ---------------------------------------------------------------- estimates


def estimate_tables(results: Sequence[Result]) -> list[Table]:
    """One table: estimates beside files, by set and number of particles."""
    rows = []
    for name, found in sets_of(results, "estimate"):
        count = found["rows"][0].get("images") or len(found["rows"])
        for row in found["by_particles"]:
            rows.append(
                (
                    Cell(f"{name}, {count:,} {'images' if found['kind'] == 'array' else 'pictures'}"),
                    number(row["particles"], "d"),
                    Cell(f"{row['estimate']:.5f} ± {row['standard_error']:.5f}", row["estimate"]),
                    number(row["net"], ".5f"),
                    number(row["net_gap_percent"], "+.3f", " %"),
                    number(row["total"], ".5f"),
                    number(row["total_gap_percent"], "+.3f", " %"),
                )
            )
    columns = ("set", "N", "-ELBO or -IWAE_N", "net", "gap", "total", "gap")
    return [Table("estimate", "Estimates and files, bits/dim", columns, tuple(rows))] if rows else []


# ---------------------------------------------------------------- digits


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


LAYERS = {"binary-one-layer": ("one", "IWAE, k = 50, one layer"), "binary-two-layers": ("two", "IWAE, k = 50, two layers")}


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


# ---------------------------------------------------------------- the photo bench, and the coder


def photo_tables(results: Sequence[Result]) -> list[Table]:
    """Files of the photo model beside others', speeds by size, and targets."""
    found = of_bench(results, "photo")
    if found is None:
        return []
    tables, rows = [], []
    for name, some in found.get("sizes", {}).items():
        rows.append((Cell(name), Cell("codec"), number(some["mean_bits_per_dimension"]), Cell("-")))
        for peer, row in some["peers"].items():
            rows.append((Cell(name), Cell(peer), number(row["mean_bits_per_dimension"]), number(row["ratio_of_means"])))
    if rows:
        columns = ("set", "codec", "bits/dim, mean", "this codec's over it")
        tables.append(Table("photo-sizes", "Files of the photo model", columns, tuple(rows)))
    speeds = [
        (Cell(f"{row['width']}x{row['height']}", row["width"] * row["height"]), Cell(name), *_rates(one))
        for row in found.get("photos", ())
        for name, one in row["contenders"].items()
    ]
    if speeds:
        columns = ("pixels", "codec", "encode MPix/s", "decode MPix/s")
        tables.append(Table("photo-speed", "Speed of the photo model", columns, tuple(speeds)))
    return [*tables, *_target_table("photo", found)]


def _rates(one: Figures) -> tuple[Cell, Cell]:
    return number(one["encode"]["millions_per_s"], ".3g"), number(one["decode"]["millions_per_s"], ".3g")


def trend_tables(results: Sequence[Result]) -> list[Table]:
    """Speed and memory by pixels, threads and particles."""
    found = of_bench(results, "trends")
    if found is None:
        return []
    rows = [
        (Cell(f"{row['width']}x{row['height']}, {row['threads']} threads"), *_rates(row), number(max(row["memory_mb"].values()), ".0f"))
        for row in found["pixels"]
    ]
    rows += [(Cell(f"threads: {row['threads']}"), *_rates(row), Cell("-")) for row in found["threads"]]
    rows += [(Cell(f"particles: {row['particles']}"), *_rates(row), Cell("-")) for row in found["particles"]]
    return [Table("trends", "Trends of photos", ("what", "encode MPix/s", "decode MPix/s", "memory MB"), tuple(rows))]


def core_tables(results: Sequence[Result]) -> list[Table]:
    """Speeds of the coder, and targets."""
    found = of_bench(results, "core")
    if found is None:
        return []
    rows = [
        (Cell(coder), Cell(name), number(one["push"]["millions_per_s"], ".4g"), number(one["pop"]["millions_per_s"], ".4g"))
        for coder, contenders in found.get("speed", {}).items()
        for name, one in contenders.items()
        if "push" in one
    ]
    columns = ("distribution", "coder", "push, millions/s", "pop, millions/s")
    tables = [Table("core-speed", "The coder alone, one core", columns, tuple(rows))] if rows else []
    return [*tables, *_target_table("core", found)]


def _target_table(name: str, found: Figures) -> list[Table]:
    verdicts = {None: "not judged", True: "met", False: "missed"}
    rows = [
        (Cell(row["what"]), number(row["measured"], ".5g"), number(row["target"], ".5g"), Cell(row["unit"]), Cell(verdicts[row["met"]]))
        for row in found.get("targets", ())
        if row["measured"] is not None
    ]
    return [Table(f"{name}-targets", f"Targets of {name}", ("what", "measured", "target", "unit", "verdict"), tuple(rows))] if rows else []


def sets_of(results: Sequence[Result], bench: str) -> list[tuple[str, Figures]]:
    """Sets by name of all results of a bench, those under its own name first, then those under one that begins so; of one name the last."""
    of_it = sorted((result for result in results if _is(result, bench)), key=lambda result: result.bench != bench)
    found: dict[str, Any] = {name: figures for result in of_it for name, figures in result.figures["sets"].items()}
    return list(found.items())


def bound(particles: int) -> str:
    """What an estimate with so many particles is called."""
    return "-ELBO" if particles == 1 else f"-IWAE_{particles}"


def _is(result: Result, bench: str) -> bool:
    """Whether a result is of this bench, under its own name or one that begins so."""
    return result.bench == bench or result.bench.startswith(f"{bench}-")


def tables_of(results: Sequence[Result]) -> list[Table]:
    """All tables that the results give."""
    makers = (peer_tables, estimate_tables, digits_tables, density_tables, objectives_tables, photo_tables, trend_tables, core_tables)
    return [table for make in makers for table in make(results)]
