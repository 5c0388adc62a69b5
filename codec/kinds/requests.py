"""What is asked of a kind of file (kind.py), and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codec.density.efforts import EFFORTS
from codec.errors import BadInput, CodecError
from codec.media.limits import MAX_PIXELS
from codec.system.records import record

if TYPE_CHECKING:  # the command line's help does not wait for numpy
    from codec.density.named_model import Named
    from codec.media.picture import Region
    from codec.media.read import Opener
    from codec.nets.layers import Engine

__all__ = [
    "EFFORTS", "MAX_PIXELS", "Progress", "Restored", "Restoring", "Settings", "Source", "check_method", "check_threads",
    "known_effort", "method_names", "naming",
]  # fmt: skip

Progress = Callable[[str, int, int], None]  # what is being done, how many pixels of it are done, and of how many
COMPILING = "compiling"  # the progress of kernels that this machine has never compiled


@record(frozen=True)
class Source:
    """A file to compress. name: for messages, a path or "-"; ending: of the name, as ".png", "" if unknown;
    modified: its modification time in whole seconds since 1970, None if unknown."""

    name: str
    data: bytes
    ending: str = ""
    modified: int | None = None


@record(frozen=True)
class Settings:
    """How to compress. model: an embedded model's title, or a model file's path, or a model that was found; a model (and any method but
    "auto") is obeyed, or it is an error. particles: of a latent; None: as many as the model asks for, one of most. threads: as many as
    cores if None. effort: one of EFFORTS. progress: told how it goes. traces: whether to look for what a picture's pixels were before.
    opener: opens pictures' files, media/read.open_picture if None. pixels: code the picture that a file shows, also where the file itself
    would better be kept, and does not come back so. engine: runs the nets of models of arrays, numpy if None."""

    model: Named | None = None
    method: str = "auto"
    particles: int | None = None
    threads: int | None = None
    verify: bool = True
    max_pixels: int = MAX_PIXELS
    effort: int = 5
    progress: Progress | None = None
    traces: bool = True
    opener: Opener | None = None
    pixels: bool = False
    engine: Engine | None = None

    def particles_or(self, own: int) -> int:
        """How many particles to take of a model that asks for its own number of them."""
        return own if self.particles is None else self.particles


@record(frozen=True)
class Restoring:
    """How to decompress. ending: of the format to write, None for the one that fits; region: the part to give; salvage: give back what is
    intact of a damaged file; lossy_ok: write a format even if it loses something. progress: told how it goes. max_bytes: most that a packed
    file may take, None for what its size bears out; limited: refuse a file that asks for much more work than its size bears out. engine: as
    in Settings."""

    ending: str | None = None
    model: Named | None = None
    threads: int | None = None
    max_pixels: int = MAX_PIXELS
    region: Region | None = None
    salvage: bool = False
    lossy_ok: bool = False
    progress: Progress | None = None
    max_bytes: int | None = None
    limited: bool = True
    engine: Engine | None = None


@record(frozen=True)
class Restored:
    """A decompressed file. lost: ranges (start, stop) of the rows of the output that salvage could not give back; they hold zeros."""

    content: bytes
    ending: str
    modified: int | None = None
    lost: tuple[tuple[int, int], ...] = ()


@contextmanager
def naming(name: object) -> Iterator[None]:
    """Errors inside begin with the name of what they are about: kinds of files do not know it."""
    try:
        yield
    except CodecError as error:
        raise type(error)(f"{name}: {error}") from error


def method_names() -> tuple[str, ...]:
    """The ways to code pictures that a user may ask for."""
    from codec.methods.choice import names  # with numpy

    return names()


def check_threads(threads: int | None) -> int | None:
    """The number of threads, if it is one. Raises BadInput."""
    if threads is not None and threads < 1:
        raise BadInput(f"{threads} threads: take 1 or more, or None for as many as there are cores")
    return threads


def check_method(method: str) -> str:
    """The name of a method, if there is one. Raises BadInput."""
    if method not in method_names():
        raise BadInput(f"{method!r} is no method: take one of {', '.join(method_names())}")
    return method


def known_effort(effort: int) -> int:
    """The effort that is meant by a number from 1 to 9: the next lower one that there is. Raises BadInput for other numbers."""
    if effort not in range(min(EFFORTS), max(EFFORTS) + 1):
        raise BadInput(f"{effort!r} is no effort: take one from {min(EFFORTS)} to {max(EFFORTS)}")
    return max(one for one in EFFORTS if one <= effort)
