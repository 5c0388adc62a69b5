"""python -m bench: list the benches. python -m bench NAME [ARGUMENTS]: run one.

A bench is a module bench.NAME with `main(arguments: list[str]) -> int`, which returns the exit code.
"""

from __future__ import annotations

import importlib
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the commands set it: nets run in threads of our own

from bench.errors import BenchError
from codec.errors import CodecError

BENCHES = {
    "all": "every figure again, the tables that show them and the report",
    "datasets": "fetch MNIST, Fashion-MNIST, CIFAR-10 and Kodak, with digests checked; build sets of photos and of small images",
    "core": "speed and overhead of the coder: messages, distributions, compile and import time",
    "speed": "how quick everything is: start, first use, photos by effort and threads, kernels, beside others",
    "peers": "this codec beside everybody else's: rates, speeds and memory on sets of pictures and on arrays",
    "jpegs": "this codec beside others that make JPEG files smaller, on a folder of them",
    "deep": "this codec beside others on sets of pictures of more than 8 bits a sample",
    "drawings": "this codec beside others on sets of screenshots, maps, icons, drawings",
    "estimate": "what the models say that data cost beside what their files take, in ranges that are checked",
    "arrays": "published sets of small images as files: CIFAR-10, MNIST, Omniglot, Frey faces, crops; beside others",
    "digits": "bits per dimension of the digits models: estimates against files",
    "trends": "time and memory of photos against pixels, threads and particles",
    "objectives": "train the same model with every objective and compare the bounds",
    "story": "one page that answers the questions the project began with, each claim with its figure",
    "density": "estimates of -log p(x) on checkpoints, by number of particles",
    "traces": "what files take with the traces of what pictures were before, and without",
    "search": "small trainings of photo nets, one change at a time",
    "published": "figures of others, with their sources, as a result that reports can read",
    "readme": "the tables of README.md, docs and bench/results/README.md, made anew from the results",
    "report": "one page of results, for a browser or for paper",
}


def main(arguments: list[str]) -> int:
    """Run the bench that the first argument names, with the rest; return its exit code, 2 for a name that is none."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: python -m bench NAME [ARGUMENTS]\n")
        for name, summary in BENCHES.items():
            print(f"  {name:<12}{summary}")
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in BENCHES:
        print(f"bench: there is no bench {name!r}: choose from {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    try:
        return int(importlib.import_module(f"bench.{name}").main(rest))
    except (BenchError, CodecError) as error:
        print(f"bench {name}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"bench {name}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
