"""Decompresses files under a limit of memory and of processor time, and says of each what came of it, in one line.

python -m helpers.bounded_worker MEGABYTES SECONDS FILE ...       megabytes: beyond what the process has when it begins
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import codec
from codec.density import library
from codec.errors import CodecError


def told(path: Path) -> str:
    """What comes of a file: an error's name and text, or what it holds."""
    try:
        found = codec.decompress(path.read_bytes(), threads=1)
    except CodecError as error:
        return f"{type(error).__name__}: {error}"
    return f"decoded: {type(found).__name__}"


def main(megabytes: int, seconds: int, names: list[str]) -> None:
    """Load the kernels, then set the limits, then decode."""
    for model in ("photo", "photo-best", "photo-gray"):
        library.find(model).planes.prepare()
    for model in ("digits-binary", "mnist-binary"):
        library.find(model).probe()
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (megabytes << 20),) * 2)
    for name in names:
        began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        line = told(Path(name))
        spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - began
        print(f"{Path(name).name} {'in time' if spent < seconds else f'took {spent:.1f} s'} {line}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
