"""Makes hostile archives by the thousand: each gives what was packed or a CodecError, without much memory, and nothing beside its folder.

    PYTHONPATH=tests python -m helpers.fuzz_archives [mutants]        20000 if nothing is said

A mutant has bits flipped, bytes cut, added or repeated; or its blocks and its index were written anew with something wrong, and all
checksums right: names that leave the folder, entries that are the same as others they may not be, places that overlap or lead nowhere,
lengths and counts that are too large, texts that unpack to more than they may, files in the place of others.
"""

from __future__ import annotations

import contextlib
import io
import random
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest import mock

from codec.archives.read import Archive
from codec.archives.unpack import unpack_entries
from codec.container import archive
from codec.container.archive import START, ArchiveEntry, Place
from codec.container.lzma2 import pack_bytes
from codec.container.numbers import write_length
from codec.errors import BadFile, CodecError
from codec.kinds.requests import Restoring
from helpers.archive_files import items, packed, photos, same_content

MAX_BYTES = 512 << 20
EVIL = ["../x", "/tmp/x", "a/../../x", "C:\\x", "c:/x", "a\\..\\x", "..", ".", "a//b", "x\0", "\n", "a/b/x.npy/../../..", "0.png/x", "a"]
Blocks = list[tuple[list[ArchiveEntry], list[bytes], list[bytes], bool]]  # entries, digests, files, shared


def read_blocks(data: bytes) -> Blocks:
    """What the blocks of an archive hold."""
    file, found = io.BytesIO(data), Blocks()
    for place in archive.read_index(file, len(data)).places:
        record = archive.read_record(file, place.start, len(data))
        head = archive.read_head(record, None)
        body, files, at = archive.read_body(file, record, head), list[bytes](), 0
        for length in head.lengths:
            files.append(body[at : at + length])
            at += length
        found.append((list(head.entries), list(head.digests), files, head.shared))
    return found


def write_blocks(blocks: Blocks, rng: random.Random) -> bytes:
    """An archive of these blocks; its index may be another."""
    data, places, entries = START, list[Place](), list[ArchiveEntry]()
    for block, digests, files, shared in blocks:
        record = archive.block_record(block, digests, files, shared)
        places.append(Place(len(data), len(record), len(block)))
        data, entries = data + record, entries + block
    if rng.random() < 0.4 and places:
        places, entries = wrong_index(places, entries, rng)
    with contextlib.suppress(BadFile):  # numbers below 0, which no writer writes
        record = archive.index_record(places, entries, len(data))
        return data + (record if rng.random() < 0.8 else record[:-12] + rng.randrange(2 * len(data)).to_bytes(8, "little") + record[-4:])
    return data


def wrong_index(places: list[Place], entries: list[ArchiveEntry], rng: random.Random) -> tuple[list[Place], list[ArchiveEntry]]:
    number, kind = rng.randrange(len(places)), rng.randrange(5)
    place = places[number]
    if kind == 0:
        places[number] = replace(place, start=place.start + rng.choice([1, 5, 1 << 20, 1 << 40]))
    elif kind == 1:
        places[number] = replace(place, length=rng.choice([0, 1, place.length + 1, 1 << 39]))
    elif kind == 2:
        places[number] = replace(place, entries=rng.choice([0, 1, place.entries + 1, 64, 1 << 30]))
    elif kind == 3:
        places = places * rng.choice([2, 50])
        entries = entries * rng.choice([1, 2, 50])
    else:
        entries[rng.randrange(len(entries))] = wrong_entry(rng)
    return places, entries


def wrong_entry(rng: random.Random) -> ArchiveEntry:
    name, modified = rng.choice([*EVIL, "b" * rng.choice([5, 4096, 4097])]), rng.choice([None, 0, 1 << 39, 1 << 40])
    return ArchiveEntry(name, modified, rng.choice([0, 0, 1, 2, 9, 1 << 30]))


def wrong_block(blocks: Blocks, rng: random.Random) -> None:
    entries, digests, files, shared = blocks[number := rng.randrange(len(blocks))]
    kind = rng.randrange(6)
    if kind == 0:
        entries[rng.randrange(len(entries))] = wrong_entry(rng)
    elif kind == 1:
        blocks[number] = entries, digests, files, not shared
    elif kind == 2:
        blocks[number] = entries, digests, [*files, b"more"], shared
    elif kind == 3 and files:
        files[rng.randrange(len(files))] = rng.choice([b"", files[0], b"\x89BB\n", rng.randbytes(60), blocks[0][2][0]])
    elif kind == 4:
        blocks[number] = entries * 9, digests * 9, files, shared
    else:
        blocks.insert(rng.randrange(len(blocks)), blocks[number])


def mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    changed, place = bytearray(data), rng.randrange(len(data))
    kind = rng.randrange(5)
    if kind == 0:
        for _ in range(rng.choice([1, 1, 3, 20])):
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del changed[place : place + rng.choice([1, 9, len(data)])]
    elif kind == 2:
        changed[place:place] = rng.randbytes(rng.choice([1, 9, 100]))
    elif kind == 3:
        changed[place:place] = changed[place : place + 50]
    else:
        changed += rng.choice([data, b"\0", data[-40:]])
    return bytes(changed)


def bomb(rng: random.Random) -> bytes:
    """A block or an index whose text unpacks to very much."""
    text = bytes(1 << rng.choice([16, 20, 24]))
    head = write_length(rng.choice([len(text), 1 << 39, 5])) + pack_bytes(text)
    if rng.random() < 0.5:
        return START + archive._record(b"B", write_length(len(head)) + head + bytes(12), b"")
    return START + archive._record(b"I", head, len(START).to_bytes(8, "little") + archive.END_MAGIC)


def mutant(data: bytes, blocks: Blocks, rng: random.Random) -> bytes:
    kind = rng.randrange(20)
    if kind == 0:
        return bomb(rng)
    if kind < 8:
        return mutated_bytes(data, rng)
    changed = [(list(entries), list(digests), list(files), shared) for entries, digests, files, shared in blocks]
    for _ in range(rng.choice([0, 1, 1, 2])):
        wrong_block(changed, rng)
    try:
        return write_blocks(changed, rng)
    except BadFile:  # numbers that no writer writes
        return mutated_bytes(data, rng)


def unpack_all(path: Path, folder: Path) -> str:
    """What becomes of an archive: the name of an error, or "exact"."""
    outcome = "exact"
    try:
        with Archive(path) as opened:
            for done in unpack_entries(opened, opened.names[:40], folder, Restoring(threads=1), force=True):
                if isinstance(done, CodecError):
                    outcome = type(done).__name__
                else:
                    assert done.place.resolve().is_relative_to(folder), done.name
    except CodecError as error:
        outcome = type(error).__name__
    return outcome


def run(mutants: int, seed: int = 0, limit: Callable[[], None] = lambda: None) -> Counter[str]:
    """Try so many mutants, and count what becomes of them."""
    rng, counts, given = random.Random(seed), Counter[str](), items(3) + photos()
    with tempfile.TemporaryDirectory() as name, mock.patch("os.fsync"):
        base = Path(name).resolve()
        packed(base / "set.bba", given[:-4])
        packed(base / "set.bba", given, update=True)  # photos in a block of their own: a chain
        data = (base / "set.bba").read_bytes()
        blocks, folder = read_blocks(data), base / "in" / "to"
        limit()
        for number in range(mutants):
            (base / "x.bba").write_bytes(mutant(data, blocks, rng))
            counts[unpack_all(base / "x.bba", folder)] += 1
            if number % 100 == 0:
                assert sorted(path.name for path in base.iterdir()) in (["in", "set.bba", "x.bba"], ["set.bba", "x.bba"])
        with Archive(base / "set.bba") as opened:
            assert all(same_content(item.name, opened.unpack(item.name, Restoring()).content, item.data) for item in given)
    return counts


def limit_memory() -> None:
    """No more than half a gigabyte beyond what the process has now."""
    now = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (now + MAX_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))


if __name__ == "__main__":
    print(dict(run(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, limit=limit_memory)))
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most")
