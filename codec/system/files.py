"""Reading and writing files: whole or not at all.

A file is written under no name at all (Linux) or beside its place under a name of its own (elsewhere), forced to the disk, and only then
given its name, in one step. So whatever happens on the way (an error, a full disk, a killed process, a power cut), its place holds what
was there before, or all of the new file. Without `force` the step fails if somebody else has taken the place in the meantime. Only a
process that is killed elsewhere than on Linux, or in the instant of replacing a file, may leave `.codec-*.tmp` behind.

A path may be a URL (remote.py): all of these functions know that.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from codec.errors import BadInput, CodecError
from codec.system import remote
from codec.system.remote import is_remote

MAX_BYTES = 1 << 34  # of a file
MAX_STREAM = 3 << 27  # bytes of a pipe or a device, unless the user says otherwise
PIECE = 1 << 20  # bytes that are read at a time, and looked at before more are read
OWN_STREAM = re.compile(r"/dev/stdin|(/dev|/proc/self)/fd/[0-9]+")  # names of what this process has been given open
NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EMLINK}  # how file systems without hard links refuse them
OPEN_FILES = "/proc/self/fd"

Check = Callable[[bytes], None] | None  # looks at the first bytes of what is read, and raises CodecError if the rest is not worth it

_begun = set[Path]()  # files under names of their own that are not whole yet: of the whole process, for whoever has to end it


def read_file(path: Path, check: Check = None, most: int = MAX_STREAM) -> tuple[bytes, os.stat_result]:
    """A file's bytes, and what it was like when they were read. Raises BadInput when it cannot be read or is larger than 16 GiB.

    check: of a large file, given its first bytes before the others are read; it may raise. Of pipes and devices only those are read that
    this process has been given open, such as /dev/stdin, and no more than `most` bytes.
    """
    if is_remote(path):
        return remote.read_remote(path, check, PIECE, MAX_BYTES)
    try:
        with open_regular(path, "give what comes out of it to standard input, as in `codec compress - < FILE`") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return read_stream(file, check, most), status
            if status.st_size > MAX_BYTES:
                raise BadInput(f"more than {MAX_BYTES} bytes")
            if check is not None and status.st_size > PIECE:
                check(file.read(PIECE))
                file.seek(0)
            return file.read(), status
    except OSError as error:
        raise BadInput(f"{path}: cannot read it: {error.strerror or error}") from error
    except CodecError as error:
        raise type(error)(f"{path}: {error}") from error


@contextlib.contextmanager
def open_regular(path: Path, advice: str = "name a file") -> Iterator[BinaryIO]:
    """A file, open to read, without waiting for anybody. Raises OSError, and BadInput with advice for pipes and devices, but for those that
    this process has been given open."""
    is_own = OWN_STREAM.fullmatch(str(path)) is not None
    if not is_own:
        _check_regular(os.stat(path), advice)
    with open(path, "rb", opener=_open) as file:
        if is_own and hasattr(os, "set_blocking"):
            os.set_blocking(file.fileno(), True)
        elif not is_own:
            _check_regular(os.fstat(file.fileno()), advice)  # it may have been replaced since
        yield file


def read_stream(file: BinaryIO, check: Check = None, most: int = MAX_STREAM) -> bytes:
    """All that comes from a pipe or a device; check is given its beginning. Raises BadInput when that is more than `most` bytes."""
    data = io.BytesIO()
    while part := file.read(PIECE):
        if check is not None and not data.tell():
            check(part)
        data.write(part)
        if data.tell() > most:
            raise BadInput(f"more than {most} bytes: allow more with --max-bytes, or give a file by its name")
    return data.getvalue()


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises BadInput."""
    return read_file(path)[0]


def seconds_of(status: os.stat_result) -> int | None:
    """The modification time of a file in whole seconds since 1970; None if that is unknown, or before."""
    return int(status.st_mtime) if status.st_mtime >= 0 else None


def write_bytes(path: Path, data: bytes, force: bool = False, mode: int = 0o666, modified: int | None = None) -> None:
    """Write a file. Raises BadInput when its place is taken (unless force) or cannot be written.

    mode: its permissions, less what the process's mask takes away. modified: its time, in whole seconds since 1970. With force a link is
    followed: what it points to is replaced. A device or a pipe is written into. A URL keeps neither mode nor time.
    """
    try:
        check_free(path, force)
        if is_remote(path):
            remote.write_remote(path, data)
        elif path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            place = path.resolve() if force else path.parent.resolve() / path.name
            _write(place, data, force, mode, modified)
            _sync_folder(place.parent)
    except OSError as error:
        if error.errno == errno.EEXIST:
            raise BadInput(f"{path}: somebody else has just made it; use -f to replace it") from error
        raise BadInput(f"{path}: cannot write it: {error.strerror or error}") from error


def check_free(path: Path, force: bool, advice: str = "use -f to replace it") -> None:
    """Raise BadInput, with advice, unless a file may be written here. A link is something, too, even if it points nowhere."""
    if is_folder(path):
        raise BadInput(f"{path}: a folder is there; name a file")
    if not force and is_there(path):
        raise BadInput(f"{path}: already there; {advice}")


def is_folder(path: Path) -> bool:
    """Whether there is a folder."""
    return remote.is_remote_folder(path) if is_remote(path) else path.is_dir()


def is_there(path: Path) -> bool:
    """Whether there is anything, also a link that points nowhere."""
    return remote.is_remote_there(path) if is_remote(path) else os.path.lexists(path)


def file_size(path: Path) -> int | None:
    """Of a file, in bytes; None if a URL does not tell. Raises OSError, CodecError."""
    return remote.size_of_remote(path) if is_remote(path) else path.stat().st_size


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are missing: URLs need none. Raises BadInput."""
    if is_remote(path):
        return
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path}: cannot make this folder: {error.strerror or error}") from error


def remove_unchanged(path: Path, status: os.stat_result) -> None:
    """Remove a file that is still what it was when it was read. Raises BadInput if it is not, or cannot be removed, as no URL is."""
    if is_remote(path):
        raise BadInput(f"{remote.url_of(path)}: not removed: files behind URLs are left alone")
    try:
        now = path.stat()
        if (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) != (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns):
            raise BadInput(f"{path}: not removed: somebody has changed it in the meantime")
        path.unlink()
    except OSError as error:
        raise BadInput(f"{path}: cannot remove it: {error.strerror or error}") from error


def remove_begun() -> None:
    """Remove what other threads have written in part, in a process that is about to end."""
    for path in tuple(_begun):
        with contextlib.suppress(OSError):
            path.unlink()


def _open(name: str, flags: int) -> int:
    """Open a file without waiting for anybody, as opening a pipe would."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _check_regular(status: os.stat_result, advice: str) -> None:
    """Raise BadInput for a pipe or a device, into which somebody else would have to write."""
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):  # the system has its own words for folders
        raise BadInput(f"a pipe or a device, not a file: {advice}")


def _write(place: Path, data: bytes, force: bool, mode: int, modified: int | None) -> None:
    """Write a file under no name or, where that is impossible, another name; then give it its own. Raises OSError."""
    temporary = place.with_name(f".codec-{os.urandom(6).hex()}.tmp")
    _begun.add(temporary)
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
        _begun.discard(temporary)


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
