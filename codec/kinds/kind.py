"""The contract of a kind of file: what a .bb can hold. A kind is one folder, or one file, and one place in table.py.

    Kind        for files to compress      compress, density, heat map
    Opened      a compressed file, whose header has been read once: info, decompress, restore, verify
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from codec.errors import BadInput
from codec.kinds.requests import Restored, Restoring, Settings, Source
from codec.system.records import record

if TYPE_CHECKING:  # the command line's help does not wait for numpy
    from codec.media.array import Array
    from codec.media.picture import Picture

DIGEST_BYTES = 16  # of SHA-256, in files
FREE_BYTES, SHARE = 1 << 26, 64  # that a file may unpack to, and for each byte of its own, unless the user allows more

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class Info(Protocol):
    """What a compressed file is: a dataclass of facts. total_bits: of the file."""

    @property
    def total_bits(self) -> int: ...


@record(frozen=True)
class Summary:
    """What became of something that was compressed.

    info: what the file is; spent: what its bits are for, if the kind tells; original_bytes: of the source's file, if there is one; left:
    names of metadata that the file does not hold; notes: lines to say to the user."""

    info: Info
    seconds: float
    verified: bool
    original_bytes: int | None = None
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    spent: object | None = None


class EstimateFacts(Protocol):
    """-log2 p(x) with one number of particles, in bits of a sample: a dataclass of facts."""

    @property
    def particles(self) -> int: ...
    @property
    def bits_per_dimension(self) -> float: ...


class Estimates(Protocol):
    """Estimates of -log2 p(x), one for each number of particles: a dataclass of facts. model: the SHA-256 of the model's file."""

    @property
    def model(self) -> str: ...
    @property
    def estimates(self) -> Sequence[EstimateFacts]: ...


@record(frozen=True)
class Drawn:
    """A heat map, as a PNG, and what it shows: bits of a pixel drawn in the brightest colour, of all pixels, and of the latents of each
    tile."""

    png: bytes
    brightest_bits: float
    bits_of_pixels: float
    bits_of_tiles: tuple[float, ...]


class Opened(Protocol):
    """A compressed file of one kind, whose header has been read."""

    def info(self) -> Info:
        """What the file is; decodes nothing. Raises BadFile if it is damaged."""
        ...

    def ending(self) -> str:
        """The ending of what the file gives back when nothing else is asked for."""
        ...

    def decompress(self, restoring: Restoring) -> Restored:
        """What the file gives back, as a file. Raises BadInput for what cannot be given, BadFile."""
        ...

    def restore(self, restoring: Restoring) -> Picture | Array | bytes:
        """What it gives back as a picture or an array; or, of a file that was kept as it is, its bytes."""
        ...

    def verify(self, restoring: Restoring, source: Source | None = None) -> None:
        """Decode all of it and check its digest; with a source, also that it was made from that. Raises CodecError."""
        ...


class Kind(Protocol):
    """What can be compressed to files of one kind. particles: the numbers of them with which density estimates by default."""

    @property
    def particles(self) -> tuple[int, ...]: ...

    def compress(self, source: Source, settings: Settings) -> tuple[bytes, Summary]:
        """The compressed file, and what is to be said of it. Raises BadInput."""
        ...

    def density(self, source: Source, settings: Settings, particles: Sequence[int], seed: int) -> Estimates:
        """Estimates of -log2 p of what the source holds, one for each number of particles. Raises BadInput."""
        ...

    def heat_map(self, source: Source, settings: Settings) -> Drawn:
        """Where the bits of the file go. Raises BadInput if that cannot be drawn."""
        ...


def facts_of(given: object) -> dict[str, Json]:
    """The facts of a record, for JSON: its fields, those of `info` and `spent` among them instead of inside.

    Bytes are left out; numbers that are not finite, which JSON does not know, are None. Raises TypeError for what is no record."""
    found: dict[str, Json] = {}
    if not is_dataclass(given) or isinstance(given, type):
        raise TypeError(f"{type(given).__name__} is no record")
    for field in fields(given):
        value = getattr(given, field.name)
        if field.name in FLAT:
            found |= facts_of(value) if value is not None else {}
        elif not isinstance(value, bytes):
            found[field.name] = _plain(value)
    return found


FLAT = ("info", "spent")  # fields that are records themselves


def _plain(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return facts_of(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} is nothing that JSON knows")


def time_number(modified: int | None) -> int:
    """A modification time, seconds since 1970, as files hold it: plus 1, and 0 if it is unknown or none that they can hold."""
    return modified + 1 if modified is not None and 0 <= modified < 1 << 40 else 0


def time_of(number: int) -> int | None:
    """The modification time that time_number gave."""
    return number - 1 if number else None


def is_believable(unpacked: int, file: int) -> bool:
    """Whether a file of so many bytes may unpack to so many."""
    return unpacked <= max(FREE_BYTES, SHARE * file)


def check_unpacked(unpacked: int, file: int, most: int | None) -> None:
    """Raise BadInput for a file that unpacks to more than `most` bytes; None: to more than its own bytes bear out."""
    if unpacked > most if most is not None else not is_believable(unpacked, file):
        raise BadInput(f"{file} bytes that unpack to {unpacked}: allow so many with --max-bytes (max_bytes)")
