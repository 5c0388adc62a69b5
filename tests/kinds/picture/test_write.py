"""Files of pictures, written: exact, never much larger than the pixels, and the same whatever works on them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from helpers.stand_in import DENSITIES, Deflated, info, noise, restored, same, smooth, stored_rows, written

from codec.density.density import MAX_PARTICLES
from codec.density.shared.tiles import stripe_rows
from codec.errors import BadFile, BadInput
from codec.kinds.picture.file import PictureFile
from codec.kinds.picture.write import Plan, check_request, write_picture_file
from codec.media.form import Form
from codec.media.picture import Picture
from codec.methods.lzma import LZMA
from codec.methods.method import Method, Setting
from codec.methods.photo import PHOTO
from codec.methods.raw import RAW
from codec.methods.webp import WEBP

SIZES = [(1, 1), (1, 300), (300, 1), (63, 65), (155, 3), (156, 3), (412, 4), (1000, 7)]
CHUNKS = ((b"gAMA", bytes(4)), (b"tEXt", b"Title\0a title" * 20))


@pytest.mark.parametrize("make", [smooth, noise])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_pictures_of_any_size_come_back_and_are_never_much_larger(make: Any, mode: str, height: int, width: int) -> None:
    before = make(mode, height, width)
    data = written(before).data
    assert same(restored(data, before.channels), before)
    assert len(data) <= before.pixels.size + 56 + 8 * len(stripe_rows(height, width))


def test_noise_is_stored_as_it_is_and_needs_no_model() -> None:
    before = noise("RGB", 800, 30)
    assert same(stored_rows(written(before).data).picture(), before)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_change_the_file(threads: int) -> None:
    assert written(smooth("RGB", 2000, 20), threads=threads).data == written(smooth("RGB", 2000, 20)).data


def test_parts_of_larger_arrays_are_pictures_too() -> None:
    before = Picture("RGB", np.asfortranarray(smooth().pixels)[::2, ::-1])
    assert same(restored(written(before).data), before)


METHODS = [(RAW, "raw"), (WEBP, "graphics"), (LZMA, "planes"), (PHOTO, "photo")]


@pytest.mark.parametrize(("method", "name"), METHODS)
@pytest.mark.parametrize("single", [True, False])
def test_every_method_gives_back_the_picture_its_metadata_and_time(method: Method, name: str, single: bool) -> None:
    before = Picture("RGB", smooth("RGB", 700, 21).pixels, CHUNKS)
    data = written(before, methods=(method,), single=single and method.single, modified=1_600_000_000, verify=True).data
    after, told = restored(data), info(data)
    assert same(after, before) and after.metadata == before.metadata
    assert (told.method, told.modified) == (name, 1_600_000_000) and set(told.stripes_by_method) == {name}


@pytest.mark.parametrize("mode", ["RGBA", "CMYK"])
def test_alpha_and_black_go_beside_the_photo(mode: str) -> None:
    pixels = np.concatenate([smooth("RGB", 420, 20).pixels, smooth("L", 420, 20).pixels], axis=2)
    pixels[:, :9, 3] = 0
    found = written(Picture(mode, pixels))
    assert found.info.stripes_by_method == {"photo": len(stripe_rows(420, 1))} and np.array_equal(restored(found.data).pixels, pixels)


@pytest.mark.parametrize("mode", ["YCbCr", "LAB", "LA"])
def test_planes_of_other_modes_are_coded_one_by_one(mode: str) -> None:
    channels = 2 if mode == "LA" else 3
    pixels = np.concatenate([smooth("L", 420, 20).pixels + np.uint8(3 * channel) for channel in range(channels)], axis=2)
    found = written(Picture(mode, pixels))
    assert found.info.stripes_by_method == {"photo": len(stripe_rows(420, 1))}
    assert np.array_equal(restored(found.data, channels=1).pixels, pixels)


@dataclass
class Counting(Deflated):
    """A stand-in that knows how many stripes it has coded and nobody has taken yet."""

    lock: Any = None
    waiting: int = 0
    most: int = 0

    def encode(self, *given: Any) -> Any:
        with self.lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        return super().encode(*given)


def test_only_a_few_stripes_are_in_flight() -> None:
    density, taken = Counting(DENSITIES[1].file, 1, False, lock=threading.Lock()), list[int]()

    def take(label: str, done: int, rows: int) -> None:
        if done:  # at first it is told that nothing is
            taken.append(done)
            density.waiting -= 1

    written(smooth("L", 5000, 4), density, threads=2, progress=take)
    assert len(taken) == len(stripe_rows(5000, 1)) and density.most <= 4


def test_progress_tells_the_pixels_done() -> None:
    told = list[tuple[str, int, int]]()
    written(smooth(), progress=lambda *done: told.append(done))
    assert told == [("compressing", row * 20, 700 * 20) for row in (0, *(part.stop for part in stripe_rows(700, 1)))]


# ---------------------------------------------------------------- refused


def test_a_model_of_gray_for_colours_on_no_line_is_refused() -> None:
    with pytest.raises(BadInput, match="a model of gray pictures"):
        written(noise("RGB", 30, 40), DENSITIES[1])


def test_a_model_of_colours_for_a_gray_picture_is_refused() -> None:
    with pytest.raises(BadInput, match="take a model of 1"):
        written(smooth("L"), DENSITIES[3])


@pytest.mark.parametrize("particles", [0, -1, MAX_PARTICLES + 1])
def test_numbers_of_particles_that_are_none_are_refused(particles: int) -> None:
    with pytest.raises(BadInput, match=f"{particles} particles: take from 1"):
        write_picture_file(smooth(), Plan((PHOTO,), setting=Setting(DENSITIES[3], particles)))


def test_more_samples_than_a_file_holds_are_refused() -> None:
    check_request(Form("L", 8, 1 << 17, 1 << 17), None)
    with pytest.raises(BadInput, match="cut it into parts"):
        check_request(Form("L", 8, 1 << 17, (1 << 17) + 1), None)


def test_a_model_is_only_asked_for_where_a_method_needs_one() -> None:
    assert write_picture_file(smooth("P"), Plan((WEBP,))).info.model == ""


# ---------------------------------------------------------------- verified


def test_a_stripe_that_does_not_decode_is_found_while_others_are_coded() -> None:
    wrong = replace(DENSITIES[3], wrong=True)  # type: ignore[type-var]
    with pytest.raises(BadFile, match=r"rows 0 to .* do not decode to what they were"):
        written(smooth(), wrong, verify=True)


def test_nothing_is_verified_that_nobody_wants_to_be() -> None:
    wrong = replace(DENSITIES[3], wrong=True)  # type: ignore[type-var]
    assert written(smooth(), wrong).data == written(smooth(), verify=True).data


def test_a_header_that_is_not_what_was_written_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PictureFile, "metadata", lambda file: CHUNKS)
    with pytest.raises(BadFile, match="its header is not what was written"):
        written(smooth(), verify=True)


# ---------------------------------------------------------------- where bits went


def test_nobody_asks_where_bits_went_but_for_a_heat_map() -> None:
    assert written(smooth()).heat is None


def test_places_are_those_of_the_file_that_is_written() -> None:
    found = write_picture_file(smooth(), Plan((PHOTO,), setting=Setting(DENSITIES[3], places=True)))
    assert found.data == written(smooth()).data and found.heat is not None and found.heat.bits.shape == (700, 20)
