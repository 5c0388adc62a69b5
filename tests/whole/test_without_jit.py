"""The kernels as plain Python: slow, and the very same words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import hashlib
import numpy as np
from codec.ans import Message
from codec.bitsback import bits_back, chain, growing
from codec.coders import leaf
from codec.dists import Bernoulli, Table, Uniform, categorical
from codec.mixture import Mixture, integer_weights
from codec.montecarlo import coupled, importance
from codec.tables import equal_mass_edges, grid_edges, make_curve, make_scales

rng = np.random.default_rng(1)
curves = make_curve("logistic"), make_curve("normal")
scales = make_scales(np.exp(np.linspace(-2, 3, 20)) * 256)
weights = integer_weights(rng.integers(1, 99, (30, 3)))
dists = [
    Uniform(rng.integers(1, 1 << 24, 30)),
    Uniform(np.full(30, 1 << 20), 20),
    Bernoulli(rng.integers(1, 1 << 24, 30), 24),
    categorical(rng.integers(0, 99, (30, 40)) + 1, 22),
    Mixture(curves[0], grid_edges(511, 256), scales, weights, rng.integers(0, 511 * 256, (30, 3)), rng.integers(0, 20, (30, 3)), 22),
    Mixture(curves[1], equal_mass_edges(8), make_scales(np.full(1, 9000)), np.full((30, 1), 1 << 16),
            rng.integers(-200000, 200000, (30, 1)), np.zeros((30, 1), int), 24),
]
digest = hashlib.sha256()
for lanes in (1, 4):
    message = Message.random(400, rng, lanes)
    symbols = [dist.pop(message) for dist in dists]
    for dist, symbol in zip(dists, symbols):
        leaf(dist).push(message, symbol)
        digest.update(leaf(dist).cost(symbol[...]).tobytes() + dist.find(dist.span(symbol)[0]).tobytes())
    digest.update(message.to_words().tobytes())
import bits_back as toy
world = toy.World()
pictures = world.draw(12, np.random.default_rng(3))
for kind in ("plain", "importance", "coupled"):
    coder = chain(lambda first, count: toy.batch(world, kind, 3, first, count), growing(12, largest=4))
    message = Message.random(40, np.random.default_rng(4))
    coder.push(message, pictures)
    digest.update(message.to_words().tobytes())
    assert np.array_equal(coder.pop(message), pictures)
print(digest.hexdigest())
"""


def digest(**environment: str) -> str:
    """The digest that the script prints in a fresh process, warnings as errors."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "examples")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_plain_python_gives_the_same_words() -> None:
    assert digest(NUMBA_DISABLE_JIT="1") == digest()
