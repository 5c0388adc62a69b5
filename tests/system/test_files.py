"""Files are written whole or not at all, wherever the writing stops."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from codec.errors import BadInput
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
    (tmp_path / "file").write_bytes(bytes(11))
    with pytest.raises(BadInput, match="more than 10 bytes"):
        files.read_file(tmp_path / "file", most=10)
    with pytest.raises(BadInput, match="more than 10 bytes"):
        files.read_stream(io.BytesIO(bytes(11)), most=10)
    assert files.read_stream(io.BytesIO(bytes(10)), most=10) == bytes(10)
