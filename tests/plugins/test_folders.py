"""Tools that read pictures by Pillow read compressed ones: torchvision's folders, tars of WebDataset."""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import codec
import codec.pillow

pytestmark = pytest.mark.filterwarnings("ignore")  # of the tools themselves


def image(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 9, (12, 16, 3), np.uint8))


def test_a_folder_of_torchvision_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    # its operators need the build of torch that it was made for; folders of pictures do not
    monkeypatch.setitem(sys.modules, "torchvision._meta_registrations", ModuleType("torchvision._meta_registrations"))
    datasets = pytest.importorskip("torchvision.datasets")
    for label in ("cats", "dogs"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.bb").write_bytes(codec.compress(image(ord(label[0]))))
    found = datasets.ImageFolder(str(tmp_path), is_valid_file=lambda name: name.endswith(".bb"))
    assert found.classes == ["cats", "dogs"] and len(found) == 2
    assert found[1][0].tobytes() == image(ord("d")).tobytes() and found[1][1] == 1


def test_a_tar_of_webdataset_holds_them(tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset")
    with tarfile.open(tmp_path / "set.tar", "w") as tar:
        for number in range(3):
            data = codec.compress(image(number))
            member = tarfile.TarInfo(f"{number:03}.bb")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    read = webdataset.WebDataset(str(tmp_path / "set.tar"), shardshuffle=False)
    found = [Image.open(io.BytesIO(sample["bb"])).tobytes() for sample in read]
    assert found == [image(number).tobytes() for number in range(3)]
