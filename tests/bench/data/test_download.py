"""bench/data/download.py against a server on this machine: a file is whole or not there."""

import io
import socket
import sys

import pytest
from helpers.file_server import CONTENT, serving, source_of

from bench.data.download import download
from bench.errors import DownloadFailed, WrongDigest


@pytest.fixture
def server():
    with serving() as found:
        yield found


def test_a_file_is_fetched_whole_and_nothing_else_is_left(server, tmp_path):
    path = download(source_of(server.address), tmp_path / "new")
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["a.bin"]


def test_a_file_that_is_there_is_used_without_the_network(tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT)
    assert download(source_of("http://nowhere.invalid/"), tmp_path) == tmp_path / "a.bin"


def test_a_damaged_file_is_fetched_again(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"x" + CONTENT[1:])
    assert download(source_of(server.address), tmp_path).read_bytes() == CONTENT


def test_an_interrupted_transfer_continues_where_it_stopped(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(CONTENT[:300_000])
    assert download(source_of(server.address), tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=300000-"]


def test_a_connection_that_breaks_is_taken_up_again(server, tmp_path):
    server.cut_after = 400_000
    assert download(source_of(server.address), tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=400000-"]


def test_what_came_before_a_failure_serves_the_next_call(server, tmp_path):
    server.cut_after = 100_000
    with pytest.raises(DownloadFailed, match=r"a\.bin .*300,000 of 700,000 bytes.*by hand"):
        download(source_of(server.address), tmp_path)
    assert not (tmp_path / "a.bin").exists()
    server.cut_after = None
    assert download(source_of(server.address), tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=300000-"


def test_a_server_without_ranges_sends_the_file_from_its_start(server, tmp_path):
    server.knows_ranges = False
    (tmp_path / "a.bin.part").write_bytes(CONTENT[:300_000])
    assert download(source_of(server.address), tmp_path).read_bytes() == CONTENT


def test_a_stale_part_is_thrown_away_and_the_file_fetched_afresh(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(b"x" * 300_000)
    assert download(source_of(server.address), tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=300000-", None]


def test_a_part_longer_than_the_file_is_thrown_away(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(b"x" * 800_000)
    assert download(source_of(server.address), tmp_path).read_bytes() == CONTENT


def test_a_part_past_the_end_of_what_the_server_has_is_thrown_away(server, tmp_path):
    server.files["a.bin"] = CONTENT[:200_000]
    (tmp_path / "a.bin.part").write_bytes(CONTENT[:300_000])
    with pytest.raises(DownloadFailed, match="416"):
        download(source_of(server.address), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_content_of_another_digest_is_refused_and_removed(server, tmp_path):
    server.files["a.bin"] = CONTENT[:-1] + b"x"
    with pytest.raises(WrongDigest, match=r"a\.bin was not fetched: .*not the published one") as caught:
        download(source_of(server.address), tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_size_is_refused_before_it_is_written(server, tmp_path):
    server.files["a.bin"] = b"<html>please log in</html>"
    with pytest.raises(DownloadFailed, match="offers 26 bytes where the published file has 700,000"):
        download(source_of(server.address), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_next_address_is_tried_after_one_that_fails(server, tmp_path):
    missing = server.address + "missing/"
    assert download(source_of(missing, server.address), tmp_path).read_bytes() == CONTENT
    with pytest.raises(DownloadFailed, match=r"missing/a\.bin: the server answered 404"):
        download(source_of(missing), tmp_path / "other")


def test_without_a_network_the_error_names_file_reason_and_way_out(tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(DownloadFailed, match=r"a\.bin was not fetched: .*refused.*: check the network and run again, or put"):
            download(source_of(address), tmp_path)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_shown_on_a_terminal_only(server, tmp_path, monkeypatch, capsys):
    download(source_of(server.address), tmp_path / "quiet")
    assert capsys.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    download(source_of(server.address), tmp_path / "loud")
    assert "100% of 0.7 MB" in terminal.getvalue()
