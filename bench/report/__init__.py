"""The report: one page made of results alone."""

from bench.report.command import main

__all__ = ["main"]
