"""python -m bench core: speed and overhead of the coding core, beside constriction and, where it can be imported, craystack.

Speed: nanoseconds a symbol, in rounds that take turns between all contenders; every round trip is verified before it is timed.
Overhead: bits that a message grows by, against the information content of a million symbols.
Start: import time, and the first use of every kernel with an empty and with a filled compile cache, each in a fresh process.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bench.codecs.entropy import constriction_coding, craystack_intervals, missing
from bench.errors import RoundTripFailed
from bench.measure.cases import SEED, Case, bernoulli_case, check_empty, coding, interval_bits, mixture_case, table_case
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from bench.measure.start import start_times
from bench.measure.timing import Contender, compare, seconds_of, spread
from codec.coding.message import Message, Vector

PARTS = ("speed", "overhead", "start")
LANES = (1, 8, 64, 1024, 32768)
CALLS = 2000  # of coders that take one symbol per lane in a call
TARGETS = (  # what, unit, bound, whether more is better
    ("push of given intervals, 64 lanes", "M symbols/s", 100.0, True),
    ("push of given intervals, 64 lanes, against craystack, each in its natural form", "times", 5.0, True),
    ("push of given intervals, 64 lanes, against craystack, both in calls of 64 symbols", "times", 5.0, True),
    ("pop of a 256-symbol table, 64 lanes", "M symbols/s", 30.0, True),
    ("interval computation, 511-symbol mixture of 3", "M symbols/s", 15.0, True),
    ("pop, 511-symbol mixture of 3, 64 lanes", "M symbols/s", 8.0, True),
    ("import of codec, the slowest of its coding modules and commands", "s", 0.5, False),
    ("overhead of ANS at precision 20 to 24", "%", 0.01, False),
    ("overhead of the 511-symbol mixture over real-valued lengths", "%", 0.05, False),
)


# ---------------------------------------------------------------- speed


def intervals(starts: Vector, freqs: Vector, precision: int, lanes: int, calls: int = 0) -> Contender:
    """Given intervals: one vector of all of them, or `calls` vectors of one symbol per lane."""
    parts = [slice(i * lanes, (i + 1) * lanes) for i in range(calls)] or [slice(None)]

    def push(message: Message) -> Message:
        for part in reversed(parts):
            message.push(starts[part], freqs[part], precision)
        return message

    def pop(message: Message) -> Message:
        for part in parts:
            message.pop(starts[part], freqs[part], precision)
        return message

    name = f"codec, {lanes} lanes" + (", a call per lane vector" if calls else "")
    count = calls * lanes or starts.size
    return Contender(name, count, lambda: Message.empty(lanes), push, pop, lambda message: check_empty(message, lanes))


def speeds(count: int, rounds: int) -> Figures:
    """By coder and contender: the spread of push and pop; for the coders also that of computing intervals and costs alone."""
    rng = np.random.default_rng(SEED)
    table, bernoulli = table_case(count, 16, rng), bernoulli_case(count, 24, rng)
    mixture = mixture_case(count // 2, 24, rng)
    starts, freqs = table.distribution.span(table.symbols)
    given = []
    for lanes in (lanes for lanes in LANES if lanes <= count):
        calls = min(count // lanes, CALLS)
        given += [intervals(starts, freqs, 16, lanes), intervals(starts, freqs, 16, lanes, calls)]
        given += craystack_intervals(starts, freqs, 16, lanes, calls)
    result: dict[str, Figures] = {"intervals": compare(given, rounds)}
    for case in (table, bernoulli, mixture):
        timed = compare([coding(case, lanes) for lanes in LANES] + constriction_coding(case), rounds)
        result[case.name] = {**timed, "without a message": without_message(case, rounds)}
    return result


def without_message(case: Case, rounds: int) -> Figures:
    """The spread of computing the intervals of all symbols, and their costs."""
    coder = case.coder
    actions = {"span": lambda: coder.span(case.symbols), "cost": lambda: coder.cost(case.symbols)}
    return {name: spread(seconds_of(action, rounds), case.symbols.size) for name, action in actions.items()}


# ---------------------------------------------------------------- overhead


def overheads(count: int) -> list[Figures]:
    """What a message grows by on `count` symbols, against the information content of the intervals and the ideal code length."""
    cases = [table_case(count, precision, np.random.default_rng(SEED)) for precision in (20, 22, 24)]
    cases += [bernoulli_case(count, 24, np.random.default_rng(SEED))]
    cases += [mixture_case(count, precision, np.random.default_rng(SEED)) for precision in (20, 22, 24)]
    cases += [mixture_case(count, 24, np.random.default_rng(SEED), 0, 8)]
    scales = ("",) * 7 + (", scales of half to one pixel",)
    return [row for case, note in zip(cases, scales, strict=True) for row in overhead(case, note)]


def overhead(case: Case, note: str) -> list[Figures]:
    """One row for a message of one lane and one for 64 lanes."""
    rows, content = list[Figures](), interval_bits(case.distribution, case.symbols)
    for lanes in (1, 64):
        message = Message.random(4, np.random.default_rng(SEED), lanes)
        before, content_before = message.to_words(), message.content
        case.coder.push(message, case.symbols)
        grown = message.content - content_before
        if not np.array_equal(case.distribution.pop(message), case.symbols) or not np.array_equal(message.to_words(), before):
            raise RoundTripFailed(f"the {case.name} coder does not return what it coded")
        rows.append(
            {
                "coder": case.name + note,
                "precision": case.distribution.precision,
                "lanes": lanes,
                "symbols": case.symbols.size,
                "bits": round(grown, 3),
                "bits_per_symbol": round(grown / case.symbols.size, 6),
                "percent_over_intervals": round(100 * (grown / content - 1), 6),
                "percent_over_ideal": round(100 * (grown / case.ideal_bits - 1), 6),
            }
        )
    return rows


# ---------------------------------------------------------------- report


def targets(figures: Figures) -> list[Figures]:
    """Every target with what was measured for it and whether it is met; None where it was not measured."""
    measured: list[float | None] = []
    if speed := figures.get("speed"):
        given, peer = speed["intervals"], speed["intervals"].get("craystack, 64 lanes, a call per lane vector")
        forms = (given["codec, 64 lanes"], given["codec, 64 lanes, a call per lane vector"])
        measured += [forms[0]["push"]["millions_per_s"]]
        measured += [round(peer["push"]["ns"] / form["push"]["ns"], 2) if peer else None for form in forms]
        measured += [speed["table"]["codec, 64 lanes"]["pop"]["millions_per_s"]]
        measured += [speed["mixture"]["without a message"]["span"]["millions_per_s"]]
        measured += [speed["mixture"]["codec, 64 lanes"]["pop"]["millions_per_s"]]
    else:
        measured += [None] * 6
    start, rows = figures.get("start"), figures.get("overhead")
    measured += [max(seconds for name, seconds in start["import_seconds"].items() if name.startswith("codec")) if start else None]
    measured += [max(abs(row["percent_over_intervals"]) for row in rows if row["coder"] == "table") if rows else None]
    measured += [max(row["percent_over_ideal"] for row in rows if row["coder"].startswith("mixture")) if rows else None]
    return [
        {"what": what, "unit": unit, "target": bound, "measured": value, "met": None if value is None else (value >= bound) == more}
        for (what, unit, bound, more), value in zip(TARGETS, measured, strict=True)
    ]


def show(figures: Figures) -> None:
    """Print the figures as tables."""
    for coder, contenders in figures.get("speed", {}).items():
        print(f"\n{coder}: ns a symbol, median (quartiles)")
        for name, result in contenders.items():
            ways = [(way, ns) for way, ns in result.items() if way != "symbols"]
            columns = [f"{way} {ns['ns']:9.2f} ({ns['ns_low']:.2f} to {ns['ns_high']:.2f})" for way, ns in ways]
            print(f"  {name:<52}" + "".join(f"{column:<34}" for column in columns))
    for row in figures.get("overhead", ()):
        print(
            f"{row['coder']}, precision {row['precision']}, {row['lanes']} lanes: {row['bits_per_symbol']:.4f} bits a symbol, "
            f"{row['percent_over_intervals']:+.5f} % over its intervals, {row['percent_over_ideal']:+.5f} % over the ideal"
        )
    for name, value in figures.get("start", {}).items():
        print(f"{name}: {value}")
    for row in figures["targets"]:
        verdict = {None: "not measured", True: "met", False: "MISSED"}[row["met"]]
        print(f"{row['what']}: {row['measured']} {row['unit']}, target {row['target']}: {verdict}")
    if figures["missing_peers"]:
        print(f"not installed, not timed: {', '.join(figures['missing_peers'])}")


def command(chosen: argparse.Namespace) -> str:
    """What to type to get the figures again."""
    words = ["python -m bench core", *([f"--parts {' '.join(chosen.parts)}"] if set(chosen.parts) != set(PARTS) else [])]
    return " ".join([*words, *(["--quick"] if chosen.quick else [])])


def main(arguments: list[str]) -> int:
    """Run the parts that are asked for, print the figures and write core.json."""
    parser = argparse.ArgumentParser(prog="python -m bench core", description="Speed and overhead of the coding core.")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--quick", action="store_true", help="few symbols and rounds: to see that it runs, not to report")
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where core.json goes (bench/results)")
    chosen = parser.parse_args(arguments)
    count, rounds = (1 << 12, 3) if chosen.quick else (1 << 20, 15)
    figures: dict[str, object] = {"quick": chosen.quick, "rounds": rounds, "missing_peers": missing()}
    if "speed" in chosen.parts:
        figures["speed"] = speeds(count, rounds)
    if "overhead" in chosen.parts:
        figures["overhead"] = overheads(20_000 if chosen.quick else 1_000_000)
    if "start" in chosen.parts:
        figures["start"] = start_times(1 if chosen.quick else 5)
    figures["targets"] = targets(figures)
    show(figures)
    print(f"written to {record('core', figures, command(chosen), chosen.folder)}")
    return 0
