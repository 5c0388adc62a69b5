"""Reading and writing files: whole or not at all.

A file is written under no name at all (Linux) or beside its place under a name of its own (elsewhere), forced to the disk, and only then
given its name, in one step. So whatever happens on the way (an error, a full disk, a killed process, a power cut), its place holds what
was there before, or all of the new file. Without `force` the step fails if somebody else has taken the place in the meantime. Only a
process that is killed elsewhere than on Linux, or in the instant of replacing a file, may leave `.codec-*.tmp` behind.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from codec.errors import BadInput

MAX_BYTES = 1 << 34
PIECE = 1 << 20  # bytes of a pipe that are read at a time
NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EMLINK}  # how file systems without hard links refuse them
OPEN_FILES = "/proc/self/fd"


def read_file(path: Path, most: int = MAX_BYTES) -> tuple[bytes, os.stat_result]:
    """A file's bytes, and what it was like when they were read. Raises BadInput when it cannot be read or has more bytes than `most`."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return (file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= most else read_stream(file, most)), status
    except OSError as error:
        raise BadInput(f"{path}: cannot read it: {error.strerror or error}") from error
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def read_stream(file: BinaryIO, most: int = MAX_BYTES) -> bytes:
    """All that comes from a pipe or a device. Raises BadInput when that is more than `most` bytes."""
    data = bytearray()
    while part := file.read(PIECE):
        data += part
        if len(data) > most:
            raise BadInput(f"more than {most} bytes")
    return bytes(data)


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises BadInput."""
    return read_file(path)[0]


def write_bytes(path: Path, data: bytes, force: bool = False, mode: int = 0o666, modified: int | None = None) -> None:
    """Write a file. Raises BadInput when its place is taken (unless force) or cannot be written.

    mode: its permissions, less what the process's mask takes away. modified: its time, in whole seconds since 1970. A link is
    followed: what it points to is replaced. A device or a pipe is written into.
    """
    try:
        check_free(path, force)
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            place = path.resolve()
            _write(place, data, force, mode, modified)
            _sync_folder(place.parent)
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise BadInput(f"{path}: somebody else has just made it; use -f to replace it") from error
        raise BadInput(f"{path}: cannot write it: {error.strerror or error}") from error


def check_free(path: Path, force: bool) -> None:
    """Raise BadInput unless a file may be written here."""
    if path.is_dir():
        raise BadInput(f"{path}: a folder is there; name a file")
    if path.exists() and not force:
        raise BadInput(f"{path}: already there; use -f to replace it")


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are missing. Raises BadInput."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path}: cannot make this folder: {error.strerror or error}") from error


def remove_unchanged(path: Path, status: os.stat_result) -> None:
    """Remove a file that is still what it was when it was read. Raises BadInput if it is not, or cannot be removed."""
    try:
        now = path.stat()
        if (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) != (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns):
            raise BadInput(f"{path}: not removed: somebody has changed it in the meantime")
        path.unlink()
    except OSError as error:
        raise BadInput(f"{path}: cannot remove it: {error.strerror or error}") from error


def _write(place: Path, data: bytes, force: bool, mode: int, modified: int | None) -> None:
    """Write a file under no name or, where that is impossible, another name; then give it its own. Raises OSError."""
    temporary = place.with_name(f".codec-{secrets.token_hex(6)}.tmp")
    try:
        number = _open_nameless(place.parent, mode)
        if number is not None:
            with open(number, "wb") as file:
                _fill(file, data, modified)
                _link_open(number, temporary if force else place)
            if force:
                os.replace(temporary, place)
            return
        with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            _fill(file, data, modified)
        if force:
            os.replace(temporary, place)
        else:
            _move(temporary, place)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _fill(file: BinaryIO, data: bytes, modified: int | None) -> None:
    file.write(data)
    file.flush()
    if modified is not None:
        os.utime(file.fileno() if os.utime in os.supports_fd else file.name, times=(modified, modified))
    os.fsync(file.fileno())


def _open_nameless(folder: Path, mode: int) -> int | None:
    """A new file without a name, open to write; None where there is no such thing."""
    if not hasattr(os, "O_TMPFILE") or not os.path.isdir(OPEN_FILES):
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, mode)
    except OSError:
        return None


def _link_open(number: int, place: Path) -> None:
    """Give a name to an open file. Raises FileExistsError when the name is taken."""
    folder = os.open(place.parent, os.O_PATH)  # links are followed only where a folder is given
    try:
        os.link(f"{OPEN_FILES}/{number}", place.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _move(source: Path, place: Path) -> None:
    """Rename a file. Raises FileExistsError when the name is taken (on file systems without hard links that is looked up before)."""
    try:
        os.link(source, place)
    except OSError as error:
        if error.errno not in NO_LINKS or place.exists():
            raise
        os.rename(source, place)


def _sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where that is possible."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
