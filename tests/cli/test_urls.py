"""Commands take URLs wherever they take paths: in memory, and from a server on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers import cli
from helpers.archive_files import picture, pixels_of
from helpers.processes import environment

from codec.system import files

fsspec = pytest.importorskip("fsspec")
BASE = "memory://commands"


@pytest.fixture
def pictures() -> Iterator[str]:
    """A folder of two pictures in memory."""
    for number in range(2):
        files.write_bytes(Path(f"{BASE}/in/sub/{number}.png"), picture(number))
    yield f"{BASE}/in"
    fsspec.filesystem("memory").rm("/commands", recursive=True)


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    """Ends a process in the end."""
    try:
        yield
    finally:
        process.kill()


def content(url: str) -> bytes:
    return files.read_bytes(Path(url))


def test_files_behind_urls_are_compressed_and_restored(pictures: str) -> None:
    assert cli.run("compress", f"{pictures}/sub/0.png", "-o", f"{BASE}/x.bb").exit_code == 0
    assert json.loads(cli.run("info", f"{BASE}/x.bb", "--json").stdout)["file"] == f"{BASE}/x.bb"
    assert cli.run("verify", f"{BASE}/x.bb").exit_code == 0
    assert cli.run("decompress", f"{BASE}/x.bb").exit_code == 0
    assert pixels_of(content(f"{BASE}/x.png")) == pixels_of(picture(0))
    assert cli.run("density", f"{pictures}/sub/0.png", "--particles", 1).exit_code == 0
    again = cli.run("decompress", f"{BASE}/x.bb")
    assert again.exit_code == 1 and "already there" in again.stderr


def test_folders_behind_urls_are_worked_on(pictures: str) -> None:
    assert cli.run("compress", "-r", pictures, "-o", f"{BASE}/out").exit_code == 0
    assert files.is_there(Path(f"{BASE}/out/sub/0.bb")) and files.is_there(Path(f"{BASE}/out/sub/1.bb"))
    ended = cli.run("compress", "-r", pictures, "-o", f"{BASE}/out", "--skip-existing", "-q")
    assert ended.exit_code == 0


def test_archives_stand_behind_urls(pictures: str, tmp_path: Path) -> None:
    url = f"{BASE}/set.bba"
    assert cli.run("pack", pictures, "-o", url).exit_code == 0
    assert cli.run("list", url).stdout.split() == ["sub/0.png", "sub/1.png"]
    assert cli.run("verify", url).exit_code == 0 and cli.run("info", url).exit_code == 0
    assert cli.run("unpack", url, "-C", tmp_path).exit_code == 0 and cli.run("unpack", url, "-C", f"{BASE}/out").exit_code == 0
    for found in ((tmp_path / "sub" / "1.png").read_bytes(), content(f"{BASE}/out/sub/1.png")):
        assert pixels_of(found) == pixels_of(picture(1))
    (tmp_path / "more.png").write_bytes(picture(7))
    assert cli.run("pack", "-u", tmp_path / "more.png", "-o", url).exit_code == 0
    assert cli.run("list", url).stdout.split() == ["sub/0.png", "sub/1.png", "more.png"]
    ended = cli.run("pack", pictures, "-o", url)
    assert ended.exit_code == 1 and "already there" in ended.stderr


def test_nothing_stands_behind_a_url_when_packing_fails(pictures: str) -> None:
    ended = cli.run("pack", pictures, "-o", f"{BASE}/x.bba", "--model", "no such model")
    assert ended.exit_code == 1 and not files.is_there(Path(f"{BASE}/x.bba"))


def test_a_server_gives_archives_and_files(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    (tmp_path / "0.png").write_bytes(picture(0))
    assert cli.run("pack", tmp_path / "0.png", "-o", tmp_path / "set.bba").exit_code == 0
    code = ("-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path))
    begun = subprocess.Popen([sys.executable, *code], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with begun as server, ending(server):
        assert server.stdout is not None
        url = server.stdout.readline().split("(")[1].split(")")[0].rstrip("/")
        assert cli.run("list", f"{url}/set.bba").stdout.split() == ["0.png"]
        assert cli.run("unpack", f"{url}/set.bba", "-C", tmp_path / "out").exit_code == 0
        assert cli.run("compress", f"{url}/0.png", "-o", tmp_path / "x.bb").exit_code == 0
        ended = cli.run("compress", f"{url}/missing.png", "-o", tmp_path / "y.bb")
        assert ended.exit_code == 1 and "no such file" in ended.stderr and "Traceback" not in ended.stderr
        refused = cli.run("compress", tmp_path / "0.png", "-o", f"{url}/z.bb")
        assert refused.exit_code == 1 and "cannot write it" in refused.stderr
    assert pixels_of((tmp_path / "out" / "0.png").read_bytes()) == pixels_of(picture(0))
