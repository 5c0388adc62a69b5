"""Gathers symbols of JPEG files for training, and keeps them on disk, where they are computed once.

A file gives the symbols of some of its blocks, more of a large file than of a small one, gathered with everything that the codec has seen
before them. Predictions begin with what some of the files teach (starts.py). The cache's name depends on the files (names and sizes) and on
how symbols are gathered.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.constants import KINDS
from codec.density.jpeg.gather import gather_symbols
from codec.errors import BadData
from codec.learn.common.progress import Say
from codec.learn.jpeg.passes import MOST_BLOCKS, pass_room, passes_of
from codec.learn.jpeg.starts import first_start, mean_start, solved_start
from codec.system.executor import cores, in_order

VERSION = 1  # of how symbols are gathered
EVERY = 20  # without a manifest every 20th file is for validation
SHARE = 32.0  # symbols of luma that a file gives for each square root of a byte
VALIDATION_SYMBOLS = 60000
START_FILES = 300


@dataclass(frozen=True)
class Symbols:
    """Symbols of one network, luma's or chroma's. inputs: int16 [n, inputs] in 1/32; facts: int32 [n, FACTS] (gather.py), the kinds of the
    second chroma component KINDS higher; held: where each validation file begins among the last ones, int64 [files + 1]."""

    inputs: NDArray[np.int16]
    facts: NDArray[np.int32]
    held: NDArray[np.int64]

    @property
    def training(self) -> int:
        """How many symbols are to train on: the first ones."""
        return int(self.held[0])


@dataclass(frozen=True)
class Gathered:
    """What files give. start: float32 [CLASSES, KINDS, 2 NUMBERS], weights and powers that learnt predictions begin with; solved: float32
    [CLASSES, SIZE, ROOM], what solved ones begin with, which symbols are gathered with, or None."""

    luma: Symbols
    chroma: Symbols
    start: NDArray[np.float32]
    solved: NDArray[np.float32] | None


def list_files(folder: Path) -> list[tuple[Path, bool]]:
    """The JPEG files of a folder and whether each is for validation: as manifest.csv says (columns file, split), else every 20th."""
    manifest = folder / "manifest.csv"
    if not folder.is_dir():
        raise BadData(f"{folder}: not a folder of JPEG files")
    if manifest.exists():
        with open(manifest, newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or not {"file", "split"} <= set(rows[0]):
            raise BadData(f"{manifest}: needs the columns file and split")
        return [(folder / row["file"], row["split"] == "val") for row in rows if row["split"] in ("train", "val")]
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in (".jpg", ".jpeg"))
    if not files:
        raise BadData(f"{folder}: no JPEG files here; looked for .jpg, .jpeg")
    return [(file, i % EVERY == EVERY - 1) for i, file in enumerate(files)]


def load_symbols(folder: Path, cache: Path, solves: bool, say: Say | None = None) -> Gathered:
    """The symbols of a folder's files, which are computed unless the cache has them; solves: with solved predictions. Raises BadData."""
    files = list_files(folder)
    facts = [(file.name, file.stat().st_size, held) for file, held in files]
    key = hashlib.sha256(repr((VERSION, SHARE, MOST_BLOCKS, solves, facts)).encode()).hexdigest()[:24]
    names = [f"{key}.{part}.{name}.npy" for part in ("luma", "chroma") for name in ("inputs", "facts", "held")]
    names.append(f"{key}.{'solved' if solves else 'start'}.npy")
    paths = [cache / name for name in names]
    if not paths[-1].exists():
        cache.mkdir(parents=True, exist_ok=True)
        _compute(files, paths, solves, say)
    arrays = [np.asarray(np.load(path, mmap_mode="c")) for path in paths]
    begun = (first_start(), arrays[6]) if solves else (arrays[6], None)
    return Gathered(Symbols(*arrays[:3]), Symbols(*arrays[3:6]), *begun)


def _compute(files: Sequence[tuple[Path, bool]], paths: Sequence[Path], solves: bool, say: Say | None) -> None:
    training = [file for file, held in files if not held]
    some = training[:: max(1, len(training) // START_FILES)]
    start = first_start() if solves else mean_start(some)
    solved = solved_start(some) if solves else None
    ordered = sorted(files, key=lambda item: item[1])
    parts: list[list[list[NDArray[np.generic]]]] = [[[], []], [[], []]]
    held: list[list[int]] = [[], []]

    def work(index: int) -> list[tuple[NDArray[np.int16], NDArray[np.int32]]]:
        file, validation = ordered[index]
        return _file_symbols(file, start, solved, index, validation)

    for done, of_file in enumerate(in_order(work, range(len(ordered)), cores()), 1):
        for part, (inputs, facts) in enumerate(of_file):
            if ordered[done - 1][1]:
                held[part].append(sum(len(one) for one in parts[part][1]))
            parts[part][0].append(inputs)
            parts[part][1].append(facts)
        if say is not None and done % 50 == 0:
            say(f"symbols of {done} of {len(ordered)} files", True)
    arrays: list[NDArray[np.generic]] = []
    for part in range(2):
        inputs, facts = (np.concatenate(columns) for columns in parts[part])
        arrays += [inputs, facts, np.array([*held[part], len(facts)], np.int64)]
    for path, array in zip(paths, [*arrays, start if solved is None else solved], strict=True):
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with open(temporary, "wb") as file:
            np.save(file, array)
        os.replace(temporary, path)


def _file_symbols(
    file: Path, start: NDArray[np.float32], solved: NDArray[np.float32] | None, seed: int, validation: bool
) -> list[tuple[NDArray[np.int16], NDArray[np.int32]]]:
    """(inputs, facts) of a file's symbols, of luma's network and of chroma's."""
    found: list[list[tuple[NDArray[np.int16], NDArray[np.int32]]]] = [[], []]
    rng = np.random.default_rng((seed, 1))
    total = VALIDATION_SYMBOLS if validation else SHARE * file.stat().st_size ** 0.5
    for blocks, known in passes_of(file, start, solved, seed):
        wanted = total if blocks.kind == 0 else 0.25 * total
        symbols = float((known != 0).sum() * 1.5 + 2 * len(known))
        chosen = rng.random(len(known)) < min(1.0, wanted / symbols)
        room = pass_room(blocks.kind, solved is not None, 65 * int(chosen.sum()) + 65)
        count = gather_symbols(blocks, chosen.astype(np.uint8), *room)
        inputs, facts = room[1][:count].copy(), room[2][:count].copy()
        facts[:, 0] += KINDS if blocks.kind == 2 else 0
        found[min(blocks.kind, 1)].append((inputs, facts))
    result = []
    for part, columns in enumerate(found):
        columns = columns or [pass_room(part, solved is not None, 0)[1:]]
        result.append((np.concatenate([one for one, _ in columns]), np.concatenate([one for _, one in columns])))
    return result
