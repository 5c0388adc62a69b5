"""Tables that join results for a reader in a hurry: this codec beside others on both sets of photos, floats beside integers, the coder in
a few rows. All else that was measured is in the tables of tables.py, which the report shows."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.tables import Cell, Figures, Result, Table, number, of_bench, sets_of

SETS = ("kodak", "val")
SHOWN = (
    "codec effort 9", "codec effort 5", "codec effort 1", "JPEG XL effort 9", "JPEG XL effort 7", "JPEG XL effort 3", "WebP method 6",
    "JPEG 2000", "JPEG-LS on G, R-G, B-G", "AVIF", "QOI", "PNG", "xz -9e",
)  # fmt: skip
LANES = "64 lanes"


def photos_table(results: Sequence[Result]) -> Table | None:
    """Rates on both sets, times of the first one, and memory, of the codecs that were measured on both; None if they are not there."""
    found = dict(sets_of(results, "peers"))
    if any(name not in found for name in SETS):
        return None
    first, second = (found[name]["peers"] for name in SETS)
    names = sorted((name for name in SHOWN if name in first and name in second), key=lambda name: float(_rate(first[name])))
    rows = [
        (
            Cell(f"**{name}**" if name.startswith("codec") else name),
            number(_rate(first[name])),
            number(_rate(second[name])),
            number(first[name]["encode_mpix_per_s"], ".3g"),
            number(first[name]["decode_mpix_per_s"], ".3g"),
            number(max(first[name]["memory_mb"].values()), ".0f"),
        )
        for name in names
    ]
    columns = ("bits/dim, mean", *SETS, "encode MPix/s, one core", "decode MPix/s", "memory MB")
    return Table("photos", "Photos: whole files", columns, tuple(rows))


def _rate(row: Figures) -> float:
    return float(row["mean_bits_per_dimension"])


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


def core_summary(results: Sequence[Result]) -> Table | None:
    """The coder with a common number of lanes beside the best of others, each in its natural form; None if it was not measured."""
    speed = (of_bench(results, "core") or {}).get("speed", {})
    rows = [
        (Cell(coder), Cell(name), number(one["push"]["millions_per_s"], ".4g"), number(one["pop"]["millions_per_s"], ".4g"))
        for coder, contenders in speed.items()
        for name, one in contenders.items()
        if "push" in one and (name == f"codec, {LANES}" or (name.startswith(("constriction", "craystack")) and _is_best(name, contenders)))
    ]
    columns = ("distribution", "coder", "push, millions/s", "pop, millions/s")
    return Table("core-summary", f"The coder alone, one core, {LANES}", columns, tuple(rows)) if rows else None


def _is_best(name: str, contenders: Figures) -> bool:
    """Whether no other setting of the same coder pushes more."""
    maker = name.split(",")[0]
    return all(
        one["push"]["millions_per_s"] <= contenders[name]["push"]["millions_per_s"]
        for other, one in contenders.items()
        if other.split(",")[0] == maker and "push" in one
    )


def readme_tables(results: Sequence[Result]) -> list[Table]:
    """All of them that the results give."""
    return [table for table in (photos_table(results), quantisation_table(results), core_summary(results)) if table is not None]
