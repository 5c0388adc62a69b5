"""Names in archives stay below the folder that they are unpacked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from codec.archives.names import check_name, chosen, place_below
from codec.errors import BadInput

BAD = [
    "", "/etc/passwd", "../x", "a/../../x", "a/..", ".", "a//b", "a/", "C:/x", "c:x", "a\\b", "..\\x", "a\0b", "a\nb", "\ud800", "a" * 5000,
]  # fmt: skip
GOOD = ["a", "a/b c/ü.png", "日本/12:30.png", "..a/b..", "-rf", "👩‍👩‍👦.png", ".hidden"]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_would_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        check_name(name)


@pytest.mark.parametrize("name", GOOD)
def test_other_names_stay_below_it(name: str, tmp_path: Path) -> None:
    check_name(name)
    assert place_below(tmp_path, name).is_relative_to(tmp_path)


def test_links_lead_nowhere_else(tmp_path: Path) -> None:
    target, other = tmp_path / "target", tmp_path / "other"
    target.mkdir()
    other.mkdir()
    (target / "out").symlink_to(other)
    (target / "in").symlink_to(target)
    (target / "file").symlink_to(other / "x")
    for name in ("out/x", "file", "out/a/b"):
        with pytest.raises(BadInput):
            place_below(target, name)
    assert place_below(target, "in/x").parent.resolve() == target


def test_names_are_chosen_by_name_pattern_and_folder() -> None:
    names = ["a.png", "b/a.png", "b/c.txt", "bc"]
    assert chosen(names, []) == names
    assert chosen(names, ["b/"]) == chosen(names, ["b"]) == ["b/a.png", "b/c.txt"]
    assert chosen(names, ["*.png", "bc"]) == ["a.png", "b/a.png", "bc"]
    with pytest.raises(BadInput, match="nope"):
        chosen(names, ["a.png", "nope"])
