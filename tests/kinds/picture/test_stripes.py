"""The work on stripes: tasks that give the same wherever they run, and the walk over them in order."""

from __future__ import annotations

import hashlib
import multiprocessing
import pickle
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.small_photos import small_photo_model
from helpers.stand_in import DENSITIES, noise, smooth

from codec.density.named_model import NamedModel
from codec.errors import BadFile
from codec.kinds.picture.stripes import Checksum, DecodeStripe, EncodeStripe, EstimateStripe, StripeEstimate, sum_of, walk
from codec.media.form import Pixels
from codec.media.picture import form_of
from codec.methods.method import CodedRows, Setting
from codec.methods.photo import PHOTO
from codec.system.executor import Task

PICTURE = smooth("RGB", 40)
FORM, ROWS = form_of(PICTURE), slice(0, 40)
SETTING = Setting(DENSITIES[3], 2, places=True)
CODED = EncodeStripe(ROWS, PICTURE.pixels, FORM, (PHOTO,), SETTING, verify=True).run()[1]
CRC = Checksum(zlib.crc32(PICTURE.pixels.tobytes()))
TASKS: dict[str, Task[Any]] = {
    "encode": EncodeStripe(ROWS, PICTURE.pixels, FORM, (PHOTO,), SETTING, verify=True),
    "decode": DecodeStripe(ROWS, CODED.data, FORM, False, DENSITIES[3], CRC, salvage=False),
    "estimate": EstimateStripe(PICTURE.pixels, FORM, DENSITIES[3], Setting(), (1, 4), (3, 0)),
}
by_task = pytest.mark.parametrize("name", TASKS)


def plain(result: object) -> object:
    """What a task gives, in a form that can be compared."""
    if isinstance(result, np.ndarray):
        return result.shape, str(result.dtype), result.tobytes()
    if isinstance(result, tuple | list):
        return [plain(part) for part in result]
    if isinstance(result, CodedRows):
        assert result.places is not None
        return result.data, dict(result.bits), plain(result.places.bits), result.places.tiles
    return result


@by_task
def test_a_task_runs_to_the_same_result_after_pickling(name: str) -> None:
    assert plain(pickle.loads(pickle.dumps(TASKS[name])).run()) == plain(TASKS[name].run())


def test_tasks_run_in_other_processes() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        results = [pool.submit(task.run) for task in TASKS.values()]
        assert [plain(result.result()) for result in results] == [plain(task.run()) for task in TASKS.values()]


@pytest.mark.parametrize("learning", ["none", "outputs"])
def test_tasks_by_a_photo_model_run_to_the_same_result_after_pickling(learning: str) -> None:
    density = NamedModel("small", small_photo_model(3, 0, "two", learning)).planes
    encode = EncodeStripe(ROWS, PICTURE.pixels, FORM, (PHOTO,), Setting(density, 2, places=True), verify=True)
    coded = encode.run()[1]
    decode = DecodeStripe(ROWS, coded.data, FORM, False, density, CRC, salvage=False)
    for task in (encode, decode, EstimateStripe(PICTURE.pixels, FORM, density, Setting(), (1, 4), (3, 0))):
        assert plain(pickle.loads(pickle.dumps(task)).run()) == plain(task.run())


def test_a_stripe_that_does_not_decode_is_found_where_it_was_coded() -> None:
    wrong = Setting(replace(DENSITIES[3], wrong=True))  # type: ignore[type-var]
    task = EncodeStripe(slice(256, 296), PICTURE.pixels, FORM, (PHOTO,), wrong, verify=True)
    with pytest.raises(BadFile, match="rows 256 to 295 do not decode to what they were"):
        task.run()
    assert replace(task, verify=False).run()[1].data


def test_a_decoded_stripe_is_the_one_that_was_coded() -> None:
    assert np.array_equal(TASKS["decode"].run(), PICTURE.pixels)


def test_a_damaged_stripe_is_named_by_its_rows() -> None:
    task = DecodeStripe(slice(256, 296), CODED.data[:-1], FORM, False, DENSITIES[3], CRC, salvage=False)
    with pytest.raises(BadFile, match=r"rows 256 to 295 do not decode"):
        task.run()
    assert replace(task, salvage=True).run() is None


def test_a_stripe_of_another_checksum_is_damaged() -> None:
    task = replace(TASKS["decode"], checksum=Checksum(7))  # type: ignore[type-var]
    with pytest.raises(BadFile, match="checksum"):
        task.run()


# ---------------------------------------------------------------- checksums


def digest_of(pixels: Pixels, prefix: bytes = b"") -> bytes:
    return hashlib.sha256(prefix + pixels.tobytes()).digest()[:16]


@pytest.mark.parametrize("checksum", [CRC, Checksum(prefix=b"p", digest=digest_of(PICTURE.pixels, b"p")), Checksum()])
def test_a_checksum_fits_the_pixels_that_it_was_made_of(checksum: Checksum) -> None:
    assert checksum.fits(PICTURE.pixels)


@pytest.mark.parametrize("checksum", [CRC, Checksum(prefix=b"p", digest=digest_of(PICTURE.pixels, b"p"))])
def test_a_checksum_fits_no_other_pixels(checksum: Checksum) -> None:
    assert not checksum.fits(noise("RGB", 40, 20).pixels)


# ---------------------------------------------------------------- estimates and the walk


def test_an_estimate_depends_on_its_seed_alone() -> None:
    task = EstimateStripe(PICTURE.pixels, FORM, DENSITIES[3], Setting(), (1, 4), (3, 0))
    assert task.run() == task.run() != replace(task, seed=(3, 1)).run()


def test_bits_of_independent_parts_are_added_and_so_are_the_squares_of_their_errors() -> None:
    assert sum_of([StripeEstimate(10.0, 3.0), StripeEstimate(5.5, 4.0)]) == StripeEstimate(15.5, 5.0)


class Answer:
    """A task that knows its result."""

    def __init__(self, value: int) -> None:
        self.value = value

    def run(self) -> int:
        return self.value


PARTS = [slice(start, start + 10) for start in range(0, 100, 10)]


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_with_their_rows_from_the_top_down(threads: int) -> None:
    assert list(walk(map(Answer, range(10)), PARTS, threads)) == list(zip(PARTS, range(10), strict=True))


def test_progress_is_told_of_the_rows_after_somebody_has_had_them() -> None:
    told = list[tuple[str, int, int]]()
    for part, _ in walk(map(Answer, range(10)), PARTS, 2, "working", lambda *done: told.append(done)):
        assert len(told) == 1 + part.start // 10
    assert told == [("working", row, 100) for row in (0, *(part.stop for part in PARTS))]
