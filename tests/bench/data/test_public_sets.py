"""bench/download.py and bench/datasets.py against a server on this machine."""

import contextlib
import gzip
import hashlib
import io
import socket
import sys
import tarfile
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from bench.__main__ import main
from bench.data import public_sets
from bench.data.download import DownloadFailed, Source, WrongDigest, download
from bench.data.public_sets import Dataset

CONTENT = np.random.default_rng(1).bytes(700_000)


@dataclass
class Server:
    """What the server holds and how it behaves; `ranges` is the log of Range headers, None where a request had none."""

    files: dict[str, bytes]
    address: str = ""
    knows_ranges: bool = True
    cut_after: int | None = None  # bytes after which each connection breaks
    ranges: list[str | None] = field(default_factory=list)


def handler_of(server):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers.get("Range")
            server.ranges.append(asked)
            content = server.files.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.knows_ranges else 0
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : start + server.cut_after] if server.cut_after else content[start:])

        def log_message(self, *_):
            pass

    return Handler


@pytest.fixture
def server():
    server = Server({"a.bin": CONTENT})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(server)) as listener:
        server.address = f"http://127.0.0.1:{listener.server_port}/"
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        listener.shutdown()
        thread.join()


def source_of(*addresses, content=CONTENT, name="a.bin"):
    return Source(name, len(content), hashlib.sha256(content).hexdigest(), tuple(address + name for address in addresses))


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


def idx(array):
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes(), mtime=0)


def served(server, dataset, files):
    """The data set with other content of the same names, on the test's server."""
    server.files = files
    return replace(dataset, files=tuple(source_of(server.address, content=content, name=name) for name, content in files.items()))


def test_digits_load_as_arrays(server, tmp_path):
    images = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28)
    labels = np.array([7, 1], np.uint8)
    files = {public_sets.TEST_IMAGES: idx(images), public_sets.TEST_LABELS: idx(labels)}
    loaded = public_sets.load_mnist("test", tmp_path, served(server, public_sets.MNIST, files))
    np.testing.assert_array_equal(loaded[0], images)
    np.testing.assert_array_equal(loaded[1], labels)
    assert sorted(file.name for file in (tmp_path / "mnist").iterdir()) == sorted(files)


def test_cifar_pictures_load_with_their_channels_last(server, tmp_path, monkeypatch):
    rows = np.random.default_rng(2).integers(0, 256, (3, 3073)).astype(np.uint8)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        member.size = rows.size
        archive.addfile(member, io.BytesIO(rows.tobytes()))
    monkeypatch.setattr(public_sets, "CIFAR10", served(server, public_sets.CIFAR10, {public_sets.CIFAR10_ARCHIVE: buffer.getvalue()}))
    images, labels = public_sets.load_cifar10("test", tmp_path)
    assert images.shape == (3, 32, 32, 3)
    np.testing.assert_array_equal(images[1, 2, 5], rows[1, 1 + 2 * 32 + 5 :: 1024])
    np.testing.assert_array_equal(labels, rows[:, 0])


def test_a_split_that_does_not_exist_is_an_error(tmp_path):
    for load in (public_sets.load_mnist, public_sets.load_cifar10):
        with pytest.raises(ValueError, match="'valid'"):
            load("valid", tmp_path)


def test_the_command_fetches_by_name_and_lists_what_is_there(server, tmp_path, monkeypatch, capsys):
    files = {"kodim01.png": b"one", "kodim02.png": b"two"}
    monkeypatch.setattr(public_sets, "DATASETS", {"kodak": served(server, public_sets.KODAK, files)})
    assert main(["datasets", "kodak", "--folder", str(tmp_path)]) == 0
    assert "kodak: 2 files, digests checked" in capsys.readouterr().out
    assert main(["datasets", "--folder", str(tmp_path)]) == 0
    assert "2 of 2 files here" in capsys.readouterr().out
    server.files.clear()
    assert main(["datasets", "kodak", "--folder", str(tmp_path / "empty")]) == 1
    assert capsys.readouterr().err.startswith("bench datasets: kodim01.png was not fetched")
    with contextlib.suppress(SystemExit):
        main(["datasets", "imagenet"])
    assert "there is no data set 'imagenet'" in capsys.readouterr().err


def test_the_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_DATASETS", str(tmp_path))
    assert public_sets.cache_folder() == tmp_path
    monkeypatch.delenv("CODEC_DATASETS")
    assert public_sets.cache_folder().parts[-2:] == ("codec", "datasets")


@pytest.mark.parametrize("name", public_sets.DATASETS)
def test_every_source_has_a_digest_a_size_and_more_than_one_address(name):
    dataset: Dataset = public_sets.DATASETS[name]
    for source in dataset.files:
        assert len(bytes.fromhex(source.sha256)) == 32
        assert source.size > 0
        assert len(set(source.addresses)) >= 2


def test_published_digests_agree_with_the_shared_copies(shared_data):
    for dataset, name_of in ((public_sets.MNIST, str), (public_sets.KODAK, lambda name: name.removeprefix("kodim"))):
        for source in dataset.files:
            copy = shared_data / dataset.name / name_of(source.name)
            assert copy.stat().st_size == source.size
            assert hashlib.sha256(copy.read_bytes()).hexdigest() == source.sha256
