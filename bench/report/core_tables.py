"""Makes the tables of the coder alone: speeds, the best of them beside others, targets."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.results import Figures, Result, of_bench
from bench.report.table import Cell, Table, number

LANES = "64 lanes"


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
