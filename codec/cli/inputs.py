"""Many inputs: what a command works on, where each result goes, and how it goes on after an error."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import click

from codec.cli.terminal import on_one_line
from codec.errors import BadInput, CodecError
from codec.kinds.requests import Facts, Source
from codec.system.executor import in_order

STANDARD = "-"  # standard input, or output
ENDING = ".bb"  # of compressed files
LARGE = 1 << 20  # bytes
READABLE = {  # what -r compresses in a folder
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".j2k", ".avif", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".dib", ".tga",
    ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".pcx", ".sgi", ".qoi", ".xbm", ".xpm", ".ico", ".icns", ".cur", ".psd", ".dds", ".npy",
}  # fmt: skip
Result = tuple[Facts, Callable[[], None]]  # what JSON says, and what prints it for people


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


@dataclass
class Places:
    """Where results go: beside the inputs, or where -o says. No two inputs of a run get the same place.

    output: None, "-" for standard output, a folder (if it is one, ends in a slash, or is meant for several inputs), or a file.
    """

    output: str | None
    inputs: Sequence[Input]
    force: bool
    taken: dict[str, Input] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.output == STANDARD and len(self.inputs) > 1:
            raise click.UsageError("standard output (-o -) takes one result: name one input")
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

    def shared_stems(self) -> set[tuple[Path, str]]:
        """Names without ending that several inputs have in common where their results go."""
        counts = Counter(self._stem(given) for given in self.inputs if given.path is not None)
        return {stem for stem, count in counts.items() if count > 1}

    def compressed_name(self, given: Input, shared: set[tuple[Path, str]]) -> str:
        """img.bb for img.png; where an img.jpg is in the run, too, img.png.bb and img.jpg.bb."""
        path = given.path or Path("input")
        return (path.name if self._stem(given) in shared else path.stem) + ENDING

    def find(self, given: Input, name: str) -> Path | None:
        """Where the result of this input goes, `name` being its default; None: standard output. Raises BadInput if it cannot go there."""
        from codec.system import files

        if self.is_standard(given):
            if sys.stdout is None:
                raise BadInput("standard output is closed")
            if sys.stdout.isatty() and not self.force:
                raise BadInput("standard output is a terminal: give -o FILE, or -f to write to it nevertheless")
            return None
        place = self.explicit or self._folder(given) / name
        if given.path is not None and place.exists() and place.samefile(given.path):
            raise BadInput(f"{given}: the result would replace it: give -o FILE")
        files.check_free(place, self.force)
        other = self.taken.setdefault(os.path.normcase(place.absolute()), given)
        if other is not given:
            raise BadInput(f"{given}: its result would have the same place as that of {other}: {place}; give -o for one of them")
        return place

    def put(self, place: Path | None, data: bytes, like: os.stat_result | None, modified: int | None) -> None:
        """Write a result; with the permissions of its source, if that is a file. Raises BadInput."""
        from codec.system import files

        if place is None:
            _write_standard(data)
            return
        if self.to_folder:
            files.make_folder(place.parent)
        files.write_bytes(place, data, self.force, 0o666 if like is None else like.st_mode & 0o777, modified)

    def _folder(self, given: Input) -> Path:
        if self.output is not None:
            return Path(self.output) / (given.below or Path())
        return Path() if given.path is None else given.path.parent

    def _stem(self, given: Input) -> tuple[Path, str]:
        return self._folder(given), given.path.stem if given.path is not None else ""


def _write_standard(data: bytes) -> None:
    stream = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)  # what a buffer holds would be written again when Python ends
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def restored_name(given: Input, ending: str) -> str:
    """img.png for img.bb and img.png.bb, if the ending is .png; img.x.png for img.x."""
    name = "output" if given.path is None else given.path.name
    name = name[: -len(ENDING)] if name.lower().endswith(ENDING) else name
    return name if name.lower().endswith(ending) and name.lower() != ending else name + ending


def each(inputs: Sequence[Input], work: Callable[[Input], Result], as_json: bool, workers: int = 1, aside: bool = False) -> None:
    """Work on every input and show what comes of it, in their order; an error is said in one line, and the exit code in the end is 1.

    workers: how many small inputs are worked on at a time; large ones have all cores to themselves. aside: standard output is taken by a
    result: what there is to show goes to standard error.
    """
    failed, alone = 0, threading.Lock()

    def work_on(given: Input) -> Result:
        with alone if given.is_large else nullcontext():
            return _try(work, given)

    first = (work_on(given) for given in inputs[:1])  # in this thread, which may show how it goes: kernels are compiled now, if ever
    for facts, show in chain(first, in_order(work_on, inputs[1:], workers)):
        if error := facts.get("error"):
            failed += 1
            click.echo(f"codec: {on_one_line(error)}", err=True)
        with redirect_stdout(sys.stderr) if aside else nullcontext():
            if as_json:
                click.echo(json.dumps(facts))
            else:
                show()
    if failed:
        if len(inputs) > 1:
            click.echo(f"codec: {failed} of {len(inputs)} inputs failed", err=True)
        sys.exit(1)


def _try(work: Callable[[Input], Result], given: Input) -> Result:
    try:
        return work(given)
    except CodecError as error:
        text = str(error)
    except MemoryError:
        text = f"{given}: not enough memory: try -T 1"
    return {"file": str(given), "error": text}, lambda: None


def name_of(place: Path | None) -> str:
    return STANDARD if place is None else click.format_filename(place)
