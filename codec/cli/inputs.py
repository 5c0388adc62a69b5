"""Finds the inputs of a command: the files that a user names, what is in folders, and standard input."""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from codec.errors import BadInput, CodecError
from codec.kinds.requests import Source, naming
from codec.kinds.table import ENDING
from codec.system import files
from codec.system.files import Check
from codec.system.records import record
from codec.system.remote import files_in_remote, is_remote, url_of

STANDARD = "-"  # standard input
ARCHIVES = ".bba"  # ending of archives
LARGE = 1 << 20  # bytes
A_FOLDER = "a folder: give -r to work on what is in it"
MOST_TOLD = 9  # different endings that are told of

Wanted = Callable[[Path], bool]


@record(frozen=True)
class Input:
    """One thing to work on. path: None for standard input. below: of what was found in a folder, where in it."""

    path: Path | None
    below: Path | None = None
    problem: str = ""

    def __str__(self) -> str:
        if self.path is not None and is_remote(self.path):
            return url_of(self.path)
        return "standard input" if self.path is None else click.format_filename(self.path)

    @property
    def size(self) -> int | None:
        """In bytes; None if that is not known before it is read."""
        try:
            return None if self.path is None else files.file_size(self.path)
        except (OSError, CodecError):
            return 0

    @property
    def is_large(self) -> bool:
        """Whether it is worth all cores, and too much for several at a time."""
        return self.size is None or self.size > LARGE

    def read(self, check: Check = None, max_bytes: int | None = None) -> tuple[Source, os.stat_result | None]:
        """All of its bytes, and what its file was like then. Raises BadInput, and whatever check does, which is given the first bytes of
        much. max_bytes: most of a stream."""
        most = files.MAX_STREAM if max_bytes is None else max_bytes
        if self.problem:
            raise BadInput(f"{self}: {self.problem}")
        if self.path is None:
            with naming(self):
                return Source(STANDARD, _read_standard(check, most)), None
        data, status = files.read_file(self.path, check, most)
        return Source(str(self), data, self.path.suffix.lower(), files.seconds_of(status)), status


@record(frozen=True)
class Found:
    """The inputs of a command, in the order in which they were named. others: what was in folders beside them, and how many of each."""

    inputs: list[Input]
    others: Counter[str]

    def told_others(self) -> str:
        """What was passed over, in words; "" if nothing was."""
        count, kinds = self.others.total(), [(kind, number) for kind, number in self.others.most_common() if number]
        told = [f"{number:,} {kind}" for kind, number in kinds[:MOST_TOLD]]
        told += [f"{sum(number for _, number in kinds[MOST_TOLD:]):,} of other kinds"] if len(kinds) > MOST_TOLD else []
        return f"passed over {count:,} {'file' if count == 1 else 'files'}: {', '.join(told)}" if count else ""


def find_inputs(names: Sequence[str], recursive: bool, wanted: Wanted) -> Found:
    """The inputs that a user names; with `recursive`, of a folder all files in it that are wanted. No name means standard input, unless
    that is a terminal. Raises UsageError."""
    if not names and (recursive or sys.stdin is None or sys.stdin.isatty()):
        raise click.UsageError("name a folder for -r" if recursive else "name a file, or give one to standard input")
    if STANDARD in names and len(names) > 1:
        raise click.UsageError("standard input (-) goes alone, without other inputs")
    others = Counter[str]()
    return Found([found for name in names or [STANDARD] for found in _expand(name, recursive, wanted, others)], others)


def is_compressed(path: Path) -> bool:
    return path.suffix.lower() == ENDING


def _expand(name: str, recursive: bool, wanted: Wanted, others: Counter[str]) -> Iterator[Input]:
    path = Path(name)
    if name == STANDARD:
        yield Input(None)
    elif is_remote(path):
        yield from _behind_url(path, recursive, wanted, others)
    elif not path.is_dir():
        yield Input(path)
    elif not recursive:
        yield Input(path, problem=A_FOLDER)
    else:
        yield from _inside(path, wanted, others) or [Input(path, problem="there is nothing in this folder to work on")]


def _behind_url(url: Path, recursive: bool, wanted: Wanted, others: Counter[str]) -> Iterator[Input]:
    """A file behind a URL or, with `recursive`, what is wanted in the folder there."""
    try:
        found = files_in_remote(url) if recursive and files.is_folder(url) else None
    except CodecError as error:
        yield Input(url, problem=str(error))
        return
    if found is None:
        yield Input(url)
        return
    for path in found:
        if wanted(path) and not path.name.startswith("."):
            yield Input(path, path.parent.relative_to(url))
        else:
            others[path.suffix.lower() or "without ending"] += 1


def _inside(folder: Path, wanted: Wanted, others: Counter[str]) -> list[Input]:
    """What is wanted in a folder and in those in it, in order, and folders that cannot be read. Results of earlier runs are no others."""
    closed, found = list[OSError](), list[Input]()
    for inner, folders, names in os.walk(folder, onerror=closed.append):
        others["behind links"] += sum(os.path.islink(os.path.join(inner, name)) for name in folders)
        for path in (Path(inner, name) for name in names if not is_compressed(Path(name)) or wanted(Path(name))):
            if reason := _why_not(path, wanted):
                others[reason] += 1
            else:
                found.append(Input(path, path.parent.relative_to(folder)))
    found += [Input(Path(error.filename), problem=f"cannot read this folder: {error.strerror}") for error in closed]
    return sorted(found, key=str)


def _why_not(path: Path, wanted: Wanted) -> str:
    """What a file in a folder is, if that is nothing to work on; else ""."""
    if path.name.startswith("."):
        return "hidden"
    if not wanted(path):
        return path.suffix.lower() or "without ending"
    try:
        return "" if stat.S_ISREG(path.stat().st_mode) else "not regular"
    except OSError:
        return "not regular" if path.is_symlink() else ""


def _read_standard(check: Check, most: int) -> bytes:
    if sys.stdin is None:
        raise BadInput("it is closed")
    try:
        data = files.read_stream(sys.stdin.buffer, check, most)
    except OSError as error:
        raise BadInput(f"cannot read it: {error.strerror or error}") from error
    if not data:
        raise BadInput("nothing came from it, and no file is named")
    return data
