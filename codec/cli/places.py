"""Decides where results go: beside the inputs, or where -o says; and writes them there."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from functools import cached_property
from pathlib import Path

import click

from codec.cli.inputs import STANDARD, Input
from codec.errors import BadInput
from codec.kinds.table import ENDING
from codec.system import files
from codec.system.records import record
from codec.system.remote import is_remote, url_of

READ_AND_WRITE = 0o666  # permissions


@record
class Places:
    """Where results go: beside the inputs, or where -o says. No two inputs of a run get the same place.

    output: None, "-" for standard output, a folder (if it is one, ends in a slash, or is meant for several inputs), or a file. force:
    replace what is there; skip_existing: leave it alone.
    """

    output: str | None
    inputs: Sequence[Input]
    force: bool
    skip_existing: bool = False
    taken: dict[str, Input] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.output == STANDARD and len(self.inputs) > 1:
            raise click.UsageError("standard output (-c, -o -) takes one result: name one input")
        if self.to_folder and Path(str(self.output)).is_file():
            raise click.UsageError(f"-o {self.output} is a file: for several inputs it has to be a folder")

    @property
    def to_folder(self) -> bool:
        if self.output in (None, STANDARD):
            return False
        many = len(self.inputs) > 1 or any(given.below is not None for given in self.inputs)
        return many or str(self.output).endswith(("/", os.sep)) or Path(str(self.output)).is_dir()

    @property
    def explicit(self) -> Path | None:
        """The file that -o names, if it names one."""
        return None if self.output in (None, STANDARD) or self.to_folder else Path(str(self.output))

    @property
    def ending(self) -> str | None:
        """The ending of the file that -o names, None if it names none, or a device."""
        return None if self.explicit is None or (self.explicit.exists() and not self.explicit.is_file()) else self.explicit.suffix.lower()

    def is_standard(self, given: Input) -> bool:
        return self.output == STANDARD or (self.output is None and given.path is None)

    @property
    def are_standard(self) -> bool:
        """Whether the result goes to standard output."""
        return any(self.is_standard(given) for given in self.inputs)

    @cached_property
    def shared_stems(self) -> set[tuple[Path, str]]:
        """Names without ending that several inputs have in common where their results go."""
        counts = Counter(self._stem(given) for given in self.inputs if given.path is not None)
        return {stem for stem, count in counts.items() if count > 1}

    def compressed_name(self, given: Input) -> str:
        """img.bb for img.png; where an img.jpg is in the run, too, img.png.bb and img.jpg.bb."""
        path = given.path or Path("input")
        return (path.name if self._stem(given) in self.shared_stems else path.stem) + ENDING

    def find(self, given: Input, name: str) -> Path | None:
        """Where the result of this input goes, `name` being its default; None: standard output. Raises BadInput if it cannot go there."""
        if self.is_standard(given):
            if sys.stdout is None:
                raise BadInput("standard output is closed")
            if sys.stdout.isatty() and not self.force:
                raise BadInput("standard output is a terminal: give -o FILE, or -f to write to it nevertheless")
            return None
        place = self.explicit or self._folder(given) / name
        if given.path is not None and place.exists() and place.samefile(given.path):
            raise BadInput(f"{given}: the result would replace it: give -o FILE")
        files.check_free(place, self.force or self.skip_existing, "use -f to replace it, or --skip-existing to go on without it")
        other = self.taken.setdefault(os.path.normcase(place.absolute()), given)
        if other is not given:
            raise BadInput(f"{given}: its result would have the same place as that of {other}: {place}; give -o for one of them")
        return place

    def has(self, place: Path | None) -> bool:
        """Whether something is at a place that is not to be replaced."""
        return self.skip_existing and place is not None and files.is_there(place)

    def put(self, place: Path, data: bytes, like: os.stat_result | None, modified: int | None) -> None:
        """Write a result to a file; with the permissions of its source, if that is a file, but nothing that can be run. Raises BadInput."""
        if self.to_folder:
            files.make_folder(place.parent)
        files.write_bytes(place, data, self.force, READ_AND_WRITE if like is None else like.st_mode & READ_AND_WRITE, modified)

    def _folder(self, given: Input) -> Path:
        if self.output is not None:
            return Path(self.output) / (given.below or Path())
        return Path() if given.path is None else given.path.parent

    def _stem(self, given: Input) -> tuple[Path, str]:
        return self._folder(given), given.path.stem if given.path is not None else ""


def write_standard(data: bytes) -> None:
    """Write a result to standard output. Raises OSError."""
    stream = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)  # what a buffer holds would be written again when Python ends
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def restored_name(given: Input, ending: str) -> str:
    """img.png for img.bb and img.png.bb, if the ending is .png; img.x.png for img.x."""
    name = "output" if given.path is None else given.path.name
    name = name[: -len(ENDING)] if name.lower().endswith(ENDING) else name
    return name if name.lower().endswith(ending) and name.lower() != ending else name + ending


def name_of(place: Path | None) -> str:
    """A place in words."""
    if place is not None and is_remote(place):
        return url_of(place)
    return STANDARD if place is None else click.format_filename(place)
