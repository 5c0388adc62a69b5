"""Finds the inputs of a command: the files that a user names, and what is in folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from codec.errors import BadInput
from codec.kinds.requests import Source
from codec.kinds.table import ENDING

STANDARD = "-"  # standard input
LARGE = 1 << 20  # bytes
READABLE = {  # what -r compresses in a folder
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".j2k", ".avif", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".dib", ".tga",
    ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".pcx", ".sgi", ".qoi", ".xbm", ".xpm", ".ico", ".icns", ".cur", ".psd", ".dds", ".npy",
}  # fmt: skip


@dataclass(frozen=True)
class Input:
    """One thing to work on. path: None for standard input. below: of what was found in a folder, where in it."""

    path: Path | None
    below: Path | None = None
    problem: str = ""

    def __str__(self) -> str:
        return "standard input" if self.path is None else click.format_filename(self.path)

    @property
    def is_large(self) -> bool:
        """Whether it is worth all cores, and too much for several at a time."""
        try:
            return self.path is None or self.path.stat().st_size > LARGE
        except OSError:
            return False

    def read(self) -> tuple[Source, os.stat_result | None]:
        """All of its bytes, and what its file was like then. Raises BadInput."""
        from codec.system import files

        if self.problem:
            raise BadInput(f"{self}: {self.problem}")
        if self.path is None:
            if sys.stdin is None:
                raise BadInput("standard input is closed")
            return Source(STANDARD, files.read_stream(sys.stdin.buffer)), None
        data, status = files.read_file(self.path)
        return Source(str(self.path), data, self.path.suffix.lower(), int(status.st_mtime)), status


def find_inputs(names: Sequence[str], recursive: bool, wanted: Callable[[Path], bool]) -> list[Input]:
    """The inputs that a user names, in their order; with `recursive`, of a folder all files in it that are wanted. Raises UsageError."""
    if STANDARD in names and len(names) > 1:
        raise click.UsageError("standard input (-) goes alone, without other inputs")
    return [found for name in names for found in ([Input(None)] if name == STANDARD else _expand(Path(name), recursive, wanted))]


def is_readable(path: Path) -> bool:
    return path.suffix.lower() in READABLE


def is_compressed(path: Path) -> bool:
    return path.suffix.lower() == ENDING


def _expand(path: Path, recursive: bool, wanted: Callable[[Path], bool]) -> Iterator[Input]:
    if not path.is_dir():
        yield Input(path)
    elif not recursive:
        yield Input(path, problem="a folder: give -r to work on what is in it")
    else:
        closed = list[OSError]()
        found = [
            Input(Path(folder, name), Path(folder).relative_to(path))
            for folder, _, names in os.walk(path, onerror=closed.append)
            for name in names
            if not name.startswith(".") and wanted(Path(name))
        ]
        found += [Input(Path(error.filename), problem=f"cannot read this folder: {error.strerror}") for error in closed]
        yield from sorted(found, key=str) or [Input(path, problem="there is nothing in this folder to work on")]
