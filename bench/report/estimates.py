"""Makes the report's part on estimates: rates against particles, files against estimates, gaps, and where the bits of each picture go."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from html import escape

from bench.measure.results import Figures, Result, sets_of
from bench.report.charts import Axis, Series, heat, histogram, key, plot
from bench.report.page import Section, charts, figure, paragraph, table_html
from bench.report.set_tables import estimate_tables, latents_table, quantisation_table
from bench.report.table import Cell, Table, number


def estimates(results: Sequence[Result]) -> list[Section]:
    """For each set: rate against particles, files against estimates, their gaps, and where the bits of each picture go."""
    (table,) = estimate_tables(results) or (None,)
    if table is None:
        return []
    parts = [_estimate_part(name, found) for name, found in sets_of(results, "estimate")]
    said = (
        "Estimates are means of independent draws, with standard errors, made by the integers that code; the files are those of the "
        "product, decoded and compared. What integers cost over the floats that were trained was measured where the table says, not on "
        "these sets."
    )
    shown = [one for one in (table, quantisation_table(results), latents_table(results)) if one is not None]
    return [Section("estimate", "Estimates against files", paragraph(said) + "".join(map(table_html, shown)) + "".join(parts))]


def _estimate_part(name: str, found: Figures) -> str:
    rows = found["rows"]
    drawn = [figure(_by_particles(name, found["by_particles"]), f"{name}: rate by particles", key(["estimate", "net", "total file"]))]
    if len(rows) > 1:
        drawn += [figure(_scatter(name, rows), f"{name}: files against estimates, one particle", key(["net", "total file"]))]
        drawn += [figure(_gaps(name, rows), f"{name}: gaps of files to their estimates, one particle", key(["net", "total file"]))]
    return f"<h3>{escape(name)}</h3>" + charts(drawn) + _parts(rows) + _small_multiples(rows)


def _by_particles(name: str, rows: Sequence[Figures]) -> str:
    def series(what: str, colour: int, line: bool) -> Series:
        names = [f"{what}, N = {row['particles']}: {row[what]:.5f} bits/dim" for row in rows]
        errors = [2 * row["standard_error"] for row in rows] if what == "estimate" else []
        return Series(what, [(row["particles"], row[what]) for row in rows], colour, line, names, errors=errors)

    some = [series("estimate", 0, True), series("net", 1, False), series("total", 2, False)]
    x = Axis.around("particles", [row["particles"] for row in rows], log=True)
    y = Axis.around("bits/dim", [point[1] for one in some for point in one.points])
    figures = ((row["particles"], row["estimate"], row["net"], row["total"]) for row in rows)
    words = "; ".join("N = {}: estimate {:.5f}, net {:.5f}, total {:.5f}".format(*some) for some in figures)
    return plot(f"Rate by particles on {name}", f"{words} bits/dim.", x, y, some)


def _scatter(name: str, rows: Sequence[Figures]) -> str:
    first = [row["by_particles"][0] for row in rows]
    names = [row["name"] for row in rows]
    points = {what: [(one["estimate"], one[what]) for one in first] for what in ("net", "total")}
    some = [Series(what, points[what], colour, names=names) for colour, what in enumerate(points)]
    axis = [one[what] for one in first for what in ("estimate", "net", "total")]
    x, y = Axis.around("estimate, bits/dim", axis), Axis.around("file, bits/dim", axis)
    words = "; ".join(f"{label}: {one['estimate']:.4f} and {one['net']:.4f}" for label, one in zip(names, first, strict=True))
    return plot(f"Files against estimates on {name}", f"{words} bits/dim.", x, y, some, [[(min(axis), min(axis)), (max(axis), max(axis))]])


def _gaps(name: str, rows: Sequence[Figures]) -> str:
    first = [row["by_particles"][0] for row in rows]
    net, total = ([one[f"{what}_gap_percent"] for one in first] for what in ("net", "total"))
    words = f"Net {min(net):+.3f} to {max(net):+.3f} %, median {statistics.median(net):+.3f} %; "
    words += f"total {min(total):+.3f} to {max(total):+.3f} %."
    return histogram(f"Gaps of files to their estimates on {name}", words, "gap, %", [("net", net), ("total", total)])


def _parts(rows: Sequence[Figures]) -> str:
    """Where the bits go, mean of the pictures."""
    some = [row["parts"] for row in rows if row.get("parts")]
    return (parts_table(some) if some else "") + _naive(rows)


def parts_table(some: Sequence[Figures], title: str = "Where the bits go, one particle") -> str:
    """HTML: the parts of files, their means; what the posterior gives back is negative."""
    means = {part: statistics.fmean(one[part] for one in some) for part in some[0]}
    cells = tuple((Cell(part), number(-value if part == "posterior" else value, ".6f")) for part, value in means.items())
    return table_html(Table("parts", title, ("part", "bits/dim, mean"), cells))


def _naive(rows: Sequence[Figures]) -> str:
    """What sampling the prior says, which is hardly ever near."""
    some = [row["prior_sampling"] for row in rows if "prior_sampling" in row]
    if not some:
        return ""
    found = some[0]
    said = f"Latents from the prior instead of the posterior, {found['particles']} for each of "
    if "images" in found:
        said += f"{found['images']} images: {found['estimate']:.4f} bits/dim instead of {found['by_posterior']:.4f}, "
        said += f"{found['effective_particles']:.1f} particles count instead of {found['effective_particles_by_posterior']:.1f}."
    else:
        mean, by_posterior = (statistics.fmean(values) for values in zip(*map(_by_both, rows), strict=True))
        said += f"the stripes of {len(rows)} pictures: {mean:.4f} bits/dim instead of {by_posterior:.4f}."
    return paragraph(said)


def _by_both(row: Figures) -> tuple[float, float]:
    """A picture's estimates by the prior and by the posterior, with as many particles."""
    return row["prior_sampling"]["estimate"], row["by_particles"][-1]["estimate"]


def _small_multiples(rows: Sequence[Figures]) -> str:
    """Each picture's bits as blocks, from dark to bright, all on one scale."""
    some = [row for row in rows if row.get("heat")]
    if not some:
        return ""
    brightest = max(value for row in some for line in row["heat"] for value in line) or 1.0
    drawn = []
    for row in some:
        values, first = [value for line in row["heat"] for value in line], row["by_particles"][0]
        words = f"Blocks cost {min(values):.2f} to {max(values):.2f} bits/dim."
        label = f"{row['name']}: {first['total']:.3f} bits/dim, gap {first['total_gap_percent']:+.2f} %"
        drawn.append(figure(heat(f"Where the bits of {row['name']} go", words, row["heat"], brightest), label))
    said = f"Bits/dim of blocks, black 0, brightest {brightest:.2f}:"
    return paragraph(said, "soft") + f'<div class="small">{"".join(drawn)}</div>'
