"""What is asked of the kinds of files: names and numbers that there are, and whose fault an error is."""

from __future__ import annotations

import pytest

from codec.errors import BadFile, BadInput
from codec.kinds.requests import EFFORTS, check_method, check_threads, known_effort, method_names, naming


def test_an_error_begins_with_the_name_of_what_it_is_about_and_keeps_its_class() -> None:
    with pytest.raises(BadFile, match=r"^a.bb: the file is damaged$"), naming("a.bb"):
        raise BadFile("the file is damaged")


def test_an_error_of_another_kind_passes_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError, match=r"^nothing$"), naming("a.bb"):
        raise ZeroDivisionError("nothing")


@pytest.mark.parametrize("threads", [None, 1, 64])
def test_a_number_of_threads_is_taken(threads: int | None) -> None:
    assert check_threads(threads) == threads


@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_threads_than_one_are_refused(threads: int) -> None:
    with pytest.raises(BadInput, match="threads"):
        check_threads(threads)


@pytest.mark.parametrize("method", method_names())
def test_every_method_may_be_asked_for(method: str) -> None:
    assert check_method(method) == method


def test_another_method_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadInput, match="'magic' is no method: take one of auto"):
        check_method("magic")


def test_an_effort_means_the_next_lower_one_that_there_is() -> None:
    assert [known_effort(effort) for effort in range(1, 10)] == [1, 2, 2, 2, 5, 6, 7, 8, 9]
    assert [known_effort(effort) for effort in EFFORTS] == list(EFFORTS)


@pytest.mark.parametrize("effort", [0, 10, -1, 2.5])
def test_other_numbers_are_no_efforts(effort: int) -> None:
    with pytest.raises(BadInput, match="no effort: take one from 1 to 9"):
        known_effort(effort)
