"""Compress all pictures in a folder, several at a time, and go on after those that are none.

    python examples/compress_folder.py FOLDER OUTPUT

`codec compress -r FOLDER -o OUTPUT` does this, and more.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import codec


def compress_one(path: Path, target: Path) -> str:
    try:
        data = codec.compress(path, threads=1)  # the pictures are the threads
    except codec.CodecError as error:
        return str(error)
    target.write_bytes(data)
    return f"{path.name}: {path.stat().st_size:,} -> {len(data):,} bytes"


def main(folder: Path, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    targets = [output / f"{path.name}.bb" for path in paths]
    with ThreadPoolExecutor(4) as pool:
        for line in pool.map(compress_one, paths, targets):
            print(line)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
