"""Packing: everything comes back, twice is once, and an interrupted run goes on to the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.archive_files import MODIFIED, items, packed, picture, same_content
from helpers.processes import environment, python
from PIL import Image

from codec.archives.batch import PackBatch, PackedBatch
from codec.archives.pack import LARGE, Item, Run, pack_items
from codec.archives.read import Archive
from codec.container.archive import MAX_ENTRIES
from codec.errors import BadFile, BadInput
from codec.kinds.requests import Restoring, Settings
from codec.kinds.table import open_file
from codec.system.executor import Task, completed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "set.bba"
    packed(path, items())
    return path


def test_everything_comes_back_with_its_time(whole: Path) -> None:
    with Archive(whole) as archive:
        assert archive.names == [item.name for item in items()] and archive.is_whole
        for item in reversed(items()):
            restored = archive.unpack(item.name, Restoring())
            assert same_content(item.name, restored.content, item.data) and not restored.ending
            assert restored.modified == item.modified
            archive.verify(item.name, Restoring())


def test_what_is_there_twice_is_stored_once(tmp_path: Path) -> None:
    done = packed(tmp_path / "x.bba", [Item(f"{number}.png", None, picture(7, 40, 40)) for number in range(200)])
    assert done.same == 199 and done.written < 200 * 14 + 2000


def test_files_that_share_what_is_kept_of_their_digests_are_not_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alike = SimpleNamespace(sha256=lambda data: SimpleNamespace(digest=lambda: b"the same" + hashlib.sha256(data).digest()))
    monkeypatch.setattr("codec.archives.pack.hashlib", alike)
    assert packed(tmp_path / "x.bba", items()).same == 1
    with Archive(tmp_path / "x.bba") as archive:
        for item in items():
            assert same_content(item.name, archive.unpack(item.name, Restoring()).content, item.data)


def test_small_pictures_of_one_form_share_a_file(tmp_path: Path) -> None:
    batch = PackBatch(tuple(item.read() for item in items()[:9]), Settings(threads=1)).run()
    alone = [PackBatch((item.read(),), Settings(threads=1)).run() for item in items()[:9]]
    assert batch.shared and len(batch.files[0]) < sum(len(one.files[0]) for one in alone)


def test_small_pictures_that_are_to_be_stored_share_nothing(tmp_path: Path) -> None:
    batch = PackBatch(tuple(item.read() for item in items()[:9]), Settings(threads=1, method="stored")).run()
    assert not batch.shared and all(item.data in data for item, data in zip(items()[:9], batch.files, strict=True))


def photo(seed: int) -> bytes:
    """A PNG of 40x40 pixels without a flat place."""
    y, x, c = np.indices((40, 40, 3))
    waves = 120 + 60 * np.sin(x / (5 + seed) + c) + 50 * np.cos(y / 9) + np.random.default_rng(seed).normal(0, 4, y.shape)
    file = io.BytesIO()
    Image.fromarray(waves.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def test_small_photos_of_one_size_are_a_chain(tmp_path: Path) -> None:
    given = [Item(f"{number}.png", None, photo(number)) for number in range(6)]
    batch = PackBatch(tuple(item.read() for item in given), Settings(threads=1, effort=1)).run()
    alone = [PackBatch((item.read(),), Settings(threads=1, effort=1)).run() for item in given]
    assert batch.shared and getattr(open_file(batch.files[0]).info(), "method", "") == "chain"
    assert len(batch.files[0]) < sum(len(one.files[0]) for one in alone)
    pack_items(given, tmp_path / "x.bba", Settings(threads=1, effort=1), partial(completed, threads=1))
    with Archive(tmp_path / "x.bba") as archive:
        for item in reversed(given):
            assert same_content(item.name, archive.unpack(item.name, Restoring()).content, item.data)
            archive.verify(item.name, Restoring())


def test_an_archive_takes_24_bytes_a_picture_beside_its_name_and_file(tmp_path: Path) -> None:
    given = [Item(f"{number:05}.png", None, picture(number), MODIFIED + 9 * number) for number in range(12)]
    done = packed(tmp_path / "x.bba", given)
    alone = sum(len(PackBatch((item.read(),), Settings(threads=1)).run().files[0]) for item in given)
    assert done.written < alone + 12 * (24 + 9)


def test_blocks_hold_few_entries_and_large_files_go_alone(tmp_path: Path) -> None:
    given = [Item(f"{number:03}.txt", None, bytes([number % 5]) * 9) for number in range(150)]
    given.insert(70, Item("large.bin", None, bytes(range(256)) * (LARGE // 256 + 1)))
    packed(tmp_path / "x.bba", given)
    with Archive(tmp_path / "x.bba") as archive:
        assert [place.entries for place in archive.index.places] == [MAX_ENTRIES, 6, 1, MAX_ENTRIES, 16]


def test_an_update_adds_what_is_new_or_changed_behind_what_is_there(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.bba"
    path.write_bytes(before := whole.read_bytes())
    changed = [*items(), Item("new.png", None, picture(99)), Item("notes.txt", None, b"other text")]
    del changed[-3]
    done = packed(path, changed, update=True)
    assert path.read_bytes().startswith(before) and done.skipped == len(items()) - 1
    with Archive(path) as archive:
        assert len(archive) == len(items()) + 1
        assert archive.unpack("notes.txt", Restoring()).content == b"other text"
    again = path.read_bytes()
    packed(path, changed, update=True)
    assert path.read_bytes() == again


class Killed(Exception):
    """Stands for a signal."""


def stopping(after: int) -> Run:
    """Does tasks, and dies when so many are done."""

    def run(tasks: Iterable[Task[PackedBatch]]) -> Iterator[PackedBatch]:
        for number, task in enumerate(tasks):
            if number == after:
                raise Killed
            yield task.run()

    return run


def many() -> list[Item]:
    """Items of several blocks, some the same as others."""
    return [Item(f"{number:03}.txt", None, b"text %d" % (number % 70 // 5), MODIFIED + number) for number in range(200)]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_an_interrupted_run_goes_on_to_the_same_bytes(tmp_path: Path, after: int) -> None:
    packed(tmp_path / "whole.bba", many())
    expected = (tmp_path / "whole.bba").read_bytes()
    path = tmp_path / "x.bba"
    with pytest.raises(Killed):
        pack_items(many(), path, Settings(threads=1), stopping(after))
    torn = path.read_bytes()
    with pytest.raises(BadFile, match="--resume"):
        packed(path, many(), update=True)
    for more in (b"", expected[len(torn) :][:100]):
        path.write_bytes(torn + more)
        packed(path, many(), resume=True)
        assert path.read_bytes() == expected
    packed(path, many(), resume=True)
    assert path.read_bytes() == expected


def test_a_torn_archive_loses_the_block_that_was_being_written(tmp_path: Path) -> None:
    path = tmp_path / "x.bba"
    packed(path, many())
    with Archive(path) as archive:
        cut = archive.index.places[-1].start + 40
    path.write_bytes(path.read_bytes()[:cut])
    with Archive(path) as archive:
        assert archive.names == [item.name for item in many()[: len(archive)]] and 100 < len(archive) < 200
        for item in many()[: len(archive)]:
            assert same_content(item.name, archive.unpack(item.name, Restoring()).content, item.data)


def test_the_archive_is_the_same_whatever_does_the_tasks(whole: Path, tmp_path: Path) -> None:
    pack_items(items(), tmp_path / "x.bba", Settings(threads=2), partial(completed, threads=3))
    assert (tmp_path / "x.bba").read_bytes() == whole.read_bytes()


def test_nothing_is_replaced(whole: Path) -> None:
    with pytest.raises(BadInput, match="already there"):
        packed(whole, items())


def test_an_item_that_cannot_be_read_is_told_and_the_others_are_packed(tmp_path: Path) -> None:
    done = packed(tmp_path / "x.bba", [Item("a.txt", tmp_path / "missing"), Item("../b", None, b"x"), Item("c", None, b"c")])
    assert len(done.problems) == 2 and done.items == 1
    with Archive(tmp_path / "x.bba") as archive:
        assert archive.names == ["c"]


def test_an_empty_archive_is_one(tmp_path: Path) -> None:
    packed(tmp_path / "x.bba", [])
    with Archive(tmp_path / "x.bba") as archive:
        assert len(archive) == 0 and archive.is_whole


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_program_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(130):
        (tmp_path / "in" / f"{number:03}.txt").write_bytes(b"text %d" % number)
    command = python("-m", "codec", "pack", tmp_path / "in", "-T", 1, "-o")
    subprocess.run([*command, tmp_path / "whole.bba"], env=environment(), check=True)
    path, expected = tmp_path / "x.bba", (tmp_path / "whole.bba").read_bytes()
    process = subprocess.Popen([*command, path], env=environment())
    while process.poll() is None and not (path.exists() and path.stat().st_size > 100):
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert expected.startswith(path.read_bytes())
    subprocess.run([*command, path, "--resume"], env=environment(), check=True)
    assert path.read_bytes() == expected
