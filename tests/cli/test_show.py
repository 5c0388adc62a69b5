"""What is printed of files and estimates: lines for people, by the type of what is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from codec.cli.show import LABELS, lines
from codec.kinds.array.density import ArrayEstimate, ArrayEstimates
from codec.kinds.array.stream import ArrayInfo
from codec.kinds.kind import Drawn, Summary
from codec.kinds.original import OriginalInfo
from codec.kinds.picture.density import PictureEstimate, PictureEstimates
from codec.kinds.picture.info import PictureBits, PictureInfo

PICTURE = PictureInfo("photo", "RGB", 8, 60, 40, (), None, "69ac5ff9618633b5", 2, {"photo": 1, "raw": 1}, 8000, 800, 8800, 1.22, 3.67, {})
SPENT = PictureBits(1, 50.0, 40.0, 7000.0, 900.0, 10.0, 80.0, 800.0, 7910.0)
ARRAY = ArrayInfo("0188adfbcef2a4fa", 20, 784, 19096, 128, 480, 19704, 1.21786, 1.25663, 5, 1)


def test_a_picture_is_told_by_its_size_its_stripes_and_its_bits() -> None:
    head, payload, header, total = lines(PICTURE)
    assert head == "60x40 RGB, stripes: 1 photo, 1 raw, model 69ac5ff9618633b5"
    assert payload.split() == ["payload", "8,000", "bits"] and header.split()[:2] == ["header", "800"]
    assert total.split() == ["total", "8,800", "bits", "1.22000", "bits/dim"]


def test_what_became_of_a_picture_is_told_part_by_part() -> None:
    told = list(lines(Summary(PICTURE, 0.5, True, spent=SPENT)))
    assert [line.split()[0] for line in told[1:]] == [*LABELS, "total"]
    amounts = {line.split()[0]: int(line.split()[1].replace(",", "")) for line in told[1:]}
    assert amounts.pop("total") == sum(amounts.values()) and amounts["posterior"] == -40


def test_parts_that_cost_nothing_are_not_told() -> None:
    plain = PictureBits(1, 0.0, 0.0, 0.0, 0.0, 0.0, 8000.0, 800.0, 0.0)
    assert [line.split()[0] for line in lines(Summary(PICTURE, 0.5, True, spent=plain))][1:] == ["stored", "header", "total"]


def test_of_what_says_no_more_a_summary_tells_what_the_file_is() -> None:
    assert list(lines(Summary(ARRAY, 0.5, True))) == list(lines(ARRAY))


def test_an_array_is_told_by_its_images_and_its_bits() -> None:
    assert [line.split()[0] for line in lines(ARRAY)] == ["20", "5", "net", "initial", "header", "total"]


def test_a_file_that_was_kept_is_told_with_both_sizes() -> None:
    (line,) = lines(OriginalInfo(".jpg", None, 12345, 8 * 12400))
    assert line == "a .jpg stored as it is, 12,345 bytes in 12,400"


def test_estimates_have_a_line_for_each_number_of_particles() -> None:
    picture = PictureEstimates("RGB", 60, 40, "0" * 64, (PictureEstimate(1, 9000.0, 1.25, None), PictureEstimate(4, 8640.0, 1.2, 3.0)))
    assert [line.split() for line in lines(picture)][2:] == [["1", "1.25000", "9,000"], ["4", "1.20000", "8,640"]]
    array = ArrayEstimates(20, 784, "0" * 64, (ArrayEstimate(8, 1.2, (1.1, 1.3), 655.26, 0.8, 1.4),))
    assert list(lines(array))[2].split() == ["8", "1.20000", "1.10000", "to", "1.30000", "655.260", "1.4"]


def test_a_heat_map_tells_its_scale_and_the_latents_of_its_tiles() -> None:
    assert list(lines(Drawn(b"", 9.5, 1000.0, (12.4, 20.0)))) == ["drawn: 0 to 9.5 bits a pixel; latents 12 to 20 bits a tile"]
    assert list(lines(Drawn(b"", 9.5, 1000.0, ()))) == ["drawn: 0 to 9.5 bits a pixel"]


def test_a_record_that_nobody_has_lines_for_is_a_mistake() -> None:
    @dataclass
    class Strange:
        """A record of another kind."""

    with pytest.raises(TypeError, match="Strange"):
        list(lines(Strange()))


def test_traces_are_told_of_by_the_stripes_that_have_them() -> None:
    head = next(iter(lines(replace(PICTURE, stripes_by_trace={"BT.709 4:2:0": 2}))))
    assert head == "60x40 RGB, stripes: 1 photo, 1 raw, traces: 2 BT.709 4:2:0, model 69ac5ff9618633b5"
