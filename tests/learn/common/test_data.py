"""Reading images, and saying clearly what is wrong with a file."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from codec.errors import BadData
from codec.learn.common.data import load_folder, load_images, read_idx


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (5, 28, 28), dtype=np.uint8)


def idx(images):
    return b"\0\0\x08" + bytes([images.ndim]) + struct.pack(f">{images.ndim}I", *images.shape) + images.tobytes()


def test_idx_files_are_read_plain_and_gzipped(tmp_path, images):
    (tmp_path / "plain").write_bytes(idx(images))
    (tmp_path / "packed.gz").write_bytes(gzip.compress(idx(images)))
    for name in ("plain", "packed.gz"):
        np.testing.assert_array_equal(load_images(tmp_path / name), images)


def test_array_files_are_read(tmp_path, images):
    np.save(tmp_path / "a.npy", images)
    np.savez(tmp_path / "one.npz", anything=images)
    np.savez(tmp_path / "two.npz", images=images, labels=np.arange(5))
    for name in ("a.npy", "one.npz", "two.npz"):
        np.testing.assert_array_equal(load_images(tmp_path / name), images)


def test_a_folder_is_read_in_the_order_of_names(tmp_path, images):
    for i in (3, 1, 2):
        Image.fromarray(images[i]).save(tmp_path / f"{i}.png")
    np.testing.assert_array_equal(load_images(tmp_path), images[1:4])
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(tmp_path / "x.png")
    assert [picture.shape for picture in load_folder(tmp_path)] == [(28, 28)] * 3 + [(4, 6, 3)]
    with pytest.raises(BadData, match="different shapes"):
        load_images(tmp_path)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:3], lambda b: b[:9], lambda b: b[:-1], lambda b: b + b"x", lambda b: b"\1" + b[1:], lambda b: b""]
)
def test_a_damaged_idx_file_is_an_error(tmp_path, images, damage):
    path = tmp_path / "damaged"
    path.write_bytes(damage(idx(images)))
    with pytest.raises(BadData, match="damaged"):
        read_idx(path)


def test_a_header_that_promises_too_much_is_an_error_before_anything_is_allocated(tmp_path):
    path = tmp_path / "huge"
    path.write_bytes(b"\0\0\x08\x03" + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1))
    with pytest.raises(BadData, match="says"):
        read_idx(path)


def test_a_cut_gzip_file_is_an_error(tmp_path, images):
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(idx(images))[:-20])
    with pytest.raises(BadData, match="cannot be read"):
        load_images(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 28, 28), np.float32), "uint8"),
        (np.zeros((28, 28), np.uint8), "shape"),
        (np.zeros((2, 28, 28, 4), np.uint8), "shape"),
        (np.zeros((0, 28, 28), np.uint8), "shape"),
    ],
)
def test_arrays_of_another_kind_are_refused_with_the_reason(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(BadData, match=message):
        load_images(tmp_path / "a.npy")


def test_what_is_missing_ambiguous_or_no_array_is_refused(tmp_path, images):
    np.savez(tmp_path / "two.npz", a=images, b=images)
    (tmp_path / "bad.npy").write_bytes(b"no array")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.png").write_bytes(b"no picture")
    for path in (tmp_path / "nothing", tmp_path / "two.npz", tmp_path / "bad.npy", tmp_path / "empty"):
        with pytest.raises(BadData, match=path.name):
            load_images(path)
    with pytest.raises(BadData, match=r"bad\.png"):
        load_folder(tmp_path)


def test_pickled_arrays_are_never_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(BadData):
        load_images(tmp_path / "a.npy")
