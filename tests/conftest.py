"""Fixtures that several test modules share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from codec.density import library
from codec.density.named_model import NamedModel

# the first call of a kernel compiles it, which no deadline survives
settings.register_profile("codec", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("codec")

# a shell that starts the tests in the background lets them ignore Ctrl-C, which some of them send
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of photographs and digits beside the checkout; tests that need it are skipped without it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder}")
    return folder


@pytest.fixture(scope="session")
def tiny_models() -> list[NamedModel]:
    """The embedded models, those of pictures replaced by tiny ones."""
    from helpers.small_photos import small_photo_model  # which loads the compiler

    photos = [NamedModel(title, small_photo_model(channels)) for channels, title in library.PHOTO_TITLES.items()]
    return [*(one for one in library.embedded() if one.codes_images), *photos]


@pytest.fixture(scope="module")
def tiny_photos(tiny_models: list[NamedModel]) -> Iterator[None]:
    """Inside, the models of pictures that the package brings are tiny ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "embedded", lambda: tiny_models)
        yield
