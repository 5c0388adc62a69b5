"""codec pack, list, unpack, and verify of archives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import cli
from helpers.archive_files import items, packed, photos, same_content

from codec.archives.pack import Item
from codec.cli.archives import PackStatus, find_items
from codec.container import archive
from codec.container.archive import START, ArchiveEntry, Place


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the items."""
    place = tmp_path_factory.mktemp("pictures")
    for item in items(4):
        path = place / item.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(item.data)
    (place / ".hidden").write_bytes(b"not this")
    return place


@pytest.fixture(scope="module")
def archive_file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "set.bba"
    ended = cli.run("pack", folder, "-o", path, "--json")
    assert ended.exit_code == 0 and json.loads(ended.stdout)["items"] == len(items(4))
    return path


def test_a_folder_comes_back_as_it_was(folder: Path, archive_file: Path, tmp_path: Path) -> None:
    assert cli.run("unpack", archive_file, "-C", tmp_path / "out").exit_code == 0
    for item in items(4):
        found = tmp_path / "out" / item.name
        assert same_content(item.name, found.read_bytes(), item.data)
        assert int(found.stat().st_mtime) == int((folder / item.name).stat().st_mtime)
    assert not (tmp_path / "out" / ".hidden").exists()


def test_what_is_named_is_unpacked(archive_file: Path, tmp_path: Path) -> None:
    assert cli.run("unpack", archive_file, "a", "?.png", "-C", tmp_path, "-v").exit_code == 0
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"0.png", "1.png", "2.png", "3.png", "a/b/x.npy"}
    ended = cli.run("unpack", archive_file, "nope", "-C", tmp_path)
    assert ended.exit_code == 1 and "nope" in ended.stderr


def test_blocks_are_unpacked_side_by_side_in_their_order(archive_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.bba"
    path.write_bytes(archive_file.read_bytes())
    packed(path, [*items(4), *photos()], update=True)
    packed(path, [*items(4), *photos(), Item("last.txt", None, b"some text"), Item("new.txt", None, b"more")], update=True)
    told = [cli.run("unpack", path, "-C", tmp_path / str(threads), "-T", threads, "--json") for threads in (1, 3)]
    names = [[json.loads(line)["name"] for line in ended.stdout.splitlines()] for ended in told]
    assert names[0] == names[1] == cli.run("list", path).stdout.splitlines()
    assert all((tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes() for name in names[0])
    assert cli.run("verify", path, "-T", 3).exit_code == 0


def test_nothing_that_is_there_is_replaced_unless_asked(archive_file: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"mine")
    ended = cli.run("unpack", archive_file, "notes.txt", "-C", tmp_path)
    assert ended.exit_code == 1 and (tmp_path / "notes.txt").read_bytes() == b"mine"
    assert cli.run("unpack", archive_file, "notes.txt", "-C", tmp_path, "--skip-existing").exit_code == 0
    assert (tmp_path / "notes.txt").read_bytes() == b"mine"
    assert cli.run("unpack", archive_file, "notes.txt", "-C", tmp_path, "-f").exit_code == 0
    assert (tmp_path / "notes.txt").read_bytes() == b"some text"


def test_the_names_are_listed(archive_file: Path) -> None:
    names = {item.name for item in items(4)}
    assert set(cli.run("list", archive_file).stdout.splitlines()) == names
    listed = [json.loads(line) for line in cli.run("list", archive_file, "*.png", "--json").stdout.splitlines()]
    assert {one["name"] for one in listed} == {name for name in names if name.endswith(".png")}


def test_an_archive_is_verified(archive_file: Path, tmp_path: Path) -> None:
    assert cli.run("verify", archive_file).exit_code == 0
    damaged = bytearray(archive_file.read_bytes())
    damaged[len(damaged) // 2] ^= 4
    (tmp_path / "x.bba").write_bytes(damaged)
    ended = cli.run("verify", tmp_path / "x.bba")
    assert ended.exit_code == 1 and "damaged" in ended.stderr
    (tmp_path / "y.bba").write_bytes(archive_file.read_bytes()[:-20])
    ended = cli.run("verify", tmp_path / "y.bba")
    assert ended.exit_code == 1 and "--resume" in ended.stderr


def test_packing_again_needs_a_word(folder: Path, archive_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.bba"
    path.write_bytes(before := archive_file.read_bytes())
    ended = cli.run("pack", folder, "-o", path)
    assert ended.exit_code == 1 and "-u" in ended.stderr and path.read_bytes() == before
    assert cli.run("pack", folder, "-o", path, "-u").exit_code == 0 and path.read_bytes() == before
    assert cli.run("pack", folder, "-o", path, "-f").exit_code == 0 and path.read_bytes() == before
    assert cli.run("pack", folder, "-o", path, "-f", "-u").exit_code == 2


def test_names_that_would_leave_the_folder_are_refused(tmp_path: Path) -> None:
    """Of an archive that no writer of ours makes."""
    entries = [ArchiveEntry("../evil.txt", None), ArchiveEntry("good.txt", None, 1)]
    packed(tmp_path / "good.bba", [Item("a.txt", None, b"text")])
    with open(tmp_path / "good.bba", "rb") as file:
        record = archive.read_record(file, len(START), (tmp_path / "good.bba").stat().st_size)
        body = archive.read_body(file, record, archive.read_head(record, None))
    block = archive.block_record(entries, [bytes(8)] * 2, [body], False)
    index = archive.index_record([Place(len(START), len(block), 2)], entries, len(START) + len(block))
    (tmp_path / "x.bba").write_bytes(START + block + index)
    ended = cli.run("unpack", tmp_path / "x.bba", "-C", tmp_path / "out")
    assert ended.exit_code == 1 and "evil.txt" in ended.stderr and "1 of 2" in ended.stderr
    assert (tmp_path / "out" / "good.txt").read_bytes() == b"text" and not (tmp_path / "evil.txt").exists()


def test_two_sources_of_one_name_are_an_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(b"other")
    assert cli.run("pack", folder, tmp_path / "0.png", "-o", tmp_path / "x.bba").exit_code == 2


def test_the_archive_itself_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    (tmp_path / "x.bba").write_bytes(b"")
    assert [item.name for item in find_items([tmp_path], tmp_path / "x.bba")] == ["a.txt"]


def test_the_line_says_how_packing_goes() -> None:
    from codec.archives.pack import Packed

    line = PackStatus(340, 100_000).line(Packed(items=10, read=50_000, written=10_000, pixels=4_000_000), 2.0, 120)
    for told in ("10 of 340 files", "5.0 files/s", "2.00 MPix/s", "50.0 kB -> 10.0 kB (20.0%)", "0:02 left"):
        assert told in line


def test_info_tells_what_an_archive_holds_without_decoding_it(archive_file: Path) -> None:
    told = json.loads(cli.run("info", archive_file, "--json").stdout)
    assert told["kind"] == "archive" and told["entries"] == len(items(4)) and told["same"] == 1 and told["shared"] == 0
    assert told["bytes"] == archive_file.stat().st_size > told["files"] > 0
    assert f"{len(items(4))} entries" in cli.run("info", archive_file).stdout


def test_list_tells_what_each_entry_takes(archive_file: Path) -> None:
    lines = [json.loads(line) for line in cli.run("list", archive_file, "--json").stdout.splitlines()]
    sizes = {line["name"]: line["bytes"] for line in lines}
    assert sizes["B\u00fccher/\u65e5\u672c.png"] == 0 and sizes["0.png"] > 0
    assert sum(sizes.values()) == pytest.approx(json.loads(cli.run("info", archive_file, "--json").stdout)["files"])
    assert f"{sizes['notes.txt']:,}  notes.txt" in cli.run("list", archive_file, "-v").stdout


def test_pictures_that_share_a_file_take_a_part_of_it_each(tmp_path: Path) -> None:
    packed(tmp_path / "x.bba", items()[:4])
    told = json.loads(cli.run("info", tmp_path / "x.bba", "--json").stdout)
    lines = [json.loads(line) for line in cli.run("list", tmp_path / "x.bba", "--json").stdout.splitlines()]
    assert told["shared"] == 4 and {line["bytes"] for line in lines} == {round(told["files"] / 4)}
