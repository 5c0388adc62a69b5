"""Deflated texts in traces: what was packed is unpacked, and nothing else."""

from __future__ import annotations

import pytest

from codec.errors import BadFile
from codec.methods.traces.trace import packed, unpacked


@pytest.mark.parametrize("text", [b"", b"a text", bytes(1000)])
def test_a_text_comes_back(text: bytes) -> None:
    assert unpacked(b"?" + packed(text), 1, 1000) == text


def test_a_text_of_more_than_is_allowed_is_refused() -> None:
    with pytest.raises(BadFile, match="too much"):
        unpacked(packed(bytes(1 << 22)), 0, 1000)


def test_bytes_that_do_not_inflate_are_refused() -> None:
    with pytest.raises(BadFile, match="does not say what it is"):
        unpacked(b"\x041234", 0, 1000)


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x"], ids=["cut", "grown"])
def test_a_text_that_does_not_end_with_its_bytes_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadFile):
        unpacked(change(packed(b"a text")), 0, 1000)
