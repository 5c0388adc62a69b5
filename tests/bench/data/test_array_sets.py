"""Data sets of small images are built from what others publish: counts and labels are checked, and nothing is run."""

from __future__ import annotations

import csv
import io
import json
import pickle
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.data.array_sets import CIFAR_PARTS, OMNIGLOT, build_array_set, build_cifar10, crops, drawings, frey_faces
from bench.errors import Unusable

ROWS = 20


def package(path: Path, labels: dict[str, list[int]], size: tuple[int, int] = (1024, ROWS), left_out: str = "") -> dict[str, np.ndarray]:
    """A package like that of npm, with few rows; its pictures by the names of their PNGs."""
    pictures = dict[str, np.ndarray]()
    with tarfile.open(path, "w:gz") as archive:

        def add(name: str, data: bytes) -> None:
            if name != left_out:
                info = tarfile.TarInfo(f"package/{name}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))

        for number, name in enumerate(name for names in CIFAR_PARTS.values() for name in names):
            pictures[name] = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
            file = io.BytesIO()
            Image.fromarray(pictures[name]).save(file, "PNG")
            add(name, file.getvalue())
        for split, numbers in labels.items():
            add(f"{split}_lables.json", json.dumps(numbers).encode())
    return pictures


def balanced(rows: int) -> list[int]:
    return [number % 10 for number in range(rows)]


def test_cifar10_is_its_pictures_row_by_row(tmp_path: Path) -> None:
    pictures = package(tmp_path / "x.tgz", {"train": balanced(5 * ROWS), "test": balanced(ROWS)})
    build_cifar10(tmp_path / "x.tgz", tmp_path, ROWS)
    train, test, labels = (np.load(tmp_path / f"{name}.npy") for name in ("train", "test", "test-labels"))
    assert train.shape == (5 * ROWS, 32, 32, 3) and test.shape == (ROWS, 32, 32, 3)
    np.testing.assert_array_equal(train[ROWS + 3].reshape(-1, 3), pictures["data_batch_2.png"][3])
    np.testing.assert_array_equal(labels, balanced(ROWS))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": {"train": balanced(5 * ROWS), "test": balanced(ROWS - 1)}}, "19 labels"),
        ({"labels": {"train": [0] * 5 * ROWS, "test": balanced(ROWS)}}, r"\[100, 0"),
        ({"size": (1000, ROWS)}, "not 20 rows"),
        ({"left_out": "test_batch.png"}, "no test_batch.png"),
    ],
)
def test_another_package_is_refused(tmp_path: Path, changes: dict, reason: str) -> None:
    package(tmp_path / "x.tgz", **{"labels": {"train": balanced(5 * ROWS), "test": balanced(ROWS)}, **changes})
    with pytest.raises(Unusable, match=reason):
        build_cifar10(tmp_path / "x.tgz", tmp_path, ROWS)


def omniglot_zip(drawn: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(drawn):
            pixels = np.full((105, 105), 255, np.uint8)
            pixels[10 + number : 14 + number, 20:90] = 0
            png = io.BytesIO()
            Image.fromarray(pixels).convert("1").save(png, "PNG")
            archive.writestr(f"images/{number:02}.png", png.getvalue())
    return file.getvalue()


def test_drawings_are_small_and_binary() -> None:
    found = drawings(omniglot_zip(3))
    assert found.shape == (3, 28, 28) and set(np.unique(found)) == {0, 1}
    assert found[0, 3, 10] == 1 and found[0, 20].sum() == 0
    with pytest.raises(Unusable, match="no drawings"):
        drawings(omniglot_zip(0))


def test_a_set_comes_out_of_a_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    (clone / "python").mkdir(parents=True)
    for name in ("images_background_small1", "images_background_small2"):
        (clone / "python" / f"{name}.zip").write_bytes(omniglot_zip(2 if name.endswith("1") else 3))
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(clone), *words], check=True)
    train, test = build_array_set("omniglot", tmp_path, {OMNIGLOT: clone}, None)
    assert (len(np.load(train)), len(np.load(test))) == (2, 3)


class _Reduced:
    """Pickles as an array does, with a function to be called."""

    def __reduce__(self) -> tuple:
        return print, ("this must not be printed",), (1, (2, 6), None, False, "abcdefghijkl")


def test_faces_are_taken_out_of_a_pickle_that_is_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    faces = frey_faces(pickle.dumps([_Reduced()], protocol=0), (2, 3, 2))
    assert faces.shape == (2, 3, 2) and faces[0, 0, 0] == ord("a")
    assert capsys.readouterr().out == ""
    for data in (b"", b"nothing", pickle.dumps([1]), pickle.dumps([_Reduced()], protocol=0)):
        with pytest.raises(Unusable, match="pickle"):
            frey_faces(data, (5, 3, 2))


def test_crops_are_a_grid_from_the_upper_left_corner(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (260, 300, 3)).astype(np.uint8)
    for name in ("a", "b"):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    with open(tmp_path / "manifest.csv", "w", newline="") as file:
        csv.writer(file).writerows([["file", "split"], ["a.png", "train"], ["b.png", "val"]])
    found = crops(tmp_path, "train", 64)
    assert found.shape == (16, 64, 64, 3)
    np.testing.assert_array_equal(found[5], pixels[64:128, 64:128])
    with pytest.raises(Unusable, match="--pictures"):
        build_array_set("crops-32", tmp_path, {}, None)
