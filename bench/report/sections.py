"""Makes the parts of the report from results. Whatever a bench has not measured is left out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.measure.results import Figures, Result, sets_of
from bench.report.charts import Axis, Series, bars, plot
from bench.report.digits import digits
from bench.report.estimates import estimates
from bench.report.page import Section, charts, figure, paragraph, table_html
from bench.report.set_tables import bound, by_rate, peer_tables, published_table
from bench.report.table import Cell, Table
from bench.report.trends import core, trends

OURS = "codec"
REFERENCE = "JPEG XL effort 7"


def sections(results: Sequence[Result]) -> list[Section]:
    """All parts that the results have something for."""
    found = [summary(results), *peers(results), *estimates(results), *digits(results), *trends(results), *core(results)]
    others = published_table(results)
    if others is not None:
        said = "Not measured here. Actual: bytes of files; estimate: a bound or an ideal code length. Recalled figures want looking up."
        found.append(Section("published", "Figures of others", paragraph(said) + table_html(others)))
    return [*found, provenance(results)]


# ---------------------------------------------------------------- summary, and where all comes from


def summary(results: Sequence[Result]) -> Section:
    """The main figures in sentences."""
    lines = []
    for name, found in sets_of(results, "peers"):
        for peer, row in by_rate(found):
            if peer.startswith(OURS):
                rate = float(row["mean_bits_per_dimension"])
                other = found["peers"].get(REFERENCE)
                beside = f", {_percent(rate, other['mean_bits_per_dimension'])} of {REFERENCE}" if other else ""
                speeds = f"{row['encode_mpix_per_s']:.3g} and {row['decode_mpix_per_s']:.3g} MPix/s on one core"
                lines.append(f"{name}: {peer} takes {rate:.4f} bits/dim{beside}, at {speeds}.")
    for name, found in sets_of(results, "estimate"):
        for row in (found["by_particles"][0], found["by_particles"][-1])[: len(found["by_particles"])]:
            name_of_bound = bound(row["particles"])
            lines.append(
                f"{name}: {name_of_bound} is {row['estimate']:.5f} bits/dim; files take {row['net_gap_percent']:+.3f} % net, "
                f"{row['total_gap_percent']:+.3f} % in all."
            )
    if any(result.figures.get("quick") for result in results):
        lines.append("Some of these results come from quick runs on few and small pictures: they show that it runs, and are no figures.")
    items = "".join(f"<li>{escape(line)}</li>" for line in dict.fromkeys(lines))
    said = "Every round trip was compared before anything was measured. Bits/dim: bits per sample of the raw data."
    return Section("summary", "Summary", paragraph(said) + (f"<ul>{items}</ul>" if items else ""))


def provenance(results: Sequence[Result]) -> Section:
    """Machine, date, commit, versions and command of every result."""
    rows = []
    for result in results:
        machine = ", ".join(f"{value} {name.replace('memory_mib', 'MiB')}" for name, value in result.machine.items() if name != "processor")
        versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
        texts = (result.bench, result.date, result.commit, f"{result.machine.get('processor', '')}, {machine}", versions, result.command)
        rows.append(tuple(map(Cell, texts)))
    columns = ("bench", "date", "commit", "machine", "versions", "command")
    return Section("provenance", "Where the figures come from", table_html(Table("provenance", "Results", columns, tuple(rows))))


# ---------------------------------------------------------------- peers


def peers(results: Sequence[Result]) -> list[Section]:
    """For each set: rate against speed both ways, the table, and each picture against the reference."""
    made = {table.name: table for table in peer_tables(results)}
    return [_peer_section(name, found, made[f"peers-{name}"], results) for name, found in sets_of(results, "peers")]


def _peer_section(name: str, found: Figures, table: Table, results: Sequence[Result]) -> Section:
    ranked = by_rate(found)
    numbered = "".join(f"<li>{escape(peer)}</li>" for peer, _ in ranked)
    keys = f'<ol class="key">{numbered}</ol>'
    said = "squares: this codec; dashed: nobody is smaller and quicker"
    drawn = [figure(_pareto(name, ranked, way), f"Rate against speed, {way} ({said})", keys) for way in ("encode", "decode")]
    drawn += _against(name, found)
    text = charts(drawn) + table_html(table)
    if found["missing_peers"]:
        text += paragraph(f"Not installed, not measured: {', '.join(found['missing_peers'])}.")
    if found.get("left_out"):
        text += paragraph(f"Left out, for their mode is another: {', '.join(found['left_out'])}.")
    others = published_table(results, name)
    return Section(f"peers-{name}", f"Codecs on {name}", text + (table_html(others) if others else ""))


def _pareto(name: str, ranked: Sequence[tuple[str, Figures]], way: str) -> str:
    """Rates over speeds, and the dashed line of those that nobody beats in both."""
    points = [(float(row[f"{way}_mpix_per_s"]) or 1e-4, float(row["mean_bits_per_dimension"])) for _, row in ranked]
    places: dict[bool, list[int]] = {True: [], False: []}
    for number, (peer, _) in enumerate(ranked):
        places[peer.startswith(OURS)].append(number)
    series = [
        Series(
            label,
            [points[number] for number in places[ours]],
            colour,
            names=[f"{ranked[number][0]}: {points[number][1]:.4f} bits/dim, {points[number][0]:.3g} MPix/s" for number in places[ours]],
            labels=[str(number + 1) for number in places[ours]],
        )
        for label, ours, colour in (("others", False, 3), ("this codec", True, 1))
        if places[ours]
    ]
    front: list[tuple[float, float]] = []
    for point in points:  # best rate first
        if not front or point[0] > front[-1][0]:
            front += [(front[-1][0], point[1]), point] if front else [point]
    rates = "; ".join(f"{peer}: {rate:.4f} bits/dim at {speed:.3g} MPix/s" for (peer, _), (speed, rate) in zip(ranked, points, strict=True))
    x = Axis.around(f"{way}, MPix/s on one core", [point[0] for point in points], log=True)
    y = Axis.around("bits/dim", [point[1] for point in points])
    return plot(f"Rate against {way} speed on {name}", f"{rates}.", x, y, series, [front])


def _against(name: str, found: Figures) -> list[str]:
    """For each picture, by how much this codec's file differs from the reference's."""
    theirs = found["peers"].get(REFERENCE)
    ours = [peer for peer, _ in by_rate(found) if peer.startswith(OURS)]
    if theirs is None or not ours or len(found["pictures"]) < 2:
        return []
    best = found["peers"][ours[0]]["bytes"]
    rows = []
    for picture, a, b in zip(found["pictures"], best, theirs["bytes"], strict=True):
        percent = 100.0 * (a / b - 1.0)
        rows.append((picture["name"], percent, f"{percent:+.1f} %"))
    title = f"{ours[0]} against {REFERENCE}, each picture of {name}"
    return [figure(bars(title, "; ".join(f"{label}: {text}" for label, _, text in rows) + ".", rows), title)]


# ---------------------------------------------------------------- helpers


def _percent(value: float, reference: float) -> str:
    return f"{100.0 * value / reference:.1f} %"
