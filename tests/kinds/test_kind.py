"""What the kinds of files share: records that are plain JSON, and times."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from helpers.small_models import small_images, small_model
from helpers.stand_in import DENSITIES, MODELS, noise, smooth, stand_ins_known, written

from codec.density.named_model import NamedModel
from codec.kinds import table
from codec.kinds.array.density import estimate_images
from codec.kinds.array.kind import ArrayKind
from codec.kinds.kind import Summary, facts_of, time_number, time_of
from codec.kinds.original import keep
from codec.kinds.picture.density import estimate_picture
from codec.kinds.picture.info import PictureBits
from codec.kinds.picture.kind import PictureKind, compress_image
from codec.kinds.requests import Settings, Source
from codec.media.array import array_bytes
from codec.media.write import write_picture

DIGITS = NamedModel("digits", small_model(256))
ARRAY = Source("a.npy", array_bytes(small_images(5, 256)), ".npy")
PICTURE = Source("a.png", write_picture(smooth(), ".png"), ".png", 1_600_000_000)


def summary_of_a_photo() -> Summary:
    with stand_ins_known():
        return PictureKind().compress(PICTURE, Settings(MODELS[3]))[1]


RECORDS: dict[str, Callable[[], object]] = {
    "info of a picture": lambda: written(smooth()).info,
    "bits of a picture": lambda: written(smooth()).bits,
    "info of an array": lambda: table.open_file(ArrayKind().compress(ARRAY, Settings(DIGITS))[0]).info(),
    "info of a file that was kept": lambda: keep(b"content", ".jpg", 7)[1],
    "summary of a photo": summary_of_a_photo,
    "summary of a picture in memory": lambda: compress_image(noise("L", 9, 9), Settings(method="graphics"))[1],
    "summary of an array": lambda: ArrayKind().compress(ARRAY, Settings(DIGITS))[1],
    "summary of a file that was kept": lambda: PictureKind().compress(PICTURE, Settings(method="stored"))[1],
    "estimates of a picture": lambda: estimate_picture(smooth(), DENSITIES[3], [1, 4]),
    "estimates of an array": lambda: ArrayKind().density(ARRAY, Settings(DIGITS), [1, 4], 0),
    "estimates of one image": lambda: estimate_images(small_images(1, 256).reshape(1, -1), DIGITS.images, [1, 4], 0),
    "heat map": lambda: PictureKind().heat_map(PICTURE, Settings(method="graphics")),
}


@pytest.mark.parametrize("name", RECORDS)
def test_the_facts_of_every_record_are_plain_json(name: str) -> None:
    facts = facts_of(RECORDS[name]())
    assert facts and json.loads(json.dumps(facts, allow_nan=False)) == facts


def test_the_facts_of_a_summary_are_those_of_the_file_and_of_its_bits_too() -> None:
    summary = summary_of_a_photo()
    facts = facts_of(summary)
    assert isinstance(summary.spent, PictureBits) and not {"info", "spent"} & facts.keys()
    assert facts.items() >= (facts_of(summary.info) | facts_of(summary.spent)).items()


@dataclass(frozen=True)
class Record:
    """A record of anything."""

    value: object


def test_a_record_in_a_list_is_an_object_in_json() -> None:
    assert facts_of(Record((Record(1), Record("one")))) == {"value": [{"value": 1}, {"value": "one"}]}


def test_bytes_are_no_facts() -> None:
    assert facts_of(Record(b"bytes")) == {}


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), float("nan")])
def test_numbers_that_json_does_not_know_are_none(value: float) -> None:
    assert facts_of(Record((1.5, value))) == {"value": [1.5, None]}


@pytest.mark.parametrize("value", [np.zeros(3), {1, 2}, np.int64(3)], ids=["array", "set", "number of numpy"])
def test_what_json_does_not_know_is_an_error(value: object) -> None:
    with pytest.raises(TypeError, match="nothing that JSON knows"):
        facts_of(Record(value))


@pytest.mark.parametrize("value", [7, Record], ids=["number", "class"])
def test_what_is_no_record_has_no_facts(value: object) -> None:
    with pytest.raises(TypeError, match="no record"):
        facts_of(value)


def test_what_nobody_knows_of_a_file_is_left_out_of_its_summary() -> None:
    summary = replace(summary_of_a_photo(), spent=None)
    assert "prior_bits" not in facts_of(summary)


@pytest.mark.parametrize("modified", [None, 0, 1_600_000_000, (1 << 40) - 1])
def test_times_come_back(modified: int | None) -> None:
    assert time_of(time_number(modified)) == modified


@pytest.mark.parametrize("modified", [-1, 1 << 40])
def test_times_that_a_file_cannot_hold_are_left_out(modified: int) -> None:
    assert time_of(time_number(modified)) is None
