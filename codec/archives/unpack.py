"""Writes what an archive holds to files below a folder, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codec.archives.names import place_below
from codec.archives.read import Archive
from codec.kinds.requests import Restoring
from codec.system import files


@dataclass(frozen=True)
class Unpacked:
    """What became of an entry: its file, the bytes of it; skipped: it was there already."""

    name: str
    place: Path
    bytes: int
    skipped: bool = False


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
