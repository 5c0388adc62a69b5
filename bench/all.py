"""python -m bench all: every figure of README.md again, but for those of training experiments, then its tables and the report.

    python -m bench all [--kodak DIR] [--photos DIR] [--mnist DIR] [--quick] [--folder RESULTS] [-o report.html]

    --kodak   folder of the Kodak PNGs                       --photos  folder with manifest.csv, of which the val split is measured
    --mnist   folder with t10k-images-idx3-ubyte.gz          what is not given is not measured, and its older results stay

One bench after the other, as below; the first that fails ends it. Finished pictures of `peers` and `estimate` are kept (runs/), so that
typing it again goes on there. --quick takes few and small pictures, writes to runs/quick and leaves README.md alone.
`density` and `objectives` measure nets while they are trained, and are not repeated here: their docstrings say how.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.record import RESULTS

QUICK_FOLDER = Path("runs/quick")
MNIST_FILE = "t10k-images-idx3-ubyte.gz"
ESTIMATED_IMAGES = 2000  # three estimates of 50 particles of each; the digits bench has one of all images
QUICK_DIGITS = ("--images", "200", "--coupled", "100", "--particles", "4", "--single", "5", "--runs", "1")


def main(arguments: list[str], run: Callable[[list[str]], int] | None = None) -> int:
    """Run all benches for which there are data. run: what runs one, of its words."""
    parser = argparse.ArgumentParser(prog="python -m bench all", description=(__doc__ or "").split("\n")[0])
    for name in ("kodak", "photos", "mnist"):
        parser.add_argument(f"--{name}", type=Path, metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="few and small pictures: to see that it runs, not to report")
    parser.add_argument("--folder", type=Path, help="where results go (bench/results; runs/quick with --quick)")
    parser.add_argument("-o", "--output", type=Path, default=Path("report.html"), help="the report (report.html)")
    chosen = parser.parse_args(arguments)
    from bench.__main__ import main as named

    for words in steps(chosen):
        print(f"\n== python -m bench {' '.join(words)}", flush=True)
        began = time.monotonic()
        code = (run or named)(words)
        if code:
            print(f"bench all: {words[0]} ended with {code}; nothing after it was run")
            return code
        print(f"== {words[0]}: {time.monotonic() - began:.0f} s", flush=True)
    return 0


def steps(chosen: argparse.Namespace) -> list[list[str]]:
    """The words of each bench, in the order in which they are run."""
    folder = chosen.folder or (QUICK_FOLDER if chosen.quick else RESULTS)
    to, quick = ["--folder", str(folder)], ["--quick"] if chosen.quick else []
    photos = [f"kodak={chosen.kodak}"] * bool(chosen.kodak) + [str(chosen.photos)] * bool(chosen.photos)
    found: list[list[str]] = []
    if chosen.mnist:
        digits = ["digits", "--data", str(chosen.mnist), *to]
        found += [[*digits, *(QUICK_DIGITS if chosen.quick else ())], [*digits, "--speed", "--runs", "1" if chosen.quick else "5"]]
        found += _arrays(chosen.mnist / MNIST_FILE, quick, to)
    if photos:
        found += [["estimate", *photos, *quick, *to], ["peers", *photos, *quick, *to]]
    if chosen.kodak:
        data = ["--data", str(chosen.photos)] if chosen.photos else []
        found += [["photo", "--kodak", str(chosen.kodak), *data, *quick, *to], ["trends", "--kodak", str(chosen.kodak), *quick, *to]]
    found += [["core", *quick, *to], ["published", *to]]
    if not chosen.quick:
        found.append(["readme", "--results", str(folder)])
    return [*found, ["report", str(folder), "-o", str(chosen.output)]]


def _arrays(file: Path, quick: Sequence[str], to: Sequence[str]) -> list[list[str]]:
    """Estimates and peers of digits: gray ones, and binarised ones by the model for these."""
    particles = ["--particles", "1,4"] if quick else ["--particles", "1,10,50", "--most", str(ESTIMATED_IMAGES)]
    gray = ["estimate", f"mnist={file}", *particles, *quick, *to, "--name", "estimate-digits"]
    binary = ["estimate", f"mnist-binary={file}", "--model", "digits-binary", *particles, *quick, *to, "--name", "estimate-digits-binary"]
    return [gray, binary, ["peers", f"mnist={file}", *quick, *to, "--name", "peers-digits"]]
