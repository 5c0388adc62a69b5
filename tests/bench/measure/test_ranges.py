"""bench/measure/ranges.py: what does not agree is out of its range."""

from dataclasses import replace

import pytest

from bench.errors import OutOfRange
from bench.measure.ranges import Found, check, check_set

GOOD = Found("a.png", 1, 1_000_000.0, 1_002_000.0, 1_000_000.0, 100.0, 999_900.0, 2, 400_000)


def test_what_agrees_is_within_its_ranges():
    check(GOOD)
    check_set("set", [GOOD, GOOD])


@pytest.mark.parametrize(
    "change",
    [
        {"net": 996_000.0, "same": None},
        {"net": 1_004_000.0, "same": None},
        {"total": 1_006_000.0},
        {"same": 1_000_500.0},
        {"same": 990_000.0},
    ],
)
def test_what_does_not_agree_is_out_of_range(change):
    with pytest.raises(OutOfRange, match=r"a\.png"):
        check(replace(GOOD, **change))


def test_totals_of_small_pictures_are_not_judged():
    check(replace(GOOD, total=1_006_000.0, pixels=300_000))


def test_a_set_is_held_to_less_than_a_picture():
    one = replace(GOOD, net=1_002_500.0, same=None)
    check(one)
    with pytest.raises(OutOfRange, match=r"set \(2 pictures\)"):
        check_set("set", [one, one])
