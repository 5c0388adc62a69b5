"""Writes the report's page: one file that needs nothing from elsewhere, for screens of any width, light and dark, and for paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.report.table import Cell, Table

STYLE = """
:root { color-scheme: light dark; --text: #1c1e21; --soft: #5b6168; --back: #ffffff; --line: #d9dce0; --band: #f4f5f7; --link: #0b5cad;
  --c0: #0b63c4; --c1: #c2410c; --c2: #15803d; --c3: #7c3aed; --c4: #8a6100; --c5: #be185d; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8ea; --soft: #a4abb3; --back: #15181b; --line: #3a4047; --band: #1e2226;
  --link: #7db8ff; --c0: #6cb0ff; --c1: #ff9d66; --c2: #6bd48a; --c3: #b99bff; --c4: #e3bb4d; --c5: #ff8fbf; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
  overflow-wrap: anywhere; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); } a { color: var(--link); }
p.soft, figcaption, caption { color: var(--soft); } caption { text-align: left; padding-bottom: .3rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .75rem; font-size: .8rem; }
figure { margin: 0; min-width: 0; break-inside: avoid; } svg { display: block; width: 100%; height: auto; }
svg.chart { font-size: 12px; } svg text { fill: var(--text); } .middle { text-anchor: middle; } .end { text-anchor: end; }
svg .label { font-size: 10px; } .grid { stroke: var(--line); fill: none; } .axis { stroke: var(--soft); fill: none; }
.line { fill: none; stroke-width: 1.5; } .dashed { fill: none; stroke: var(--soft); stroke-dasharray: 4 3; }
.s0 { fill: var(--c0); } .s1 { fill: var(--c1); } .s2 { fill: var(--c2); } .s3 { fill: var(--c3); } .s4 { fill: var(--c4); }
.s5 { fill: var(--c5); } .l0 { stroke: var(--c0); } .l1 { stroke: var(--c1); } .l2 { stroke: var(--c2); } .l3 { stroke: var(--c3); }
.l4 { stroke: var(--c4); } .l5 { stroke: var(--c5); }
ul.key, ol.key { columns: 14rem; margin: .25rem 0; padding-left: 1.6rem; font-size: .85rem; }
ul.key { list-style: none; padding: 0; } ul.key svg { display: inline-block; width: .8rem; height: .8rem; vertical-align: -.1rem; }
.scroll { overflow-x: auto; margin: 1rem 0; } table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .25rem .6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: normal; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody tr:nth-child(even) { background: var(--band); }
th button { all: unset; cursor: pointer; font-weight: 600; } th button:focus-visible { outline: 2px solid var(--link); }
th[aria-sort=ascending] button::after { content: " \\2191"; } th[aria-sort=descending] button::after { content: " \\2193"; }
code { font-size: .85em; }
@media print { :root { color-scheme: light; --text: #000; --soft: #444; --back: #fff; --line: #bbb; --band: #fff; --link: #000;
  --c0: #0b63c4; --c1: #c2410c; --c2: #15803d; --c3: #7c3aed; --c4: #8a6100; --c5: #be185d; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; } .scroll { overflow: visible; } tr { break-inside: avoid; }
  table { font-size: 8pt; } th, td { padding: .1rem .3rem; overflow-wrap: anywhere; } td.number { white-space: normal; } }
"""

SCRIPT = """
for (const heading of document.querySelectorAll("th")) {
  heading.firstElementChild.addEventListener("click", () => {
    const table = heading.closest("table"), body = table.tBodies[0], column = heading.cellIndex;
    const down = heading.getAttribute("aria-sort") === "ascending";
    const key = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)], [m, n] = [Number(x), Number(y)];
      const order = Number.isNaN(m) || Number.isNaN(n) ? (Number.isNaN(n) - Number.isNaN(m)) || x.localeCompare(y) : m - n;
      return down ? -order : order;
    });
    body.append(...rows);
    for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  });
}
"""


@dataclass(frozen=True)
class Section:
    """A part of the page with a place of its own. content: HTML."""

    place: str
    title: str
    content: str


def page(title: str, sections: Sequence[Section]) -> str:
    """The whole file."""
    links = "".join(f'<li><a href="#{part.place}">{escape(part.title)}</a></li>' for part in sections)
    body = "".join(f'<section id="{part.place}"><h2>{escape(part.title)}</h2>{part.content}</section>\n' for part in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f'<nav aria-label="Parts"><ul>{links}</ul></nav>\n<main>\n{body}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n'
    )


def table_html(table: Table) -> str:
    """A table that sorts by the column whose heading is pressed, and scrolls by itself where it is too wide."""
    heads = "".join(f'<th scope="col"><button type="button">{escape(column)}</button></th>' for column in table.columns)
    rows = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>\n" for row in table.rows)
    title = escape(table.title, quote=True)
    return (
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table><caption>{title}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
    )


def _cell(cell: Cell) -> str:
    if cell.value is None:
        return f"<td>{escape(cell.text)}</td>"
    return f'<td class="number" data-value="{cell.value!r}">{escape(cell.text)}</td>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text; kind: a class of the page's style."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def figure(svg: str, caption: str, key: str = "") -> str:
    """A chart with its caption; key: HTML that says what its marks are."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption>{key}</figure>\n"


def charts(figures: Sequence[str]) -> str:
    """Figures side by side, as many as fit."""
    return f'<div class="charts">{"".join(figures)}</div>' if figures else ""
