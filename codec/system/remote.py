"""Reads and writes what stands behind URLs, such as s3://bucket/photo.png, by fsspec: whole or not at all.

A URL goes through the program as a path, s3:/bucket/photo.png: pathlib makes one slash of two, and name, ending and parent are those of the
URL. files.py asks is_remote of every path, and comes here.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, cast

from codec.errors import BadInput, CodecError, MissingPackage

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/+")  # of two letters at least: one is a drive
REGULAR = 0o100666  # mode of files whose permissions are not known
UNKNOWN_TIME = -1  # modification time of files that do not tell theirs


def is_remote(path: PurePath) -> bool:
    """Whether a path is a URL."""
    return SCHEME.match(path.as_posix()) is not None


def url_of(path: PurePath) -> str:
    """The URL that a path was made of."""
    found = SCHEME.match(path.as_posix())
    assert found is not None, "it is remote"
    return f"{found[1]}://{'/' if found[1] in ('file', 'local') else ''}{path.as_posix()[found.end() :]}"


def read_remote(path: PurePath, check: Callable[[bytes], None] | None, piece: int, most: int) -> tuple[bytes, os.stat_result]:
    """All bytes, at most so many, of a file, and its size and time as a status. check: given its first piece. Raises CodecError."""
    data = io.BytesIO()
    with open_remote(path) as file, _telling(path, "read"):
        while part := file.read(piece):
            if check is not None and not data.tell() and len(part) == piece:
                check(part)
            data.write(part)
            if data.tell() > most:
                raise BadInput(f"more than {most} bytes")
    time = _modified(path)
    return data.getvalue(), os.stat_result((REGULAR, 0, 0, 1, 0, 0, data.tell(), time, time, time))


def open_remote(path: PurePath) -> BinaryIO:
    """A file, open to read any part of it. Raises CodecError."""
    with _telling(path, "read"):
        system, place = _found(path)
        return cast(BinaryIO, system.open(place, "rb"))


def write_remote(path: PurePath, data: bytes) -> None:
    """Write a file, which is there when all of it is. Raises CodecError."""
    with _telling(path, "write"):
        system, place = _found(path)
        with system.transaction, system.open(place, "wb") as file:
            file.write(data)


def size_of_remote(path: PurePath) -> int | None:
    """In bytes; None if it is not told."""
    with _telling(path, "read"):
        system, place = _found(path)
        size = system.info(place).get("size")
        return None if size is None else int(size)


def is_remote_there(path: PurePath) -> bool:
    with _telling(path, "read"):
        system, place = _found(path)
        return bool(system.exists(place))


def is_remote_folder(path: PurePath) -> bool:
    with _telling(path, "read"):
        system, place = _found(path)
        return bool(system.isdir(place))


def files_in_remote(path: PurePath) -> list[Path]:
    """All files in a folder and in those in it, in the order of their names. Raises CodecError."""
    with _telling(path, "read"):
        system, place = _found(path)
        top = place.rstrip("/") + "/"
        return [Path(path, name[len(top) :]) for name in sorted(system.find(place)) if name.startswith(top)]


@contextmanager
def edited(path: Path, keep: bool) -> Iterator[Path]:
    """A file of this machine that becomes the remote one in the end, if nothing is raised; keep: it begins as the remote one is."""
    from tempfile import TemporaryDirectory  # which takes a moment to load

    with TemporaryDirectory(prefix="codec-") as folder:
        local = Path(folder, path.name)
        with _telling(path, "read"):
            system, place = _found(path)
            if keep and system.exists(place):
                system.get_file(place, str(local))
        yield local
        with _telling(path, "write"), system.transaction:
            system.put_file(str(local), place)


def _found(path: PurePath) -> tuple[AbstractFileSystem, str]:
    """The file system behind a URL, and the place in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingPackage('URLs need fsspec: pip install "codec[ecosystem]"') from error
    url = url_of(path)
    options: dict[str, bool] = {"auto_mkdir": True} if url.startswith(("file:", "local:")) else {}
    system, place = url_to_fs(url, **options)
    return system, str(place)


def _modified(path: PurePath) -> int:
    system, place = _found(path)
    with suppress(Exception):  # file systems that do not know say so in many ways
        return int(system.modified(place).timestamp())
    return UNKNOWN_TIME


@contextmanager
def _telling(path: PurePath, what: str) -> Iterator[None]:
    """What a file system raises, which may be anything, becomes an error that names the URL."""
    try:
        yield
    except CodecError as error:
        raise type(error)(f"{url_of(path)}: {error}") from error
    except ImportError as error:  # what the protocol needs
        raise MissingPackage(f"{url_of(path)}: {error}") from error
    except FileNotFoundError as error:
        raise BadInput(f"{url_of(path)}: cannot {what} it: there is no such file") from error
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise BadInput(f"{url_of(path)}: cannot {what} it: {reason}") from error
