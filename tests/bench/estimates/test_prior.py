"""bench/estimates/prior.py: latents from the prior give the same density, where the world is small or latents matter little."""

import numpy as np
import pytest
from helpers.small_models import small_model
from helpers.small_photos import small_photo_model
from helpers.stand_in import smooth

from bench.estimates.prior import prior_of_picture
from bench.estimates.rows import prior_figures
from codec.density.named_model import NamedModel
from codec.kinds.picture.density import estimate_picture


def test_the_prior_comes_to_the_same_where_the_world_is_small(rng):
    density = NamedModel("array", small_model(2)).images
    found = prior_figures(rng.integers(0, 2, (40, 16)).astype(np.uint8), density, 2000)
    assert found["estimate"] == pytest.approx(found["by_posterior"], rel=0.02)
    few = prior_figures(rng.integers(0, 2, (40, 16)).astype(np.uint8), density, 1)
    assert few["estimate"] > found["estimate"]


def test_the_prior_of_a_photo_comes_near_the_posterior_where_its_latents_matter_little():
    density, picture = NamedModel("photo", small_photo_model(3)).planes, smooth("RGB", 60, 90)
    naive, good = prior_of_picture(picture, density, 8), estimate_picture(picture, density, [8]).estimates[0].bits
    assert naive == pytest.approx(good, rel=0.2) and naive == prior_of_picture(picture, density, 8)
