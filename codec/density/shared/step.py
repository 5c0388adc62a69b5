"""The bits-back step that funds itself: the last rows of an area are coded without latents, and pay for the pops of the others.

    encode    push the funding rows | z = 0      pop all z ~ q(z|x)     push the main rows | z     push all z | prior
    decode    pop all z | prior                  pop the main rows | z  push all z ~ q(z|x)        pop the funding rows | z = 0

The funding rows are the last ones, as few as pay for the pops, and one for each lane of the message at least. Each tile of the area has its
own z; the posterior sees the main rows of its tile only. If no number of rows suffices, or if z does not pay, all rows are funding rows.

A family brings the area (`Area`): its pixels, or whatever is coded in rows, and the coder of some of its rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from codec.coding.bits_back import BitSwap, bits_back
from codec.coding.coders import Costs, Leaf
from codec.coding.distributions import Uniform
from codec.coding.message import Message
from codec.coding.particles import Coupled, coupled
from codec.coding.tables import COST_BITS
from codec.density.latents import FULL_BITS
from codec.errors import EmptyMessage
from codec.system.records import record

TRIAL_ROWS, TRIAL_STEP = 8, 128  # rows in which it is tried whether z pays, out of so many
MODE_BITS = 0.72  # by which a Gaussian's entropy exceeds the bits of its mode
BIT = float(1 << COST_BITS)
TAIL = (1 << FULL_BITS) + (1 << 10)  # of 2^24: what the smallest intervals of all latents take, and some more
COUPLED_BITS = 24  # that a latent takes of the message where there are several particles

Latents = NDArray[np.int64]  # bins, [data points, latents]


class AreaRows(Protocol):
    """The coder of some rows of an area. The symbol is the area itself, whose rows are pushed, or filled by a pop."""

    @property
    def total_bits(self) -> float:
        """What the rows cost, as of the last push or cost."""
        ...

    def push(self, message: Message, symbol: Area) -> None: ...
    def pop(self, message: Message) -> Area: ...
    def cost(self, symbol: Area) -> Costs: ...

    def bits_of_pixels(self) -> NDArray[np.float64]:
        """What each pixel costs, [rows, width]."""
        ...


class Area(Protocol):
    """Rows that are coded together, known or filled while they are decoded, and all that coding them needs but z.

    tiles: parts of its columns, each with `latents` latents; points: data points, 1 if what is learnt ties its tiles together.
    """

    @property
    def height(self) -> int: ...
    @property
    def tiles(self) -> int: ...
    @property
    def latents(self) -> int: ...
    @property
    def points(self) -> int: ...

    def can_fund(self, rows: int) -> bool:
        """Whether there may be so many funding rows: all, or so few that the posterior of every tile sees something above them."""
        ...

    def rows(self, first: int, count: int, latents: Latents | None = None) -> AreaRows:
        """The coder of rows from `first` on, given the latents of the tiles or, without, z = 0."""
        ...

    def posterior(self, rows: int, points: int) -> Leaf:
        """The coder of the latents as so many data points, from the first `rows` rows, which must be known."""
        ...


class Step:
    """Prior, likelihood and posterior of the first rows of an area, as so many data points."""

    def __init__(self, area: Area, rows: int, points: int | None = None) -> None:
        points = points or area.points
        self.area, self.count = area, rows
        self.shape = points, area.tiles * area.latents // points
        self.prior = Leaf(Uniform(np.full(self.shape, 1 << FULL_BITS)))
        self.last: AreaRows | None = None  # the coder that was made last: the one that pushes
        self.made: Leaf | None = None  # the posterior: it looks at many pixels, and is asked for several times

    def likelihood(self, latent: Latents) -> AreaRows:
        self.last = self.area.rows(0, self.count, latent)
        return self.last

    def posterior(self, symbol: Area) -> Leaf:
        """Of the area's main rows, which must be known when this is first asked for."""
        if self.made is None:
            self.made = self.area.posterior(self.count, self.shape[0])
        return self.made

    def middle(self) -> Latents:
        """The latents in the middle of their posterior."""
        posterior = self.posterior(self.area)
        found: Latents = posterior.find(np.full(self.shape, 1 << (posterior.precision - 1), np.uint64))
        return found

    def draws_odd(self, message: Message) -> bool:
        """Whether a latent that a step of one particle would pop lies in the tails of its posterior, where intervals are wider than it is.

        One of them in thousands does, but it makes the whole stripe larger by a hundredth: other funding rows give other latents. Raises
        EmptyMessage if the message cannot pay.
        """
        posterior = self.posterior(self.area)
        latent = posterior.pop(message.copy())
        low, high = (posterior.find(np.full(self.shape, point, np.uint64)) for point in (TAIL, (1 << posterior.precision) - TAIL))
        return bool(((latent < low) | (latent > high)).any())

    def coder(self, particles: int) -> BitSwap | Coupled:
        if particles == 1:
            return bits_back(self.prior, self.likelihood, self.posterior)
        return coupled(self.prior, self.likelihood, self.posterior, particles)


@record(frozen=True)
class FundedMessage:
    """An area on a message. bits: as density.PLANES_BITS names them; main, funding: the coders that pushed its rows."""

    message: Message
    funding_rows: int
    bits: dict[str, float]
    main: AreaRows | None
    funding: AreaRows


def push_area(area: Area, lanes: int, particles: int) -> FundedMessage:
    """Push a whole area on an empty message of so many lanes."""
    need = area.tiles * (area.latents * (FULL_BITS if particles == 1 else COUPLED_BITS) + math.log2(particles))
    for rows in funding_plans(area, lanes, need):
        found = push_funding(area, lanes, rows)
        message, main, bits = found.message, found.main, found.bits
        funded = message.content
        if rows < area.height:
            step = Step(area, area.height - rows)
            try:
                if particles == 1 and step.draws_odd(message):
                    continue
                step.coder(particles).push(message, area)
            except EmptyMessage:
                continue
            main, prior = step.last, float(area.tiles * area.latents * FULL_BITS)
            likelihood = main.total_bits if main else 0.0
            bits |= {"prior": prior, "posterior": prior + likelihood - (message.content - funded), "likelihood": likelihood}
        bits["estimate"] = bits["prior"] - bits["posterior"] + bits["likelihood"] + bits["funding"]
        return FundedMessage(message, rows, bits, main, found.funding)
    raise AssertionError("an area of funding rows alone needs no bits")


def push_funding(area: Area, lanes: int, rows: int) -> FundedMessage:
    """Push the last rows of an area, which may be all, without latents on an empty message of so many lanes."""
    message, funding = Message.empty(lanes), area.rows(area.height - rows, rows)
    funding.push(message, area)
    bits = {"prior": 0.0, "posterior": 0.0, "likelihood": 0.0, "funding": funding.total_bits, "estimate": funding.total_bits}
    return FundedMessage(message, rows, bits, None, funding)


def pop_area(area: Area, message: Message, rows: int, particles: int) -> None:
    """Fill an area from a message that push_area gave, with so many funding rows. Raises a CodecError for a message of another area."""
    if rows < area.height:
        Step(area, area.height - rows).coder(particles).pop(message)
    area.rows(area.height - rows, rows).pop(message)


def usual_funding(area: Area, lanes: int) -> int:
    """The funding rows with which the codec begins to try, with one particle."""
    return next(funding_plans(area, lanes, area.tiles * area.latents * float(FULL_BITS)))


def funding_plans(area: Area, lanes: int, need: float) -> Iterator[int]:
    """Numbers of funding rows to try: from the fewest that can pay `need` bits up; in the end all rows.

    There is a row for every lane of the message at least: what is popped from a head that nothing was pushed on is not random.
    """
    rows, pays = lanes, False
    while rows <= area.height // 4 and area.can_fund(rows):
        funding = area.rows(area.height - rows, rows)
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
    middle = step.middle()
    spent = area.tiles * area.latents * (FULL_BITS - MODE_BITS) - float(step.posterior(area).cost(middle).sum()) / BIT
    saved, trials = 0.0, trial_rows(rows)
    for at, count in trials:
        saved += float(area.rows(at, count).cost(area).sum() - area.rows(at, count, middle).cost(area).sum()) / BIT
    return saved * rows / sum(count for _, count in trials) > spent + 1.0


def trial_rows(rows: int, step: int = TRIAL_STEP) -> list[tuple[int, int]]:
    """(first, count) of a few rows out of every `step` of so many."""
    first = min(step, rows) // 2 - min(TRIAL_ROWS, rows) // 2
    return [(at, min(TRIAL_ROWS, rows - at)) for at in range(first, rows, step)]
