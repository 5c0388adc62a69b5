"""Makes the report's charts of speed and memory: against pixels, threads, particles and lanes."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure.results import Figures, Result, of_bench
from bench.report.charts import Axis, Series, key, plot
from bench.report.core_tables import core_tables
from bench.report.page import Section, charts, figure, table_html
from bench.report.set_tables import trend_tables

WAYS = ("encode", "decode")


def trends(results: Sequence[Result]) -> list[Section]:
    """The trends bench as charts and a table."""
    found = of_bench(results, "trends")
    if found is None:
        return []
    pixels = [row["width"] * row["height"] / 1e6 for row in found["pixels"]]
    memory = [(way, [(size, row["memory_mb"][way]) for size, row in zip(pixels, found["pixels"], strict=True)]) for way in WAYS]
    drawn = [
        _chart("Speed by pixels", "MPix", "MPix/s", _speeds(found["pixels"], pixels)),
        _chart("Memory by pixels", "MPix", "MB at most", memory),
        _chart("Speed by threads", "threads", "MPix/s", _speeds(found["threads"], [row["threads"] for row in found["threads"]])),
        _chart("Speed by particles", "particles", "MPix/s", _speeds(found["particles"], [row["particles"] for row in found["particles"]])),
    ]
    return [Section("trends", "Trends", charts(drawn) + "".join(map(table_html, trend_tables(results))))]


def core(results: Sequence[Result]) -> list[Section]:
    """The core bench: speed by lanes, tables and targets."""
    made = core_tables(results)
    found = of_bench(results, "core") or {}
    lanes = [_lanes(found["speed"])] if found.get("speed") else []
    return [Section("core", "The coder alone", charts(lanes) + "".join(map(table_html, made)))] if made else []


def _speeds(rows: Sequence[Figures], places: Sequence[float]) -> list[tuple[str, list[tuple[float, float]]]]:
    return [(way, [(x, row[way]["millions_per_s"]) for x, row in zip(places, rows, strict=True)]) for way in WAYS]


def _lanes(speed: Figures) -> str:
    """Symbols a second by lanes, of each distribution of the coder."""
    some = []
    for coder, contenders in speed.items():
        for way in ("push", "pop"):
            rates = [(_lane_count(name), one[way]["millions_per_s"]) for name, one in contenders.items() if _lane_count(name)]
            some.append((f"{coder}, {way}", rates))
    return _chart("Speed by lanes", "lanes", "M symbols/s", [(name, points) for name, points in some if points][:6])


def _lane_count(name: str) -> int:
    """Of a contender called "codec, 64 lanes"; 0 of any other."""
    words = name.split()
    return int(words[1]) if len(words) == 3 and words[0] == "codec," and words[2] == "lanes" else 0


def _chart(title: str, across: str, up: str, rows: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Lines by name, over a scale of powers."""
    series = [Series(name, points, number, True) for number, (name, points) in enumerate(rows)]
    words = "; ".join(f"{name}: " + ", ".join(f"{y:.4g} at {x:.3g}" for x, y in points) for name, points in rows)
    x = Axis.around(across, [point[0] for _, points in rows for point in points], log=True)
    y = Axis.around(up, [point[1] for _, points in rows for point in points], zero=True)
    return figure(plot(title, f"{words}.", x, y, series), title, key([name for name, _ in rows]))
