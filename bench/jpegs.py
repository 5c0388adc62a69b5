"""python -m bench jpegs: this codec beside others that make JPEG files smaller and give them back byte for byte.

    python -m bench jpegs --data FOLDER [--most 50] [--smallest 500000] [--results FOLDER]

Whole files with headers and metadata; each that a codec gives back is compared, and one that it refuses counts with its own bytes. Speeds
are megabytes of JPEG a second of one core, by CPU time, the codecs in turns on each file. For this codec, estimates stand beside payloads.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from bench.codecs.jpegs import FilePeer, file_codecs
from bench.errors import RoundTripFailed, Unusable
from bench.measure.record import record
from bench.measure.results import RESULTS, Figures
from codec.density import library
from codec.density.density import JpegDensity
from codec.errors import CodecError
from codec.kinds.jpeg.kind import estimate_jpeg
from codec.kinds.jpeg.pictures import take_apart
from codec.kinds.jpeg.stream import write_jpeg_file

ENDINGS = {".jpg", ".jpeg"}
PIXELS = 1 << 28


def find_files(folder: Path, smallest: int, most: int) -> list[Path]:
    """Every so many of the JPEG files in a folder, in order, of those that are not small. Raises Unusable if there are none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.stat().st_size >= smallest)
    if not found:
        raise Unusable(f"no JPEG files of {smallest} bytes or more in {folder}")
    return found[:: -(-len(found) // most)]


def measure(peer: FilePeer, data: bytes) -> Figures:
    """Bytes of a file, seconds both ways; with the reason, and the file's own bytes, where the codec does not give it back."""
    began = time.process_time()
    try:
        packed = peer.encode(data)
        middle = time.process_time()
        if peer.decode(packed) != data:
            raise RoundTripFailed("another file comes back")
    except Exception as error:  # each codec has its own
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        return {"bytes": len(data), "encode": 0.0, "decode": 0.0, "refused": reason}
    return {"bytes": len(packed), "encode": middle - began, "decode": time.process_time() - middle}


def together(rows: list[Figures], sizes: list[int]) -> Figures:
    """Of a codec: bytes of all files, their share of the files' own, megabytes a second, and files that it refused."""
    done = [size for row, size in zip(rows, sizes, strict=True) if "refused" not in row]
    total, refused = sum(row["bytes"] for row in rows), [row["refused"] for row in rows if "refused" in row]
    speeds = {way: round(sum(done) / 1e6 / max(1e-9, sum(row[way] for row in rows)), 3) for way in ("encode", "decode")}
    return {"bytes": total, "share": round(total / sum(sizes), 5), **speeds, "refused": refused}


def estimate(density: JpegDensity, data: bytes) -> tuple[float, int]:
    """-log2 p of a file's coefficients, and the bits of its payloads."""
    found = take_apart(data, PIXELS)
    written = write_jpeg_file(data, found, density, ".jpg", threads=1)
    return estimate_jpeg(found, density, (1,), 0).estimates[0].bits, written.info.payload_bits


def compare(files: list[Path]) -> Figures:
    """The figures of all codecs that are here."""
    peers = {name: peer for name, make in file_codecs().items() if (peer := make()) is not None}
    rows, sizes = {name: list[Figures]() for name in peers}, list[int]()
    for path in files:
        data = path.read_bytes()
        sizes.append(len(data))
        for name, peer in peers.items():
            if not rows[name]:
                measure(peer, data)  # which loads and compiles
            rows[name].append(measure(peer, data))
    figures = {name: {**together(rows[name], sizes), "version": peers[name].version} for name in peers}
    by_file = {name: [row["bytes"] for row in each] for name, each in rows.items()}
    return {"files": len(files), "file_bytes": sum(sizes), "codecs": figures, "by_file": by_file}


def estimates(files: list[Path]) -> Figures | None:
    """Estimates beside payloads, in all; None without a model of JPEG files."""
    density, asked, taken = library.jpeg_density(), 0.0, 0
    if density is None:
        return None
    for path in files:
        try:
            bits, payload = estimate(density, path.read_bytes())
        except CodecError:
            continue
        asked, taken = asked + bits, taken + payload
    return {"estimate_bits": round(asked), "payload_bits": taken, "percent_over": round(100 * (taken / asked - 1), 4)} if asked else None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench jpegs", description="Codecs of JPEG files, on a folder of them.")
    parser.add_argument("--data", type=Path, required=True, help="a folder of JPEG files")
    parser.add_argument("--most", type=int, default=50, help="files at most")
    parser.add_argument("--smallest", type=int, default=500_000, help="bytes of the smallest file")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the result goes")
    given = parser.parse_args(arguments)
    files = find_files(given.data, given.smallest, given.most)
    figures = {**compare(files), "estimates": estimates(files)}
    for name, row in figures["codecs"].items():
        speeds = f"{row['encode']:8.2f} {row['decode']:8.2f} MB/s, {len(row['refused'])} refused"
        print(f"{name:22} {row['bytes']:12,} {row['share']:8.4f} {speeds}")
    command = f"python -m bench jpegs --data FOLDER --most {given.most} --smallest {given.smallest}"
    print(record("jpegs", figures, command, given.results))
    return 0
