"""The line that shows how a run goes: what is in it, how it fits, and that it is wiped away."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from codec.cli.inputs import Input
from codec.cli.status import EXPLANATION, Part, Status, amount, clock, drawn
from codec.kinds.requests import COMPILING

ONE, TWO, THREE = (Input(Path(name)) for name in ("one", "two", "three"))


@pytest.fixture
def files(tmp_path: Path) -> list[Input]:
    """Three files of 1000, 2000 and 7000 bytes."""
    for name, size in (("one", 1000), ("two", 2000), ("three", 7000)):
        (tmp_path / name).write_bytes(bytes(size))
    return [Input(tmp_path / name) for name in ("one", "two", "three")]


def shown(text: str) -> list[str]:
    """What stood on the line, one after another."""
    return [line for line in text.replace("\n", "\r").split("\r") if line.strip()]


# ---------------------------------------------------------------- one input


def test_work_is_shown_with_its_share_its_speed_and_the_time_that_is_left() -> None:
    part = Part(0, 100.0, "compressing", 3_000_000, 12_000_000)
    assert part.line(102.0, 100) == f"compressing [{'#' * 7}{' ' * 23}] 25%  1.50 MPix/s  0:06 left"


def test_before_anything_is_done_the_time_that_has_passed_is_shown() -> None:
    assert Part(0, 100.0).line(107.2, 100) == "reading  0:07"
    assert Part(0, 100.0, "compressing", 0, 12).line(107.2, 100) == f"compressing [{' ' * 30}] 0%  0:07"


def test_the_next_work_on_an_input_has_a_bar_of_its_own() -> None:
    status = Status([ONE], True)
    tell = status.progress(ONE)
    assert tell is not None
    tell("compressing", 90, 100)
    status.parts[ONE].began -= 10
    tell("compressing", 95, 100)
    assert status.line(time.monotonic(), 200).endswith("95%  0.00 MPix/s  0:01 left")
    tell("verifying", 0, 100)
    assert status.line(time.monotonic(), 200) == f"verifying [{' ' * 30}] 0%  0:00"


def test_what_begins_again_is_measured_from_there() -> None:
    """A picture may be coded in two ways, one after the other."""
    status = Status([ONE], True)
    tell = status.progress(ONE)
    assert tell is not None
    tell("compressing", 100, 100)
    status.parts[ONE].began -= 10
    tell("compressing", 0, 100)
    assert status.line(time.monotonic(), 200).endswith("0%  0:00")


# ---------------------------------------------------------------- several


def test_a_run_is_shown_with_its_files_its_bytes_and_the_time_that_is_left(files: list[Input]) -> None:
    status = Status(files, True)
    status.finish(files[0], 1000, 400, False)
    status.finish(files[1], 2000, 800, False)
    line = status.line(status.began + 30, 120)
    assert line == f"[{'#' * 9}{' ' * 21}] 2 of 3 files  3.0 kB -> 1.2 kB (40.0%)  1:10 left"


def test_what_is_being_worked_on_counts_as_far_as_it_is_done(files: list[Input]) -> None:
    status = Status(files, True)
    status.finish(files[0], 1000, None, False)
    tell = status.progress(files[2])
    assert tell is not None
    tell("verifying", 50, 100)
    assert status.line(status.began + 45, 120).endswith("1 of 3 files  1.0 kB  0:55 left")


def test_what_was_skipped_took_no_time(files: list[Input]) -> None:
    status = Status(files, True)
    status.finish(files[2], 0, None, True)
    status.finish(files[0], 1000, 500, False)
    assert status.line(status.began + 10, 120).endswith("2 of 3 files, 1 skipped  1.0 kB -> 500 bytes (50.0%)  0:20 left")


def test_in_the_end_it_is_said_what_became_of_several(files: list[Input], capsys: pytest.CaptureFixture[str]) -> None:
    with Status(files, True) as status:
        for given in files:
            status.finish(given, 1000, 250, False)
    assert capsys.readouterr().err == "codec: 3 files  3.0 kB -> 750 bytes (25.0%)\n"


def test_of_what_became_nothing_there_is_nothing_to_say(files: list[Input], capsys: pytest.CaptureFixture[str]) -> None:
    for count, written, skipped in ((1, 250, False), (3, None, False), (3, None, True)):
        with Status(files[:count], True) as status:
            for given in files[:count]:
                status.finish(given, 1000, written, skipped)
    assert capsys.readouterr().err == ""


# ---------------------------------------------------------------- drawing


def test_what_takes_long_is_shown_and_wiped_away(capsys: pytest.CaptureFixture[str]) -> None:
    with Status([ONE], True, patience=0.0) as status:
        tell = status.progress(ONE)
        assert tell is not None
        tell("compressing", 5, 10)
        time.sleep(0.6)
        with status.wiped():
            pass
    told = capsys.readouterr().err
    line = shown(told)[0]
    assert line.startswith(f"compressing [{'#' * 15}{' ' * 15}] 50%") and told.endswith(f"\r{' ' * len(line)}\r")


def test_what_is_done_soon_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with Status([ONE], True) as status:
        status.progress(ONE)
        time.sleep(0.4)
    assert capsys.readouterr().err == ""


def test_compiling_that_takes_long_is_explained_once(capsys: pytest.CaptureFixture[str]) -> None:
    for seconds, expected in ((0.0, []), (0.9, [f"codec: {EXPLANATION}"])):
        with Status([ONE], True, patience=0.05) as status:
            tell = status.progress(ONE)
            assert tell is not None
            tell(COMPILING, 0, 1)
            time.sleep(seconds)
            tell(COMPILING, 1, 1)
        assert [line for line in shown(capsys.readouterr().err) if line.startswith("codec:")] == expected


def test_nothing_is_told_or_shown_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Status([ONE, TWO, THREE], False, patience=0.0) as status:
        assert status.progress(ONE) is None
        time.sleep(0.4)
        with status.wiped():
            status.finish(ONE, 1000, 500, False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("columns", [*range(-1, 90, 3), 200])
def test_a_line_fits_into_its_columns(columns: int) -> None:
    for share in (0.0, 0.5, 1.0):
        assert len(drawn("compressing", share, ["50%", "1.00 MPix/s", "0:12 left"], columns)) <= max(columns, 0)
        assert len(drawn("", share, ["12 of 340 files  45.2 MB -> 12.3 MB (27.2%)", "0:12 left"], columns)) <= max(columns, 0)
        assert len(Part(0, 0.0).line(1.0, columns)) <= max(columns, 0)


def test_where_there_is_little_room_the_bar_goes_first() -> None:
    told = ["50%", "1.00 MPix/s", "0:12 left"]
    assert drawn("compressing", 0.5, told, 50) == f"compressing [{'#' * 4}{' ' * 4}] 50%  1.00 MPix/s  0:12 left"
    assert drawn("compressing", 0.5, told, 42) == "compressing 50%  1.00 MPix/s  0:12 left"
    assert drawn("compressing", 0.5, told, 30) == "compressing 50%  1.00 MPix/s"


def test_times_and_amounts_are_said_as_people_do() -> None:
    assert [clock(seconds, 0.0) for seconds in (0.4, 59.6, 3600)] == ["0:00", "1:00", "1:00:00"]
    assert clock(30, 0.25) == "1:30 left" and clock(5, 1.0) == "0:00 left"
    assert [amount(count) for count in (0, 999, 45_200, 12_345_678, 5e12, 7e15)] == [
        "0 bytes", "999 bytes", "45.2 kB", "12.3 MB", "5.0 TB", "7,000.0 TB",
    ]  # fmt: skip


def test_what_was_saved_is_said_for_each_kind_of_several(files: list[Input]) -> None:
    status = Status(files, True)
    status.finish(files[0], 1000, 400, False, "picture")
    assert status.by_kind() == []
    status.finish(files[1], 2000, 1500, False, "jpeg")
    status.finish(files[2], 7000, 100, False, "picture")
    assert status.by_kind() == ["jpeg: 1 files  2.0 kB -> 1.5 kB (75.0%)", "picture: 2 files  8.0 kB -> 500 bytes (6.2%)"]
