"""bench/measure/cases.py: the ideal code lengths are those of probabilities."""

import numpy as np

from bench.measure.cases import BINS, logistic_masses, mixture_case


def test_the_ideal_masses_of_a_mixture_add_up_to_one():
    parameters = mixture_case(50, 24, np.random.default_rng(2)).parameters
    masses = logistic_masses(np.arange(BINS)[None], parameters)
    assert masses.shape == (50, BINS)
    assert (masses > 0).all()
    np.testing.assert_allclose(masses.sum(1), 1.0, rtol=1e-12)
