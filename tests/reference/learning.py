"""Layers that learn, as density/shared/learning.py defines them: single numbers of single precision, one pixel of one lane at a time."""

from typing import Any

import numpy as np

from codec.density.photo.model import PhotoModel
from reference.intervals import Naive

RATES = {
    "outputs": {"out": 1e-3},
    "outputs-half": {"out": 1.5e-3},
    "heads": {"head": 5e-4, "out": 1e-3},
    "all": {"trunk": 1.75e-4, "head": 3.5e-4, "out": 7e-4},
    "all-whole": {"trunk": 2.625e-4, "head": 5.25e-4, "out": 1.05e-3},
    "directed-2": {"trunk": 5e-4, "head": 1e-3, "out": 2e-3},
    "directed-often-4-1": {"trunk": 5e-4, "head": 1e-3, "out": 2e-3},
    "directed-often-steadily": {"trunk": 3e-4, "head": 6e-4, "out": 1.2e-3},
    "directed-most-often-steadily": {"trunk": 2.625e-4, "head": 5.25e-4, "out": 1.05e-3},
}
PACES = {  # pixels of a step, segments of which one teaches; (8, 1) for others
    "all": (4, 1), "outputs-half": (4, 2), "directed-2": (16, 1), "directed-most-often-steadily": (4, 1),
}  # fmt: skip
MEMORIES = {"directed-often-steadily": 500, "directed-most-often-steadily": 500}  # of how many steps; 100 for others
SECOND = {"directed-often-steadily": 0.6}  # what rates of a second network are multiplied with
STEPS = {"directed-2": {"trunk": 2, "head": 2}, "directed-often-4-1": {"trunk": 4}}  # in every how manieth a layer learns; 1 for others
ALL = ("trunk", "head", "out")
LEARNING = {"none": ("-",), "outputs": ("out",), "heads": ("head", "out"), "all": ALL, "directed": ALL}

real = np.float32


def limited(value: np.float32, limit: float) -> np.float32:
    return real(-limit if value <= -limit else limit if value >= limit else value)


class Learning(Naive):
    """A Naive some of whose layers change: `learn` takes in a pixel, if it stands in the first of every `every` segments of time; `step`
    moves the weights, every `pace` pixels."""

    def __init__(self, model: PhotoModel, planes: np.ndarray, errors: np.ndarray, of: str = "") -> None:
        super().__init__(model, planes, errors, of)
        self.channels = model.channels
        learning = model.file.metadata["learning"]
        self.rates, (self.pace, self.every) = RATES.get(learning, {}), PACES.get(learning, (8, 1))
        self.rates = {kind: rate * (SECOND.get(learning, 1.0) if of else 1.0) for kind, rate in self.rates.items()}
        self.share = 1.0 / MEMORIES.get(learning, 100)
        self.weights: dict[str, list[list[np.float32]]] = {}
        for name in self.shifts:
            if name.startswith(LEARNING[learning.split("-")[0]]):
                given = 5 if name == "trunk0" else 6
                bits = self.shifts[name] - given + (6 if name.startswith("out") else 8)
                rows = [[real(weight * 2.0**-bits) for weight in row] for row in self.tensors[f"{name}.weight"]]
                self.weights[name] = [*rows, [real(bias * 2.0 ** -(bits + given)) for bias in self.tensors[f"{name}.bias"]]]
        first = {name: real(6.4e-3 if name.startswith("out") else 6.4e-4) for name in self.weights}
        self.squares = {name: [[first[name]] * len(row) for row in rows] for name, rows in self.weights.items()}
        self.slopes: dict[str, list[list[list[Any]]]] = {
            name: [[[real(0)] * 8 for _ in row] for row in rows] for name, rows in self.weights.items()
        }
        self.steps: dict[str, int] = STEPS.get(learning, {})
        self.given: dict[str, list[int]] = {}  # the inputs of a layer when it was used last
        self.features: list[np.float32] = []  # the gradients of the trunk's outputs, summed over the channels so far

    def sums(self, name: str, inputs: list[int]) -> list[int]:
        self.given[name] = inputs
        if name not in self.weights:
            return super().sums(name, inputs)
        *rows, totals = self.weights[name]
        for x, row in zip(inputs, rows, strict=True):
            totals = [total + weight * real(x * self.unit(name)) for total, weight in zip(totals, row, strict=True)]
        scale = 64.0 if name.startswith("out") else 256.0
        return [int(limited(total * scale, 2.0**14) + (2.0**15 + 0.5)) - (1 << 15) for total in totals]

    def unit(self, name: str) -> float:
        """The inputs of a layer are integers times this."""
        return 1 / 32 if name == "trunk0" else 1 / 64

    def learn(self, c: int, y: int, x: int, lane: int, modulation: list[int], time: int) -> None:
        """Add the slopes of a pixel's channel."""
        if not self.weights or time // 8 % self.every:
            return
        self.now = {name for name in self.weights if self.learns(name, time)}
        mixture, o, K = self.mixture(c, y, x, modulation), self.outputs(c, y, x, modulation), self.components
        value, lowest = self.planes[c][y][4 + x], -255 if c else 0
        edge, total, parts = 64 * value - 32, real(0), []
        for weight, location, slope in mixture:
            low, high = (limited_whole((e - location) * slope >> 12) for e in (edge, edge + 64))
            below = real(0.0 if value == lowest else self.curve(low) * 2.0**-24)
            above = real(1.0 if value == 255 else self.curve(high) * 2.0**-24)
            low_slope, high_slope = below * (1.0 - below), above * (1.0 - above)
            w = real(weight * 2.0**-12)
            mass, moved = w * (above - below), w * (high_slope - low_slope)
            total += mass
            spread = w * (high_slope * real(high * 2.0**-13) - low_slope * real(low * 2.0**-13))
            parts.append((w, mass, moved, spread, real(slope) * 2.0**-25))
        inverse = real(1) / (total + 2.0**-24)
        first, *others = self.predictions(c, y, x)
        scale = self.table("scale", self.q(c, y, x) + 192)
        gradient = [w - mass * inverse for w, mass, *_ in parts]
        gradient += [(moved * inverse) * (real(scale) * steep) for _, _, moved, _, steep in parts]
        gradient += [spread * inverse * 0.6931471805599453 for *_, spread, _ in parts]
        for i, other in enumerate(others, 3):
            for k, (_, _, moved, _, steep) in enumerate(parts):
                way = real(self.table("sigmoid", o[i * K + k] + 512) * 2.0**-8)
                gradient.append((moved * inverse) * (real(other - first) * steep) * (way * (1.0 - way)))
        gradient = [limited(value, 2.0) for value in gradient]
        units = self.given[f"out{c}"]
        self.add(f"out{c}", gradient, units, lane)
        if f"head{c}" in self.now:
            hidden = self.through(self.back(f"out{c}", gradient), units, modulation, 2 + c)
            self.add(f"head{c}", hidden, self.given[f"head{c}"], lane)
            if "trunk1" in self.now:
                features = self.back(f"head{c}", hidden)[: self.widths[1]]
                self.features = [old + new for old, new in zip(self.features, features, strict=True)] if c else features
                if c + 1 == self.channels:
                    self.learn_trunk(modulation, lane)

    def learns(self, name: str, time: int) -> bool:
        """Whether a layer learns in the step of this time."""
        return time // self.pace % self.steps.get(name.rstrip("012"), 1) == 0

    def learn_trunk(self, modulation: list[int], lane: int) -> None:
        upper = self.through(self.features, self.given["head0"], modulation, 1)
        self.add("trunk1", upper, self.given["trunk1"], lane)
        lower = self.through(self.back("trunk1", upper), self.given["trunk1"], modulation, 0)
        self.add("trunk0", lower, self.given["trunk0"], lane)

    def back(self, name: str, gradient: list[np.float32]) -> list[np.float32]:
        """From the gradients of a layer's outputs to those of its inputs."""
        found = []
        for row in self.weights[name][:-1]:
            total = real(0)
            for g, weight in zip(gradient, row, strict=True):
                total += g * weight
            found.append(total)
        return found

    def through(self, gradient: list[np.float32], units: list[int], modulation: list[int], layer: int) -> list[np.float32]:
        """From the gradients of hidden units to those of their sums."""
        begin, found = sum(self.widths[:layer]), []
        for i, (g, unit) in enumerate(zip(gradient, units[: len(gradient)], strict=True)):
            scaled = g * real(modulation[begin + i] * 2.0**-7)
            found.append(scaled * 0.125 if unit < 0 else scaled)
        return found

    def add(self, name: str, gradient: list[np.float32], inputs: list[int], lane: int) -> None:
        for row, x in zip(self.slopes[name], [*(real(x * self.unit(name)) for x in inputs), real(1)], strict=True):
            for slope, g in zip(row, gradient, strict=True):
                slope[lane] += g * x

    def step(self, time: int) -> None:
        """time: of a pixel before it."""
        if time // 8 % self.every:
            return
        for name, rows in self.weights.items():
            if not self.learns(name, time):
                continue
            for row, squares, slopes in zip(rows, self.squares[name], self.slopes[name], strict=True):
                for o, s in enumerate(slopes):
                    slope = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
                    slope = slope if slope * slope >= 2.0**-80 else real(0)
                    squares[o] = real(1.0 - self.share) * squares[o] + real(self.share) * (slope * slope)
                    squares[o] = squares[o] if squares[o] >= 2.0**-60 else real(0)
                    row[o] = limited(row[o] - self.rates[name.rstrip("012")] * slope / np.sqrt(squares[o] + 1e-6), 1024.0)
                    slopes[o] = [real(0)] * 8


class WholeLearning(Learning):
    """The same as density/shared/whole_learning.py has it: integers wherever a Learning multiplies."""

    def __init__(self, model: PhotoModel, planes: np.ndarray, errors: np.ndarray, of: str = "") -> None:
        super().__init__(model, planes, errors, of)
        self.finer = {name: self.finer_by(name) for name in self.weights}

    def finer_by(self, name: str) -> int:
        most = max(abs(weight) for row in self.tensors[f"{name}.weight"] for weight in row)
        return max([0, *(k for k in range(1, 5) if most << k < 1 << 14)])

    def bits(self, name: str) -> int:
        return self.shifts[name] + self.finer[name] - (5 if name == "trunk0" else 6) + (6 if name.startswith("out") else 8)

    def whole(self, name: str) -> list[list[int]]:
        """The integers of a layer's weights."""
        return [[rounded(weight * real(2.0 ** self.bits(name))) for weight in row] for row in self.weights[name][:-1]]

    def sums(self, name: str, inputs: list[int]) -> list[int]:
        self.given[name] = inputs
        if name not in self.weights:
            return Naive.sums(self, name, inputs)
        fraction, shift = 5 if name == "trunk0" else 6, self.shifts[name] + self.finer[name]
        scale = real(2.0 ** self.bits(name)) * real(2.0**fraction)
        totals = [int(limited(bias * scale, 2.0**30)) for bias in self.weights[name][-1]]
        totals = [b + sum(x * row[o] for x, row in zip(inputs, self.whole(name), strict=True)) for o, b in enumerate(totals)]
        return [wrapped(total + (1 << (shift - 1))) >> shift for total in totals]

    def back(self, name: str, gradient: list[np.float32]) -> list[np.float32]:
        numbers, unit = [rounded(g * real(4096.0)) for g in gradient], real(2.0 ** -(12 + self.bits(name)))
        return [real(wrapped(sum(g * w for g, w in zip(numbers, row, strict=True)))) * unit for row in self.whole(name)]

    def add(self, name: str, gradient: list[np.float32], inputs: list[int], lane: int) -> None:
        """Slopes are integers until `step`."""
        numbers = [rounded(g * real(4096.0)) for g in gradient]
        for row, x in zip(self.slopes[name], [*inputs, 32 if name == "trunk0" else 64], strict=True):
            for slope, g in zip(row, numbers, strict=True):
                slope[lane] = int(slope[lane]) + g * x

    def step(self, time: int) -> None:
        for name, rows in self.slopes.items():
            unit = real(2.0 ** -(12 + (5 if name == "trunk0" else 6)))
            for row in rows:
                for o, slope in enumerate(row):
                    row[o] = [real(wrapped(sum(map(int, slope)))) * unit, *[real(0)] * 7]
            if f"{name}.directions" in self.tensors:
                self.shorten(rows, self.tensors[f"{name}.directions"], self.tensors[f"{name}.shortened"])
        super().step(time)

    def shorten(self, slopes: list[list[list[Any]]], directions: list[list[int]], shortened: list[int]) -> None:
        u = [[real(number * 2.0**-14) for number in row] for row in directions]
        t = [[number * real(off * 2.0**-15) for number, off in zip(row, shortened, strict=True)] for row in u]
        for o in range(len(slopes[0])):
            p = [real(0)] * 8
            for row, slope in zip(u, slopes, strict=True):
                p = [total + number * slope[o][0] for total, number in zip(p, row, strict=True)]
            for row, slope in zip(t, slopes, strict=True):
                a, b, c, d, e, f, g, h = (number * total for number, total in zip(row, p, strict=True))
                slope[o][0] = slope[o][0] - (((a + b) + (c + d)) + ((e + f) + (g + h)))


def wrapped(total: int) -> int:
    """In 32 bits."""
    return (total + (1 << 31)) % (1 << 32) - (1 << 31)


def rounded(value: np.float32) -> int:
    return int(limited(value, 32767.0) + real(2.0**15 + 0.5)) - (1 << 15)


def limited_whole(position: int) -> int:
    return max(-(1 << 17), min((1 << 17) - 1, position))
