"""bench/estimates/files.py: a file counts only if it is what it says of itself."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model
from helpers.stand_in import smooth

from bench.data.pictures import NamedPicture
from bench.errors import RoundTripFailed
from bench.estimates.files import array_file, bits_by_part, check_array, check_picture, picture_file
from codec.density.named_model import NamedModel
from codec.errors import CodecError

NAMED = NamedPicture("a.png", smooth("RGB", 40, 56))


@pytest.fixture(scope="module")
def photo():
    return NamedModel("photo", small_photo_model(3))


@pytest.fixture(scope="module")
def array():
    return NamedModel("array", small_model(2))


@pytest.fixture(scope="module")
def written(photo):
    return picture_file(NAMED, photo, 1)


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_the_parts_of_a_file_add_up_to_its_size(written):
    bits = bits_by_part(written.bits)
    assert sum(bits.values()) - 2 * bits["posterior"] == pytest.approx(8 * len(written.data), abs=1)


def test_a_picture_that_does_not_come_back_is_refused(photo, written):
    with pytest.raises(CodecError):
        check_picture(NAMED, photo, replace(written, data=flipped(written.data)))
    other = NamedPicture("a.png", smooth("RGB", 40, 57))
    with pytest.raises(RoundTripFailed, match=r"a\.png: the file does not decode to the picture"):
        check_picture(other, photo, written)


def test_a_picture_by_another_model_is_refused(written):
    with pytest.raises(RoundTripFailed, match="the file names the model"):
        check_picture(NAMED, NamedModel("other", small_photo_model(3, 1)), written)


@pytest.mark.parametrize("part", ["header_bits", "likelihood_bits", "posterior_bits"])
def test_a_picture_whose_parts_are_not_its_size_is_refused(photo, written, part):
    lying = replace(written.bits, **{part: getattr(written.bits, part) - 8})
    with pytest.raises(RoundTripFailed, match="its parts are"):
        check_picture(NAMED, photo, replace(written, bits=lying))


def test_an_array_that_is_not_what_it_says_is_refused(array, rng):
    images = rng.integers(0, 2, (300, 4, 4)).astype(np.uint8)
    data, info = array_file("a", images, array, 1)
    with pytest.raises(CodecError):
        check_array("a", images, array, flipped(data), info)
    with pytest.raises(RoundTripFailed, match="does not decode"):
        check_array("a", images[::-1], array, data, info)
    with pytest.raises(RoundTripFailed, match="the file names the model"):
        check_array("a", images, NamedModel("other", small_model(2, 1, 3)), data, info)
    with pytest.raises(RoundTripFailed, match="its parts are not"):
        check_array("a", images, array, data, replace(info, net_bits=info.net_bits - 8))
