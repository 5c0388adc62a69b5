"""Says what a table is, in Markdown or on the report's page: cells with what is printed, and what a column is sorted by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """What is printed, and what a column is sorted by."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Table:
    """name: of its place in a page of Markdown. columns: their headings; every row has as many cells."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def number(value: float | None, form: str = ".4f", after: str = "") -> Cell:
    """A number as a cell; a dash where there is none."""
    return Cell("-") if value is None else Cell(f"{value:{form}}{after}", float(value))


def rough(value: float) -> str:
    """Three digits of a large number, with commas."""
    return f"{float(f'{value:.3g}'):,.0f}"
