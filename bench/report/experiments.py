"""Makes the table of experiments with photo models: one setting a row, as bench/results/photo-experiments.jsonl has it."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.results import Figures
from bench.report.table import Cell, Table, number

RATES = {"val": "val", "kodak": "Kodak", "network_val": "val, float net", "network_kodak": "Kodak, float net", "bits": "predictors alone"}


def experiments_table(rows: Sequence[Figures]) -> Table | None:
    """A row for each setting: its rates, the change that it makes, and what must be known to read it; None without any."""
    cells, last = list[tuple[Cell, ...]](), ""
    for row in rows:
        rates = ", ".join(f"{row[key]:.4f} ({label})" for key, label in RATES.items() if key in row)
        note = str(row.get("note", ""))
        said = "as above" if note and note == last else note
        change = number(row.get("relative_percent"), "+.2f", " %")
        cells.append((Cell(str(row["study"])), Cell(str(row["setting"])), Cell(rates or "-"), change, Cell(said)))
        last = note or last
    columns = ("study", "setting", "bits/dim", "change", "note")
    return Table("photo-experiments", "Experiments with photo models", columns, tuple(cells)) if cells else None
