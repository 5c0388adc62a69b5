"""Builds a set of photos to train on: tiles of pictures in public git repositories, as photos.csv lists them.

A row of photos.csv is a tile: the file that it becomes, the repository of its picture, the picture, how many times smaller it is made first
(what was a JPEG would show its traces), the tile's place and size, and the first half of the SHA-256 of its pixels. Near-duplicates of each
other, of Kodak and of the pictures for validation were left out when the list was made.
"""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.pictures import MANIFEST
from bench.errors import DownloadFailed, Unusable, WrongDigest

LIST = Path(__file__).with_name("photos.csv")
TITLE = "tiles of photos to train on, 384x384, RGB"


@dataclass(frozen=True)
class Repository:
    """A public git repository: where it is, the commit that pictures are of, and their licence."""

    address: str
    commit: str
    licence: str


REPOSITORIES = {
    "imazen/codec-corpus": Repository(
        "https://github.com/imazen/codec-corpus", "55decfe826d350815e3af3b5ac69b882fb2943d3", "CC BY-SA 4.0 (CID22/LICENSE)"
    ),
    "FLIF-hub/benchmarks": Repository(
        "https://github.com/FLIF-hub/benchmarks",
        "957462946208f80c5517b3de2b24ce4ed145f365",
        "Creative Commons, per picture (test_images/wikipedia-photos/README.md)",
    ),
    "csjunxu/MCWNNM_ICCV2017": Repository(
        "https://github.com/csjunxu/MCWNNM_ICCV2017", "e6db69b01ff21e89461cc49893c89afb1a9a941c", "BSD (License.txt)"
    ),
    "darktable-org/darktable-tests": Repository(
        "https://github.com/darktable-org/darktable-tests", "df92c08e7eefa19bac3bc4f99115ccb5fec96da1", "GPL-3.0, as darktable"
    ),
    "drewnoakes/metadata-extractor-images": Repository(
        "https://github.com/drewnoakes/metadata-extractor-images",
        "4beba640487802442bc9931fb01274e908102d3a",
        "free to use however you wish (README.md)",
    ),
}


@dataclass(frozen=True)
class Tile:
    """A row of the list."""

    file: str
    repository: str
    picture: str
    reduced: int
    x: int
    y: int
    width: int
    height: int
    digest: str


def read_list(path: Path = LIST) -> list[Tile]:
    """The tiles of a list, those of a picture one after the other."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    return [Tile(row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5]), int(row[6]), int(row[7]), row[8]) for row in rows]


def build_photo_set(
    folder: Path,
    mirrors: Mapping[str, Path],
    tiles: Sequence[Tile] | None = None,
    repositories: Mapping[str, Repository] = REPOSITORIES,
) -> list[Path]:
    """Write the tiles into a folder, as lossless WebP with a manifest.csv: their paths.

    mirrors: clones, bare or not, by the names of repositories; others are fetched into the folder, at the commit of the list alone.
    Raises DownloadFailed, WrongDigest."""
    chosen, paths = read_list() if tiles is None else tiles, list[Path]()
    folder.mkdir(parents=True, exist_ok=True)
    places = {name: git_folder(mirrors[name]) if name in mirrors else fetched(name, one, folder) for name, one in repositories.items()}
    for (name, picture), group in groupby(chosen, lambda tile: (tile.repository, tile.picture)):
        pixels = _read(places[name], repositories[name].commit, picture)
        for tile in group:
            paths.append(_write(tile, pixels, folder))
    with open(folder / MANIFEST, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "split", "source", "licence", "original"])
        writer.writerows([tile.file, "train", tile.repository, repositories[tile.repository].licence, tile.picture] for tile in chosen)
    return paths


def git_folder(path: Path) -> Path:
    """Where git keeps a clone's history, bare or not."""
    return path / ".git" if (path / ".git").exists() else path


def fetched(name: str, repository: Repository, folder: Path) -> Path:
    """A bare clone of one commit of a repository in the folder, fetched unless it is there. Raises DownloadFailed."""
    place = folder / f"{name.replace('/', '+')}.git"
    if not place.exists():
        run_git(place, "init", "--quiet", "--bare", str(place))
    try:
        run_git(place, "cat-file", "-e", f"{repository.commit}^{{tree}}")
    except DownloadFailed:
        run_git(place, "fetch", "--quiet", "--depth", "1", repository.address, repository.commit)
    return place


def run_git(place: Path, *arguments: str) -> bytes:
    """What a git command prints. Raises DownloadFailed."""
    try:
        return subprocess.run(["git", "--git-dir", str(place), *arguments], capture_output=True, check=True).stdout
    except subprocess.CalledProcessError as error:
        raise DownloadFailed(f"{place}: git {arguments[0]}: {error.stderr.decode(errors='replace').strip()}") from error
    except OSError as error:
        raise DownloadFailed(f"git is needed to fetch these photos: {error}") from error


def _read(place: Path, commit: str, picture: str) -> NDArray[np.uint8]:
    """A picture of a repository, uint8 [h, w, 3]."""
    data = run_git(place, "show", f"{commit}:{picture}")
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        raise Unusable(f"{place}: {picture} is no picture: {error}") from error


def reduce_pixels(pixels: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """The rounded means of squares of so many pixels a side; rows and columns that fill none are left out."""
    height, width = pixels.shape[0] // times, pixels.shape[1] // times
    sums = pixels[: height * times, : width * times].reshape(height, times, width, times, 3).sum((1, 3), np.int64)
    found: NDArray[np.uint8] = ((2 * sums + times * times) // (2 * times * times)).astype(np.uint8)
    return found


def pixels_digest(pixels: NDArray[np.uint8]) -> str:
    """The first half of the SHA-256 of pixels."""
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()[:32]


def _write(tile: Tile, pixels: NDArray[np.uint8], folder: Path) -> Path:
    """Write a tile of a picture. Raises WrongDigest."""
    cut = reduce_pixels(pixels, tile.reduced)[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
    if pixels_digest(cut) != tile.digest:
        raise WrongDigest(f"{tile.repository}: {tile.picture} is another picture than the one that is listed")
    path = folder / tile.file
    Image.fromarray(cut).save(path, lossless=True, method=0)
    return path
