"""Records are dataclasses for whoever asks."""

from __future__ import annotations

import pickle
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
