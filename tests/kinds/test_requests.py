"""What is asked of the kinds of files: names and numbers that there are, and whose fault an error is."""

from __future__ import annotations

import pytest

from codec.errors import BadFile, BadInput
from codec.kinds.requests import EFFORTS, check_names, check_threads, method_names, naming


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
@pytest.mark.parametrize("effort", EFFORTS)
def test_every_method_and_effort_may_be_asked_for(method: str, effort: int) -> None:
    check_names(method, effort)


@pytest.mark.parametrize(("method", "effort", "reason"), [("magic", 5, "'magic' is no method"), ("auto", 4, "4 is no effort")])
def test_others_are_refused_with_those_that_there_are(method: str, effort: int, reason: str) -> None:
    with pytest.raises(BadInput, match=f"{reason}: take one of"):
        check_names(method, effort)
