"""Folds model files of equal tensors into variants of one of them, which variants.json keeps (density/named_model.py).

    python -m codec.learn.variants codec/models

Of each group the file stays of which there are variants already, or else the first by title.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from codec.density.named_model import SUFFIX, VARIANTS, NamedModel
from codec.errors import BadModel
from codec.learn.common.explain import explained_by
from codec.nets.model_file import read_model, with_metadata
from codec.system.files import write_bytes


def fold(folder: Path) -> list[str]:
    """Make variants of the model files in a folder whose tensors another one has; their titles. Raises BadModel, before it changes
    anything, if a file would not come back as it was."""
    files = {path.stem: path.read_bytes() for path in sorted(folder.glob(f"*{SUFFIX}"))}
    place = folder / VARIANTS
    known = json.loads(place.read_bytes()) if place.is_file() else {}
    rows = {title: row for title, row in known.items() if title not in files}
    bases = {row["of"] for row in rows.values()}
    folded: list[str] = []
    for titles in _groups(files):
        base, *others = sorted(titles, key=lambda title: (title not in bases, title))
        rows |= {title: _row(base, files[base], files[title]) for title in others}
        folded += others
    for title, row in rows.items():
        base = row["of"]
        again = with_metadata(files[base], row["changes"]) if base in files and base not in folded else b""
        if NamedModel(title, again).name.hex() != row["name"] or again != files.get(title, again):
            raise BadModel(f"{title}: as a variant of {base} it would be another model: keep files of both")
    write_bytes(place, (json.dumps(rows, indent=1, sort_keys=True) + "\n").encode(), force=True)
    for title in folded:
        (folder / f"{title}{SUFFIX}").unlink()
    return sorted(folded)


def changes_between(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """What makes one object of another, as with_metadata takes it."""
    changes: dict[str, object] = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        found = before.get(name)
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            inner = changes_between(found, value)
            changes |= {name: inner} if inner else {}
        elif name not in before or found != value:
            changes[name] = value
    return changes


def _groups(files: Mapping[str, bytes]) -> list[list[str]]:
    """Titles of equal tensors."""
    groups = defaultdict[bytes, list[str]](list)
    for title, data in files.items():
        groups[with_metadata(data, dict.fromkeys(read_model(data).metadata))].append(title)
    return list(groups.values())


def _row(base: str, base_data: bytes, data: bytes) -> dict[str, object]:
    file = read_model(data)
    changes = changes_between(read_model(base_data).metadata, file.metadata)
    return {"of": base, "name": file.name.hex(), "size": len(data), "changes": changes}


def fold_as_asked(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m codec.learn.variants", description="Fold model files of equal tensors into variants.")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args(arguments).folder
    with explained_by(parser):
        fold(folder)


if __name__ == "__main__":
    fold_as_asked()
