"""Makes the tables of sets of pictures and arrays: codecs beside each other, estimates beside files, trends, figures of others."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.results import Figures, Result, of_bench, sets_of
from bench.report.table import Cell, Table, number

SETS = ("kodak", "val")  # of photos, that one table has both of
PLAIN = "kodak-plain"  # the first of them, where this codec looked for no traces; others never do
SHOWN = (
    "codec effort 9", "codec effort 5", "codec effort 1", "JPEG XL effort 9", "JPEG XL effort 7", "JPEG XL effort 3", "WebP method 6",
    "JPEG 2000", "JPEG-LS on G, R-G, B-G", "AVIF", "QOI", "PNG", "xz -9e",
)  # fmt: skip


def photos_table(results: Sequence[Result]) -> Table | None:
    """Rates on both sets, and on the first without traces if that was measured, times of the second one, and memory, of the codecs that
    were measured on both; None if they are not there."""
    found = dict(sets_of(results, "peers"))
    if any(name not in found for name in SETS):
        return None
    first, second = (found[name]["peers"] for name in SETS)
    plain = {**first, **found[PLAIN]["peers"]} if PLAIN in found else {}
    names = sorted((name for name in SHOWN if name in first and name in second), key=lambda name: float(_rate(first[name])))
    rows = [
        (
            Cell(f"**{name}**" if name.startswith("codec") else name),
            number(_rate(first[name])),
            *([number(_rate(plain[name]))] if plain else []),
            number(_rate(second[name])),
            number(second[name]["encode_mpix_per_s"], ".3g"),
            number(second[name]["decode_mpix_per_s"], ".3g"),
            number(max(first[name]["memory_mb"].values()), ".0f"),
        )
        for name in names
    ]
    sets = [SETS[0], *(["without traces"] if plain else []), SETS[1]]
    columns = ("bits/dim, mean", *sets, "encode MPix/s, one core", "decode MPix/s", "memory MB")
    return Table("photos", "Photos: whole files", columns, tuple(rows))


def _rate(row: Figures) -> float:
    return float(row["mean_bits_per_dimension"])


def peer_tables(results: Sequence[Result]) -> list[Table]:
    """A table for each set that codecs were measured on: best rate first."""
    return [_peer_table(name, found) for name, found in sets_of(results, "peers")]


def by_rate(found: Figures) -> list[tuple[str, Figures]]:
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
        for peer, row in by_rate(found)
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


def bound(particles: int) -> str:
    """What an estimate with so many particles is called."""
    return "-ELBO" if particles == 1 else f"-IWAE_{particles}"


def quantisation_table(results: Sequence[Result]) -> Table | None:
    """-ELBO of the floats that were trained and of the integers that code, of each model for which both are known; None without any."""
    rows: dict[str, tuple[Cell, ...]] = {}

    def add(model: str, where: str, real: float, integer: float) -> None:
        cost = number(100.0 * (integer / real - 1.0), "+.3f", " %")
        rows[model] = (Cell(model), Cell(where), number(real, ".5f"), number(integer, ".5f"), cost)

    for _, found in sets_of(results, "estimate"):
        measured = found.get("quantisation")
        if measured:
            where = f"an eighth of the pixels of {measured['tiles']} validation tiles, when it was exported"
            add(found["model"]["title"], where, measured["float"], measured["integer"])
    for title, model in (of_bench(results, "digits-codec") or {}).items():
        measured = model.get("quantised")
        if measured:
            add(title, f"{measured['images']} test images", measured["float_elbo"], measured["exported_elbo"])
    columns = ("model", "measured on", "-ELBO in floats", "-ELBO in integers", "cost")
    return Table("quantisation", "What integers cost, bits/dim", columns, tuple(rows.values())) if rows else None


def latents_table(results: Sequence[Result]) -> Table | None:
    """What z saves: files of a photo model beside those of one that was trained equally without z; None where that was not measured."""
    found = of_bench(results, "latents")
    if found is None:
        return None
    rows = [
        (Cell(name), number(row["with_z"], ".5f"), number(row["without_z"], ".5f"), number(row["saves_percent"], ".2f", " %"))
        for name, row in found["sets"].items()
    ]
    return Table("latents", "What z saves, whole files in bits/dim", ("set", "with z", "without z", "saved"), tuple(rows))


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


def _rates(one: Figures) -> tuple[Cell, Cell]:
    return number(one["encode"]["millions_per_s"], ".3g"), number(one["decode"]["millions_per_s"], ".3g")
