"""python -m bench: list the benches. python -m bench NAME [ARGUMENTS]: run one.

A bench is a module bench.NAME with `main(arguments: list[str]) -> int`, which returns the exit code.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys

from codec.errors import CodecError

BENCHES = (
    ("all", "every figure of README.md again, its tables and the report"),
    ("datasets", "fetch MNIST, Fashion-MNIST, CIFAR-10 and Kodak, with digests checked"),
    ("core", "speed and overhead of the coder: messages, distributions, compile and import time"),
    ("objectives", "train the same model with every objective and compare the bounds"),
    ("density", "estimates of -log q(x) on checkpoints, by number of particles"),
    ("digits", "bits per dimension of the digits models: estimates against files"),
    ("photo", "the photo model: sizes against JPEG XL and WebP, estimates against files, speed"),
    ("search", "small trainings of photo nets, one change at a time"),
    ("published", "figures of others, with their sources, as a result that reports can read"),
    ("estimate", "what the models say that data cost beside what their files take, in ranges that are checked"),
    ("readme", "the tables of README.md, made anew from the results"),
    ("trends", "time and memory of photos against pixels, threads and particles"),
    ("report", "one page of results, for a browser or for paper"),
    ("peers", "this codec beside everybody else's: rates, speeds and memory on sets of pictures and on arrays"),
)


def available() -> list[tuple[str, str]]:
    """The names and summaries of the benches that are at hand."""
    return [(name, summary) for name, summary in BENCHES if importlib.util.find_spec(f"bench.{name}") is not None]


def main(arguments: list[str]) -> int:
    """Run the bench that the first argument names, with the rest; return its exit code, 2 for a name that is none."""
    benches = available()
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: python -m bench NAME [ARGUMENTS]\n")
        for name, summary in benches:
            print(f"  {name:<12}{summary}")
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in dict(benches):
        print(f"bench: there is no bench {name!r}: choose from {', '.join(dict(benches))}", file=sys.stderr)
        return 2
    try:
        return int(importlib.import_module(f"bench.{name}").main(rest))
    except CodecError as error:
        print(f"bench {name}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"bench {name}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
