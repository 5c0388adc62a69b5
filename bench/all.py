"""python -m bench all: every figure again, but for those of training experiments, then the tables and the report.

    python -m bench all [--kodak DIR] [--photos DIR] [--mnist DIR] [--quick] [--folder RESULTS] [-o runs/report.html]

    --kodak   folder of the Kodak PNGs                       --photos  folder with manifest.csv, of which the val split is measured
    --mnist   folder with t10k-images-idx3-ubyte.gz          what is not given is not measured, and its older results stay

First all that is no speed: two benches side by side, as their figures do not depend on who else works. Then speeds, one bench after the
other, with nothing beside them. The first that fails ends it. Finished pictures of `peers` and `estimate` are kept (runs/), so that
typing it again goes on there. --quick takes few and small pictures, writes to runs/quick and leaves the tables alone.
`density` and `objectives` measure nets while they are trained, and are not repeated here: their docstrings say how.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.codecs.ours import NAME
from bench.measure.fresh import project_path
from bench.measure.results import RESULTS
from bench.report.set_tables import PLAIN

Words = list[str]
QUICK_FOLDER = Path("runs/quick")
MNIST_FILE = "t10k-images-idx3-ubyte.gz"
SIDE_BY_SIDE = 2
QUICK_DIGITS = ("--images", "200", "--coupled", "100", "--particles", "4", "--single", "5")
COUPLED = 4  # photos of each set that are coded with several particles: what these gain is said in bench/estimate.py
ARRAY_IMAGES = 1000  # digits with up to 64 particles, three estimates of each; the digits bench codes all of them with 50


def main(arguments: list[str], run: Callable[[Words], int] | None = None) -> int:
    """Run all benches for which there are data. run: what runs one, of its words."""
    parser = argparse.ArgumentParser(prog="python -m bench all", description=(__doc__ or "").split("\n")[0])
    for name in ("kodak", "photos", "mnist"):
        parser.add_argument(f"--{name}", type=Path, metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="few and small pictures: to see that it runs, not to report")
    parser.add_argument("--folder", type=Path, help="where results go (bench/results; runs/quick with --quick)")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/report.html"), help="the report (runs/report.html)")
    chosen = parser.parse_args(arguments)
    stages, seconds, began = steps(chosen), dict[str, float](), time.monotonic()
    code = 0
    for side_by_side, stage in zip((SIDE_BY_SIDE, 1, 1), stages, strict=True):
        code = code or run_stage(stage, side_by_side, run or in_process, seconds)
    for words, taken in sorted(seconds.items(), key=lambda pair: -pair[1]):
        print(f"{taken:7.0f} s  {words}")
    print(f"{time.monotonic() - began:7.0f} s  in all", flush=True)
    return code


def run_stage(stage: Sequence[Words], side_by_side: int, run: Callable[[Words], int], seconds: dict[str, float]) -> int:
    """Run benches, some at a time, each begun in its turn; the code of the first that fails, after which none is begun.

    seconds: what each took, by its words."""
    failed: list[tuple[Words, int]] = []

    def one(words: Words) -> None:
        if failed:
            return
        print(f"== python -m bench {' '.join(words)}", flush=True)
        began = time.monotonic()
        code = run(words)
        seconds[" ".join(words)] = time.monotonic() - began
        if code:
            failed.append((words, code))

    with ThreadPoolExecutor(side_by_side) as pool:
        for done in [pool.submit(one, words) for words in stage]:
            done.result()
    for words, code in failed:
        print(f"bench all: {words[0]} ended with {code}; nothing after it was run")
    return failed[0][1] if failed else 0


def in_process(words: Words) -> int:
    """Run a bench in a process of its own, each line that it prints after its name."""
    environment = {**os.environ, "PYTHONPATH": project_path(), "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "bench", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as process:
        for line in process.stdout or ():
            print(f"{words[0]}: {line}", end="", flush=True)
    return process.returncode


def steps(chosen: argparse.Namespace) -> tuple[list[Words], list[Words], list[Words]]:
    """The words of each bench: of sizes and estimates, the longest first; of speeds; of what is made of all results."""
    folder = chosen.folder or (QUICK_FOLDER if chosen.quick else RESULTS)
    to, quick = ["--folder", str(folder)], ["--quick"] if chosen.quick else []
    photos = [(name, str(path)) for name, path in (("kodak", chosen.kodak), ("val", chosen.photos)) if path]
    sizes, speeds = list[Words](), list[Words]()
    if chosen.mnist:
        file, digits = chosen.mnist / MNIST_FILE, ["digits", "--data", str(chosen.mnist), *to]
        sizes += [[*digits, *(QUICK_DIGITS if chosen.quick else ())], *_arrays(file, quick, to)]
        speeds += [[*digits, "--speed", *(("--images", "200", "--runs", "1") if chosen.quick else ("--runs", "5"))]]
        peers = ["peers", f"mnist={file}", *quick, *to, "--name", "peers-digits"]
        sizes, speeds = [*sizes, [*peers, "--sizes"]], [*speeds, peers]
    if photos:
        named, few = [f"{name}={path}" for name, path in photos], [f"{name}-{COUPLED}={path}" for name, path in photos]
        peers = ["peers", *named, *quick, *to]
        coupled = ["--particles", "1,4" if chosen.quick else "1,4,16", "--most", str(COUPLED), "--name", "estimate-particles"]
        sizes += [[*peers, "--sizes"], ["estimate", *named, "--particles", "1", *quick, *to], ["estimate", *few, *coupled, *quick, *to]]
        speeds += [peers]
    if chosen.kodak:
        plain = ["peers", f"{PLAIN}={chosen.kodak}", "--traces", "none", "--only", NAME, *quick, *to, "--name", "peers-plain"]
        sizes, speeds = [*sizes, [*plain, "--sizes"]], [*speeds, plain]
        speeds += [["trends", "--kodak", str(chosen.kodak), *quick, *to]]
    speeds += [["core", *quick, *to]]
    readme = [] if chosen.quick else [["readme", "--results", str(folder)]]
    return sizes, speeds, [["published", *to], *readme, ["report", str(folder), "-o", str(chosen.output)]]


def _arrays(file: Path, quick: Sequence[str], to: Sequence[str]) -> list[Words]:
    """Estimates of digits: gray ones, and binarised ones by the model for these."""
    rest = [*(["--particles", "1,4"] if quick else ["--most", str(ARRAY_IMAGES)]), *quick, *to]
    gray = ["estimate", f"mnist={file}", *rest, "--name", "estimate-digits"]
    binary = ["estimate", f"mnist-binary={file}", "--model", "digits-binary", *rest, "--name", "estimate-digits-binary"]
    return [gray, binary]
