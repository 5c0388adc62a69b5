"""Files are written whole or not at all, wherever the writing stops."""

from __future__ import annotations

import io
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from codec.errors import BadFile, BadInput
from codec.system import files

WAYS = ["without a name", "under another name"]


@pytest.fixture(params=WAYS)
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, once on a system that knows files without names and once on one that does not."""
    if request.param == WAYS[0] and not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system knows no files without names")
    if request.param == WAYS[1]:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return tmp_path


def failing(number: int, text: str) -> Callable[..., None]:
    def fail(*arguments: object, **settings: object) -> None:
        raise OSError(number, text)

    return fail


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("step", ["fsync", "utime", "link", "replace"])
def test_what_was_there_stays_when_a_step_fails(folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, force: bool) -> None:
    path = folder / "file"
    if force:
        path.write_bytes(b"old")
    monkeypatch.setattr(os, step, failing(28, "No space left on device"))
    try:
        files.write_bytes(path, b"new", force, modified=1)
        assert path.read_bytes() == b"new"  # this way does without this step
    except BadInput as error:
        assert "No space left" in str(error) and str(path) in str(error)
        assert path.read_bytes() == b"old" if force else not path.exists()
    assert list(folder.iterdir()) in ([path], [])


def test_a_file_gets_its_bytes_time_and_permissions(folder: Path) -> None:
    path = folder / "file"
    before = os.umask(0o027)
    try:
        files.write_bytes(path, b"first", mode=0o646)
    finally:
        os.umask(before)
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
    files.write_bytes(path, b"second", force=True, modified=1_000_000_000)
    assert path.read_bytes() == b"second" and path.stat().st_mtime == 1_000_000_000
    assert list(folder.iterdir()) == [path]


def test_a_name_that_somebody_takes_in_the_meantime_is_left_to_him(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "file"
    monkeypatch.setattr(files, "check_free", lambda path, force: path.write_bytes(b"his"))
    with pytest.raises(BadInput, match="-f"):
        files.write_bytes(path, b"mine")
    assert path.read_bytes() == b"his" and list(folder.iterdir()) == [path]


def test_file_systems_without_links_are_served_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(os, "link", failing(1, "Operation not permitted"))
    files.write_bytes(folder / "file", b"new")
    assert (folder / "file").read_bytes() == b"new" and len(list(folder.iterdir())) == 1


def test_the_longest_names_can_be_written(folder: Path) -> None:
    files.write_bytes(folder / ("x" * 255), b"new")
    with pytest.raises(BadInput, match="cannot write"):
        files.write_bytes(folder / ("x" * 256), b"new")


@pytest.mark.skipif(os.name == "nt", reason="links need permission there")
def test_links_and_devices_stay_what_they_are(folder: Path) -> None:
    (folder / "real").write_bytes(b"old")
    (folder / "link").symlink_to("real")
    files.write_bytes(folder / "link", b"new", force=True)
    assert (folder / "link").is_symlink() and (folder / "real").read_bytes() == b"new"
    files.write_bytes(Path(os.devnull), b"new", force=True)
    assert Path(os.devnull).is_char_device()
    with pytest.raises(BadInput, match="-f"):
        files.write_bytes(Path(os.devnull), b"new")
    with pytest.raises(BadInput, match="folder"):
        files.write_bytes(folder, b"new", force=True)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(BadInput, match="cannot write"):
            files.write_bytes(folder / "file", b"x")
    finally:
        folder.chmod(stat.S_IRWXU)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_device_that_is_full_is_an_error() -> None:
    with pytest.raises(BadInput, match="/dev/full: cannot write it"):
        files.write_bytes(Path("/dev/full"), b"x" * 100_000, force=True)


def test_only_a_file_that_has_not_changed_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"read")
    data, status = files.read_file(path)
    assert data == b"read"
    path.write_bytes(b"more to read")
    with pytest.raises(BadInput, match="changed"):
        files.remove_unchanged(path, status)
    assert path.exists()
    files.remove_unchanged(path, files.read_file(path)[1])
    assert not path.exists()


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.truncate(tmp_path / "file", files.MAX_BYTES + 1)  # nothing of it is on the disk
    with pytest.raises(BadInput, match=f"more than {files.MAX_BYTES} bytes"):
        files.read_file(tmp_path / "file")
    with pytest.raises(BadInput, match="more than 10 bytes: allow more with --max-bytes"):
        files.read_stream(io.BytesIO(bytes(11)), most=10)
    assert files.read_stream(io.BytesIO(bytes(10)), most=10) == bytes(10)


def refuse(head: bytes) -> None:
    """A check that is not content with any file."""
    raise BadFile(f"it begins with {head[:2]!r}")


def test_the_rest_of_what_begins_badly_is_not_read(tmp_path: Path) -> None:
    stream = io.BytesIO(bytes(5 * files.PIECE))
    with pytest.raises(BadFile, match="it begins with"):
        files.read_stream(stream, refuse)
    assert stream.tell() == files.PIECE
    (tmp_path / "file").write_bytes(b"no")
    os.truncate(tmp_path / "file", 1 << 32)
    with pytest.raises(BadFile, match="file: it begins with b'no'"):
        files.read_file(tmp_path / "file", refuse)


def test_what_begins_well_is_read_whole(tmp_path: Path) -> None:
    content, heads = os.urandom(3 * files.PIECE + 5), list[bytes]()
    (tmp_path / "file").write_bytes(content)
    assert files.read_file(tmp_path / "file", heads.append)[0] == files.read_stream(io.BytesIO(content), heads.append) == content
    assert heads == [content[: files.PIECE]] * 2


@pytest.mark.skipif(os.name == "nt", reason="pipes have no names of this kind there")
@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_what_may_never_end_is_not_read_by_its_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    with pytest.raises(BadInput, match=r"picture.png: a pipe or a device.*codec compress - < FILE"):
        files.read_file(path)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no names for what is open")
@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
def test_what_this_process_was_given_open_is_read_by_its_name(folder: str) -> None:
    if not Path(folder).exists():
        pytest.skip(f"there is no {folder}")
    ours, theirs = os.pipe()
    os.write(theirs, b"data")
    os.close(theirs)
    with open(ours, "rb"):
        assert files.read_file(Path(f"{folder}/{ours}"))[0] == b"data"


@pytest.mark.skipif(os.name == "nt", reason="links need permission there")
def test_a_link_to_nothing_is_something_that_is_there(folder: Path) -> None:
    outside, link = folder / "outside", folder / "link"
    link.symlink_to(outside)
    with pytest.raises(BadInput, match="already there"):
        files.write_bytes(link, b"new")
    assert not outside.exists() and link.is_symlink()
    files.write_bytes(link, b"new", force=True)
    assert outside.read_bytes() == b"new" and link.is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="links need permission there")
def test_a_link_that_somebody_makes_in_the_meantime_is_not_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside, link = folder / "outside", folder / "link"
    monkeypatch.setattr(files, "check_free", lambda path, force: link.symlink_to(outside))
    with pytest.raises(BadInput, match="-f"):
        files.write_bytes(link, b"new")
    assert not outside.exists() and [path.name for path in folder.iterdir()] == ["link"]


def test_a_process_that_has_to_end_removes_what_it_has_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = list[list[Path]]()

    def interrupt(number: int) -> None:
        left.append(list(tmp_path.iterdir()))
        files.remove_begun()
        left.append(list(tmp_path.iterdir()))
        raise OSError(5, "the end")

    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(BadInput, match="the end"):
        files.write_bytes(tmp_path / "file", b"new")
    assert [len(paths) for paths in left] == [1, 0]
