"""The parts of the report, each made of results as tables.py reads them. Whatever a bench has not measured is left out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.report import tables
from bench.report.charts import COLOURS, Axis, Series, bars, key, plot
from bench.report.estimates import estimates
from bench.report.page import Section, charts, figure, paragraph, table_html
from bench.report.tables import Cell, Figures, Result, Table
from bench.report.trends import core, trends

OURS = "codec"
REFERENCE = "JPEG XL effort 7"


def sections(results: Sequence[Result]) -> list[Section]:
    """All parts that the results have something for."""
    found = [summary(results), *peers(results), *estimates(results), *digits(results), *photo(results), *trends(results), *core(results)]
    others = tables.published_table(results)
    if others is not None:
        said = "Not measured here. Actual: bytes of files; estimate: a bound or an ideal code length. Recalled figures want looking up."
        found.append(Section("published", "Figures of others", paragraph(said) + table_html(others)))
    return [*found, provenance(results)]


# ---------------------------------------------------------------- summary, and where all comes from


def summary(results: Sequence[Result]) -> Section:
    """The main figures in sentences."""
    lines = []
    for name, found in tables.sets_of(results, "peers"):
        ranked = tables.ranked(found)
        for peer, row in ranked:
            if peer.startswith(OURS):
                rate = float(row["mean_bits_per_dimension"])
                other = found["peers"].get(REFERENCE)
                beside = f", {_percent(rate, other['mean_bits_per_dimension'])} of {REFERENCE}" if other else ""
                speeds = f"{row['encode_mpix_per_s']:.3g} and {row['decode_mpix_per_s']:.3g} MPix/s on one core"
                lines.append(f"{name}: {peer} takes {rate:.4f} bits/dim{beside}, at {speeds}.")
    for name, found in tables.sets_of(results, "estimate"):
        for row in (found["by_particles"][0], found["by_particles"][-1])[: len(found["by_particles"])]:
            bound = tables.bound(row["particles"])
            lines.append(
                f"{name}: {bound} is {row['estimate']:.5f} bits/dim; files take {row['net_gap_percent']:+.3f} % net, "
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
    made = {table.name: table for table in tables.peer_tables(results)}
    return [_peer_section(name, found, made[f"peers-{name}"], results) for name, found in tables.sets_of(results, "peers")]


def _peer_section(name: str, found: Figures, table: Table, results: Sequence[Result]) -> Section:
    ranked = tables.ranked(found)
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
    others = tables.published_table(results, name)
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
    ours = [peer for peer, _ in tables.ranked(found) if peer.startswith(OURS)]
    if theirs is None or not ours or len(found["pictures"]) < 2:
        return []
    best = found["peers"][ours[0]]["bytes"]
    rows = []
    for picture, a, b in zip(found["pictures"], best, theirs["bytes"], strict=True):
        percent = 100.0 * (a / b - 1.0)
        rows.append((picture["name"], percent, f"{percent:+.1f} %"))
    title = f"{ours[0]} against {REFERENCE}, each picture of {name}"
    return [figure(bars(title, "; ".join(f"{label}: {text}" for label, _, text in rows) + ".", rows), title)]


# ---------------------------------------------------------------- digits, photo


def digits(results: Sequence[Result]) -> list[Section]:
    made = [*tables.digits_tables(results), *tables.density_tables(results), *tables.objectives_tables(results)]
    drawn = [*_densities(_figures(results, "digits-density")), *_objectives(_figures(results, "objectives"))]
    return [Section("digits", "Digits", charts(drawn) + "".join(map(table_html, made)))] if made else []


def _densities(found: Figures) -> list[str]:
    """-log p(x) by particles of the binary nets."""
    nets = {name: net for name, net in found.items() if net.get("binarisation")}
    if not nets:
        return []
    some = [
        Series(name, [(row["particles"], row["nats"]) for row in net["by_particles"]], number, True)
        for number, (name, net) in enumerate(nets.items())
    ]
    x = Axis.around("particles", [point[0] for one in some for point in one.points], log=True)
    y = Axis.around("nats an image", [point[1] for one in some for point in one.points])
    words = "; ".join(f"{one.name}: {one.points[0][1]:.2f} to {one.points[-1][1]:.2f} nats" for one in some)
    svg = plot("Estimates of -log p(x) of binary digits by particles", f"{words}.", x, y, some)
    return [figure(svg, "Binary digits: -log p(x) by particles", key([one.name for one in some]))]


def _objectives(found: Figures) -> list[str]:
    arms = [arm for name, arm in found.items() if name not in ("start", "prior")]
    if not arms:
        return []
    low = min(arm["nats"] for arm in arms) - 1.0
    rows, colours = [], []
    for arm in arms:
        rows += [(arm["title"], arm["nats"] - low, f"{arm['nats']:.2f}"), ("-ELBO", arm["elbo_nats"] - low, f"{arm['elbo_nats']:.2f}")]
        colours += [0, 1]
    words = "; ".join(f"{arm['title']}: {arm['nats']:.2f}, -ELBO {arm['elbo_nats']:.2f}" for arm in arms)
    caption = f"Objectives: nats an image beyond {low:.1f}; prior sampling left out"
    return [figure(bars("Objectives", f"{words} nats.", rows, colours), caption)]


def photo(results: Sequence[Result]) -> list[Section]:
    found = _figures(results, "photo")
    made = tables.photo_tables(results)
    drawn = [_speeds(found["photos"])] if found.get("photos") else []
    return [Section("photo", "Photos", charts(drawn) + "".join(map(table_html, made)))] if made else []


def _speeds(rows: Sequence[Figures]) -> str:
    """Speed of this codec over pixels, both ways, by threads."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        for name, one in row["contenders"].items():
            for way in ("encode", "decode"):
                where = points.setdefault(f"{name}, {way}", [])
                where.append((row["width"] * row["height"] / 1e6, one[way]["millions_per_s"]))
    names = [name for name in points if len(points[name]) > 1]
    some = [Series(name, points[name], number % COLOURS, True) for number, name in enumerate(names)]
    x = Axis.around("MPix", [point[0] for one in some for point in one.points] or [1.0], log=True)
    y = Axis.around("MPix/s", [point[1] for one in some for point in one.points] or [1.0], zero=True)
    words = "; ".join(f"{one.name}: " + ", ".join(f"{b:.3g} at {a:.3g} MPix" for a, b in one.points) for one in some)
    return figure(plot("Speed by size of the picture", f"{words}.", x, y, some), "Speed by size", key([one.name for one in some]))


# ---------------------------------------------------------------- helpers


def _figures(results: Sequence[Result], bench: str) -> Figures:
    return next((result.figures for result in results if result.bench == bench), {})


def _percent(value: float, reference: float) -> str:
    return f"{100.0 * value / reference:.1f} %"
