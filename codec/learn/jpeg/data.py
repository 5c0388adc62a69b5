"""Gathers symbols of JPEG files for training, and keeps them on disk, where they are computed once.

A file gives the symbols of some of its blocks, more of a large file than of a small one, gathered with everything that the codec has seen
before them. The learnt predictions begin with the mean of what they have come to in some of the files (`start`). The cache's name depends
on the files (names and sizes) and on how symbols are gathered.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.jpeg.blocks import NUMBERS, CodedBlocks, log_table, make_blocks
from codec.density.jpeg.constants import CLASSES, KINDS
from codec.density.jpeg.gather import FACTS, gather_symbols, inputs_of_class
from codec.density.jpeg.luma import luma_ratio, luma_references
from codec.errors import BadData
from codec.learn.common.progress import Say
from codec.learn.jpeg.files import read_coefficients
from codec.system.executor import cores, in_order

VERSION = 1  # of how symbols are gathered
EVERY = 20  # without a manifest every 20th file is for validation
MOST_BLOCKS = 12000  # of luma, that are gone through
SHARE = 16.0  # symbols of luma that a file gives for each square root of a byte
VALIDATION_SYMBOLS = 60000
START_FILES = 300
FIRST_WEIGHT, FIRST_POWER = 0.2, 256.0
SMALLEST = 4  # blocks to a side


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
    """What files give. start: float32 [CLASSES, KINDS, 2 NUMBERS], weights and powers that learnt predictions begin with."""

    luma: Symbols
    chroma: Symbols
    start: NDArray[np.float32]


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


def load_symbols(folder: Path, cache: Path, say: Say | None = None) -> Gathered:
    """The symbols of a folder's files, which are computed unless the cache has them. Raises BadData."""
    files = list_files(folder)
    facts = [(file.name, file.stat().st_size, held) for file, held in files]
    key = hashlib.sha256(repr((VERSION, SHARE, MOST_BLOCKS, facts)).encode()).hexdigest()[:24]
    names = [f"{key}.{part}.{name}.npy" for part in ("luma", "chroma") for name in ("inputs", "facts", "held")] + [f"{key}.start.npy"]
    paths = [cache / name for name in names]
    if not paths[-1].exists():
        cache.mkdir(parents=True, exist_ok=True)
        _compute(files, paths, say)
    arrays = [np.asarray(np.load(path, mmap_mode="c")) for path in paths]
    return Gathered(Symbols(*arrays[:3]), Symbols(*arrays[3:6]), arrays[6])


def first_start() -> NDArray[np.float32]:
    """What learnt predictions begin with when nothing is known: a little of both borders."""
    start = np.zeros((CLASSES, KINDS, 2 * NUMBERS), np.float32)
    start[..., :2], start[..., NUMBERS:] = FIRST_WEIGHT, FIRST_POWER
    return start


def _compute(files: Sequence[tuple[Path, bool]], paths: Sequence[Path], say: Say | None) -> None:
    training = [file for file, held in files if not held]
    start = _mean_start(training[:: max(1, len(training) // START_FILES)])
    ordered = sorted(files, key=lambda item: item[1])
    parts: list[list[list[NDArray[np.generic]]]] = [[[], []], [[], []]]
    held: list[list[int]] = [[], []]

    def work(index: int) -> list[tuple[NDArray[np.int16], NDArray[np.int32]]]:
        file, validation = ordered[index]
        return _file_symbols(file, start, index, validation)

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
    for path, array in zip(paths, [*arrays, start], strict=True):
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with open(temporary, "wb") as file:
            np.save(file, array)
        os.replace(temporary, path)


def _mean_start(files: Sequence[Path]) -> NDArray[np.float32]:
    """The mean of what the weights of learnt predictions come to in files; of their powers the geometric one."""
    first = first_start()
    weights = np.zeros((CLASSES, KINDS, NUMBERS))
    powers = np.zeros_like(weights)
    counts = np.zeros(CLASSES)
    for index, file in enumerate(files):
        for blocks, known in _passes(file, first, index):
            gather_symbols(blocks, np.zeros(len(known), np.uint8), *_room(blocks.kind, 0))
            weights[blocks.kind] += blocks.weights
            powers[blocks.kind] += np.log(blocks.powers)
            counts[blocks.kind] += 1
    found = np.maximum(counts, 1)[:, None, None]
    mean = np.concatenate([weights / found, np.exp(powers / found)], -1)
    return np.where(counts[:, None, None] > 0, mean, first).astype(np.float32)


def _room(kind: int, count: int) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int32]]:
    width = inputs_of_class(kind)
    return np.zeros(width * 8, np.int32), np.empty((count, width), np.int16), np.empty((count, FACTS), np.int32)


def _passes(file: Path, start: NDArray[np.float32], seed: int) -> Iterator[tuple[CodedBlocks, NDArray[np.int16]]]:
    """Blocks of each component of some rows of a file, and their coefficients [blocks, 64]; a caller goes through them before it asks for
    the next. Nothing of a file that cannot be read, or is too small."""
    found = read_coefficients(file)
    if found is None:
        return
    form, components = found
    one = form.components[0]
    units = max(1, MOST_BLOCKS // (one.columns * one.vertical))
    first = int(np.random.default_rng(seed).integers(0, max(1, form.unit_rows - units + 1)))
    part = slice(first, min(first + units, form.unit_rows))
    logs, colour = log_table(), len(components) == 3
    luma = chroma = None
    for i, (shape, whole) in enumerate(zip(form.components, components, strict=True)):
        known = np.ascontiguousarray(whole[shape.rows_of(part)])
        rows, columns = known.shape[:2]
        if min(rows, columns) < SMALLEST:
            return
        steps, references = np.array(shape.steps, np.int64), None
        ratio = luma_ratio((one.vertical, one.horizontal), (shape.vertical, shape.horizontal))
        if luma is not None and colour and ratio is not None:
            of_luma = luma.coefficients[:-1].reshape(luma.rows, luma.columns, 64)
            facts = luma.facts[:-1].reshape(luma.rows, luma.columns, -1)
            references = luma_references(of_luma, facts, np.array(one.steps, np.int64), ratio, rows, columns)
        kind = i if colour else 0
        blocks = make_blocks(known, steps, kind, logs, start, references, chroma if kind == 2 else None)
        yield blocks, known.reshape(-1, 64)
        luma, chroma = blocks if i == 0 else luma, blocks if i == 1 else chroma


def _file_symbols(file: Path, start: NDArray[np.float32], seed: int, validation: bool) -> list[tuple[NDArray[np.int16], NDArray[np.int32]]]:
    """(inputs, facts) of a file's symbols, of luma's network and of chroma's."""
    found: list[list[tuple[NDArray[np.int16], NDArray[np.int32]]]] = [[], []]
    rng = np.random.default_rng((seed, 1))
    total = VALIDATION_SYMBOLS if validation else SHARE * file.stat().st_size ** 0.5
    for blocks, known in _passes(file, start, seed):
        wanted = total if blocks.kind == 0 else 0.25 * total
        symbols = float((known != 0).sum() * 1.5 + 2 * len(known))
        chosen = rng.random(len(known)) < min(1.0, wanted / symbols)
        room = _room(blocks.kind, 65 * int(chosen.sum()) + 65)
        count = gather_symbols(blocks, chosen.astype(np.uint8), *room)
        inputs, facts = room[1][:count].copy(), room[2][:count].copy()
        facts[:, 0] += KINDS if blocks.kind == 2 else 0
        found[min(blocks.kind, 1)].append((inputs, facts))
    result = []
    for part, columns in enumerate(found):
        columns = columns or [_room(part, 0)[1:]]
        result.append((np.concatenate([one for one, _ in columns]), np.concatenate([one for _, one in columns])))
    return result
