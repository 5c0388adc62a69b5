"""The predictors of density/photo/predictors.py once more: plain numbers, pixels in raster order, sums in a dictionary."""

import math
from typing import Any

import numpy as np

NEAR = [
    (-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (1, -2), (-1, -2),
    (-2, -1), (2, -1), (-3, 0), (0, -3), (-2, -2), (2, -2), (-3, -1), (3, -1),
    (-1, -3), (1, -3), (-3, -2), (3, -2),
]  # fmt: skip
SETTINGS = {  # neighbours of the channel itself, of each earlier one (besides its current pixel), decays of rows and segments, ridges
    "wide": (16, 4, 0.87, 0.55, (16.0, 4.0, 4.0)),
    "small": (6, 2, 0.7, 0.4, (4.0, 1.0, 1.0)),
    "long": (20, 11, 0.97, 0.85, (16.0, 4.0, 4.0)),
    "least": (4, 1, 0.5, 0.3, (4.0, 1.0, 1.0)),
}
SETS = {"one": ["small"], "two": ["wide", "small"], "four": ["wide", "small", "long", "least"]}
Sums = dict[tuple[int, int], Any]
Real = type[float] | type[np.float32]


def look(rows: list[list[int]], top: int, y: int, x: int, near: int) -> int:
    """A causal neighbour, also where it lies beside or above the picture."""
    dx, dy = NEAR[near]
    if y + dy < 0:
        dx, dy = -1, 0
    y, x = y + dy, x + dx
    if x < 0:
        return rows[y - 1][0] if y > 0 else top
    return rows[y][min(x, len(rows[y]) - 1)]


def flushed(value: Any) -> Any:
    return value * 0 if -(2.0**-60) < value < 2.0**-60 else value


def solve(sums: Sums, count: int, ridge: float, real: Real) -> list[Any]:
    """The weights, by Cholesky; row `count` of the sums is the right-hand side."""
    sums = dict(sums)
    for i in range(2):
        sums[count, i] += real(0.5 * ridge)
    inverse = []
    for j in range(count):
        pivot = sums[j, j] + real(ridge)
        for k in range(j):
            pivot -= sums[j, k] * sums[j, k]
        inverse.append(real(1.0) / real(np.sqrt(max(pivot, real(1e-9)))))
        for i in range(j + 1, count + 1):
            for k in range(j):
                sums[i, j] -= sums[i, k] * sums[j, k]
            sums[i, j] *= inverse[j]
    weights = [sums[count, i] for i in range(count)]
    for i in range(count - 1, -1, -1):
        weights[i] *= inverse[i]
        for k in range(i):
            weights[k] -= sums[i, k] * weights[i]
    return weights


class Predictor:
    """A predictor of channel c: `own[y][j]` and `left` are the sums of segments."""

    def __init__(self, name: str, c: int, height: int, width: int, real: Real) -> None:
        self.name, self.c, self.real = name, c, real
        self.near, self.other, self.row_decay, self.segment_decay, ridge = SETTINGS[name]
        self.ridge = ridge[c]
        self.count = self.near + c * (self.other + 1)
        self.entries = [(i, j) for i in range(self.count + 1) for j in range(min(i + 1, self.count))]
        self.zero: Sums = dict.fromkeys(self.entries, real(0.0))
        self.own: dict[tuple[int, int], Sums] = {}
        self.errors = [[0] * width for _ in range(height)]

    def begin(self, y: int, j: int) -> None:
        """Weights of segment j of row y."""
        K, KK, R = (self.real(decay) for decay in (self.segment_decay, self.segment_decay * self.segment_decay, self.row_decay))
        if j == 0:
            self.left = self.zero
        else:
            self.left = {e: flushed(K * (self.left[e] + self.own[y, j - 1][e])) for e in self.entries}
        above = [self.own.get((y - 1, j + right), self.zero) for right in range(3)]
        sums = {e: self.left[e] + above[0][e] + K * above[1][e] + KK * above[2][e] for e in self.entries}
        self.weights = solve(sums, self.count, 16.0 * self.ridge, self.real)
        self.own[y, j] = {e: R * above[0][e] for e in self.entries}

    def guess(self, y: int, x: int, regressors: list[int], mean: int, west: int) -> int:
        """The prediction in 1/64 level."""
        total = self.real(mean)
        for weight, value in zip(self.weights, regressors, strict=True):
            total += weight * self.real(value)
        scaled = float(total * self.real(16.0))
        if not -1e6 < scaled < 1e6:
            return west * 64
        return max(0 if self.c == 0 else -255 * 64, min(255 * 64, math.floor(scaled + 0.5)))

    def learn(self, y: int, x: int, regressors: list[int], error: int) -> None:
        """Add a pixel to the sums of its segment. regressors: with the pixel itself at the end."""
        squares, real = self.real(0.0), self.real
        for near in range(6):
            squares += real(look(self.errors, 384, y, x, near)) ** 2
        gain = real(6.0 * 64.0 * 64.0) / (squares + real(4.0 * (6.0 * 64.0 * 64.0)))
        sums = self.own[y, x // 8]
        for i, j in self.entries:
            sums[i, j] += (gain * real(regressors[i])) * real(regressors[j])
        self.errors[y][x] = error

    def end(self, y: int, j: int) -> None:
        self.own[y, j] = {e: flushed(value) for e, value in self.own[y, j].items()}


def errors_of(planes: np.ndarray, predictors: str, real: Real = float) -> np.ndarray:
    """What predict is to return for the predictors of a set, with sums of these numbers."""
    channels, height, width = planes.shape
    rows = planes.tolist()
    tasks = [Predictor(name, c, height, width, real) for c in range(channels) for name in SETS[predictors]]
    for y in range(height):
        for x in range(width):
            if x % 8 == 0:
                for task in tasks:
                    task.begin(y, x // 8)
            around = [[look(rows[c], (128, 0, 0)[c], y, x, near) for near in range(len(NEAR))] for c in range(channels)]
            means = [sum(values[:4]) for values in around]
            centred = [[4 * value - mean for value in values] for values, mean in zip(around, means, strict=True)]
            current = [4 * rows[c][y][x] - means[c] for c in range(channels)]
            for task in tasks:
                regressors = centred[task.c][: task.near]
                for other in range(task.c):
                    regressors = [*regressors, current[other], *centred[other][: task.other]]
                guess = task.guess(y, x, regressors, means[task.c], around[task.c][0])
                task.learn(y, x, [*regressors, current[task.c]], 64 * rows[task.c][y][x] - guess)
            if x % 8 == 7 or x == width - 1:
                for task in tasks:
                    task.end(y, x // 8)
    return np.array([[task.errors for task in tasks if task.name == name] for name in SETS[predictors]], np.int16)
