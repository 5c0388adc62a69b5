"""Makes all tables that results give, under the names of their places in README.md, docs and bench/results/README.md."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.results import Figures, Result
from bench.report import arrays_tables, core_tables, digits_tables, set_tables
from bench.report.experiments import experiments_table
from bench.report.table import Table


def all_tables(results: Sequence[Result], experiments: Sequence[Figures] = ()) -> list[Table]:
    """The tables for which there are figures. experiments: rows of measure.results.read_experiments."""
    joined = (
        set_tables.photos_table(results),
        set_tables.quantisation_table(results),
        set_tables.latents_table(results),
        core_tables.core_summary(results),
        set_tables.published_table(results),
        experiments_table(experiments),
    )
    makers = (
        set_tables.peer_tables,
        set_tables.estimate_tables,
        arrays_tables.array_tables,
        digits_tables.digits_tables,
        digits_tables.density_tables,
        digits_tables.objectives_tables,
        set_tables.trend_tables,
        core_tables.core_tables,
    )
    return [*(table for table in joined if table is not None), *(table for make in makers for table in make(results))]
