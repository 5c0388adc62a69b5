"""Makes the table of sets of small images: our models beside published figures and codecs of pictures."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.results import Figures, Result, of_bench
from bench.report.table import Cell, Table, number, rough

COLUMNS = ("set", "codec", "estimate", "net", "total", "images/s, there and back, a core")


def array_tables(results: Sequence[Result]) -> list[Table]:
    """One table: of each set our models, then what others have published of it, then codecs of pictures."""
    sets = (of_bench(results, "arrays") or {}).get("sets", {})
    others = (of_bench(results, "published") or {}).get("rows", ())
    rows = [row for name, found in sets.items() for row in _set_rows(name, found, [one for one in others if one["set"] == name])]
    return [Table("arrays", "Sets of small images, bits/dim", COLUMNS, tuple(rows))] if rows else []


def _set_rows(name: str, found: Figures, others: Sequence[Figures]) -> list[tuple[Cell, ...]]:
    rows = list[tuple[Cell, ...]]()
    for row in found["rows"]:
        speeds = [rough(row[f"{way}_images_per_second"]) for way in ("compress", "decompress")]
        some = row.get("estimated_images", found["images"])
        of_some = "" if some == found["images"] else f", {some:,} images"
        particles = "" if row["kind"] == "exact" else f" ({row['kind']}{of_some})"
        estimate = Cell(f"{row['estimate']:.4f}{particles}", row["estimate"])
        rows.append((Cell(f"**{row['model']['title']}**"), estimate, number(row["net"]), number(row["total"]), Cell(", ".join(speeds))))
    for one in sorted(others, key=lambda one: float(one["value"])):
        value, empty = number(one["value"], ".3f"), Cell("-")
        is_file = one["kind"] == "actual"
        rows.append((Cell(f"{one['method']}, {one['basis']}"), empty if is_file else value, empty, value if is_file else empty, empty))
    for one in found["peers"]:
        text = f"{one['strip']:.4f} ({one['alone']:.4f})"
        rows.append((Cell(f"{one['name']}, as a strip (each alone)"), Cell("-"), Cell("-"), Cell(text, one["strip"]), Cell("-")))
    return [(Cell(name if number_of == 0 else ""), *row) for number_of, row in enumerate(rows)]
