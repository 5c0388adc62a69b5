"""Draws charts as SVG, without a library: their colours come from the page's style, and each says in words what it shows.

Every chart is WIDTH x HEIGHT units and grows or shrinks with the page; at 360 pixels its text is still 9 pixels high.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 12, 44
SHAPES = ("circle", "square", "diamond", "triangle")
COLOURS = 6  # classes s0 to s5 of the page's style
HEAT = ((40, 20, 90), (110, 30, 120), (190, 50, 100), (235, 110, 60), (250, 185, 60), (252, 250, 190))
HEAT_LEVELS = 16


@dataclass(frozen=True)
class Axis:
    """A label, and the range that is drawn. log: in powers; low > 0 then. digits: of the labels of ticks, 3 unless said otherwise."""

    label: str
    low: float
    high: float
    log: bool = False
    digits: int = 3

    @classmethod
    def around(cls, label: str, values: Sequence[float], log: bool = False, zero: bool = False) -> Axis:
        """An axis with some room around the values; zero: it begins there."""
        low, high = min(values), max(values)
        if log:
            return cls(label, low / 1.4, high * 1.4, True)
        low = min(0.0, low) if zero else low
        room = 0.06 * (high - low) or abs(high) * 0.05 or 1.0
        digits = 3 if high == low else max(3, math.ceil(math.log10(max(abs(low), abs(high)) / (high - low))) + 2)
        return cls(label, low if zero and low == 0.0 else low - room, high + room, digits=digits)

    def place(self, value: float, start: float, end: float) -> float:
        """Where a value lies between the places of the ends."""
        low, high, value = (math.log(x) if self.log else x for x in (self.low, self.high, value))
        return start + (value - low) / (high - low) * (end - start)

    def ticks(self) -> list[float]:
        """Round values within the range."""
        if self.log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            few = self.high / self.low < 60
            found = [factor * 10.0**decade for decade in decades for factor in ((1, 2, 5) if few else (1,))]
            return [value for value in found if self.low <= value <= self.high]
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
        first = math.ceil(self.low / step)
        return [number * step for number in range(first, math.floor(self.high / step) + 1)]

    def text(self, value: float) -> str:
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{self.digits}g}" if value else "0"


@dataclass(frozen=True)
class Series:
    """Points (x, y) of one kind. colour: 0 to 5; line: they are joined; names: of the points; errors: of y, to both sides."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: int = 0
    line: bool = False
    names: Sequence[str] = ()
    labels: Sequence[str] = ()
    errors: Sequence[float] = ()


def _svg(title: str, words: str, body: str, width: int = WIDTH, height: int = HEIGHT, kind: str = "chart") -> str:
    said = escape(f"{title}. {words}", quote=True)
    return f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{said}"><title>{escape(title)}</title>{body}</svg>'


def _text(x: float, y: float, text: str, kind: str = "", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}"{more}>{escape(text)}</text>'


def _frame(x: Axis, y: Axis) -> str:
    """Both axes with ticks and labels."""
    bottom, right, parts = HEIGHT - BOTTOM, WIDTH - RIGHT, []
    for value in x.ticks():
        place = x.place(value, LEFT, right)
        parts.append(f'<path class="grid" d="M{place:.1f} {TOP}V{bottom}"/>' + _text(place, bottom + 15, x.text(value), "middle"))
    for value in y.ticks():
        place = y.place(value, bottom, TOP)
        parts.append(f'<path class="grid" d="M{LEFT} {place:.1f}H{right}"/>' + _text(LEFT - 5, place + 4, y.text(value), "end"))
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    middle = (TOP + bottom) / 2
    parts.append(_text((LEFT + right) / 2, HEIGHT - 8, x.label, "middle"))
    parts.append(_text(13, middle, y.label, "middle", f' transform="rotate(-90 13 {middle:.1f})"'))
    return "".join(parts)


def _mark(x: float, y: float, colour: int, name: str) -> str:
    """A point, with its name for those who point at it."""
    shape = SHAPES[colour % len(SHAPES)]
    if shape == "circle":
        drawn = f'<circle class="s{colour}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    else:
        paths = {"square": "m-4-4h8v8h-8z", "diamond": "m0-5.5l5.5 5.5-5.5 5.5-5.5-5.5z", "triangle": "m0-5.5l5 9.5h-10z"}
        drawn = f'<path class="s{colour}" d="M{x:.1f} {y:.1f}{paths[shape]}"/>'
    return f"<g><title>{escape(name)}</title>{drawn}</g>" if name else drawn


def plot(title: str, words: str, x: Axis, y: Axis, series: Sequence[Series], lines: Sequence[Sequence[tuple[float, float]]] = ()) -> str:
    """Points, joined or not. lines: dashed ones behind them, given by their corners."""

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return x.place(point[0], LEFT, WIDTH - RIGHT), y.place(point[1], HEIGHT - BOTTOM, TOP)

    parts = [_frame(x, y)]
    for corners in lines:
        parts.append(f'<path class="dashed" d="M{"L".join("{:.1f} {:.1f}".format(*at(corner)) for corner in corners)}"/>')
    for one in series:
        places = [at(point) for point in one.points]
        if one.line and len(places) > 1:
            parts.append(f'<path class="line l{one.colour}" d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in places)}"/>')
        for (a, _), (value, middle), error in zip(places, one.points, one.errors, strict=False):
            low, high = (at((value, middle + sign * error))[1] for sign in (-1, 1))
            parts.append(f'<path class="line l{one.colour}" d="M{a:.1f} {low:.1f}V{high:.1f}"/>')
        for number, (a, b) in enumerate(places):
            parts.append(_mark(a, b, one.colour, one.names[number] if one.names else ""))
            if one.labels:
                parts.append(_text(a + 7, b + 4, one.labels[number], "label"))
    return _svg(title, words, "".join(parts))


def histogram(title: str, words: str, label: str, series: Sequence[tuple[str, Sequence[float]]], bins: int = 16) -> str:
    """How many values of each series are in each of some equal ranges, side by side."""
    values = [value for _, some in series for value in some]
    low, high = min(values), max(values)
    step = (high - low) / bins or max(abs(high), 1.0) / bins
    places = [[min(int((value - low) / step), bins - 1) for value in some] for _, some in series]
    counts = [[some.count(place) for place in range(bins)] for some in places]
    x = Axis(label, low, low + step * bins, digits=3)
    y = Axis("pictures", 0.0, max(5.0, 1.08 * max(max(one) for one in counts)))
    parts, wide = [_frame(x, y)], (WIDTH - RIGHT - LEFT) / bins
    for number, one in enumerate(counts):
        for place, count in enumerate(one):
            top = y.place(count, HEIGHT - BOTTOM, TOP)
            left = LEFT + place * wide + number * wide / len(counts)
            size = f'width="{wide / len(counts):.1f}" height="{HEIGHT - BOTTOM - top:.1f}"'
            if count:
                parts.append(f'<rect class="s{number}" x="{left:.1f}" y="{top:.1f}" {size}/>')
    return _svg(title, words, "".join(parts))


def bars(title: str, words: str, rows: Sequence[tuple[str, float, str]], colours: Sequence[int] = ()) -> str:
    """A horizontal bar for each row: its label, value and text. Bars of negative values go to the left of a common line."""
    line, wide, labels, texts = 22, WIDTH, 170, 62
    low, high = min(0.0, *(value for _, value, _ in rows)), max(0.0, *(value for _, value, _ in rows))
    axis = Axis("", low, high if high > low else low + 1.0)
    parts = []
    for number, (label, value, text) in enumerate(rows):
        start, end = sorted(axis.place(one, labels, wide - texts) for one in (0.0, value))
        colour, top = colours[number] if colours else 0, number * line
        parts.append(_text(labels - 6, top + 15, label if len(label) < 25 else label[:23] + "…", "end"))
        parts.append(f'<rect class="s{colour}" x="{start:.1f}" y="{top + 4}" width="{max(end - start, 1.0):.1f}" height="{line - 8}"/>')
        parts.append(_text(wide - texts + 6, top + 15, text))
    return _svg(title, words, "".join(parts), wide, line * len(rows) + 4)


def heat(title: str, words: str, grid: Sequence[Sequence[float]], brightest: float) -> str:
    """Blocks from dark (0) to bright (brightest)."""
    paths: dict[int, list[str]] = {}
    for row, values in enumerate(grid):
        for column, value in enumerate(values):
            level = min(HEAT_LEVELS - 1, max(0, int(value / brightest * HEAT_LEVELS)))
            paths.setdefault(level, []).append(f"M{column} {row}h1v1h-1z")
    body = "".join(f'<path fill="{_heat_colour(level)}" d="{"".join(some)}"/>' for level, some in sorted(paths.items()))
    return _svg(title, words, f'<g shape-rendering="crispEdges">{body}</g>', max(map(len, grid)), len(grid), "heat")


def _heat_colour(level: int) -> str:
    place = level / (HEAT_LEVELS - 1) * (len(HEAT) - 1)
    number = min(int(place), len(HEAT) - 2)
    mixed = (round(a + (place - number) * (b - a)) for a, b in zip(HEAT[number], HEAT[number + 1], strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def key(names: Sequence[str]) -> str:
    """What the marks of a chart's series are, in their order."""
    marks = [f'<svg viewBox="-7 -7 14 14" aria-hidden="true">{_mark(0, 0, number % COLOURS, "")}</svg>' for number in range(len(names))]
    items = "".join(f"<li>{mark} {escape(name)}</li>" for mark, name in zip(marks, names, strict=True))
    return f'<ul class="key">{items}</ul>'
