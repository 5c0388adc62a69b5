"""The interval of one pixel as density/shared/intervals.py and density/photo/surroundings.py define it, in plain Python integers."""

from typing import Any

import numpy as np

from codec.density.photo.model import PhotoModel

NEAR = [
    (-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (1, -2), (-1, -2),
    (-2, -1), (2, -1), (-3, 0), (0, -3), (-2, -2), (2, -2), (-3, -1), (3, -1),
    (-1, -3), (1, -3), (-3, -2), (3, -2),
]  # fmt: skip


def clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


class Naive:
    """The tensors of one of a model's networks as lists, and a stripe: planes [C, h + 1, w + 8] and errors [P, C, h + 1, w + 8], padded by
    4. of: what the names of the network's layers begin with."""

    def __init__(self, model: PhotoModel, planes: np.ndarray, errors: np.ndarray, of: str = "") -> None:
        self.tensors: dict[str, Any] = {name: values.tolist() for name, values in model.file.tensors.items() if "." in name}
        self.tensors |= {name.removeprefix(of): values for name, values in self.tensors.items() if name.startswith(of)}
        shifts = model.file.metadata["shifts"]
        self.shifts: dict[str, int] = {name: shifts[of + name] for name in shifts if of + name in shifts}
        self.components: int = model.file.metadata["components"]
        self.view: list[int] = model.file.metadata["surroundings"]
        self.widths = [len(self.tensors[f"{name}.bias"]) for name in ("trunk0", "trunk1", *(f"head{c}" for c in range(model.channels)))]
        self.planes, self.errors = planes.tolist(), errors.tolist()

    def table(self, name: str, index: int) -> int:
        return int(self.tensors[f"table.{name}"][index])

    def around(self, plane: list[list[int]], y: int, x: int, count: int) -> list[int]:
        near = [(dx, dy) if y + dy >= 0 else (-1, 0) for dx, dy in NEAR[:count]]
        return [plane[y + dy][4 + x + dx] for dx, dy in near]

    def log_of_sum(self, total: int) -> int:
        return self.table("log", clamp((total + 3) >> 3, 1, 32767))

    def q(self, c: int, y: int, x: int) -> int:
        weights = (4, 4, 2, 2, 1, 1, 1, 1, 1, 1)
        total = sum(w * abs(e) for w, e in zip(weights, self.around(self.errors[0][c], y, x, 10), strict=True))
        return self.table("log", min((total * 57 >> 10) + 22, 32767))

    def ratio(self, difference: int, q: int, limit: int) -> int:
        return clamp((difference * self.table("reciprocal", q + 192) + 2048) >> 12, -limit, limit)

    def predictions(self, c: int, y: int, x: int) -> list[int]:
        return [64 * self.planes[c][y][4 + x] - errors[c][y][4 + x] for errors in self.errors]

    def apart(self, c: int, y: int, x: int) -> list[int]:
        """Further predictions less the first, in 1/32 of the scale."""
        first, *others = self.predictions(c, y, x)
        return [self.ratio(other - first, self.q(c, y, x), 192) for other in others]

    def trunk_inputs(self, y: int, x: int) -> list[int]:
        inputs: list[int] = []
        for c, plane in enumerate(self.planes):
            q, count = self.q(c, y, x), self.view[min(c, 1)]
            center = self.predictions(0, y, x)[0] if c == 0 else 16 * sum(self.around(plane, y, x, 4))
            inputs += [self.ratio(64 * value - center, q, 320) for value in self.around(plane, y, x, count)]
            first = self.log_of_errors(0, c, y, x)
            for k, errors in enumerate(self.errors):
                inputs += [self.ratio(error, q, 192) for error in self.around(errors[c], y, x, self.view[2 + min(k, 1)])]
                inputs += [clamp(first - self.log_of_errors(k, c, y, x), -96, 96)] if k else []
            inputs.append(q)
        return [*inputs, (self.predictions(0, y, x)[0] - 8192) >> 7, *self.apart(0, y, x)]

    def log_of_errors(self, k: int, c: int, y: int, x: int) -> int:
        return self.log_of_sum(sum(map(abs, self.around(self.errors[k][c], y, x, 6))))

    def sums(self, name: str, inputs: list[int]) -> list[int]:
        weight, bias, shift = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"], self.shifts[name]
        totals = [b + sum(x * row[o] for x, row in zip(inputs, weight, strict=True)) for o, b in enumerate(bias)]
        return [(total + (1 << (shift - 1))) >> shift for total in totals]

    def hidden(self, name: str, layer: int, inputs: list[int], modulation: list[int]) -> list[int]:
        unit, units = sum(self.widths[:layer]), sum(self.widths)
        outputs = []
        for i, total in enumerate(self.sums(name, inputs), unit):
            u = ((clamp(total, -8191, 8191) * modulation[i] + 256) >> 9) + modulation[units + i]
            outputs.append(clamp(u if u >= 0 else u >> 3, -1023, 1023))
        return outputs

    def outputs(self, c: int, y: int, x: int, modulation: list[int]) -> list[int]:
        features = self.hidden("trunk1", 1, self.hidden("trunk0", 0, self.trunk_inputs(y, x), modulation), modulation)
        if c > 0:
            features += [2 * apart for apart in self.apart(c, y, x)]
        for j in range(c):
            error = self.errors[0][j][y][4 + x]
            known = 2 * self.ratio(error, self.q(j, y, x), 256)
            features += [known, abs(known), 2 * self.log_of_sum(8 * abs(error))]
        head = self.hidden(f"head{c}", 2 + c, features, modulation)
        return [clamp(o, -511, 511) for o in self.sums(f"out{c}", head)]

    def mixture(self, c: int, y: int, x: int, modulation: list[int]) -> list[tuple[int, int, int]]:
        """(weight, location, slope) of every component."""
        o, K, q = self.outputs(c, y, x, modulation), self.components, self.q(c, y, x)
        first, *others = self.predictions(c, y, x)
        powers = [self.table("exponential", o[k] + 512) for k in range(K)]
        weights = [power * ((1 << 40) // sum(powers)) >> 28 for power in powers[:-1]]
        weights.append(4096 - sum(weights))
        found = []
        for k in range(K):
            offset = (o[K + k] * self.table("scale", q + 192) + 32) >> 6
            for i, other in enumerate(others, 3):
                offset += (self.table("sigmoid", o[i * K + k] + 512) * (other - first) + 128) >> 8
            slope = self.table("precision", clamp(q + (o[2 * K + k] >> 1), -160, 352) + 160)
            found.append((weights[k], first + offset, slope))
        return found

    def curve(self, position: int) -> int:
        """The table of steps of 256, and straight lines between; 0 and 2^24 beyond its ends."""
        position = clamp(position, -(1 << 17), (1 << 17) - 1) + (1 << 17)
        low, high = self.table("curve", position >> 8), self.table("curve", (position >> 8) + 1)
        return low + ((high - low) * (position & 255) >> 8)

    def interval(self, c: int, y: int, x: int, mixtures: list[list[tuple[int, int, int]]]) -> tuple[int, int]:
        """(start, freq) of the pixel, by the mixtures of all networks."""
        lowest, symbols = (0, 256) if c == 0 else (-255, 511)
        mixture, bits = [component for one in mixtures for component in one], 11 + len(mixtures)

        def start(symbol: int) -> int:
            if symbol in (0, symbols):
                return symbol // symbols << 24
            edge = 64 * (symbol + lowest) - 32
            below = sum(weight * self.curve((edge - location) * slope >> 12) for weight, location, slope in mixture) >> bits
            return (below * ((1 << 24) - symbols) >> 24) + symbol

        symbol = self.planes[c][y][4 + x] - lowest
        return start(symbol), start(symbol + 1) - start(symbol)
