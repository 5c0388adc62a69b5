"""The step that funds itself, on an area so small that all of it can be seen: letters, dark or bright as the latent of their tile is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from helpers.small_models import small_model
from numpy.typing import NDArray

from codec.coding.coders import Costs, Leaf
from codec.coding.distributions import Table, categorical
from codec.coding.message import HEAD_LOW, Message
from codec.coding.tables import COST_BITS
from codec.density.arrays.load import load_arrays
from codec.density.latents import FULL_BITS, normal_bins
from codec.density.shared.step import (
    Area,
    FundedMessage,
    Latents,
    Step,
    funding_plans,
    pop_area,
    push_area,
    trial_rows,
    usual_funding,
)
from codec.errors import EmptyMessage
from codec.nets.model_file import read_model

NORMAL = load_arrays(read_model(small_model())).normal
TILE, LETTERS, PRECISION = 8, 16, 16
SIGMA_1, NARROW, OFF = 192, 128, 1 << 17  # scales of log_sigma 0 and -2; two sigma from the middle
RAMP = np.arange(1, LETTERS + 1) ** 4
TABLES = np.concatenate([categorical(weights[None], PRECISION).cdfs for weights in (RAMP[::-1], RAMP, RAMP + RAMP[::-1])])
DARK_OR_BRIGHT = 2  # the table where the latents are fixed


@dataclass
class Letters:
    """An area of letters in tiles of 8 columns (step.Area). helpful: whether the latent says anything; least: the fewest main rows."""

    letters: NDArray[np.int64]
    points: int
    helpful: bool = True
    least: int = 1
    asked: list[int] = field(default_factory=list)

    @property
    def height(self) -> int:
        return len(self.letters)

    @property
    def tiles(self) -> int:
        return self.letters.shape[1] // TILE

    @property
    def latents(self) -> int:
        return 2

    def can_fund(self, rows: int) -> bool:
        return rows == self.height or 0 < rows <= self.height - self.least

    def rows(self, first: int, count: int, latents: Latents | None = None) -> LetterRows:
        if latents is None or not self.helpful:
            tables = np.full(self.tiles, DARK_OR_BRIGHT)
        else:
            tables = (latents.reshape(self.tiles, 2)[:, 0] >= 1 << (FULL_BITS - 1)).astype(np.int64)
        return LetterRows(self, slice(first, first + count), tables)

    def posterior(self, rows: int, points: int) -> Leaf:
        self.asked.append(rows)
        bright = self.letters[:rows].reshape(rows, self.tiles, TILE).mean((0, 2)) > LETTERS / 2
        location = np.stack([np.where(bright, OFF, -OFF), np.zeros(self.tiles, np.int64)], 1).reshape(points, -1)
        scale = np.tile(np.array([NARROW, SIGMA_1], np.int32), self.tiles).reshape(points, -1)
        return Leaf(normal_bins(NORMAL, location, scale, FULL_BITS))


@dataclass
class LetterRows:
    """The coder of rows of letters (step.AreaRows)."""

    area: Letters
    part: slice
    tables: NDArray[np.int64]
    total_bits: float = 0.0

    @property
    def leaf(self) -> Leaf:
        rows = self.part.stop - self.part.start
        return Leaf(Table(TABLES, np.broadcast_to(np.repeat(self.tables, TILE), (rows, self.area.letters.shape[1])), PRECISION))

    def push(self, message: Message, symbol: Area) -> None:
        self.cost(symbol)
        self.leaf.push(message, self.area.letters[self.part])

    def pop(self, message: Message) -> Letters:
        self.area.letters[self.part] = self.leaf.pop(message)
        return self.area

    def cost(self, symbol: Area) -> Costs:
        self.total_bits = float(self.bits_of_pixels().sum())
        tiles = self.bits_of_pixels().reshape(-1, self.area.tiles, TILE).sum((0, 2))
        return np.rint(tiles * (1 << COST_BITS)).astype(np.int64).reshape(self.area.points, -1).sum(1)

    def bits_of_pixels(self) -> NDArray[np.float64]:
        return PRECISION - np.log2(self.leaf.dist.span(self.area.letters[self.part])[1].astype(np.float64))


def area_of(height: int = 60, tiles: int = 3, seed: int = 0, points: int = 0, helpful: bool = True, least: int = 1) -> Letters:
    """Tiles that are dark and bright in turn."""
    rng = np.random.default_rng(seed)
    tables = np.repeat(np.arange(tiles) % 2, TILE)
    points_of = rng.integers(0, 1 << PRECISION, (height, tiles * TILE), dtype=np.uint64)
    letters = Table(TABLES, np.broadcast_to(tables, points_of.shape), PRECISION).find(points_of)
    return Letters(letters, points or tiles, helpful, least)


def restored(area: Letters, coded: FundedMessage, particles: int) -> Letters:
    """What decoding the message gives; it must end as it began."""
    empty, message = Letters(np.zeros_like(area.letters), area.points, area.helpful, area.least), coded.message.copy()
    pop_area(empty, message, coded.funding_rows, particles)
    assert not message.stack.size and (message.heads == HEAD_LOW).all()
    return empty


# ---------------------------------------------------------------- coding


@pytest.mark.parametrize("particles", [1, 5])
@pytest.mark.parametrize("lanes", [1, 4])
@pytest.mark.parametrize("points", [1, 3])
@pytest.mark.parametrize("height", [1, 9, 60])
def test_an_area_comes_back_and_the_message_ends_as_it_began(height: int, points: int, lanes: int, particles: int) -> None:
    area = area_of(height, points=points)
    assert np.array_equal(restored(area, push_area(area, lanes, particles), particles).letters, area.letters)


def test_bits_are_what_the_parts_cost() -> None:
    coded = push_area(area_of(), 1, 1)
    bits = coded.bits
    assert bits["estimate"] == bits["prior"] - bits["posterior"] + bits["likelihood"] + bits["funding"]
    assert coded.message.content == pytest.approx(bits["estimate"], abs=1.0)
    assert bits["prior"] == 3 * 2 * FULL_BITS and 0 < bits["posterior"] < bits["prior"]
    assert coded.main is not None and coded.main.total_bits == bits["likelihood"] and coded.funding.total_bits == bits["funding"]


def test_latents_make_an_area_smaller() -> None:
    helped, alone = push_area(area_of(), 1, 1), push_area(area_of(helpful=False), 1, 1)
    assert helped.bits["estimate"] < 0.9 * alone.bits["estimate"]


def test_latents_that_do_not_pay_are_left_alone() -> None:
    area = area_of(helpful=False)
    coded = push_area(area, 1, 1)
    assert coded.funding_rows == area.height and coded.main is None
    assert coded.bits["prior"] == coded.bits["posterior"] == coded.bits["likelihood"] == 0.0


def test_an_area_whose_rows_cannot_fund_each_other_is_coded_without_latents() -> None:
    assert push_area(area_of(least=60), 1, 1).funding_rows == 60


# ---------------------------------------------------------------- funding


def test_as_few_rows_as_pay_for_the_pops_fund_the_others() -> None:
    area = area_of()
    coded = push_area(area, 1, 1)
    rows = coded.funding_rows
    need = area.tiles * area.latents * float(FULL_BITS)
    bits = [area.rows(area.height - count, count).bits_of_pixels().sum() for count in (rows - 1, rows)]
    assert (0 < rows < 10 and bits[0] < need <= bits[1]) or rows == usual_funding(area, 1)


def test_there_is_a_funding_row_for_every_lane_at_least() -> None:
    assert [usual_funding(area_of(), lanes) for lanes in (1, 4, 8)] >= [1, 4, 8]
    assert push_area(area_of(), 8, 1).funding_rows >= 8


def test_more_need_takes_more_rows_and_in_the_end_all() -> None:
    plans = {need: list(funding_plans(area_of(), 1, need)) for need in (10.0, 500.0, 1e9)}
    assert plans[10.0][0] < plans[500.0][0] and plans[1e9] == [60]
    assert all(plan[-1] == 60 and plan == sorted(set(plan)) and all(rows <= 15 for rows in plan[:-1]) for plan in plans.values())


def test_several_particles_need_more_funding() -> None:
    assert push_area(area_of(), 1, 5).funding_rows > push_area(area_of(), 1, 1).funding_rows


def test_rows_are_tried_where_they_tell_of_all() -> None:
    assert trial_rows(8) == [(0, 8)] and trial_rows(3) == [(0, 3)] and trial_rows(300) == [(60, 8), (188, 8)]
    for rows in (1, 7, 64, 129, 1000):
        found = trial_rows(rows, 40)
        assert all(first >= 0 and first + count <= rows and 0 < count <= 8 for first, count in found)
        assert sum(count for _, count in trial_rows(rows, 8)) == rows


# ---------------------------------------------------------------- the step


def test_a_step_asks_for_its_posterior_once_and_of_the_main_rows() -> None:
    area = area_of()
    step = Step(area, 50)
    step.middle()
    step.draws_odd(Message.random(50, np.random.default_rng(0)))
    step.coder(1).push(Message.random(50, np.random.default_rng(0)), area)
    assert area.asked == [50]


def test_the_middle_of_the_posterior_is_on_the_side_of_its_tile() -> None:
    step = Step(area_of(), 50)
    assert (step.middle()[:, 0] > 1 << (FULL_BITS - 1)).tolist() == [False, True, False]


def test_a_draw_from_the_tails_is_odd() -> None:
    step = Step(area_of(), 50)
    odd = [step.draws_odd(Message.random(50, np.random.default_rng(seed))) for seed in range(3000)]
    assert 0 < sum(odd) < 60
    message = Message.random(50, np.random.default_rng(odd.index(True)))
    before = message.copy()
    assert step.draws_odd(message) and message == before


def test_a_message_that_cannot_pay_is_no_draw_at_all() -> None:
    with pytest.raises(EmptyMessage):
        Step(area_of(), 50).draws_odd(Message.empty(1))
