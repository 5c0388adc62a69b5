"""Writes what an archive holds to files below a folder, and nowhere else; or only checks it. Blocks are worked on side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from codec.archives.names import place_below
from codec.archives.read import Archive
from codec.errors import CodecError
from codec.kinds.requests import Restoring
from codec.system import files
from codec.system.executor import cores, in_order

SMALL = 1 << 20  # bytes of a block up to which several are worked on side by side: their pictures are all in memory
Result = TypeVar("Result")


@dataclass(frozen=True)
class Unpacked:
    """What became of an entry: its file, the bytes of it; skipped: it was there already."""

    name: str
    place: Path
    bytes: int
    skipped: bool = False


def unpack_entries(
    archive: Archive, names: Iterable[str], folder: Path, restoring: Restoring, force: bool = False, skip_existing: bool = False
) -> Iterator[Unpacked | CodecError]:  # fmt: skip
    """Write what was packed under these names below a folder: what became of each, or why it could not be written."""

    def unpacked(own: Archive, name: str, restoring: Restoring) -> Unpacked | CodecError:
        try:
            return unpack_entry(own, name, folder, restoring, force, skip_existing)
        except CodecError as error:
            return error

    return _of_each(archive, names, restoring, unpacked)


def verify_entries(archive: Archive, restoring: Restoring) -> None:
    """Decode all that is in an archive, and check it. Raises CodecError."""
    for _ in _of_each(archive, archive, restoring, Archive.verify):
        pass


def unpack_entry(
    archive: Archive, name: str, folder: Path, restoring: Restoring, force: bool = False, skip_existing: bool = False
) -> Unpacked:  # fmt: skip
    """Write what was packed under a name below a folder. force: replace what is there; skip_existing: leave it alone.

    Raises BadInput for a place that is taken, or not below the folder, and BadFile."""
    place = place_below(folder, name)
    if skip_existing and files.is_there(place):
        return Unpacked(name, place, 0, True)
    files.check_free(place, force)
    restored = archive.unpack(name, restoring)
    if restored.ending:
        place = place_below(folder, name + restored.ending)
    files.make_folder(place.parent)
    place_below(folder, name)  # again: the folders have just been made
    files.write_bytes(place, restored.content, force, modified=restored.modified)
    return Unpacked(name, place, len(restored.content))


def _of_each(
    archive: Archive, names: Iterable[str], restoring: Restoring, work: Callable[[Archive, str, Restoring], Result]
) -> Iterator[Result]:  # fmt: skip
    """What work gives for each name, in their order. Small blocks share the threads, a large one has them all."""
    threads = restoring.threads or cores()
    for is_small, blocks in groupby(archive.together(names), lambda block: block[0] <= SMALL):
        asked = replace(restoring, threads=1) if is_small else restoring

        def done(block: tuple[int, list[str]], asked: Restoring = asked) -> list[Result]:
            own = archive.again()
            return [work(own, name, asked) for name in block[1]]

        for results in in_order(done, blocks, threads if is_small else 1):
            yield from results
