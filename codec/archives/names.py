"""Names in archives: relative paths of Unicode, and nothing that could be written beside the folder that an archive is unpacked to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from codec.container.archive import MAX_NAME
from codec.errors import BadInput

DRIVE = re.compile(r"[A-Za-z]:")
SHOWN = 100  # letters of a name that is too long
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_name(name: str) -> None:
    """Raise BadInput unless a name is a path below a folder: parts between slashes, none of them empty, "." or ".."; no backslash, no
    drive, no control character, nothing that is no Unicode, at most 4096 bytes."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise BadInput(f"{name!a}: a name that is no Unicode: rename it") from error
    parts = name.split("/")
    if not name or size > MAX_NAME or DRIVE.match(name) or "\\" in name or CONTROL.search(name) or {"", ".", ".."} & set(parts):
        raise BadInput(f"{name!a}: a name that would leave the target folder, or is none: refused")


def place_below(folder: Path, name: str) -> Path:
    """Where something of this name is unpacked. Raises BadInput if that is not below the folder, also because of links in it."""
    check_name(name)
    place = folder.joinpath(*name.split("/"))
    try:
        leads_out = place.is_symlink() or not place.parent.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:  # too long a name; links in a circle
        raise BadInput(f"{name[:SHOWN]}: it cannot be written: {getattr(error, 'strerror', None) or error}"[: 2 * SHOWN]) from error
    if leads_out:
        raise BadInput(f"{name}: a link leads out of {folder}: refused")
    return place


def chosen(names: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """The names that are wanted, in their order: by name, by pattern ("*.png", over slashes, too), or by the folder that they stand in; all
    if nothing is said. Raises BadInput for what fits none."""
    found = list(names)
    if not wanted:
        return found
    fits = {one: {name for name in found if _fits(name, one)} for one in wanted}
    if missing := [one for one, those in fits.items() if not those]:
        raise BadInput(f"nothing in the archive is called {', '.join(missing)}: codec list shows what there is")
    taken = set[str]().union(*fits.values())
    return [name for name in found if name in taken]


def _fits(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(wanted.rstrip("/") + "/") or fnmatchcase(name, wanted)
