"""Fixtures that several test modules share."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# the first call of a kernel compiles it, which no deadline survives
settings.register_profile("codec", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("codec")


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
