"""Reads results back, the JSON files that bench/measure/record.py wrote. Nothing here needs the codec."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import Unusable

RESULTS = Path(__file__).parents[1] / "results"
Figures = Mapping[str, Any]  # an object of JSON; what is in it is said by the bench that wrote it


@dataclass(frozen=True)
class Result:
    """A result's file: which bench measured what, when, where, on which commit, and by which command."""

    bench: str
    command: str
    date: str
    commit: str
    machine: Figures
    versions: Figures
    figures: Figures


def read_results(paths: Iterable[Path]) -> list[Result]:
    """The results in files and in folders of files. Raises Unusable for a file that holds none."""
    results = []
    for path in paths:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
                results.append(Result(**content))
            except (OSError, ValueError, TypeError) as error:
                raise Unusable(f"{file}: not a result of a bench ({error})") from error
    if not results:
        raise Unusable(f"no results (.json) in {', '.join(map(str, paths))}")
    return results


def read_experiments(folder: Path) -> list[Figures]:
    """The rows of a folder's photo-experiments.jsonl; none without such a file. Raises Unusable for another content."""
    path = folder / "photo-experiments.jsonl"
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
    except ValueError as error:
        raise Unusable(f"{path}: not lines of JSON ({error})") from error


def of_bench(results: Sequence[Result], bench: str) -> Figures | None:
    """The figures of a bench, None where it is not among the results."""
    return next((result.figures for result in results if result.bench == bench), None)


def sets_of(results: Sequence[Result], bench: str) -> list[tuple[str, Figures]]:
    """Sets by name of all results of a bench: those under its own name first, then those under BENCH-SOMETHING; of one name the last."""
    its_own = [result for result in results if result.bench == bench]
    beside = [result for result in results if result.bench.startswith(f"{bench}-")]
    found: dict[str, Figures] = {name: figures for result in [*its_own, *beside] for name, figures in result.figures["sets"].items()}
    return list(found.items())
