"""Records are dataclasses for whoever asks."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace

import pytest

from codec.system.records import record


@record(frozen=True)
class Point:
    """A record."""

    x: int
    y: int = 2
    names: tuple[str, ...] = field(default_factory=tuple)


@record(frozen=True)
class Checked:
    """One that looks at what it is given."""

    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("negative")


@record
class Tally:
    """One that changes, and what stands in no field."""

    name: str
    count: int = 0
    seen: list[str] = field(default_factory=list)


@record(frozen=True)
class Place(Point):
    """A record of a record."""

    depth: int = 0


def test_fields_come_in_order_or_by_name_or_have_defaults() -> None:
    assert (Point(1).x, Point(1).y, Point(1).names) == (1, 2, ())
    assert Point(1, 3) == Point(y=3, x=1) != Point(1)


@pytest.mark.parametrize(("given", "named"), [((), {}), ((1, 2, (), 4), {}), ((1,), {"x": 2}), ((1,), {"z": 2})])
def test_wrong_arguments_are_refused(given: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="Point"):
        Point(*given, **named)


def test_nothing_of_it_changes() -> None:
    with pytest.raises(FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del Point(1).x


def test_it_is_a_dataclass() -> None:
    assert is_dataclass(Point) and [one.name for one in fields(Point)] == ["x", "y", "names"]
    assert replace(Point(1), y=5) == Point(1, 5)


def test_equal_ones_have_one_hash_and_other_classes_differ() -> None:
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert Checked(1) != Point(1)


def test_it_says_what_it_holds() -> None:
    assert repr(Point(1)) == "Point(x=1, y=2, names=())"


def test_it_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Point(1, 4))) == Point(1, 4)


def test_what_it_is_given_is_looked_at() -> None:
    with pytest.raises(ValueError, match="negative"):
        Checked(-1)


def test_one_that_is_not_frozen_changes_and_has_no_hash() -> None:
    one, other = Tally("a"), Tally("a")
    one.count, one.other = 3, 4  # type: ignore[attr-defined]
    one.seen.append("b")
    assert (one, other.seen) == (Tally("a", 3, ["b"]), [])
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_the_fields_of_what_it_was_made_of_come_first() -> None:
    assert [one.name for one in fields(Place)] == ["x", "y", "names", "depth"]
    assert Place(1, depth=3) == Place(1, 2, (), 3)


def test_threads_that_meet_a_class_first_agree_on_its_fields() -> None:
    for _ in range(50):

        @record
        class Met:
            number: int
            names: list[str] = field(default_factory=list)

        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(Met, range(8)))
        assert [(one.number, one.names) for one in made] == [(number, []) for number in range(8)]
