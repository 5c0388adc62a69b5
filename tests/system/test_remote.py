"""Files behind URLs: read and written whole, listed, and refused in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codec.errors import BadInput, MissingPackage
from codec.system import files, remote

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder of the memory that is a file system, for this test alone."""
    place = Path(f"memory://{request.node.name}")
    yield place
    memory = fsspec.filesystem("memory")
    if memory.exists(f"/{place.name}"):
        memory.rm(f"/{place.name}", recursive=True)


@pytest.mark.parametrize("url", ["s3://bucket/a/b.png", "memory://x", "https://example.org/a.bb", "file:///tmp/x"])
def test_a_url_goes_through_paths(url: str) -> None:
    assert remote.is_remote(Path(url)) and remote.url_of(Path(url)) == url


@pytest.mark.parametrize("path", ["a/b.png", "/s3://x", "C:/x", "folder/s3:/x", "-"])
def test_other_paths_are_no_urls(path: str) -> None:
    assert not remote.is_remote(Path(path))


def test_what_is_written_is_read(folder: Path) -> None:
    files.write_bytes(folder / "a" / "x.bin", b"content")
    data, status = files.read_file(folder / "a" / "x.bin")
    assert data == b"content" and status.st_size == 7 and status.st_mtime > 0
    assert files.file_size(folder / "a" / "x.bin") == 7 and files.is_folder(folder / "a")
    assert remote.files_in_remote(folder) == [folder / "a" / "x.bin"]
    with remote.open_remote(folder / "a" / "x.bin") as file:
        assert file.seek(3) == 3 and file.read() == b"tent"


def test_nothing_is_replaced_unless_asked(folder: Path) -> None:
    files.write_bytes(folder / "x", b"one")
    with pytest.raises(BadInput, match="already there"):
        files.write_bytes(folder / "x", b"two")
    files.write_bytes(folder / "x", b"two", force=True)
    assert files.read_bytes(folder / "x") == b"two"


def test_a_file_is_there_when_all_of_it_is(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), remote.edited(folder / "x", keep=False) as place:
        place.write_bytes(b"half")
        raise ZeroDivisionError
    assert not files.is_there(folder / "x")
    with remote.edited(folder / "x", keep=True) as place:
        place.write_bytes(b"all")
    with remote.edited(folder / "x", keep=True) as place:
        assert place.read_bytes() == b"all"


def test_what_is_not_there_or_no_protocol_is_told(folder: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        files.read_bytes(folder / "missing")
    with pytest.raises(BadInput, match="nonsense://x/y"):
        files.read_bytes(Path("nonsense://x/y"))
    with pytest.raises(BadInput, match="left alone"):
        files.remove_unchanged(folder / "x", Path(__file__).stat())


def test_without_fsspec_the_way_out_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingPackage, match=r"codec\[ecosystem\]"):
        files.read_bytes(folder / "x")
