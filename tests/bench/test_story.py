"""bench/story.py: a page with a claim for each question, and what its figures say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench import story
from bench.estimates import claims
from bench.estimates.claims import Claim
from codec.density import library


def test_a_page_has_every_question_and_says_which_answers_are_not_borne_out() -> None:
    text = story.page([Claim("Is it so?", "It is.", {}, True), Claim("And so?", "No.", {}, False)], "python -m bench story", 3)
    assert "1. **Is it so?** It is." in text and "2. **And so?** (Not borne out here.) No." in text


def test_elbo_and_divergence_add_up_to_the_density() -> None:
    claim = claims.identity_of_toy(20_000)
    assert claim.holds and claim.figures["divergence"] > 0


def test_the_embedded_model_bears_the_claims_out() -> None:
    model = library.find("digits-binary")
    images = model.file.tensors["probe.x"].astype(np.uint8).reshape(-1, 28, 28)
    for claim in (
        claims.prior_sampling([(model, images)], 8),
        claims.estimator_spread(model, images, (1, 16)),
        claims.one_density(model, images[:1], 256),
    ):
        assert claim.holds, claim


def test_small_trainings_are_kept(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data = np.random.default_rng(0).integers(0, 256, (200, 28, 28)).astype(np.uint8)
    stage = claims.Stage("elbo", 1, 3)
    first = claims.trained(stage, data, data[:5], tmp_path, "start")
    again = claims.trained(stage, data, data[:5], tmp_path, "start")
    other = claims.trained(claims.Stage("iwae-plain", 4, 2), data, data[:5], tmp_path, "weak", "start")
    assert first == again and other["density_nats"] != first["density_nats"]
    assert (tmp_path / "start.jsonl").exists()


def test_the_committed_page_is_of_the_committed_figures() -> None:
    folder = story.RESULTS
    if not (folder / "story.json").exists():
        pytest.skip("no story was measured yet")
    page, content = (folder / "story.md").read_text(), json.loads((folder / "story.json").read_text())
    assert all(one["answer"] in page and one["question"] in page for one in content["figures"]["claims"])
