"""Learns the sums with which the predictors of small stripes begin (density/photo/start.py), from any folder of photos.

    python -m codec.learn.photo.start PICTURES codec/density/photo
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codec.density.photo.colour import to_planes
from codec.density.photo.least_squares import ENTRIES, FIELDS, NUMBER, SPARE, SUMS, Predictor, workspace
from codec.density.photo.predictors import NO_ERROR, SETS, fill_errors, pad_values
from codec.density.photo.start import file_name
from codec.lanes.wavefront import PAD, pad
from codec.learn.common.data import list_folder, load_picture

REDUCED = 3  # times: photos are looked at as they are, and so much smaller
MOST = 100  # photos, evenly spread over the folder's names
EDGE = 4  # segments at the ends of a row, which have seen less than the others


def learn_starting_sums(pictures: Sequence[NDArray[np.uint8]], predictors: Sequence[Predictor], channels: int) -> NDArray[np.float32]:
    """The entries of all tasks, in the order of least_squares.Sums. pictures: [h, w, 3], at least 80 columns wide."""
    left = np.stack([_left_by(picture, predictors, channels) for picture in pictures])
    for n, count, first in _tasks(predictors, channels):
        part = left[:, first : first + count]
        traces = part[:, [i * (i + 1) // 2 + i for i in range(n)]].sum(1)
        left[:, first : first + count] = part / traces[:, None] * np.median(traces)
    found: NDArray[np.float32] = left.mean(0).astype(np.float32)
    return found


def _left_by(picture: NDArray[np.uint8], predictors: Sequence[Predictor], channels: int) -> NDArray[np.float64]:
    """What the last rows of a picture leave, in the mean over their segments."""
    pixels = picture if channels == 3 else picture[:, :, 1:2]
    planes = pad(to_planes(np.ascontiguousarray(pixels)), pad_values(channels))
    errors = np.zeros((len(predictors), *planes.shape), np.int16)
    errors[..., 0, :PAD] = NO_ERROR
    work = workspace(predictors, channels, planes.shape[2] - 2 * PAD)
    fill_errors(planes, errors, work)
    segments = work.last.reshape(-1, int(work.plan[..., ENTRIES].sum()))[EDGE : -SPARE - EDGE]
    found: NDArray[np.float64] = segments.mean(0)
    return found


def _tasks(predictors: Sequence[Predictor], channels: int) -> list[tuple[int, int, int]]:
    """Of each task its number of regressors, of entries, and its first entry."""
    plan = workspace(predictors, channels, 1).plan.reshape(-1, FIELDS)
    return [(int(task[NUMBER]), int(task[ENTRIES]), int(task[SUMS])) for task in plan]


def _reduced(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The means of squares of REDUCED pixels a side."""
    height, width = picture.shape[0] // REDUCED, picture.shape[1] // REDUCED
    squares = picture[: height * REDUCED, : width * REDUCED].reshape(height, REDUCED, width, REDUCED, 3)
    found: NDArray[np.uint8] = (squares.mean((1, 3)) + 0.5).astype(np.uint8)
    return found


def write_starting_sums(folder: Path, output: Path) -> None:
    """Write the sums that the photos of a folder leave, to the output folder."""
    paths = list_folder(folder)
    photos = [load_picture(path) for path in paths[:: max(1, len(paths) // MOST)]]
    pictures = [one for photo in photos if photo.ndim == 3 for one in (photo, _reduced(photo))]
    for name, one in SETS.items():
        for channels in (1, 3):
            np.save(output / file_name(name, channels), learn_starting_sums(pictures, one, channels))


if __name__ == "__main__":
    write_starting_sums(Path(sys.argv[1]), Path(sys.argv[2]))
