"""bench/datasets.py: data sets are fetched by their names, or listed."""

import contextlib

import pytest
from helpers.file_server import serving

from bench.data.public_sets import KODAK
from bench.datasets import main
from bench.errors import DownloadFailed


def test_the_command_fetches_by_name_and_lists_what_is_there(tmp_path, capsys):
    with serving() as server:
        files = {"kodim01.png": b"one", "kodim02.png": b"two"}
        known = {"kodak": server.serves(KODAK, files)}
        assert main(["kodak", "--folder", str(tmp_path)], known) == 0
        assert "kodak: 2 files, digests checked" in capsys.readouterr().out
        assert main(["--folder", str(tmp_path)], known) == 0
        assert "2 of 2 files here" in capsys.readouterr().out
        server.files.clear()
        with pytest.raises(DownloadFailed, match=r"kodim01\.png was not fetched"):
            main(["kodak", "--folder", str(tmp_path / "empty")], known)
        with contextlib.suppress(SystemExit):
            main(["imagenet"])
        assert "there is no data set 'imagenet'" in capsys.readouterr().err
