"""bench/data/public_sets.py: data sets load as arrays, and their sources are complete."""

import gzip
import hashlib
import io
import tarfile

import numpy as np
import pytest
from helpers.file_server import serving

from bench.data import public_sets
from bench.data.public_sets import Dataset


@pytest.fixture
def server():
    with serving() as found:
        yield found


def idx(array):
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes(), mtime=0)


def test_digits_load_as_arrays(server, tmp_path):
    images = np.arange(2 * 28 * 28, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28)
    labels = np.array([7, 1], np.uint8)
    files = {public_sets.TEST_IMAGES: idx(images), public_sets.TEST_LABELS: idx(labels)}
    loaded = public_sets.load_mnist("test", tmp_path, server.serves(public_sets.MNIST, files))
    np.testing.assert_array_equal(loaded[0], images)
    np.testing.assert_array_equal(loaded[1], labels)
    assert sorted(file.name for file in (tmp_path / "mnist").iterdir()) == sorted(files)


def test_cifar_pictures_load_with_their_channels_last(server, tmp_path):
    rows = np.random.default_rng(2).integers(0, 256, (3, 3073)).astype(np.uint8)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        member.size = rows.size
        archive.addfile(member, io.BytesIO(rows.tobytes()))
    dataset = server.serves(public_sets.CIFAR10, {public_sets.CIFAR10_ARCHIVE: buffer.getvalue()})
    images, labels = public_sets.load_cifar10("test", tmp_path, dataset)
    assert images.shape == (3, 32, 32, 3)
    np.testing.assert_array_equal(images[1, 2, 5], rows[1, 1 + 2 * 32 + 5 :: 1024])
    np.testing.assert_array_equal(labels, rows[:, 0])


def test_a_split_that_does_not_exist_is_an_error(tmp_path):
    for load in (public_sets.load_mnist, public_sets.load_cifar10):
        with pytest.raises(ValueError, match="'valid'"):
            load("valid", tmp_path)


def test_the_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("CODEC_DATASETS", str(tmp_path))
    assert public_sets.cache_folder() == tmp_path
    monkeypatch.delenv("CODEC_DATASETS")
    assert public_sets.cache_folder().parts[-2:] == ("codec", "datasets")


@pytest.mark.parametrize("name", public_sets.DATASETS)
def test_every_source_has_a_digest_a_size_and_more_than_one_address(name):
    dataset: Dataset = public_sets.DATASETS[name]
    for source in dataset.files:
        assert len(bytes.fromhex(source.sha256)) == 32
        assert source.size > 0
        assert len(set(source.addresses)) >= 2


def test_published_digests_agree_with_the_shared_copies(shared_data):
    for dataset, name_of in ((public_sets.MNIST, str), (public_sets.KODAK, lambda name: name.removeprefix("kodim"))):
        for source in dataset.files:
            copy = shared_data / dataset.name / name_of(source.name)
            assert copy.stat().st_size == source.size
            assert hashlib.sha256(copy.read_bytes()).hexdigest() == source.sha256
