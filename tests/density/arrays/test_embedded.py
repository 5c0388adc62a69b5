"""The embedded digits models on real digits: files cost what the models estimate."""

from pathlib import Path

import numpy as np
import pytest

from codec.density import library
from codec.density.arrays.estimate import log_densities
from codec.density.arrays.load import load_model
from codec.density.arrays.model import ArrayModel
from codec.kinds.array.stream import compress_array, decompress_array, report
from codec.learn.arrays.images import binarise
from codec.learn.common.data import read_idx

TITLES = [entry.title for entry in library.embedded("vae")]
LIMITS = {2: 0.17, 256: 1.42}  # bits a pixel of the first 1,000 test images, by the model's levels


@pytest.fixture(scope="module", params=TITLES)
def model(request: pytest.FixtureRequest) -> ArrayModel:
    return load_model(library.find_file(request.param))


@pytest.fixture(scope="module")
def images(model: ArrayModel, shared_data: Path) -> np.ndarray:
    test = read_idx(shared_data / "mnist" / "t10k-images-idx3-ubyte.gz")[:1000]
    return binarise(test, 0) if model.levels == 2 else test


def nats_to_bits(nats: float) -> float:
    return nats / np.log(2.0)


def test_digits_come_back_at_the_rate_that_the_model_estimates(model: ArrayModel, images: np.ndarray) -> None:
    data = compress_array(images, model)
    assert np.array_equal(decompress_array(data, lambda name: model), images)
    found = report(data)
    (estimate,) = log_densities(model, images.reshape(1000, 784), [4])
    assert found.net_bits == pytest.approx(nats_to_bits(-estimate.lower_bound.sum()), rel=0.01)
    assert found.total_rate < LIMITS[model.levels]


def test_particles_make_files_smaller(model: ArrayModel, images: np.ndarray) -> None:
    some = images[:150]
    one, several = (report(compress_array(some, model, particles)).net_bits for particles in (1, 16))
    assert several < one
    data = compress_array(some[:60], model, 16)
    assert np.array_equal(decompress_array(data, lambda name: model), some[:60])


def test_an_image_alone_costs_little_more_than_its_share(model: ArrayModel, images: np.ndarray) -> None:
    excess = []
    for i in range(20):
        (estimate,) = log_densities(model, images[i].reshape(1, 784), [100])
        share = nats_to_bits(-float(estimate.lower_bound[0]))
        excess.append((report(compress_array(images[i : i + 1], model)).net_bits - share) / max(16.0, 0.05 * share))
    assert np.mean(excess) <= 1.0
