"""10,000 data points of a world whose exact values are known: every coder costs its bound, and no more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from bits_back import World, main, measure

WORLD = World()


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return WORLD.draw(10_000, np.random.default_rng(2))


def test_one_step_costs_the_elbo_within_a_tenth_of_a_percent(pictures: np.ndarray) -> None:
    figures = measure(WORLD, pictures, "plain", 1)
    assert abs(figures.net / figures.bound - 1) < 0.001


@pytest.mark.parametrize("kind", ["importance", "coupled"])
def test_particles_cost_their_bound_and_fall_towards_the_entropy(kind: str, pictures: np.ndarray) -> None:
    figures = [measure(WORLD, pictures, kind, particles) for particles in (1, 4, 16, 64)]
    for each in figures:
        assert abs(each.net / each.bound - 1) < 0.002
        assert each.net > each.entropy
    for fewer, more in pairwise(figures):
        assert more.net < fewer.net + 0.1 * (fewer.bound - fewer.entropy)  # the last steps are smaller than the noise
    assert figures[3].net / figures[3].entropy - 1 < 0.1 * (figures[0].net / figures[0].entropy - 1)


def test_the_exact_bounds_close_in_on_the_entropy_from_above(pictures: np.ndarray) -> None:
    bounds = [WORLD.bound(pictures, particles) for particles in (1, 2, 4, 16, 64)]
    assert bounds == sorted(bounds, reverse=True)
    assert 0 < bounds[-1] - WORLD.entropy(pictures) < 0.05 * (bounds[0] - WORLD.entropy(pictures))


def test_the_exact_elbo_is_the_mean_log_weight(pictures: np.ndarray) -> None:
    joint, posterior = WORLD.joint[WORLD.codes(pictures)], WORLD.posterior_table[WORLD.codes(pictures)]
    elbo = (posterior * np.log2(posterior / joint)).sum(1).mean()
    assert abs(WORLD.bound(pictures, 1) - elbo) < 1e-9


def test_the_example_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    main(50)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10 and all("cleanliness" in line and "initial cost" in line for line in lines[1:])
