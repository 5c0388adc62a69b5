"""Fetches and reads public data sets by their names.

Every file is listed with its size, its published SHA-256 and the addresses that serve it. A file in the cache folder is used when its
digest is right and fetched otherwise: into NAME.part, continued there after an interruption, and renamed once size and digest are right.
The cache folder is $CODEC_DATASETS, or "codec/datasets" in the user's cache folder; files put there by hand are as good as fetched ones.
"""

from __future__ import annotations

import os
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.data.download import Source, download
from codec.learn.common.data import read_idx

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Dataset:
    """A named set of files and where it comes from."""

    name: str
    title: str
    licence: str
    page: str
    files: tuple[Source, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(source.size for source in self.files)


def sources(rows: tuple[tuple[str, int, str], ...], addresses: tuple[str, ...]) -> tuple[Source, ...]:
    """Files (name, size, SHA-256) that lie under their own names at each of the addresses."""
    return tuple(Source(name, size, sha256, tuple(address + name for address in addresses)) for name, size, sha256 in rows)


TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
CIFAR10_ARCHIVE = "cifar-10-binary.tar.gz"

MNIST = Dataset(
    "mnist",
    "MNIST, 70,000 digits of 28x28, 8-bit gray",
    "public benchmark; CC BY-SA 3.0 by LeCun, Cortes and Burges",
    "http://yann.lecun.com/exdb/mnist/",
    sources(
        (
            (TRAIN_IMAGES, 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            (TRAIN_LABELS, 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (TEST_IMAGES, 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            (TEST_LABELS, 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    ),
)
FASHION_MNIST = Dataset(
    "fashion-mnist",
    "Fashion-MNIST, 70,000 pieces of clothing of 28x28, 8-bit gray",
    "MIT, Zalando SE",
    "https://github.com/zalandoresearch/fashion-mnist",
    sources(
        (
            (TRAIN_IMAGES, 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            (TRAIN_LABELS, 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (TEST_IMAGES, 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            (TEST_LABELS, 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        ),
    ),
)
CIFAR10 = Dataset(
    "cifar10",
    "CIFAR-10, 60,000 pictures of 32x32, RGB (the binary version: no pickle)",
    "no licence stated; cite Krizhevsky 2009",
    "https://www.cs.toronto.edu/~kriz/cifar.html",
    sources(
        ((CIFAR10_ARCHIVE, 170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),),
        ("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
    ),
)
KODAK_FILES = (  # size and SHA-256 of kodim01.png, kodim02.png ... kodim24.png
    (736501, "a56e27cbf5f843c048b6af1d6e090760e9c92fadba88b7dee0205918a37523bd"),
    (617995, "4f4b74a79237e311d72cad958237b5f7088d8bce1c82305ebefe1a70e3022dfd"),
    (502888, "e25ca1ff2f0c0cb5fdfd5f9b0a0bb21ac4c3de3c84a67f35b09a85d3306249db"),
    (637432, "e3b946107c5d3441c022f678d0c3caf1e224d81b1604ba840a4f88e562de61aa"),
    (785610, "10349e963c5c813d327852f82c1795fa4148d69fedffc4c589bee458e3ac3d53"),
    (618959, "363510303b715d4cbc384e1ce227e466b613a09e1b71ae985882bf8e7fbd9b18"),
    (566322, "b77d3f006f42414bb242222e0482e750c0fb9e5ee8d4bed2f6f11c5605fe54a4"),
    (788470, "ba23983c76b4832ee0e8af0592664756841a16779acd69f792e268fb6d13d6e7"),
    (582899, "6a4361c2fc194feb4edaa9f9a4a0620fb9943e460ac7fdf037fb0f6dd6607a7d"),
    (593463, "9dfb70f5867c29ff9ed6313683f19b3d867849e40fbc0c4c54a4a89df341cf23"),
    (621023, "7936814b58b5387fce2e4e2488b4ec830dadd95fa9520f358ddb30990b50f2b6"),
    (531024, "d78c37c2f04f23761ed2367dd77e2db584ddd4c3950833fecf89f199a8126980"),
    (822712, "bc34a3ce58dea09dce1704c997171602de90cb34d0c8503a988b77f473d39b08"),
    (692201, "55a94550ff18f3246c4074fd32b77b0c74447c26b6ad274d564d999c0450ba6e"),
    (612582, "7538cbb80cb9103606c48b806eae57d56c885c7f90b9b3be70a41160f9cbb683"),
    (534247, "a89c7268ccd4718ba424a99fc4643c572cf692ca6eae887185ceb4e9f11d2e54"),
    (602078, "37afcc89fbdcb76d9518e04b2fc011027e2f4cd14b3b2f83cefd721641a47c5b"),
    (780947, "1a9258c365988961d87a0598725b609139c303ad48a5aad6c503c3b1a87849aa"),
    (671476, "b7450b264b1b0a411390d8931b112c27905a992520fc90569dc4b920aa32bbdc"),
    (492462, "3b46c71e3b92a563820ba32936be8330c586c41f938efd94be938386aae4328a"),
    (637051, "ac958597c82073f6bb65129c68f72b651db5b9efd82e11547d07350214bc268b"),
    (701970, "1cee58eb1f2d9c7ebb254d208a03c783ce6cf2c4d8c2cf45e235dd23b4ce1b29"),
    (557596, "e3111a2fd4da24af15d6459ef9eacfe54106b38e27b4a21821b75c3f5d2d5baf"),
    (706397, "1071c68372cc5a01435c2c225a5cf7d4bb803846ec08bb6b3d6721b156d7cb96"),
)
KODAK = Dataset(
    "kodak",
    "Kodak, 24 photographs of 768x512, RGB",
    "released by Eastman Kodak for unrestricted use",
    "https://r0k.us/graphics/kodak/",
    tuple(
        Source(
            f"kodim{number:02}.png",
            size,
            sha256,
            (
                f"https://r0k.us/graphics/kodak/kodak/kodim{number:02}.png",
                "https://raw.githubusercontent.com/MohamedBakrAli/Kodak-Lossless-True-Color-Image-Suite/master/"
                f"PhotoCD_PCD0992/{number:02}.png",
            ),
        )
        for number, (size, sha256) in enumerate(KODAK_FILES, 1)
    ),
)
DATASETS = {dataset.name: dataset for dataset in (MNIST, FASHION_MNIST, CIFAR10, KODAK)}


def cache_folder() -> Path:
    """$CODEC_DATASETS, or codec/datasets in the folder that the system keeps for caches."""
    chosen = os.environ.get("CODEC_DATASETS")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "codec" / "datasets"


def fetch(dataset: Dataset, folder: Path | None = None, names: tuple[str, ...] = ()) -> list[Path]:
    """The paths of a data set's files, in the order of dataset.files; those that are missing or damaged are downloaded.

    folder: where all data sets lie, each in a folder of its name; the cache folder unless given.
    names: the files that are wanted; all unless given.
    """
    place = (folder or cache_folder()) / dataset.name
    return [download(source, place) for source in dataset.files if not names or source.name in names]


def load_mnist(split: str = "train", folder: Path | None = None, dataset: Dataset = MNIST) -> tuple[Bytes, Bytes]:
    """Images uint8[n, 28, 28] and labels uint8[n] of MNIST, or of FASHION_MNIST, which has the same form.

    split: "train" (60,000) or "test" (10,000); ValueError for another.
    """
    names = choose(split, (TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS))
    images, labels = fetch(dataset, folder, names)
    return read_idx(images), read_idx(labels)


def load_cifar10(split: str = "train", folder: Path | None = None, dataset: Dataset = CIFAR10) -> tuple[Bytes, Bytes]:
    """Pictures uint8[n, 32, 32, 3] and labels uint8[n]; split: "train" (50,000) or "test" (10,000), ValueError for another."""
    members = choose(split, tuple(f"data_batch_{number}.bin" for number in range(1, 6)), ("test_batch.bin",))
    (path,) = fetch(dataset, folder)
    with tarfile.open(path) as archive:
        files = [archive.extractfile(f"cifar-10-batches-bin/{member}") for member in members]
        rows = np.concatenate([np.frombuffer(file.read(), np.uint8) for file in files if file is not None]).reshape(-1, 3073)
    return np.ascontiguousarray(rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)), rows[:, 0].copy()


def load_kodak(folder: Path | None = None) -> list[Path]:
    """The paths of the 24 pictures, in order."""
    return fetch(KODAK, folder)


def choose(split: str, train: tuple[str, ...], test: tuple[str, ...]) -> tuple[str, ...]:
    """The files of a split by its name."""
    if split not in ("train", "test"):
        raise ValueError(f"split {split!r} is neither 'train' nor 'test'")
    return train if split == "train" else test
