"""What the commands hand to a kind of file (picture_commands.py, array_commands.py), and what they get back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from codec.density.arrays.model import Model
    from codec.density.photo.model import PhotoModel

Named: TypeAlias = "str | Model | PhotoModel"

Facts = dict[str, Any]  # what can be printed as JSON; "notes": list of lines to say on standard error

METHODS = ("auto", "photo", "graphics", "planes", "stored")
EFFORTS = (1, 5, 9)
MAX_PIXELS = 1 << 28  # of a picture, unless the user says otherwise


@dataclass(frozen=True)
class Source:
    """A file to compress. name: for messages, a path or "-"; ending: of the name, as ".png", "" if unknown;
    modified: its modification time in whole seconds since 1970, None if unknown."""

    name: str
    data: bytes
    ending: str = ""
    modified: int | None = None


@dataclass(frozen=True)
class Settings:
    """How to compress. model: an embedded model's title, or a model file's path, or a model that has been loaded; a model (and any method
    but "auto") is obeyed, or it is an error. threads: as many as cores if None. effort: 1, 5 or 9."""

    model: Named | None = None
    method: str = "auto"
    particles: int = 1
    threads: int | None = None
    verify: bool = True
    max_pixels: int = MAX_PIXELS
    effort: int = 5


@dataclass(frozen=True)
class Restoring:
    """How to decompress. ending: of the format to write, None for the one that fits; region: x, y, width, height of the part to give;
    salvage: give back what is intact of a damaged file; lossy_ok: write a format even if it loses something."""

    ending: str | None = None
    model: Named | None = None
    threads: int | None = None
    max_pixels: int = MAX_PIXELS
    region: tuple[int, int, int, int] | None = None
    salvage: bool = False
    lossy_ok: bool = False


@dataclass(frozen=True)
class Restored:
    """A decompressed file. lost: ranges (start, stop) of the rows of the output that salvage could not give back; they hold zeros.
    notes: lines to say on standard error."""

    content: bytes
    ending: str
    modified: int | None = None
    lost: tuple[tuple[int, int], ...] = ()
    notes: list[str] = field(default_factory=list)
