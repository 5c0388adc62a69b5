"""A stripe of a photo to bytes and back: one bits-back step on one message, which funds itself.

    encode    push the funding rows | z = 0      pop all z ~ q(z|x)     push the main rows | z     push all z | prior
    decode    pop all z | prior                  pop the main rows | z  push all z ~ q(z|x)        pop the funding rows | z = 0

The funding rows are the last ones, as few as pay for the pops, and one for each lane of the message at least. Each tile (about 256
columns of the stripe) has its own z; the posterior sees the main rows of its tile only, as the mean over a grid of sampled pixels of what a
small net makes of each. If no number of rows suffices, if a tile has no sample, or if z does not pay, all rows are funding rows.

A payload: two numbers as container.py writes lengths, funding rows and particles N; the message, as message_bytes.py writes one of L lanes.
L is 1 for less than 2^13 pixels, 2 for less than 2^14, 4 for less than 2^15, else 8; pixels of wavefront lane l use head l % L. Every
decoded message MUST end as it began: all heads 2^31, no words.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codec.coding.bits_back import bits_back
from codec.coding.coders import Costs, Leaf
from codec.coding.distributions import Uniform
from codec.coding.message import HEAD_LOW, Message
from codec.coding.message_bytes import read_lanes, write_lanes
from codec.coding.particles import MAX_PARTICLES, coupled
from codec.coding.tables import COST_BITS
from codec.container.container import read_length, write_length
from codec.density.arrays.model import FULL_BITS, normal_bins
from codec.density.photo.model import PhotoModel
from codec.density.photo.predictors import NO_ERROR, SETS, Workspace, pad_values, predict_padded, workspace
from codec.density.photo.surroundings import KNOWN_LIMIT, LOWEST_SCALE, USUAL, gather_inputs
from codec.density.shared.intervals import make_intervals, pop_pixels, push_intervals
from codec.density.shared.network import PRECISION, Buffers, Network, buffers
from codec.density.shared.tiles import tile_columns
from codec.errors import BadFile, BadInput, BadModel, CodecError, EmptyMessage
from codec.lanes.wavefront import PAD, coding_order, pad

SAMPLE_STEP = 8
MAX_LANES, LANE_PIXELS = 8, 1 << 12
TRIAL_ROWS, TRIAL_STEP = 8, 128  # rows in which it is tried whether z pays, out of so many
MODE_BITS = 0.72  # by which a Gaussian's entropy exceeds the bits of its mode
BIT = float(1 << COST_BITS)
DRAWS = 8  # of latents, for their mean cost
TAIL = (1 << FULL_BITS) + (1 << 10)  # of 2^24: what the smallest intervals of all latents take, and some more

Planes = NDArray[np.int16]


@dataclass(frozen=True)
class Stripe:
    """An encoded stripe. bits: prior, posterior (the refund), likelihood and funding, and estimate: what the model asks for in all."""

    payload: bytes
    funding_rows: int
    bits: dict[str, float]


def message_lanes(pixels: int) -> int:
    """Heads of a stripe's message: each costs about four bytes."""
    lanes = 1
    while lanes < MAX_LANES and pixels >= 2 * lanes * LANE_PIXELS:
        lanes *= 2
    return lanes


def encode_stripe(model: PhotoModel, planes: Planes, particles: int = 1) -> Stripe:
    """Code a stripe, int16 [channels, h, w], h and w at least 1. Raises BadInput for planes that are not the model's."""
    if not 1 <= particles <= MAX_PARTICLES:
        raise BadInput(f"{particles} particles: take from 1 to {MAX_PARTICLES}")
    area = Area.known(model, planes)
    need = area.tiles * (model.latents * (FULL_BITS if particles == 1 else 24) + math.log2(particles))
    for rows in _funding_plans(area, need):
        message = Message.empty(message_lanes(area.height * area.width))
        funding = Rows(area, rows, area.height - rows)
        funding.push(message, area)
        funded, bits = message.content, {"prior": 0.0, "posterior": 0.0, "likelihood": 0.0, "funding": funding.total_bits}
        if rows < area.height:
            step = Step(area, area.height - rows)
            try:
                if particles == 1 and step.draws_odd(message):
                    continue
                step.coder(particles).push(message, area)
            except EmptyMessage:
                continue
            prior, likelihood = float(area.tiles * model.latents * FULL_BITS), step.last.total_bits if step.last else 0.0
            bits |= {"prior": prior, "posterior": prior + likelihood - (message.content - funded), "likelihood": likelihood}
        bits["estimate"] = bits["prior"] - bits["posterior"] + bits["likelihood"] + bits["funding"]
        return Stripe(write_length(rows) + write_length(particles) + write_lanes(message), rows, bits)
    raise AssertionError("a stripe of funding rows alone needs no bits")


def decode_stripe(model: PhotoModel, payload: bytes, shape: tuple[int, int, int]) -> Planes:
    """The planes, int16 [channels, h, w]. Raises BadFile for a payload that is none of a stripe of this shape."""
    area = Area.unknown(model, shape)
    rows, position = read_length(payload, 0)
    particles, position = read_length(payload, position)
    if rows > area.height or not 1 <= particles <= MAX_PARTICLES or not area.can_fund(rows):
        raise BadFile("a stripe's header is damaged")
    message = read_lanes(payload[position:], message_lanes(area.height * area.width))
    try:
        if rows < area.height:
            Step(area, area.height - rows).coder(particles).pop(message)
        Rows(area, rows, area.height - rows).pop(message)
    except CodecError as error:
        raise BadFile("a stripe is damaged: its message does not decode") from error
    if message.stack.size or (message.heads != HEAD_LOW).any():
        raise BadFile("a stripe is damaged: its message does not end as it began")
    return area.planes[:, :-1, PAD:-PAD]


def density_stripe(model: PhotoModel, planes: Planes, particles: Sequence[int], rng: np.random.Generator) -> list[float]:
    """Estimates of -log2 p(stripe), funding rows as the codec has them, in bits, with each number of particles for every tile."""
    area = Area.known(model, planes)
    rows = next(_funding_plans(area, area.tiles * model.latents * float(FULL_BITS)))
    funding = Rows(area, rows, area.height - rows)
    fixed = float(funding.cost(area).sum()) / BIT
    if rows == area.height:
        return [fixed for _ in particles]
    step = Step(area, area.height - rows)
    posterior = step.posterior(area)
    draws = []
    for _ in range(max(particles)):
        latent = posterior.find(rng.integers(0, 1 << posterior.precision, step.shape, dtype=np.uint64))
        draws.append((posterior.cost(latent) - step.prior.cost(latent) - step.likelihood(latent).cost(area)) / BIT)
    weights = np.array(draws)
    return [fixed - float((np.logaddexp2.reduce(weights[:count], 0) - math.log2(count)).sum()) for count in particles]


def bits_of_pixels(model: PhotoModel, planes: Planes) -> NDArray[np.float64]:
    """What each pixel of a stripe costs, [h, w], the latents in the middle of their posterior; funding rows as the codec has them."""
    area = Area.known(model, planes)
    rows = next(_funding_plans(area, area.tiles * model.latents * float(FULL_BITS)))
    main, parts = area.height - rows, []
    if main:
        step = Step(area, main)
        parts.append(step.likelihood(_middle(step)).bits_of_pixels())
    parts.append(Rows(area, rows, main).bits_of_pixels())
    return np.concatenate(parts)


def bits_of_tiles(model: PhotoModel, planes: Planes) -> NDArray[np.float64]:
    """What the latents of each tile cost, less what the posterior gives back, in the mean over some draws; 0 where there are none."""
    area = Area.known(model, planes)
    main = area.height - next(_funding_plans(area, area.tiles * model.latents * float(FULL_BITS)))
    if not main:
        return np.zeros(area.tiles)
    step, rng = Step(area, main, area.tiles), np.random.Generator(np.random.PCG64(0))
    posterior = step.posterior(area)
    points = rng.integers(0, 1 << posterior.precision, (DRAWS, *step.shape), dtype=np.uint64)
    drawn = [posterior.find(point) for point in points]
    return np.mean([(step.prior.cost(latent) - posterior.cost(latent)) / BIT for latent in drawn], 0)


def probe_digest(model: PhotoModel) -> str:
    """SHA-256 of what coding the probe gives: as a stripe, and as bits-back steps with one and with several particles."""
    planes = model.file.tensors["probe.planes"]
    digest = hashlib.sha256(encode_stripe(model, planes).payload)
    for particles in (1, 3):
        message = Message.random(64 * model.latents, np.random.Generator(np.random.PCG64(0)), MAX_LANES)
        before, known, unknown = message.copy(), Area.known(model, planes), Area.unknown(model, planes.shape)
        Step(known, known.height).coder(particles).push(message, known)
        digest.update(message.to_words().astype("<u4").tobytes())
        Step(unknown, unknown.height).coder(particles).pop(message)
        if message != before or not np.array_equal(unknown.planes, known.planes):
            raise BadModel("the probe does not decode to what was encoded: this machine cannot use the model")
    return digest.hexdigest()


# ---------------------------------------------------------------- what is coded


class Area:
    """The pixels of a stripe, known or filled while they are decoded, and all that coding them needs but z.

    planes: int16 [C, h + 1, w + 8], errors: [P, C, h + 1, w + 8], padded (wavefront.py).
    """

    def __init__(self, model: PhotoModel, planes: Planes, errors: NDArray[np.int16]) -> None:
        self.model, self.planes, self.errors = model, planes, errors
        self.height, self.width = planes.shape[1] - 1, planes.shape[2] - 2 * PAD
        self.columns = tile_columns(self.width)
        self.tile_of = np.repeat(np.arange(len(self.columns)), [part.stop - part.start for part in self.columns])
        self.buffers: Buffers = buffers(model.network, len(planes))
        self.work: Workspace = workspace(model.predictors, len(planes), self.width)
        self.fixed = model.modulations(np.zeros((1, model.latents), np.int32))

    @classmethod
    def known(cls, model: PhotoModel, planes: Planes) -> Area:
        if planes.ndim != 3 or len(planes) != model.channels or planes.dtype != np.int16 or 0 in planes.shape:
            raise BadInput(f"planes of type {planes.dtype} and shape {planes.shape}: this model codes int16 [{model.channels}, h, w]")
        lowest = np.array([0, -255, -255], np.int16)[: len(planes), None, None]
        if (planes < lowest).any() or (planes > 255).any():
            raise BadInput("planes with values beyond those of 8-bit pictures")
        padded = pad(planes, pad_values(len(planes)))
        return cls(model, padded, predict_padded(padded, model.predictors))

    @classmethod
    def unknown(cls, model: PhotoModel, shape: tuple[int, int, int]) -> Area:
        if len(shape) != 3 or shape[0] != model.channels or min(shape) < 1:
            raise BadInput(f"a stripe of shape {shape}: this model codes [{model.channels}, h, w]")
        padded = pad(np.zeros(shape, np.int16), pad_values(shape[0]))
        area = cls(model, padded, np.zeros((len(model.predictors), *padded.shape), np.int16))
        area.errors[..., 0, :PAD] = NO_ERROR
        return area

    @property
    def tiles(self) -> int:
        return len(self.columns)

    def can_fund(self, rows: int) -> bool:
        """Whether there may be so many funding rows: all, or so few that every tile has samples above them."""
        main = self.height - rows
        sampled = main > SAMPLE_STEP // 2 and all(_samples(part.start, part.stop).size for part in self.columns)
        return main == 0 or (rows > 0 and sampled)

    def features(self, rows: int) -> NDArray[np.int32]:
        """What the posterior sees of the tiles' first `rows` rows: [tiles, features]."""
        tables = self.model.network
        means = []
        for part in self.columns:
            y, x = _samples(0, rows), _samples(part.start, part.stop)
            positions = np.stack([np.zeros(y.size * x.size, np.int64), np.repeat(y, x.size), np.tile(x, y.size)], 1)
            inputs, facts = gather_inputs(self.planes[None], self.errors[None], positions, self.model.network.surroundings)
            errors = (facts[..., 0] << 6) - facts[..., 2]
            reciprocals = tables.reciprocal[facts[..., 1] - LOWEST_SCALE]
            known = np.clip((errors * reciprocals + (1 << 11)) >> 12, -KNOWN_LIMIT, KNOWN_LIMIT)
            pairs = np.stack([known, np.abs(known)], -1).reshape(len(known), -1)
            h = self.model.sample({"x": np.concatenate([inputs.astype(np.int32), pairs], 1)})["h"].astype(np.int64)
            means.append((h.sum(0) + len(h) // 2) // len(h))
        return np.stack(means).astype(np.int32)


def _samples(start: int, stop: int) -> NDArray[np.int64]:
    """Rows or columns of the grid of samples."""
    first = start + (SAMPLE_STEP // 2 - start) % SAMPLE_STEP
    return np.arange(first, stop, SAMPLE_STEP)


@dataclass
class Rows:
    """The coder of rows of an area, given the latents of its tiles or, without, z = 0. Symbol: the area. Data points: as of `points`."""

    area: Area
    rows: int
    first: int
    eps: NDArray[np.int32] | None = None
    total_bits: float = 0.0  # of the last push or cost

    def push(self, message: Message, symbol: Area) -> None:
        _, starts, freqs, owners = self._intervals()
        message.stack.reserve(starts.size)
        message.stack.size = push_intervals(message.heads, message.stack.words, message.stack.size, starts, freqs, owners, starts.size)

    def pop(self, message: Message) -> Area:
        area = self.area
        tile_of, modulations = self._modulations()
        message.run_pop(
            pop_pixels, area.planes, area.errors, self.first, self.rows, area.model.network, area.buffers, area.work, tile_of, modulations
        )
        return area

    def cost(self, symbol: Area) -> Costs:
        return self._intervals()[0]

    def bits_of_pixels(self) -> NDArray[np.float64]:
        """What each pixel costs, [rows, width]."""
        width, channels = self.area.width, len(self.area.planes)
        freqs = self._intervals()[2]
        bits = np.zeros(self.rows * width)
        np.add.at(bits, coding_order(self.rows, width, channels), PRECISION - np.log2(freqs))
        return bits.reshape(self.rows, width)

    def _intervals(self) -> tuple[Costs, NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8]]:
        """Costs of the data points; starts, freqs and lanes of all pixels' channels in coding order."""
        area = self.area
        count = self.rows * area.width * len(area.planes)
        starts, freqs, owners = np.empty(count, np.uint32), np.empty(count, np.uint32), np.empty(count, np.uint8)
        costs = np.zeros(area.tiles, np.int64)
        tile_of, modulations = self._modulations()
        given = (area.planes, area.errors, self.first, self.rows, area.model.network, area.buffers, tile_of, modulations)
        make_intervals(*given, starts, freqs, owners, costs)
        self.total_bits = float(costs.sum()) / BIT
        return costs.reshape(points(area), -1).sum(1), starts, freqs, owners

    def _modulations(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        if self.eps is None:
            return np.zeros_like(self.area.tile_of), self.area.fixed
        return self.area.tile_of, self.area.model.modulations(self.eps.reshape(self.area.tiles, -1))


def points(area: Area) -> int:
    """Data points of a stripe: its tiles, or it is one itself if the model learns from pixel to pixel, from one tile to the next."""
    return 1 if area.model.learns else area.tiles


class Step:
    """Prior, likelihood and posterior of the main rows of an area, as so many data points."""

    def __init__(self, area: Area, rows: int, count: int | None = None) -> None:
        self.area, self.rows, count = area, rows, count or points(area)
        self.shape = count, area.tiles * area.model.latents // count
        self.prior = Leaf(Uniform(np.full(self.shape, 1 << FULL_BITS)))
        self.last: Rows | None = None  # the coder that was made last: the one that pushes
        self.made: Leaf | None = None  # the posterior: it looks at many pixels, and is asked for several times

    def likelihood(self, latent: NDArray[np.int64]) -> Rows:
        self.last = Rows(self.area, self.rows, 0, self.area.model.normal.values[2 * latent + 1])
        return self.last

    def posterior(self, symbol: Area) -> Leaf:
        """Of the area's main rows, which must be known when this is first asked for."""
        if self.made is None:
            self.made = self._make_posterior()
        return self.made

    def _make_posterior(self) -> Leaf:
        model = self.area.model
        given = model.posterior({"features": self.area.features(self.rows)})
        location = (given["mean"].astype(np.int64) << model.normal.mean_shift).reshape(self.shape)
        return Leaf(normal_bins(model.normal, location, (given["log_sigma"] - model.normal.lowest_scale).reshape(self.shape), FULL_BITS))

    def draws_odd(self, message: Message) -> bool:
        """Whether a latent that a step of one particle would pop lies in the tails of its posterior, where intervals are wider than it is.

        One of them in thousands does, but it makes the whole stripe larger by a hundredth: other funding rows give other latents. Raises
        EmptyMessage if the message cannot pay.
        """
        posterior = self.posterior(self.area)
        latent = posterior.pop(message.copy())
        low, high = (posterior.find(np.full(self.shape, point, np.uint64)) for point in (TAIL, (1 << posterior.precision) - TAIL))
        return bool(((latent < low) | (latent > high)).any())

    def coder(self, particles: int) -> Any:
        if particles == 1:
            return bits_back(self.prior, self.likelihood, self.posterior)
        return coupled(self.prior, self.likelihood, self.posterior, particles)


def _funding_plans(area: Area, need: float) -> Iterator[int]:
    """Numbers of funding rows to try: from the fewest that can pay `need` bits up; in the end all rows.

    There is a row for every lane of the message at least: what is popped from a head that nothing was pushed on is not random.
    """
    rows, pays = message_lanes(area.height * area.width), False
    while rows <= area.height // 4 and area.can_fund(rows):
        funding = Rows(area, rows, area.height - rows)
        funding.cost(area)
        if funding.total_bits >= need:
            pays = pays or _pays(area, area.height - rows)
            if not pays:
                break
            yield rows
            rows += 1 + rows // 4
        else:
            rows = max(rows + 1, min(4 * rows, math.ceil(rows * need / max(funding.total_bits, 1.0))))
    yield area.height


def _pays(area: Area, rows: int) -> bool:
    """Whether z saves more on the main rows than it costs, judged by some of them and the middle of the posterior."""
    step = Step(area, rows)
    posterior, middle = step.posterior(area), _middle(step)
    spent = area.tiles * area.model.latents * (FULL_BITS - MODE_BITS) - float(posterior.cost(middle).sum()) / BIT
    first = min(TRIAL_STEP, rows) // 2 - min(TRIAL_ROWS, rows) // 2
    trials = [(at, min(TRIAL_ROWS, rows - at)) for at in range(first, rows, TRIAL_STEP)]
    eps, saved = area.model.normal.values[2 * middle + 1], 0.0
    for at, count in trials:
        saved += float(Rows(area, count, at).cost(area).sum() - Rows(area, count, at, eps).cost(area).sum()) / BIT
    return saved * rows / sum(count for _, count in trials) > spent + 1.0


def _middle(step: Step) -> NDArray[np.int64]:
    """The latents in the middle of their posterior."""
    posterior = step.posterior(step.area)
    found: NDArray[np.int64] = posterior.find(np.full(step.shape, 1 << (posterior.precision - 1), np.uint64))
    return found


# ---------------------------------------------------------------- compiling


def is_warm() -> bool:
    """Whether the kernels have been compiled (or loaded from numba's cache) in this process."""
    return bool(getattr(pop_pixels, "signatures", [True]))


def warm_up() -> None:
    """Compile all kernels, or load them from numba's cache: one pixel, with a network of zeros."""
    plan, scales, longs = np.tile(np.array([8, 8, 8, 0, 0, 0, -1], np.int64), 8), np.ones(1024, np.int32), np.zeros(1 << 13, np.int64)
    weights, log, learnt = np.zeros(4096, np.float32), np.zeros(1 << 15, np.int16), np.zeros((3, 0), np.float32)
    network = Network(weights, weights, plan, scales, scales, longs, longs, log, scales, scales, longs, learnt, USUAL, 8, 8, 1, 1)
    planes, tile_of, modulations = pad(np.zeros((1, 1, 1), np.int16), pad_values(1)), np.zeros(1, np.int64), np.zeros((1, 16), np.int32)
    errors, room = predict_padded(planes, SETS["one"]), buffers(network, 1)
    starts, owners = np.zeros(1, np.uint32), np.zeros(1, np.uint8)
    make_intervals(planes, errors, 0, 1, network, room, tile_of, modulations, starts, starts.copy(), owners, longs)
    push_intervals(np.full(1, HEAD_LOW), starts.copy(), 0, starts + 1, starts + 1, owners, 1)
    pop_pixels(np.full(1, HEAD_LOW), starts, 0, planes, errors, 0, 1, network, room, workspace(SETS["one"], 1, 1), tile_of, modulations)
    gather_inputs(planes[None], errors[None], np.zeros((1, 3), np.int64))
